/** What a lab needs of a container engine, in its own words. `engine.ts` implements it; tests may implement it in memory. */
import type { Readable, Writable } from 'node:stream';
import type { Endpoint } from './endpoint.ts';
import type { ArchivedFile, TarEntry } from './tar.ts';

export type Labels = Readonly<Record<string, string>>;

/**
 * Every method fails with a LabError that says what was attempted on which object: `image-missing` where an image is
 * absent, `engine-lost` where the connection broke, `engine-strange` where the answer is not one of an engine, else
 * `object-failed` with the engine's HTTP status. Durations are ms.
 */
export interface Engine {
  readonly facts: EngineFacts;
  /** A round trip to the engine; false when it does not answer. */
  ping(): Promise<boolean>;

  createContainer(spec: ContainerSpec): Promise<string>;
  /** Connects to the standard streams. Attach before every start, or the first output is lost. */
  attach(id: string): Promise<Attached>;
  /** Starting a running container is no error. */
  start(id: string): Promise<void>;
  /** Resolves when the engine answers, some 50–200 ms; the process is dead within about 15 ms. Use waitExit for the death. */
  kill(id: string, signal?: string): Promise<void>;
  /** The exit of a running container, or of one that has exited already. Fails when the deadline passes. */
  waitExit(id: string, deadlineMs: number): Promise<Exit>;
  inspect(id: string): Promise<ContainerState>;
  pause(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  /** Forced, with its anonymous volumes; an absent container is fine, one that somebody else is removing is waited for. */
  removeContainer(id: string): Promise<void>;
  /** Works on created, running, paused and stopped containers; not outside a volume when the root is read-only. */
  putArchive(id: string, folder: string, entries: readonly TarEntry[]): Promise<void>;
  /** The plain files under a path; their paths start with the path's last name. Works in every state. */
  getArchive(id: string, path: string): Promise<readonly ArchivedFile[]>;
  /** Makes an image of the container's files; `changes` are Dockerfile instructions. Answers the image id. */
  commit(id: string, reference: string, changes: readonly string[]): Promise<string>;

  /** An internal bridge network: no way out, and refused when the name is taken. */
  createNetwork(spec: NetworkSpec): Promise<string>;
  /** Takes a container's interface away, running or not. Fails where it has none. */
  leaveNetwork(id: string, container: string): Promise<void>;
  /** An absent network is fine. */
  removeNetwork(id: string): Promise<void>;
  /** An absent volume is fine. */
  removeVolume(name: string): Promise<void>;
  /** Containers in any state, networks and volumes that carry all these labels. */
  listByLabel(labels: Labels): Promise<readonly LabelledObject[]>;
  /** Container events from now on, in order, for containers that carry these labels. */
  watchEvents(labels: Labels, onEvent: (event: EngineEvent) => void): Promise<EventWatch>;

  /** Undefined when the image is not present. */
  inspectImage(reference: string): Promise<ImageFacts | undefined>;
  pullImage(reference: string, options: PullOptions): Promise<void>;
  /** Makes an image of one layer from a root file system. Answers the image id. */
  importImage(root: Readable, options: ImportOptions): Promise<string>;
  /** Builds from a context with a Dockerfile in it. Answers the image id. */
  buildImage(context: Readable, options: BuildOptions): Promise<string>;
  tagImage(reference: string, as: string): Promise<void>;
  /** An absent image is fine. */
  removeImage(reference: string): Promise<void>;
  listImages(labels: Labels): Promise<readonly ImageFacts[]>;
}

/** What is known of the engine and its machine after connecting, and does not change while it runs. */
export interface EngineFacts {
  readonly endpoint: Endpoint;
  /** `docker` is tested; `podman` mostly works and is not tested. */
  readonly brand: 'docker' | 'podman';
  readonly version: string;
  readonly apiVersion: string;
  readonly kernel: string;
  /** As the engine names it: amd64, arm64. */
  readonly architecture: string;
  readonly hostName: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly rootFolder: string;
  readonly storageDriver: string;
}

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly labels: Labels;
  readonly network: NetworkMode;
  /** Replaces the image's command; the image's entry point, if any, stays. */
  readonly command?: readonly string[];
  readonly entryPoint?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Only for containers that own their network namespace. */
  readonly hostName?: string;
  /** Numeric, as `65532:65532`; the image's user when absent. */
  readonly user?: string;
  /** Keeps standard input open, also while nobody is attached. */
  readonly openStdin?: boolean;
  readonly readOnlyRoot?: boolean;
  /** All other capabilities are dropped when this is given; `[]` drops all. */
  readonly capabilities?: readonly string[];
  readonly noNewPrivileges?: boolean;
  readonly memoryBytes?: number;
  /** The most processes and threads the container may have. */
  readonly pidsMax?: number;
  /** Mount point → options such as `size=16m`. */
  readonly tmpfs?: Readonly<Record<string, string>>;
  /** Mount point of an anonymous volume of its own. */
  readonly volume?: string;
  /** Mount point of another anonymous volume, in memory and so big at most. */
  readonly smallVolume?: { readonly at: string; readonly bytes: number };
  /** Another container, whose volumes it has at the same mount points. */
  readonly volumeOf?: string;
  readonly healthCheck?: HealthCheck;
  /** A tiny init as process 1, for programs that do not reap or do not heed SIGTERM. */
  readonly init?: boolean;
}

export type NetworkMode =
  | { readonly kind: 'none' }
  | { readonly kind: 'network'; readonly name: string; readonly aliases?: readonly string[]; readonly ip?: string }
  /** Shares the network namespace of another container, which must be running at each start. */
  | { readonly kind: 'container'; readonly id: string };

export interface HealthCheck {
  /** In Docker's form: `['CMD', 'redis-cli', 'ping']`. */
  readonly test: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}

/** The container's standard streams. All end when the container does; read both outputs, since one left unread blocks the other. */
export interface Attached {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Lets go; the container keeps running. */
  detach(): void;
}

export interface Exit {
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** RFC 3339, by the engine's clock. */
  readonly finishedAt: string;
}

export interface ContainerState {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  /** A paused container is running, too. */
  readonly paused: boolean;
  /** Undefined before the first exit and while it runs. */
  readonly exitCode: number | undefined;
  readonly oomKilled: boolean;
  /** On the engine's machine; 0 when not running. */
  readonly pid: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** The first address it has; undefined when not running, or in another container's namespace. */
  readonly ip: string | undefined;
  /** Undefined without a health check. */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | undefined;
  readonly labels: Labels;
}

export interface NetworkSpec {
  /** Unique to the run: engines accept two networks of one name and then refuse to start anything on either. */
  readonly name: string;
  readonly labels: Labels;
  /** For fixed addresses, as `10.213.7.0/24`. */
  readonly subnet?: string;
}

export interface LabelledObject {
  readonly kind: 'container' | 'network' | 'volume';
  /** For volumes, the name. */
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** Ids of the networks that a container has been put on when it was started. */
  readonly networks: readonly string[];
}

/** What its removal needs to know of an object. */
export type MadeObject = Pick<LabelledObject, 'kind' | 'id' | 'networks'>;

export interface EngineEvent {
  readonly action: 'start' | 'die' | 'kill' | 'pause' | 'unpause' | 'oom';
  readonly container: string;
  readonly name: string;
  /** Nanoseconds since 1970, by the engine's clock, true to about a microsecond. */
  readonly timeNs: bigint;
  /** With `die`. */
  readonly exitCode?: number;
  /** With `kill`: the signal's number. */
  readonly signal?: number;
  readonly labels: Labels;
}

export interface EventWatch extends AsyncDisposable {
  /** Settles when the stream ends; rejects with `engine-lost` when nobody asked it to end. */
  readonly ended: Promise<void>;
}

export interface ImageFacts {
  readonly id: string;
  readonly references: readonly string[];
  readonly labels: Labels;
  readonly sizeBytes: number;
}

export interface PullOptions {
  /** Give up after so long without a word from the engine. */
  readonly idleMs: number;
  readonly onProgress?: ((line: string) => void) | undefined;
}

export interface ImportOptions {
  readonly reference: string;
  /** Dockerfile instructions, such as `ENTRYPOINT ["node"]`. */
  readonly changes: readonly string[];
}

export interface BuildOptions {
  readonly reference: string;
  readonly labels: Labels;
  readonly onProgress?: ((line: string) => void) | undefined;
}
