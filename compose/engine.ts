/** The container engine, through dockerode. No type of dockerode leaves this file, and no other file imports it. */
import type { Duplex, Readable } from 'node:stream';
import Docker from 'dockerode';
import { formatEndpoint, resolveEndpoint } from './endpoint.ts';
import type { Endpoint, EndpointOptions } from './endpoint.ts';
import { callFailure, connectFailure, statusOf } from './engine-failure.ts';
import type { Attempt } from './engine-failure.ts';
import type {
  Attached,
  BuildOptions,
  ContainerSpec,
  ContainerState,
  Engine,
  EngineEvent,
  EngineFacts,
  EngineInfo,
  EventWatch,
  Exit,
  ImageFacts,
  ImportOptions,
  LabelledObject,
  Labels,
  NetworkSpec,
  PullOptions,
} from './engine-port.ts';
import { demultiplex, progressText, readJsonLines } from './engine-streams.ts';
import type { JsonObject } from './engine-streams.ts';
import { LabError } from './errors.ts';
import { packTar, unpackTar } from './recipes/tar.ts';
import type { ArchivedFile, TarEntry } from './recipes/tar.ts';

/**
 * Connects and asks for the version. Fails with `engine-missing`, `engine-refused` or `engine-too-old`.
 */
export async function connectEngine(options: EndpointOptions = {}): Promise<Engine> {
  const endpoint = resolveEndpoint(options);
  const docker = new Docker(dockerOptions(endpoint));
  const version = await bounded(CONNECT_MS, () => docker.version()).catch((error: unknown) => {
    throw connectFailure(error, endpoint);
  });
  if (!atLeast(version.ApiVersion, API_MIN)) {
    throw new LabError(
      'engine-too-old',
      `The engine at ${formatEndpoint(endpoint)} speaks API ${version.ApiVersion}; txlab needs ${API_MIN} (Docker 19.03).`,
      { hint: 'Update the engine, or point DOCKER_HOST at a newer one.' },
    );
  }
  return new DockerEngine(docker, factsOf(version, endpoint));
}

const CONNECT_MS = 5_000;
const API_MIN = '1.40';

/** Every setting is given, since the client would else fill gaps from its own reading of the environment. */
function dockerOptions(endpoint: Endpoint): Docker.DockerOptions {
  if (endpoint.kind === 'socket')
    return { socketPath: endpoint.path, host: undefined, protocol: 'http', timeout: undefined };
  const { host, port, tls } = endpoint;
  return { host, port, protocol: tls ? 'https' : 'http', socketPath: undefined, timeout: undefined, ...tls };
}

function atLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function factsOf(version: Docker.DockerVersion, endpoint: Endpoint): EngineFacts {
  const podman = version.Components?.some((component) => /podman/i.test(component.Name)) ?? false;
  return {
    endpoint,
    brand: podman ? 'podman' : 'docker',
    version: version.Version,
    apiVersion: version.ApiVersion,
    kernel: version.KernelVersion,
    architecture: version.Arch,
  };
}

/** Gives the call a signal that aborts it at the deadline, and only then: an attached stream must outlive its request. */
async function bounded<T>(deadlineMs: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`no answer within ${deadlineMs} ms`));
    controller.abort();
  }, deadlineMs);
  try {
    return await Promise.race([call(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}

class DockerEngine implements Engine {
  readonly facts: EngineFacts;
  readonly #docker: Docker;

  constructor(docker: Docker, facts: EngineFacts) {
    this.#docker = docker;
    this.facts = facts;
  }

  async ping(): Promise<boolean> {
    try {
      await bounded(CONNECT_MS, () => this.#docker.ping());
      return true;
    } catch {
      return false;
    }
  }

  async info(): Promise<EngineInfo> {
    const info = (await attempt(inquiry('ask', 'engine', this.facts.version), () => this.#docker.info())) as RawInfo;
    return {
      hostName: info.Name,
      operatingSystem: info.OperatingSystem,
      cpus: info.NCPU,
      memoryBytes: info.MemTotal,
      rootFolder: info.DockerRootDir,
      storageDriver: info.Driver,
      cgroupVersion: info.CgroupVersion ?? '1',
      warnings: info.Warnings ?? [],
    };
  }

  async createContainer(spec: ContainerSpec): Promise<string> {
    const call = work('create', 'container', spec.name);
    const made = await attempt(call, (abortSignal) =>
      this.#docker.createContainer({ ...containerOptions(spec), abortSignal }),
    );
    return made.id;
  }

  async attach(id: string): Promise<Attached> {
    const stream = await attempt(work('attach to', 'container', id), (abortSignal) =>
      this.#docker
        .getContainer(id)
        .attach({ abortSignal, stream: true, hijack: true, stdin: true, stdout: true, stderr: true }),
    );
    return demultiplex(stream as Duplex);
  }

  async start(id: string): Promise<void> {
    await attempt(
      work('start', 'container', id),
      (abortSignal) => this.#docker.getContainer(id).start({ abortSignal }),
      [304],
    );
  }

  async kill(id: string, signal = 'SIGKILL'): Promise<void> {
    await attempt(work('kill', 'container', id), (abortSignal) =>
      this.#docker.getContainer(id).kill({ signal, abortSignal }),
    );
  }

  async waitExit(id: string, deadlineMs: number): Promise<Exit> {
    const call: Call = { verb: 'wait for the exit of', kind: 'container', id, deadlineMs };
    await attempt(call, (abortSignal) => this.#docker.getContainer(id).wait({ condition: 'not-running', abortSignal }));
    const state = await this.inspect(id);
    return { exitCode: state.exitCode ?? 0, oomKilled: state.oomKilled, finishedAt: state.finishedAt };
  }

  async inspect(id: string): Promise<ContainerState> {
    return stateOf(
      await attempt(inquiry('inspect', 'container', id), (abortSignal) =>
        this.#docker.getContainer(id).inspect({ abortSignal }),
      ),
    );
  }

  async pause(id: string): Promise<void> {
    await attempt(work('pause', 'container', id), (abortSignal) =>
      this.#docker.getContainer(id).pause({ abortSignal }),
    );
  }

  async unpause(id: string): Promise<void> {
    await attempt(work('unpause', 'container', id), (abortSignal) =>
      this.#docker.getContainer(id).unpause({ abortSignal }),
    );
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#docker.getContainer(id);
    const call = work('remove', 'container', id);
    try {
      await attempt(call, (abortSignal) => container.remove({ force: true, v: true, abortSignal }), [404]);
    } catch (error) {
      if (statusOf(error) !== 409) throw error;
      await attempt(call, (abortSignal) => container.wait({ condition: 'removed', abortSignal }), [404]);
    }
  }

  async putArchive(id: string, folder: string, entries: readonly TarEntry[]): Promise<void> {
    await attempt(work(`put files into ${folder} of`, 'container', id), (abortSignal) =>
      this.#docker.getContainer(id).putArchive(packTar(entries), { path: folder, abortSignal }),
    );
  }

  async getArchive(id: string, path: string): Promise<readonly ArchivedFile[]> {
    return attempt({ verb: `read ${path} of`, kind: 'container', id, deadlineMs: COPY_MS }, async (abortSignal) =>
      unpackTar(await this.#docker.getContainer(id).getArchive({ path, abortSignal })),
    );
  }

  async commit(id: string, reference: string, changes: readonly string[]): Promise<string> {
    const options = { ...repositoryAndTag(reference), changes: [...changes], pause: false };
    const made = (await attempt({ verb: 'commit', kind: 'container', id, deadlineMs: COPY_MS }, (abortSignal) =>
      this.#docker.getContainer(id).commit({ ...options, abortSignal }),
    )) as { readonly Id: string };
    return made.Id;
  }

  async createNetwork(spec: NetworkSpec): Promise<string> {
    const made = await attempt(work('create', 'network', spec.name), (abortSignal) =>
      this.#docker.createNetwork({
        Name: spec.name,
        Driver: 'bridge',
        Internal: true,
        CheckDuplicate: true,
        Labels: { ...spec.labels },
        ...(spec.subnet === undefined ? {} : { IPAM: { Driver: 'default', Config: [{ Subnet: spec.subnet }] } }),
        abortSignal,
      }),
    );
    return made.id;
  }

  async removeNetwork(id: string): Promise<void> {
    await attempt(
      work('remove', 'network', id),
      (abortSignal) => this.#docker.getNetwork(id).remove({ abortSignal }),
      [404],
    );
  }

  async removeVolume(name: string): Promise<void> {
    await attempt(
      work('remove', 'volume', name),
      (abortSignal) => this.#docker.getVolume(name).remove({ abortSignal }),
      [404],
    );
  }

  async listByLabel(labels: Labels): Promise<readonly LabelledObject[]> {
    const filters = labelFilter(labels);
    const [containers, networks, volumes] = await attempt(inquiry('list', 'engine', 'objects'), (abortSignal) =>
      Promise.all([
        this.#docker.listContainers({ all: true, filters, abortSignal }),
        this.#docker.listNetworks({ filters, abortSignal }),
        this.#docker.listVolumes({ filters, abortSignal }),
      ]),
    );
    return [
      ...containers.map((one) => labelled('container', one.Id, one.Names[0]?.slice(1) ?? one.Id, one.Labels)),
      ...networks.map((one) => labelled('network', one.Id, one.Name, one.Labels)),
      ...(volumes.Volumes ?? []).map((one) => labelled('volume', one.Name, one.Name, one.Labels)),
    ];
  }

  async watchEvents(labels: Labels, onEvent: (event: EngineEvent) => void): Promise<EventWatch> {
    const controller = new AbortController();
    const filters = { type: ['container'], event: Object.keys(ACTIONS), ...labelFilter(labels) };
    const call = work('watch', 'engine', 'events');
    const stream = (await attempt(call, () =>
      this.#docker.getEvents({ filters: JSON.stringify(filters), abortSignal: controller.signal }),
    )) as Readable;
    const ended = readJsonLines(stream, (object) => report(object, onEvent))
      .then(() => Promise.reject(new LabError('engine-lost', 'The engine ended its stream of events.')))
      .catch((error: unknown) => {
        if (!controller.signal.aborted) throw callFailure(error, call);
      });
    ended.catch(() => {}); // Whoever wants to know looks at `ended`; nobody has to.
    const stop = async (): Promise<void> => {
      controller.abort();
      stream.destroy();
      await ended.catch(() => {});
    };
    return { ended, [Symbol.asyncDispose]: stop };
  }

  async inspectImage(reference: string): Promise<ImageFacts | undefined> {
    const image = await attempt(
      inquiry('inspect', 'image', reference),
      () => this.#docker.getImage(reference).inspect(),
      [404],
    );
    return image && imageFacts(image.Id, image.RepoTags, image.Config?.Labels, image.Size);
  }

  async pullImage(reference: string, { idleMs, onProgress }: PullOptions): Promise<void> {
    await this.#stream({ verb: 'pull', kind: 'image', id: reference, deadlineMs: idleMs }, onProgress, (abortSignal) =>
      this.#docker.createImage({ fromImage: withTag(reference), abortSignal }),
    );
  }

  async importImage(root: Readable, { reference, changes }: ImportOptions): Promise<string> {
    const { repo, tag } = repositoryAndTag(reference);
    const options = { repo, tag, changes: [...changes] };
    await this.#stream(
      { verb: 'import', kind: 'image', id: reference, deadlineMs: COPY_MS },
      undefined,
      (abortSignal) => this.#docker.importImage(root, { ...options, abortSignal }),
    );
    return this.#imageId(reference);
  }

  async buildImage(context: Readable, { reference, labels, onProgress }: BuildOptions): Promise<string> {
    const options = { t: reference, labels: { ...labels }, rm: true, forcerm: true };
    await this.#stream(
      { verb: 'build', kind: 'image', id: reference, deadlineMs: COPY_MS },
      onProgress,
      (abortSignal) => this.#docker.buildImage(context, { ...options, abortSignal }),
    );
    return this.#imageId(reference);
  }

  async tagImage(reference: string, as: string): Promise<void> {
    await attempt(work('tag', 'image', reference), (abortSignal) =>
      this.#docker.getImage(reference).tag({ ...repositoryAndTag(as), abortSignal }),
    );
  }

  async removeImage(reference: string): Promise<void> {
    await attempt(
      work('remove', 'image', reference),
      () => this.#docker.getImage(reference).remove({ force: true }),
      [404],
    );
  }

  async listImages(labels: Labels): Promise<readonly ImageFacts[]> {
    const images = await attempt(inquiry('list', 'engine', 'images'), (abortSignal) =>
      this.#docker.listImages({ filters: labelFilter(labels), abortSignal }),
    );
    return images.map((image) => imageFacts(image.Id, image.RepoTags, image.Labels, image.Size));
  }

  /** Follows a call that answers with progress; the deadline counts from the last word, and failures arrive as a last line. */
  async #stream(
    call: Call,
    onProgress: ((line: string) => void) | undefined,
    open: (signal: AbortSignal) => Promise<NodeJS.ReadableStream>,
  ): Promise<void> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), call.deadlineMs);
    let failure: unknown;
    try {
      await readJsonLines((await open(controller.signal)) as Readable, (object) => {
        timer.refresh();
        failure = object['error'] ?? failure;
        onProgress?.(progressText(object));
      });
    } catch (error) {
      failure = controller.signal.aborted ? `no word from the engine for ${call.deadlineMs} ms` : error;
    } finally {
      clearTimeout(timer);
    }
    if (failure !== undefined) throw imageFailure(failure, call);
  }

  async #imageId(reference: string): Promise<string> {
    const image = await this.inspectImage(reference);
    if (!image) throw new LabError('image-failed', `The engine made image ${reference} but does not know it.`);
    return image.id;
  }
}

interface RawInfo {
  readonly Name: string;
  readonly OperatingSystem: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly DockerRootDir: string;
  readonly Driver: string;
  readonly CgroupVersion?: string;
  readonly Warnings?: readonly string[] | null;
}

/** An attempt with its deadline. */
interface Call extends Attempt {
  readonly deadlineMs: number;
}

const inquiry = (verb: string, kind: Attempt['kind'], id: string): Call => ({ verb, kind, id, deadlineMs: INQUIRY_MS });
const work = (verb: string, kind: Attempt['kind'], id: string): Call => ({ verb, kind, id, deadlineMs: WORK_MS });

const INQUIRY_MS = 10_000;
const WORK_MS = 30_000;
/** Big transfers: traces out, root file systems in. */
const COPY_MS = 120_000;

function attempt<T>(call: Call, run: (signal: AbortSignal) => Promise<T>): Promise<T>;
/** With statuses that are fine, since what was wanted is so already; the answer is then undefined. */
function attempt<T>(
  call: Call,
  run: (signal: AbortSignal) => Promise<T>,
  fine: readonly number[],
): Promise<T | undefined>;
async function attempt<T>(
  call: Call,
  run: (signal: AbortSignal) => Promise<T>,
  fine: readonly number[] = [],
): Promise<T | undefined> {
  try {
    return await bounded(call.deadlineMs, run);
  } catch (error) {
    if (fine.includes(statusOf(error) ?? 0)) return undefined;
    throw callFailure(error, call);
  }
}

function imageFailure(failure: unknown, call: Call): LabError {
  const error = callFailure(typeof failure === 'string' ? new Error(failure) : failure, call);
  if (error.code === 'engine-lost') return error;
  const { message, cause, ids, status } = error;
  return new LabError('image-failed', message, { cause, ids, status });
}

function containerOptions(spec: ContainerSpec): Docker.ContainerCreateOptions {
  return {
    name: spec.name,
    Image: spec.image,
    Labels: { ...spec.labels },
    ...(spec.command && { Cmd: [...spec.command] }),
    ...(spec.entryPoint && { Entrypoint: [...spec.entryPoint] }),
    ...(spec.env && { Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`) }),
    ...(spec.user && { User: spec.user }),
    ...(spec.hostName && { Hostname: spec.hostName }),
    ...(spec.healthCheck && { Healthcheck: healthOptions(spec.healthCheck) }),
    OpenStdin: spec.openStdin ?? false,
    AttachStdin: spec.openStdin ?? false,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    HostConfig: hostOptions(spec),
    ...endpointOptions(spec),
  };
}

function hostOptions(spec: ContainerSpec): Docker.HostConfig {
  return {
    NetworkMode: networkMode(spec),
    LogConfig: { Type: 'none', Config: {} },
    ReadonlyRootfs: spec.readOnlyRoot ?? false,
    ...(spec.capabilities && { CapDrop: ['ALL'], CapAdd: [...spec.capabilities] }),
    ...(spec.noNewPrivileges && { SecurityOpt: ['no-new-privileges'] }),
    // Swap equal to memory means none beyond it: a node is killed at its limit instead of becoming slow.
    ...(spec.memoryBytes && { Memory: spec.memoryBytes, MemorySwap: spec.memoryBytes }),
    ...(spec.pidsMax && { PidsLimit: spec.pidsMax }),
    ...(spec.tmpfs && { Tmpfs: { ...spec.tmpfs } }),
    ...(spec.init && { Init: true }),
  };
}

function networkMode({ network }: ContainerSpec): string {
  if (network.kind === 'network') return network.name;
  return network.kind === 'container' ? `container:${network.id}` : 'none';
}

function endpointOptions({ network }: ContainerSpec): Docker.ContainerCreateOptions {
  if (network.kind !== 'network') return {};
  const settings: Docker.EndpointSettings = {
    ...(network.aliases && { Aliases: [...network.aliases] }),
    ...(network.ip && { IPAMConfig: { IPv4Address: network.ip } }),
  };
  return { NetworkingConfig: { EndpointsConfig: { [network.name]: settings } } };
}

function healthOptions(check: NonNullable<ContainerSpec['healthCheck']>): Docker.HealthConfig {
  return {
    Test: [...check.test],
    Interval: check.intervalMs * NS_PER_MS,
    Timeout: check.timeoutMs * NS_PER_MS,
    Retries: check.retries,
    StartPeriod: check.startPeriodMs * NS_PER_MS,
  };
}

const NS_PER_MS = 1e6;

function stateOf(raw: Docker.ContainerInspectInfo): ContainerState {
  const { State: state } = raw;
  const addresses = Object.values(raw.NetworkSettings.Networks ?? {}).map((network) => network.IPAddress);
  const exited = !state.Running && !state.FinishedAt.startsWith('0001');
  return {
    id: raw.Id,
    name: raw.Name.slice(1),
    running: state.Running,
    paused: state.Paused,
    exitCode: exited ? state.ExitCode : undefined,
    oomKilled: state.OOMKilled,
    pid: state.Pid,
    startedAt: state.StartedAt,
    finishedAt: state.FinishedAt,
    ip: addresses.find((address) => address !== ''),
    health: healthOf(state.Health?.Status),
    labels: raw.Config.Labels ?? {},
  };
}

function healthOf(status: string | undefined): ContainerState['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : undefined;
}

const labelFilter = (labels: Labels): { label: string[] } => ({
  label: Object.entries(labels).map(([name, value]) => `${name}=${value}`),
});

function labelled(
  kind: LabelledObject['kind'],
  id: string,
  name: string,
  labels: Labels | null | undefined,
): LabelledObject {
  return { kind, id, name, labels: labels ?? {} };
}

function imageFacts(
  id: string,
  references: readonly string[] | null | undefined,
  labels: Labels | null | undefined,
  sizeBytes: number,
): ImageFacts {
  return { id, references: references ?? [], labels: labels ?? {}, sizeBytes };
}

const ACTIONS: Readonly<Record<EngineEvent['action'], true>> = {
  start: true,
  die: true,
  kill: true,
  pause: true,
  unpause: true,
  oom: true,
};

/** Engines send more than was asked for (an exec's whole command line is an action), so what is unknown is dropped. */
function report(object: JsonObject, onEvent: (event: EngineEvent) => void): void {
  const raw = object as unknown as RawEvent;
  if (!isAction(raw.Action)) return;
  const { name = '', exitCode, signal, ...labels } = raw.Actor.Attributes;
  onEvent({
    action: raw.Action,
    container: raw.Actor.ID,
    name,
    timeNs: BigInt(raw.timeNano),
    ...(exitCode !== undefined && { exitCode: Number(exitCode) }),
    ...(signal !== undefined && { signal: Number(signal) }),
    labels,
  });
}

interface RawEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
}

function isAction(text: string): text is EngineEvent['action'] {
  return Object.hasOwn(ACTIONS, text);
}

/** Without a tag the engine would pull every tag of the repository. */
function withTag(reference: string): string {
  return reference.includes('@') || /:[^/]+$/.test(reference) ? reference : `${reference}:latest`;
}

function repositoryAndTag(reference: string): { readonly repo: string; readonly tag: string } {
  const full = withTag(reference);
  const colon = full.lastIndexOf(':');
  return { repo: full.slice(0, colon), tag: full.slice(colon + 1) };
}
