// A standing pool: sandboxes on a network, waiting for nodes. A run leases a pod by creating a container of the pod's one name for it, which
// the engine grants once; removing that container, which every cleanup does, gives the pod back. Whoever takes a pod over flushes it.

import { allOf } from '../pods/all-of.ts';
import { LabError, unlessRefused } from '../errors.ts';
import { LEASE_LABEL, POD_LABEL, POOL_LABEL, RUN_LABEL, SERVERS_LEASE_LABEL, TXLAB } from '../engine/labels.ts';
import { sweepUntilClean } from '../cleanup/cleanup.ts';
import { leaseServers, mayStay, type Servers } from './standing-servers.ts';
import { NO_BOOT, OPEN_LINKS, sandboxSpec, startSandbox, tenantSpec } from '../pods/pods.ts';
import { EMPTY_DATA } from '../pods/pod-files.ts';
import { standingShell } from '../pods/shell.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Engine, Labels, LabelledObject } from '../engine/port.ts';
import type { Pod, PodOptions, PodSource } from '../pods/pods.ts';
import type { StoreService } from '../pods/store-service.ts';

export interface Pool {
  readonly uid: string;
  /** Ids of the sandboxes by their number in the pool, in its order. */
  readonly pods: ReadonlyMap<number, string>;
  /** What the pods are made of; {@link poolVersion}. */
  readonly version: string;
  /** Of its own objects. */
  readonly labels: Labels;
  /** Runs that hold pods or servers of it, with how many pods. */
  readonly leases: ReadonlyMap<string, number>;
  readonly leased: ReadonlySet<number>;
}

/**
 * Pods of another version are left alone: their sandbox may lack what this txlab asks of it. So is a pool that a lab has made for its own
 * runs, which goes with that lab.
 */
export function poolVersion(sandboxImage: string, own?: string): string {
  const version = `1-${sandboxImage.replace(/^sha256:/, '').slice(0, 16)}`;
  return own === undefined ? version : `${version}${OF_A_LAB}${own}`;
}

const OF_A_LAB = '-of-';

/** Pools that `up` has left for everybody. */
export async function findStanding(engine: Engine): Promise<readonly Pool[]> {
  return (await findPools(engine)).filter(({ version }) => !version.includes(OF_A_LAB));
}

export async function findPools(engine: Engine): Promise<readonly Pool[]> {
  return poolsAmong(await engine.listByLabel(TXLAB));
}

export function poolsAmong(objects: readonly LabelledObject[]): readonly Pool[] {
  const networks = objects.filter(({ kind, labels }) => kind === 'network' && labels[POOL_LABEL]);
  return networks.map(({ labels }) => {
    const uid = labels[RUN_LABEL] ?? '';
    const pods = objects.filter((object) => object.labels[RUN_LABEL] === uid && object.labels[POD_LABEL]);
    const holders = objects.filter((object) => object.labels[LEASE_LABEL] === uid);
    const leases = new Map<string, number>();
    for (const { labels: of } of holders) {
      const run = of[RUN_LABEL] ?? '';
      leases.set(run, (leases.get(run) ?? 0) + (of[SERVERS_LEASE_LABEL] === undefined ? 1 : 0));
    }
    return {
      uid,
      version: labels[POOL_LABEL] ?? '',
      labels,
      pods: new Map(
        pods.map(({ id, labels: of }) => [Number(of[POD_LABEL]), id] as const).toSorted(([a], [b]) => a - b),
      ),
      leases,
      leased: new Set(
        holders.flatMap(({ labels: of }) => (of[POD_LABEL] === undefined ? [] : [Number(of[POD_LABEL])])),
      ),
    };
  });
}

export interface StandOptions {
  readonly uid: string;
  /** With the owner whose death ends the pool. */
  readonly labels: Labels;
  readonly size: number;
  readonly sandboxImage: string;
  /** {@link poolVersion} */
  readonly version: string;
}

/** Makes a pool. Fails as the engine does; what was made until then bears the labels. */
export async function standUp(
  engine: Engine,
  { uid, labels, size, sandboxImage, version }: StandOptions,
): Promise<void> {
  const network = networkOf(uid);
  const ours = { ...labels, [POOL_LABEL]: version };
  await engine.createNetwork({ name: network, labels: ours });
  const onePod = async (number: number) => {
    const name = `${network}-${number}-pod`;
    const id = await engine.createContainer({
      ...sandboxSpec({ sandboxImage }),
      name,
      labels: { ...ours, [POD_LABEL]: String(number) },
      network: { kind: 'network', name: network },
      hostName: `pod-${number}`,
    });
    (await startSandbox(engine, id, name)).close();
  };
  await allOf(Array.from({ length: size }, (_, index) => onePod(index + 1)));
}

/** How many of its pods have ended; one that is being made has not. */
export async function deadPods(engine: Engine, pool: Pool): Promise<number> {
  const states = await Promise.all(
    [...pool.pods.values()].map((id) =>
      engine.inspect(id).then(
        ({ exitCode }) => exitCode !== undefined,
        () => true,
      ),
    ),
  );
  return states.filter(Boolean).length;
}

/** Removes a pool that nobody leases; false when somebody does. */
export async function takeDown(engine: Engine, pool: Pool): Promise<boolean> {
  if (pool.leases.size > 0) return false;
  await sweepUntilClean(engine, { ...TXLAB, [RUN_LABEL]: pool.uid }, { quietMs: 0 });
  return true;
}

/** Pods of a standing pool, or of the lab's own, where one of this version has enough that are free and sound; else those of `otherwise`. */
export function leasedPods(
  engine: Engine,
  options: PodOptions & { readonly ownPool?: string | undefined },
  otherwise: PodSource,
): PodSource {
  return async (nodes, onProgress, boot = NO_BOOT, services = new Map(), disks = new Set()) => {
    const why = whyFresh(services, disks);
    if (why !== null) {
      onProgress(`fresh pods are made: ${why}`);
      return otherwise(nodes, onProgress, boot, services, disks);
    }
    const pools = await findPools(engine);
    const versions = [poolVersion(options.sandboxImage), poolVersion(options.sandboxImage, options.ownPool)];
    const fitting = pools.filter(({ version }) => versions.includes(version));
    if (pools.some(({ version }) => !versions.includes(version) && !version.includes(OF_A_LAB)))
      onProgress('a pool of another version of txlab stands by: it is left alone');
    for (const pool of fitting) {
      // It may be taken down meanwhile: what was leased of it goes with the run.
      const leasing = leaseAll(engine, pool, nodes, { ...options, services }, onProgress);
      const pods = await unlessRefused(NOT_FOUND, leasing);
      if (!pods) continue;
      await allOf(pods.map(boot));
      return pods;
    }
    if (fitting.length > 0) onProgress('the standing pool has too few free pods: fresh ones are made');
    return otherwise(nodes, onProgress, boot, services, disks);
  };
}

/** Why a pod of a pool will not do. */
function whyFresh(services: ReadonlyMap<NodeId, StoreService>, disks: ReadonlySet<NodeId>): string | null {
  if (disks.size > 0) return 'no pod of a pool has a disk that can be filled';
  const all = [...services.values()].filter((service) => !mayStay(service));
  if (all.some(({ among }) => among)) return 'servers that know each other meet by names that no pod of a pool has';
  return all.some(({ keepsData }) => keepsData) ? 'a pod of a pool could not be emptied of what a store keeps' : null;
}

/** Pods of the pool for nodes, and servers that stay in it for the stores that can; null with everything given back where one lacks. */
async function leaseAll(
  engine: Engine,
  pool: Pool,
  nodes: readonly NodeId[],
  options: LeaseOptions,
  onProgress: (text: string) => void,
): Promise<readonly Pod[] | null> {
  const groups = standingIn(options.services);
  const standing = new Set(groups.flatMap((group) => group.nodes));
  const place = { uid: pool.uid, labels: pool.labels, network: networkOf(pool.uid) };
  const rest = nodes.filter((node) => !standing.has(node));
  const free = [...pool.pods.keys()].filter((number) => !pool.leased.has(number));
  if (free.length < rest.length) return null;
  const leases = await allOf([
    lease(engine, { pool, free }, rest, options, onProgress),
    ...groups.map((servers) => leaseServers(engine, place, servers, { ...options, onProgress })),
  ]);
  const pods = leases.flatMap((leased) => leased ?? []);
  if (leases.every((leased) => leased !== null)) return pods;
  for (const { shell } of pods) shell.close();
  const given = new Set(pods.map(({ container, stays }) => stays?.container ?? container));
  await allOf([...given].map((container) => engine.removeContainer(container)));
  return null;
}

function standingIn(services: ReadonlyMap<NodeId, StoreService>): readonly Servers[] {
  const standing = [...services].filter(([, service]) => mayStay(service));
  const alike = Map.groupBy(standing, ([, service]) => service);
  return [...alike].map(([service, all]) => ({ nodes: all.map(([node]) => node), service }));
}

interface LeaseOptions extends PodOptions {
  readonly services: ReadonlyMap<NodeId, StoreService>;
}

/** A pod for every node, or null with everything given back. */
async function lease(
  engine: Engine,
  { pool, free }: { readonly pool: Pool; readonly free: number[] },
  nodes: readonly NodeId[],
  options: LeaseOptions,
  onProgress: (text: string) => void,
): Promise<readonly Pod[] | null> {
  onProgress(`leasing ${nodes.length} of ${pool.pods.size} standing pods`);
  const placed = await Promise.allSettled(nodes.map((node) => firstOf(node)));
  const pods = placed.flatMap((one) => (one.status === 'fulfilled' && one.value !== null ? [one.value] : []));
  if (pods.length === nodes.length) return pods;
  for (const { shell } of pods) shell.close();
  const failed = placed.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  await allOf(pods.map(({ container }) => engine.removeContainer(container)));
  return null;

  /** The first free pod that is granted and sound. */
  async function firstOf(node: NodeId): Promise<Pod | null> {
    for (let number = free.shift(); number !== undefined; number = free.shift()) {
      const pod = await leaseOne(engine, pool, number, node, options);
      if (pod === 'unsound') onProgress(`pod ${number} of the standing pool does not answer: txlab down; txlab up`);
      else if (pod !== 'taken') return pod;
    }
    return null;
  }
}

async function leaseOne(
  engine: Engine,
  pool: Pool,
  number: number,
  node: NodeId,
  { labels, programImage, services }: LeaseOptions,
): Promise<Pod | 'taken' | 'unsound'> {
  const sandbox = pool.pods.get(number) ?? '';
  const ours = { ...labels, [LEASE_LABEL]: pool.uid, [POD_LABEL]: String(number) };
  const name = `${networkOf(pool.uid)}-${number}-node`;
  let container: string;
  try {
    container = await engine.createContainer(
      tenantSpec(node, { name, sandbox, labels: ours, programImage }, services.get(node)),
    );
  } catch (error) {
    if (error instanceof LabError && error.status === CONFLICT) return 'taken';
    // The sandbox has gone.
    if (error instanceof LabError && error.code === 'object-failed') return 'unsound';
    throw error;
  }
  const [shell, ip] = await allOf([
    takeOver(engine, sandbox, name),
    engine.inspect(sandbox).then(
      (state) => state.ip,
      () => undefined,
    ),
  ]);
  const made = [{ kind: 'container', id: container, networks: [] }] as const;
  if (shell && ip) return { node, container, address: ip, shell, made };
  shell?.close();
  await engine.removeContainer(container);
  return 'unsound';
}

/** A shell whose sandbox has none of the rules and files that the last holder may have left; null where there is none to be had. */
async function takeOver(engine: Engine, sandbox: string, name: string): Promise<Pod['shell'] | null> {
  try {
    const shell = standingShell(await engine.attach(sandbox), `the pod of ${name}`);
    const { code } = await shell.run(`${OPEN_LINKS} && ${EMPTY_DATA}`, TAKE_OVER_MS).catch(() => ({ code: 1 }));
    if (code === 0) return shell;
    shell.close();
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== 'object-failed') throw error;
  }
  return null;
}

const networkOf = (uid: string) => `txlab-pool-${uid}`;
const TAKE_OVER_MS = 2_000;
const CONFLICT = 409;
const NOT_FOUND = 404;
