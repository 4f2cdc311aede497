/** The container engine, through dockerode. No type of dockerode leaves this file, and no other file imports it. */
import type { Agent } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import Docker from 'dockerode';
import { formatEndpoint, resolveEndpoint } from './endpoint.ts';
import type { Endpoint, EndpointOptions } from './endpoint.ts';
import { EVENT_ACTIONS, eventOf, factsOf, idOf, imageOf, imagesOf, objectsOf, stateOf } from './answers.ts';
import { attemptsAt, bounded, copy, inquiry, work } from './calls.ts';
import type { Attempts, Call } from './calls.ts';
import { callFailure, connectFailure, statusOf } from './failure.ts';
import type {
  Attached,
  BuildOptions,
  ContainerSpec,
  ContainerState,
  Engine,
  EngineEvent,
  EngineFacts,
  EventWatch,
  Exit,
  ImageFacts,
  ImportOptions,
  LabelledObject,
  Labels,
  NetworkSpec,
  PullOptions,
} from './port.ts';
import { containerOptions, labelFilter, networkOptions, repositoryAndTag, withTag } from './requests.ts';
import { demultiplex, progressText, readJsonLines } from './streams.ts';
import { LabError } from '../errors.ts';
import { packTar, unpackTar } from './tar.ts';
import type { ArchivedFile, TarEntry } from './tar.ts';

/**
 * Connects and asks for what it and its machine are. Fails with `engine-missing`, `engine-refused`,
 * `engine-strange` or `engine-too-old`.
 */
export async function connectEngine(options: EndpointOptions = {}): Promise<Engine> {
  const endpoint = resolveEndpoint(options);
  const docker = new Docker(dockerOptions(endpoint));
  const facts = await bounded(CONNECT_MS, () => askFacts(docker, endpoint)).catch((error: unknown) => {
    throw connectFailure(error, endpoint);
  });
  if (!atLeast(facts.apiVersion, API_MIN)) {
    throw new LabError(
      'engine-too-old',
      `The engine at ${formatEndpoint(endpoint)} speaks API ${facts.apiVersion}; txlab needs ${API_MIN} (Docker 19.03).`,
      { hint: 'Update the engine, or point DOCKER_HOST at a newer one.' },
    );
  }
  return new DockerEngine(docker, facts);
}

async function askFacts(docker: Docker, endpoint: Endpoint): Promise<EngineFacts> {
  const [version, info] = await Promise.all([docker.version(), docker.info() as Promise<unknown>]);
  return factsOf({ version, info }, endpoint);
}

const CONNECT_MS = 5_000;
const API_MIN = '1.40';

/** Every setting is given, since the client would else fill gaps from its own reading of the environment. */
function dockerOptions(endpoint: Endpoint): Docker.DockerOptions {
  if (endpoint.kind === 'socket')
    return { socketPath: endpoint.path, host: undefined, protocol: 'http', timeout: undefined };
  const { host, port, tls } = endpoint;
  // The client would take a host apart with `url.parse`, of which Node warns: it believes in a socket, and its agent goes to the host.
  const detour = {
    socketPath: 'none',
    agent: agentTo(endpoint),
    headers: { Host: `${host}:${port}` },
    host: undefined,
  };
  return { ...detour, protocol: tls ? 'https' : 'http', timeout: undefined, ...tls };
}

/** As Node's own agent, with an address that wins over the client's; one of IPv6 stands in brackets in addresses alone. */
function agentTo({ host, port, tls }: Extract<Endpoint, { kind: 'tcp' }>): Agent {
  const own = { keepAlive: true, timeout: 5_000, host: host.replace(/^\[|\]$/g, ''), port, socketPath: undefined };
  // Taken late: an import of these modules loads all that they export, which takes longer than the rest of the start.
  return new (process.getBuiltinModule(tls ? 'node:https' : 'node:http').Agent)(own);
}

function atLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

class DockerEngine implements Engine {
  readonly facts: EngineFacts;
  readonly #docker: Docker;
  readonly #attempt: Attempts;

  constructor(docker: Docker, facts: EngineFacts) {
    this.#docker = docker;
    this.facts = facts;
    this.#attempt = attemptsAt(facts.endpoint);
  }

  async ping(): Promise<boolean> {
    try {
      await bounded(CONNECT_MS, () => this.#docker.ping());
      return true;
    } catch {
      return false;
    }
  }

  async createContainer(spec: ContainerSpec): Promise<string> {
    const call = work('create', 'container', spec.name);
    return this.#attempt(call, async (abortSignal) =>
      idOf(await this.#docker.createContainer({ ...containerOptions(spec), abortSignal })),
    );
  }

  async attach(id: string): Promise<Attached> {
    const stream = await this.#attempt(work('attach to', 'container', id), (abortSignal) =>
      this.#docker
        .getContainer(id)
        .attach({ abortSignal, stream: true, hijack: true, stdin: true, stdout: true, stderr: true }),
    );
    return demultiplex(stream as Duplex);
  }

  async start(id: string): Promise<void> {
    await this.#attempt(
      work('start', 'container', id),
      (abortSignal) => this.#docker.getContainer(id).start({ abortSignal }),
      [304],
    );
  }

  async kill(id: string, signal = 'SIGKILL'): Promise<void> {
    await this.#attempt(work('kill', 'container', id), (abortSignal) =>
      this.#docker.getContainer(id).kill({ signal, abortSignal }),
    );
  }

  async waitExit(id: string, deadlineMs: number): Promise<Exit> {
    const call: Call = { verb: 'wait for the exit of', kind: 'container', id, deadlineMs };
    await this.#attempt(call, (abortSignal) =>
      this.#docker.getContainer(id).wait({ condition: 'not-running', abortSignal }),
    );
    const state = await this.inspect(id);
    return { exitCode: state.exitCode ?? 0, oomKilled: state.oomKilled, finishedAt: state.finishedAt };
  }

  async inspect(id: string): Promise<ContainerState> {
    return this.#attempt(inquiry('inspect', 'container', id), async (abortSignal) =>
      stateOf(await this.#docker.getContainer(id).inspect({ abortSignal })),
    );
  }

  async pause(id: string): Promise<void> {
    await this.#attempt(work('pause', 'container', id), (abortSignal) =>
      this.#docker.getContainer(id).pause({ abortSignal }),
    );
  }

  async unpause(id: string): Promise<void> {
    await this.#attempt(work('unpause', 'container', id), (abortSignal) =>
      this.#docker.getContainer(id).unpause({ abortSignal }),
    );
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#docker.getContainer(id);
    const call = work('remove', 'container', id);
    try {
      await this.#attempt(call, (abortSignal) => container.remove({ force: true, v: true, abortSignal }), [404]);
    } catch (error) {
      if (statusOf(error) !== 409) throw error;
      await this.#attempt(call, (abortSignal) => container.wait({ condition: 'removed', abortSignal }), [404]);
    }
  }

  async putArchive(id: string, folder: string, entries: readonly TarEntry[]): Promise<void> {
    await this.#attempt(work(`put files into ${folder} of`, 'container', id), (abortSignal) =>
      this.#docker.getContainer(id).putArchive(packTar(entries), { path: folder, abortSignal }),
    );
  }

  async getArchive(id: string, path: string): Promise<readonly ArchivedFile[]> {
    return this.#attempt(copy(`read ${path} of`, 'container', id), async (abortSignal) =>
      unpackTar(await this.#docker.getContainer(id).getArchive({ path, abortSignal })),
    );
  }

  async commit(id: string, reference: string, changes: readonly string[]): Promise<string> {
    const options = { ...repositoryAndTag(reference), changes: [...changes], pause: false };
    return this.#attempt(copy('commit', 'container', id), async (abortSignal) =>
      idOf((await this.#docker.getContainer(id).commit({ ...options, abortSignal })) as { readonly Id?: unknown }),
    );
  }

  async createNetwork(spec: NetworkSpec): Promise<string> {
    return this.#attempt(work('create', 'network', spec.name), async (abortSignal) =>
      idOf(await this.#docker.createNetwork({ ...networkOptions(spec), abortSignal })),
    );
  }

  async leaveNetwork(id: string, container: string): Promise<void> {
    await this.#attempt(work('leave', 'network', id), (abortSignal) =>
      this.#docker.getNetwork(id).disconnect({ Container: container, abortSignal }),
    );
  }

  async removeNetwork(id: string): Promise<void> {
    await this.#attempt(
      work('remove', 'network', id),
      (abortSignal) => this.#docker.getNetwork(id).remove({ abortSignal }),
      [404],
    );
  }

  async removeVolume(name: string): Promise<void> {
    await this.#attempt(
      work('remove', 'volume', name),
      (abortSignal) => this.#docker.getVolume(name).remove({ abortSignal }),
      [404],
    );
  }

  async listByLabel(labels: Labels): Promise<readonly LabelledObject[]> {
    const filters = labelFilter(labels);
    return this.#attempt(inquiry('list', 'engine', 'objects'), async (abortSignal) => {
      const [containers, networks, volumes] = await Promise.all([
        this.#docker.listContainers({ all: true, filters, abortSignal }),
        this.#docker.listNetworks({ filters, abortSignal }),
        this.#docker.listVolumes({ filters, abortSignal }),
      ]);
      return objectsOf({ containers, networks, volumes });
    });
  }

  async watchEvents(labels: Labels, onEvent: (event: EngineEvent) => void): Promise<EventWatch> {
    const controller = new AbortController();
    const filters = { type: ['container'], event: EVENT_ACTIONS, ...labelFilter(labels) };
    const call = work('watch', 'engine', 'events');
    const stream = (await this.#attempt(call, () =>
      this.#docker.getEvents({ filters: JSON.stringify(filters), abortSignal: controller.signal }),
    )) as Readable;
    const report = (line: unknown): void => {
      const event = eventOf(line);
      if (event) onEvent(event);
    };
    const ended = readJsonLines(stream, report)
      .then(() => Promise.reject(new LabError('engine-lost', 'The engine ended its stream of events.')))
      .catch((error: unknown) => {
        if (!controller.signal.aborted) throw callFailure(error, call, this.facts.endpoint);
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
    return this.#attempt(
      inquiry('inspect', 'image', reference),
      async () => imageOf(await this.#docker.getImage(reference).inspect()),
      [404],
    );
  }

  async pullImage(reference: string, { idleMs, onProgress }: PullOptions): Promise<void> {
    await this.#stream({ verb: 'pull', kind: 'image', id: reference, deadlineMs: idleMs }, onProgress, (abortSignal) =>
      this.#docker.createImage({ fromImage: withTag(reference), abortSignal }),
    );
  }

  async importImage(root: Readable, { reference, changes }: ImportOptions): Promise<string> {
    const { repo, tag } = repositoryAndTag(reference);
    const options = { repo, tag, changes: [...changes] };
    await this.#stream(copy('import', 'image', reference), undefined, (abortSignal) =>
      this.#docker.importImage(root, { ...options, abortSignal }),
    );
    return this.#imageId(reference);
  }

  async buildImage(context: Readable, { reference, labels, onProgress }: BuildOptions): Promise<string> {
    const options = { t: reference, labels: { ...labels }, rm: true, forcerm: true };
    await this.#stream(copy('build', 'image', reference), onProgress, (abortSignal) =>
      this.#docker.buildImage(context, { ...options, abortSignal }),
    );
    return this.#imageId(reference);
  }

  async tagImage(reference: string, as: string): Promise<void> {
    await this.#attempt(work('tag', 'image', reference), (abortSignal) =>
      this.#docker.getImage(reference).tag({ ...repositoryAndTag(as), abortSignal }),
    );
  }

  async removeImage(reference: string): Promise<void> {
    await this.#attempt(
      work('remove', 'image', reference),
      () => this.#docker.getImage(reference).remove({ force: true }),
      [404],
    );
  }

  async listImages(labels: Labels): Promise<readonly ImageFacts[]> {
    return this.#attempt(inquiry('list', 'engine', 'images'), async (abortSignal) =>
      imagesOf(await this.#docker.listImages({ filters: labelFilter(labels), abortSignal })),
    );
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
    if (failure !== undefined) throw this.#imageFailure(failure, call);
  }

  async #imageId(reference: string): Promise<string> {
    const image = await this.inspectImage(reference);
    if (!image) throw new LabError('image-failed', `The engine made image ${reference} but does not know it.`);
    return image.id;
  }

  #imageFailure(failure: unknown, call: Call): LabError {
    const error = callFailure(typeof failure === 'string' ? new Error(failure) : failure, call, this.facts.endpoint);
    if (error.code === 'engine-lost' || error.code === 'engine-strange') return error;
    const { message, cause, ids, status } = error;
    return new LabError('image-failed', message, { cause, ids, status });
  }
}
