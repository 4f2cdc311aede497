// Real servers in pods, without nodes: a cluster of stores alone, and where each is reached from here.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { sweepUntilClean } from '../../../compose/cleanup/cleanup.ts';
import { dockerCluster, newUid } from '../../../compose/docker-cluster.ts';
import { runLabels } from '../../../compose/engine/labels.ts';
import { currentOwner } from '../../../compose/engine/owner.ts';
import { freshPods, type Pod, type PodSource } from '../../../compose/pods/pods.ts';
import { leasedPods } from '../../../compose/pool/pool.ts';
import { ensureServices } from '../../../compose/services.ts';
import { nodeId, type NodeId } from '../../../nodes/contract/ids.ts';
import { clocksOf, txlabServices, type Lab } from '../lab.ts';
import { tempFolder } from '../temp-folder.ts';
import type { ClusterEvent, RunningCluster } from '../../../compose/cluster.ts';
import type { NodeFault } from '../../../compose/faults.ts';
import type { StoreService } from '../../../compose/pods/store-service.ts';

export interface StoreStand extends AsyncDisposable {
  readonly cluster: RunningCluster;
  /** As `address:port`, in the order of their names. */
  readonly addresses: readonly string[];
  /** From the start until each answered, in milliseconds. */
  readonly readyMs: ReadonlyMap<NodeId, number>;
  readonly progress: readonly string[];
  /** All that the cluster has told of. */
  readonly events: readonly ClusterEvent[];
  inject(fault: NodeFault): Promise<void>;
  undo(fault: NodeFault): Promise<void>;
  /** What is left when all is gone. */
  stop(): Promise<readonly string[]>;
}

interface StandOptions {
  readonly service: string;
  readonly names: readonly string[];
  /** Changes of what txlab runs. */
  readonly more?: Partial<StoreService>;
  /** Their clocks are to be moved. */
  readonly clock?: boolean;
}

/** Fails with the event of the first store that does not answer, or has ended. */
export async function standStores(
  lab: Lab,
  { service, names, more = {}, clock = false }: StandOptions,
): Promise<StoreStand> {
  const { engine, sandboxImage } = lab;
  const uid = newUid();
  const labels = runLabels(uid, currentOwner());
  const { services } = await ensureServices(txlabServices, [service], { engine });
  const stores = Object.fromEntries(Object.entries(services).map(([name, one]) => [name, { ...one, ...more }]));
  const folder = tempFolder();
  mkdirSync(join(folder, 'nodes'));
  const startedAt = performance.now();
  const readyMs = new Map<NodeId, number>();
  const progress: string[] = [];
  const ready = Promise.withResolvers<void>();
  const events: ClusterEvent[] = [];
  const onEvent = (event: ClusterEvent): void => {
    events.push(event);
    if (event.kind !== 'store-ready') return ready.reject(new Error(JSON.stringify(event)));
    readyMs.set(event.node, Math.round(performance.now() - startedAt));
    if (readyMs.size === names.length) ready.resolve();
  };
  const options = { uid, labels, sandboxImage, programImage: await lab.programImage(), ownPool: lab.ownPool() };
  const places = new Map<string, string>();
  const pods = noting(leasedPods(engine, options, freshPods(engine, options)), ({ node, address }) =>
    places.set(node, `${address}:${stores[service]?.port}`),
  );
  const cluster = await dockerCluster({ engine, labels, pods, stores, clocks: clocksOf(engine) }).start(
    { run: uid, folder, protocol: 'none', nodes: [], stores: names.map((id) => ({ id: nodeId(id), service, clock })) },
    onEvent,
    (text) => void progress.push(text),
  );
  const stop = async (): Promise<readonly string[]> => {
    const left = await cluster.stop();
    await sweepUntilClean(engine, labels, { quietMs: 0 });
    return left;
  };
  try {
    await ready.promise;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    cluster,
    addresses: names.map((name) => places.get(name) ?? ''),
    readyMs,
    progress,
    events,
    inject: (fault) => seen(cluster.inject(fault).then(({ evidence }) => evidence)),
    undo: (fault) => seen(cluster.undo(fault)),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

/** The same pods, each of which is told of before it is booted. */
function noting(source: PodSource, note: (pod: Pod) => void): PodSource {
  return (nodes, onProgress, boot, ...rest) => {
    const noted = async (pod: Pod): Promise<void> => {
      note(pod);
      await boot?.(pod);
    };
    return source(nodes, onProgress, noted, ...rest);
  };
}

async function seen(evidence: Promise<{ readonly seen: boolean; readonly text: string }>): Promise<void> {
  const found = await evidence;
  if (!found.seen) throw new Error(found.text);
}
