// The Docker arm of the cluster port: pods on an internal network, faults by the engine, evidence by what the engine saw.

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invariant } from '../nodes/contract/invariant.ts';
import { allOf } from './pods/all-of.ts';
import { hasLibrary, serverClock, withLibrary } from './pods/clock.ts';
import { whyNotMoved } from './clocks.ts';
import { removeObjects, sweepUntilClean } from './cleanup/cleanup.ts';
import { inject, STORE_READY_MS, undo } from './docker-faults.ts';
import { remainsOf } from './docker-remains.ts';
import { resolveNow } from './docker-names.ts';
import { lost, nodeOf, processesOf, watch } from './docker-state.ts';
import { isEngineLost } from './errors.ts';
import { createNodeProcess } from './pods/node-process.ts';
import { DATA, DISK } from './pods/pod-files.ts';
import { createStoreProcess } from './pods/store-process.ts';
import type { NodeConfig } from '../nodes/contract/control.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { Cluster, ClusterEvent, ClusterSpec, RunningCluster } from './cluster.ts';
import type { Clocks } from './clocks.ts';
import type { DockerState } from './docker-state.ts';
import type { Engine, Labels } from './engine/port.ts';
import type { NodeProcess } from './pods/node-process.ts';
import type { PodProcess } from './pods/pod-process.ts';
import { OPEN_LINKS, type Pod, type PodSource } from './pods/pods.ts';
import type { StoreProcess } from './pods/store-process.ts';
import type { StoreService } from './pods/store-service.ts';

export interface DockerOptions {
  readonly engine: Engine;
  /** On every object of this run and on nothing else: what bears them is removed at the end. */
  readonly labels: Labels;
  readonly pods: PodSource;
  /** What runs in the pods of stores, by the name of the service. */
  readonly stores?: Readonly<Record<string, StoreService>>;
  /** Why links cannot be slowed here, where they cannot: see `whyNoDelays`. */
  readonly noDelays?: string | undefined;
  /** What moves the clocks of stores. */
  readonly clocks?: Clocks | undefined;
}

export function newUid(): string {
  return randomBytes(4).toString('hex');
}

export function dockerCluster(options: DockerOptions): Cluster {
  return {
    refuse: (fault) => {
      if (fault.do === 'slow') return options.noDelays ?? null;
      return fault.do === 'clock' ? whyNotMoved(options.clocks, fault.node) : null;
    },
    start: (spec, onEvent, onProgress) => startDockerCluster(options, spec, onEvent, onProgress),
  };
}

async function startDockerCluster(
  options: DockerOptions,
  spec: ClusterSpec,
  onEvent: (event: ClusterEvent) => void,
  onProgress: (text: string) => void,
): Promise<RunningCluster> {
  const { engine, labels } = options;
  const state: DockerState = {
    engine,
    spec,
    onEvent,
    nodes: new Map(),
    stores: new Map(),
    clocks: new Map(),
    doomed: new Set(),
    kills: new Map(),
    still: new Set(),
    stopping: false,
  };
  const watching = watchedLabels(state, labels);
  let stopped: Promise<readonly string[]> | null = null;
  const stop = () => {
    stopped ??= stopAll(state, labels, watching);
    // Who asks again after a failure has it tried again.
    stopped.catch(() => (stopped = null));
    return stopped;
  };
  try {
    await bootAll(state, options, watching, onProgress);
  } catch (error) {
    if (!isEngineLost(error)) await stop();
    throw error;
  }
  return {
    command: (node, command) => nodeOf(state, node).command(command),
    resolve: (name) => resolveNow(state, name),
    inject: (fault) => inject(state, fault),
    undo: (fault) => undo(state, fault),
    dump: async (store) => state.stores.get(store)?.dump(),
    collect: (node) => remainsOf(engine, nodeOf(state, node).pod),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

/** Pods side by side, each booted as soon as it is there. */
async function bootAll(
  state: DockerState,
  options: DockerOptions,
  watching: Watching,
  onProgress: (text: string) => void,
): Promise<void> {
  const { nodes, stores = [] } = state.spec;
  const services = servicesOf(state.spec, options);
  const names = [...nodes, ...stores].map(({ id }) => id);
  const boot = async (pod: Pod): Promise<void> => {
    const service = services.get(pod.node);
    const store = service && addStore(state, pod, service);
    const process: PodProcess = store ?? addNode(state, pod);
    // Now every address is known: nobody has to wait until the last container has started.
    if (processesOf(state).length === names.length) configureAll(state, services);
    await watching.those(pod.stays?.labels);
    await state.clocks.get(pod.node)?.load(libraryOf(options));
    await process.boot();
    if (store) awaitStore(state, store).catch((error: unknown) => lost(state, error));
  };
  const moved = new Set(stores.flatMap(({ service, clock }) => (clock ? [service] : [])));
  for (const name of moved) onProgress(`servers of ${name} are started with a library that moves their clocks`);
  const disks = new Set(nodes.flatMap(({ id, disk }) => (disk ? [id] : [])));
  await allOf([options.pods(names, onProgress, boot, services, disks), watching.those()]);
  onProgress(`${nodes.length} nodes${stores.length === 0 ? '' : ` and ${stores.length} stores`}`);
}

/** The servers of one service are alike: where the clock of one is to be moved, all are started with what can move it. */
function servicesOf({ stores = [] }: ClusterSpec, options: DockerOptions): ReadonlyMap<NodeId, StoreService> {
  const asked = [...Map.groupBy(stores, ({ service }) => service)].flatMap(([name, alike]) => {
    const service = serviceOf(options, name);
    const started = alike.some(({ clock }) => clock) ? withLibrary(service) : service;
    return alike.map(({ id }) => [id, started] as const);
  });
  return new Map(asked);
}

function libraryOf({ clocks }: DockerOptions): Buffer {
  invariant(clocks?.library, 'a clock is to be moved, and there is nothing to move it with');
  return clocks.library;
}

function serviceOf({ stores = {} }: DockerOptions, name: string): StoreService {
  const service = stores[name];
  invariant(service, `no such service: ${name}`);
  return service;
}

function addNode(state: DockerState, pod: Pod): NodeProcess {
  const { onEvent } = state;
  const process = createNodeProcess(state.engine, pod, {
    onReport: (report) => onEvent({ kind: 'report', report }),
    onNonsense: (why) => onEvent({ kind: 'failed', node: pod.node, why, lastLines: process.lastLines() }),
  });
  state.nodes.set(pod.node, process);
  return process;
}

function addStore(state: DockerState, pod: Pod, service: StoreService): StoreProcess {
  const process = createStoreProcess(state.engine, pod, service);
  state.stores.set(pod.node, process);
  if (service.clock !== undefined && hasLibrary(service)) state.clocks.set(pod.node, serverClock(pod, service.clock));
  return process;
}

async function awaitStore(state: DockerState, store: StoreProcess): Promise<void> {
  const { node } = store.pod;
  if (await store.ready(STORE_READY_MS)) state.onEvent({ kind: 'store-ready', node });
  else if (!state.stopping)
    state.onEvent({ kind: 'store-silent', node, afterMs: STORE_READY_MS, lastLines: store.lastLines() });
}

function configureAll(state: DockerState, services: ReadonlyMap<NodeId, StoreService>): void {
  for (const process of state.nodes.values()) process.configure(configOf(state, process.pod, services));
}

function configOf(state: DockerState, pod: Pod, services: ReadonlyMap<NodeId, StoreService>): NodeConfig {
  const { run, protocol, nodes, stores = [], untraced } = state.spec;
  const node = nodes.find(({ id }) => id === pod.node);
  invariant(node, `no plan for ${pod.node}`);
  const peers = [...state.nodes.values()].flatMap(({ pod: other }) =>
    other === pod ? [] : [[other.node, `${other.address}:${PORT}`] as const],
  );
  const places = stores.map(({ id, service, client }) => {
    const at = `${state.stores.get(id)?.pod.address}:${services.get(id)?.port}`;
    return [id, { service, ...(client !== undefined && { client }), at, root: `/${run}` }] as const;
  });
  return {
    run,
    protocol,
    role: node.role,
    setup: node.setup,
    peers: Object.fromEntries(peers),
    ...(places.length > 0 && { stores: Object.fromEntries(places) }),
    port: PORT,
    data: DATA,
    ...(node.disk && { disk: DISK }),
    ...(untraced && { untraced: true }),
  };
}

async function stopAll(state: DockerState, labels: Labels, watching: Watching): Promise<readonly string[]> {
  const { engine } = state;
  state.stopping = true;
  const processes = processesOf(state);
  const leases = await leaveServers(state);
  for (const process of processes) {
    process.detach();
    process.pod.shell.close();
  }
  // What is known goes at once, and by nobody but this: an engine that is asked twice at the same time to remove one container may not
  // answer the second. What could not be removed is found by the sweep.
  const made = new Map(processes.flatMap(({ pod }) => pod.made).map((object) => [object.id, object]));
  const known = removeObjects(engine, [...made.values()]).catch(() => {});
  try {
    await allOf(processes.map((process) => keepLines(state, process)));
  } finally {
    // A disk that takes no more lines must not leave a container behind.
    await watching.end();
    await known;
    // Nobody may take servers over while a client of this run still lives.
    await allOf(leases.map((container) => engine.removeContainer(container))).catch(() => {});
    await sweepUntilClean(engine, labels, { quietMs: 0 });
  }
  return (await engine.listByLabel(labels)).map(({ kind, name }) => `${kind} ${name}`);
}

/** Servers of a pool that are not as they were go; those that are stay, with the links that they had. Answers the leases of all. */
async function leaveServers({ engine, stores, still }: DockerState): Promise<readonly string[]> {
  const isSound = async (store: StoreProcess): Promise<boolean> => {
    if (still.has(store.pod.node)) return false;
    const opened = await store.pod.shell.run(OPEN_LINKS).catch(() => ({ code: 1 }));
    return opened.code === 0 && (await store.hears(STAYS_MS));
  };
  const alike = Map.groupBy(stores.values(), ({ pod }) => pod.stays?.container);
  const left = [...alike].map(async ([container, group]) => {
    const [lease] = group.flatMap(({ pod }) => pod.stays ?? []);
    if (container === undefined || !lease) return [];
    const sound = await allOf(group.map(isSound));
    if (sound.includes(false)) await removeObjects(engine, await engine.listByLabel(lease.labels)).catch(() => {});
    return [container];
  });
  return (await allOf(left)).flat();
}

/** What the engine tells of containers with some labels, each asked for once. */
interface Watching {
  /** Resolves when the engine tells of those of the run, and of those with these labels. */
  those(labels?: Labels): Promise<unknown>;
  end(): Promise<void>;
}

function watchedLabels(state: DockerState, own: Labels): Watching {
  const watches = new Map([['', watch(state, own)]]);
  return {
    those: (labels) => {
      const key = JSON.stringify(labels ?? '');
      if (labels && !watches.has(key)) watches.set(key, watch(state, labels));
      return allOf([...watches.values()]);
    },
    end: async () => {
      await Promise.allSettled(
        [...watches.values()].map((watching) => watching.then((one) => one[Symbol.asyncDispose]())),
      );
    },
  };
}

async function keepLines({ spec }: DockerState, process: PodProcess): Promise<void> {
  const lines = process.allLines();
  if (lines.length > 0) await writeFile(join(spec.folder, 'nodes', `${process.pod.node}.log`), `${lines.join('\n')}\n`);
}

const PORT = 7400;
const STAYS_MS = 1000;
