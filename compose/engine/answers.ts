/** What the engine answers, read into txlab's words. Only the fields that are read are named here; one that is not as it must be is told. */
import type { Endpoint } from './endpoint.ts';
import type { ContainerState, EngineEvent, EngineFacts, ImageFacts, LabelledObject, Labels } from './port.ts';
import { fields, flag, listOf, mapOf, maybe, Misshapen, number, text } from './shape.ts';

const ANSWER = 'the answer';
const LABELS = maybe(mapOf(text));

const CONTAINER = fields({
  Id: text,
  Name: text,
  State: fields({
    Running: flag,
    Paused: flag,
    ExitCode: number,
    OOMKilled: flag,
    Pid: number,
    StartedAt: text,
    FinishedAt: text,
    Health: maybe(fields({ Status: maybe(text) })),
  }),
  NetworkSettings: fields({ Networks: maybe(mapOf(maybe(fields({ IPAddress: maybe(text) })))) }),
  Config: fields({ Labels: LABELS }),
});

export function stateOf(answer: unknown): ContainerState {
  const raw = CONTAINER(answer, ANSWER);
  const { State: state } = raw;
  const addresses = Object.values(raw.NetworkSettings.Networks ?? {}).map((network) => network?.IPAddress);
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
    ip: addresses.find((address) => address !== undefined && address !== ''),
    health: healthOf(state.Health?.Status),
    labels: raw.Config.Labels ?? {},
  };
}

function healthOf(status: string | undefined): ContainerState['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : undefined;
}

const VERSION = fields({
  Version: text,
  ApiVersion: apiVersion,
  KernelVersion: text,
  Arch: text,
  Components: maybe(listOf(fields({ Name: text }))),
});

function apiVersion(value: unknown, place: string): string {
  if (/^\d+\.\d+$/.test(text(value, place))) return text(value, place);
  throw new Misshapen(value, place, 'a version such as 1.41');
}

const INFO = fields({ Name: text, NCPU: number, MemTotal: number, DockerRootDir: text, Driver: text });

export interface FirstAnswers {
  readonly version: unknown;
  readonly info: unknown;
}

export function factsOf(answers: FirstAnswers, endpoint: Endpoint): EngineFacts {
  const version = VERSION(answers.version, 'its answer to /version');
  const info = INFO(answers.info, 'its answer to /info');
  const podman = version.Components?.some((component) => /podman/i.test(component.Name)) ?? false;
  return {
    endpoint,
    brand: podman ? 'podman' : 'docker',
    version: version.Version,
    apiVersion: version.ApiVersion,
    kernel: version.KernelVersion,
    architecture: version.Arch,
    hostName: info.Name,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    rootFolder: info.DockerRootDir,
    storageDriver: info.Driver,
  };
}

/** The labels stand in different places of different answers. */
const IMAGE = { Id: text, RepoTags: maybe(listOf(text)), Size: number };
const INSPECTED_IMAGE = fields({ ...IMAGE, Config: maybe(fields({ Labels: LABELS })) });
const LISTED_IMAGES = listOf(fields({ ...IMAGE, Labels: LABELS }));

export function imageOf(answer: unknown): ImageFacts {
  const raw = INSPECTED_IMAGE(answer, ANSWER);
  return imageFacts(raw, raw.Config?.Labels);
}

export function imagesOf(answer: unknown): readonly ImageFacts[] {
  return LISTED_IMAGES(answer, ANSWER).map((raw) => imageFacts(raw, raw.Labels));
}

type RawImage = Pick<ReturnType<typeof INSPECTED_IMAGE>, keyof typeof IMAGE>;

function imageFacts({ Id, RepoTags, Size }: RawImage, labels: Labels | undefined): ImageFacts {
  return { id: Id, references: RepoTags ?? [], labels: labels ?? {}, sizeBytes: Size };
}

const CONTAINERS = listOf(
  fields({
    Id: text,
    Names: maybe(listOf(text)),
    Labels: LABELS,
    NetworkSettings: maybe(fields({ Networks: maybe(mapOf(maybe(fields({ NetworkID: text })))) })),
  }),
);
const NETWORKS = listOf(fields({ Id: text, Name: text, Labels: LABELS }));
const VOLUMES = fields({ Volumes: maybe(listOf(fields({ Name: text, Labels: LABELS }))) });

export interface ListAnswers {
  readonly containers: unknown;
  readonly networks: unknown;
  readonly volumes: unknown;
}

export function objectsOf({ containers, networks, volumes }: ListAnswers): readonly LabelledObject[] {
  return [
    ...CONTAINERS(containers, 'the list of containers').map((raw) => ({
      ...labelled('container', raw.Id, raw.Names?.[0]?.slice(1) ?? raw.Id, raw.Labels),
      networks: Object.values(raw.NetworkSettings?.Networks ?? {}).flatMap((network) => network?.NetworkID ?? []),
    })),
    ...NETWORKS(networks, 'the list of networks').map((raw) => labelled('network', raw.Id, raw.Name, raw.Labels)),
    ...(VOLUMES(volumes, 'the list of volumes').Volumes ?? []).map((raw) =>
      labelled('volume', raw.Name, raw.Name, raw.Labels),
    ),
  ];
}

function labelled(kind: LabelledObject['kind'], id: string, name: string, labels: Labels | undefined): LabelledObject {
  return { kind, id, name, labels: labels ?? {}, networks: [] };
}

/** The id of what was made, which the client may have read for itself already. */
export function idOf(made: { readonly id?: unknown; readonly Id?: unknown }): string {
  return text(made.id ?? made.Id, `Id in ${ANSWER}`);
}

const ACTIONS: Readonly<Record<EngineEvent['action'], true>> = {
  start: true,
  die: true,
  kill: true,
  pause: true,
  unpause: true,
  oom: true,
};

export const EVENT_ACTIONS: readonly string[] = Object.keys(ACTIONS);

const ACTION = fields({ Action: text });
const EVENT = fields({ Actor: fields({ ID: text, Attributes: mapOf(text) }), timeNano: number });

/** Undefined for what was not asked for: engines send more, and an exec's whole command line is an action. */
export function eventOf(line: unknown): EngineEvent | undefined {
  const { Action: action } = ACTION(line, 'an event');
  if (!isAction(action)) return undefined;
  const { Actor: actor, timeNano } = EVENT(line, 'an event');
  const { name = '', exitCode, signal, ...labels } = actor.Attributes;
  return {
    action,
    container: actor.ID,
    name,
    timeNs: BigInt(Math.round(timeNano)),
    ...(exitCode !== undefined && { exitCode: Number(exitCode) }),
    ...(signal !== undefined && { signal: Number(signal) }),
    labels,
  };
}

function isAction(word: string): word is EngineEvent['action'] {
  return Object.hasOwn(ACTIONS, word);
}
