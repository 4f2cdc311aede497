/** What the engine answers, read into txlab's words. Only the fields that are read are named here. */
import type { Endpoint } from './endpoint.ts';
import type { ContainerState, EngineEvent, EngineFacts, ImageFacts, LabelledObject, Labels } from './port.ts';
import type { JsonObject } from './streams.ts';

interface RawContainer {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Running: boolean;
    readonly Paused: boolean;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Pid: number;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly Health?: { readonly Status: string } | undefined;
  };
  readonly NetworkSettings: { readonly Networks?: Readonly<Record<string, { readonly IPAddress: string }>> | null };
  readonly Config: { readonly Labels?: Labels | null };
}

export function stateOf(raw: RawContainer): ContainerState {
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

interface RawVersion {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly KernelVersion: string;
  readonly Arch: string;
  readonly Components?: readonly { readonly Name: string }[];
}

export interface RawInfo {
  readonly Name: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly DockerRootDir: string;
  readonly Driver: string;
}

export function factsOf(version: RawVersion, info: RawInfo, endpoint: Endpoint): EngineFacts {
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

interface RawImage {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null | undefined;
  readonly Size: number;
}

/** The labels stand in different places of different answers. */
export function imageOf(raw: RawImage, labels: Labels | null | undefined): ImageFacts {
  return { id: raw.Id, references: raw.RepoTags ?? [], labels: labels ?? {}, sizeBytes: raw.Size };
}

interface RawLists {
  readonly containers: readonly {
    readonly Id: string;
    readonly Names: readonly string[];
    readonly Labels: Labels;
    readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, { readonly NetworkID: string }>> };
  }[];
  readonly networks: readonly {
    readonly Id: string;
    readonly Name: string;
    readonly Labels?: Labels | null | undefined;
  }[];
  readonly volumes: readonly { readonly Name: string; readonly Labels: Labels | null }[];
}

export function objectsOf({ containers, networks, volumes }: RawLists): readonly LabelledObject[] {
  return [
    ...containers.map((raw) => ({
      ...labelled('container', raw.Id, raw.Names[0]?.slice(1) ?? raw.Id, raw.Labels),
      networks: Object.values(raw.NetworkSettings?.Networks ?? {}).map(({ NetworkID }) => NetworkID),
    })),
    ...networks.map((raw) => labelled('network', raw.Id, raw.Name, raw.Labels)),
    ...volumes.map((raw) => labelled('volume', raw.Name, raw.Name, raw.Labels)),
  ];
}

function labelled(
  kind: LabelledObject['kind'],
  id: string,
  name: string,
  labels: Labels | null | undefined,
): LabelledObject {
  return { kind, id, name, labels: labels ?? {}, networks: [] };
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

/** Undefined for what was not asked for: engines send more, and an exec's whole command line is an action. */
export function eventOf(object: JsonObject): EngineEvent | undefined {
  const raw = object as unknown as RawEvent;
  if (!isAction(raw.Action)) return undefined;
  const { name = '', exitCode, signal, ...labels } = raw.Actor.Attributes;
  return {
    action: raw.Action,
    container: raw.Actor.ID,
    name,
    timeNs: BigInt(raw.timeNano),
    ...(exitCode !== undefined && { exitCode: Number(exitCode) }),
    ...(signal !== undefined && { signal: Number(signal) }),
    labels,
  };
}

interface RawEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
}

function isAction(text: string): text is EngineEvent['action'] {
  return Object.hasOwn(ACTIONS, text);
}
