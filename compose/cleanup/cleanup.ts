/** Removes what txlab made in an engine: of one run, of owners that are dead, or all of it. Others' objects are never touched. */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine, LabelledObject, Labels, MadeObject } from '../engine/port.ts';
import { LabError, messageOf } from '../errors.ts';
import {
  KEEP_LABEL,
  LEASE_LABEL,
  OWNER_LABEL,
  RUN_LABEL,
  SERVERS_LABEL,
  SERVERS_LEASE_LABEL,
  TXLAB,
} from '../engine/labels.ts';
import { currentPlace, isProvablyDead, parseOwner } from '../engine/owner.ts';

/** What is left of a run; empty is as it should be. */
export function audit(engine: Engine, run: string): Promise<readonly LabelledObject[]> {
  return engine.listByLabel({ ...TXLAB, [RUN_LABEL]: run });
}

export interface CleanOptions {
  /** The images too, which then have to be made or pulled again. */
  readonly images?: boolean;
}

/** Removes everything that bears txlab's label, of living runs too. Answers the objects that were removed. */
export async function clean(engine: Engine, { images = false }: CleanOptions = {}): Promise<readonly LabelledObject[]> {
  const removed = await sweepUntilClean(engine, TXLAB, { quietMs: 0 });
  if (images) await removeImages(engine);
  return removed;
}

/** Those on top go first; the engine refuses to remove an image that another is made of. */
async function removeImages(engine: Engine): Promise<void> {
  const images = await engine.listImages(TXLAB);
  const isProgram = (reference: string): boolean => reference.startsWith('txlab/program:');
  const ordered = images.toSorted(
    (a, b) => Number(b.references.some(isProgram)) - Number(a.references.some(isProgram)),
  );
  for (const image of ordered) for (const name of image.references) await engine.removeImage(name);
}

/**
 * Removes what belongs to owners that are provably dead; kept runs stay, and the pools they stand in. Answers what was removed. What the
 * engine refuses to remove (Docker may count endpoints of a network that has none any more, until it is restarted) hinders nobody: it is
 * tried again at the next start.
 */
export async function sweepDead(engine: Engine): Promise<readonly LabelledObject[]> {
  const objects = await engine.listByLabel(TXLAB);
  const owned = objects.filter(({ labels }) => labels[OWNER_LABEL]);
  const here = currentPlace();
  const engineIsLocal = engine.facts.endpoint.kind === 'socket' && engine.facts.hostName === hostname();
  const isDead = ({ labels }: LabelledObject): boolean => {
    const owner = parseOwner(labels[OWNER_LABEL] ?? '');
    return owner !== undefined && isProvablyDead(owner, { here, engineIsLocal });
  };
  const stays = (object: LabelledObject): boolean => isKept(object) || !isDead(object);
  // A pool whose keeper is dead stays as long as somebody alive, or a run that was kept, has nodes in it.
  const inUse = new Set(owned.filter(stays).map(({ labels }) => labels[LEASE_LABEL]));
  const gone = owned.filter((object) => !stays(object) && !inUse.has(object.labels[RUN_LABEL]));
  const dead = await withServers(engine, gone);
  try {
    await removeObjects(engine, dead);
    return dead;
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== 'object-failed') throw error;
    const left = new Set((await engine.listByLabel(TXLAB)).map(({ id }) => id));
    return dead.filter(({ id }) => !left.has(id));
  }
}

const isKept = ({ labels }: LabelledObject): boolean => labels[KEEP_LABEL] !== undefined;

/** Removes what is left of one run. Answers the objects that were removed. */
export function cleanRun(
  engine: Engine,
  run: string,
  options: Omit<SweepOptions, 'quietMs'> = {},
): Promise<readonly LabelledObject[]> {
  return sweepUntilClean(engine, { ...TXLAB, [RUN_LABEL]: run }, { ...options, quietMs: 0 });
}

export interface SweepOptions {
  /** How long nothing may have turned up before it is over: an engine may still be making what a dead lab asked for. */
  readonly quietMs: number;
  readonly deadlineMs?: number;
  readonly log?: (line: string) => void;
}

/**
 * Removes everything with these labels, again and again until two looks that far apart find nothing. Answers what was
 * removed. Fails with the last error at the deadline.
 */
export async function sweepUntilClean(
  engine: Engine,
  labels: Labels,
  { quietMs, deadlineMs = SWEEP_MS, log = () => {} }: SweepOptions,
): Promise<readonly LabelledObject[]> {
  const deadline = Date.now() + deadlineMs;
  const removed = new Map<string, LabelledObject>();
  let trouble: unknown = new LabError('object-failed', `Objects kept appearing for ${deadlineMs} ms.`);
  for (let quiet = 0; Date.now() < deadline;) {
    try {
      const found = await withServers(engine, await engine.listByLabel(labels));
      for (const object of found) removed.set(object.id, object);
      log(found.length === 0 ? 'nothing found' : `removing ${found.map(nameOf).join(', ')}`);
      quiet = found.length === 0 ? quiet + 1 : 0;
      await removeObjects(engine, found);
      if (quiet >= QUIET_LOOKS) return [...removed.values()];
      await delay(quiet === 0 ? 0 : quietMs);
    } catch (error) {
      trouble = error;
      log(messageOf(error));
      await delay(RETRY_MS);
    }
  }
  throw trouble;
}

/** The servers of a pool that a run still has when it is swept are not as they were: they may be frozen, cut off or dead. */
async function withServers(engine: Engine, objects: readonly LabelledObject[]): Promise<readonly LabelledObject[]> {
  const groups = objects.flatMap(({ labels }) => labels[SERVERS_LEASE_LABEL] ?? []);
  const servers = await Promise.all(groups.map((group) => engine.listByLabel({ ...TXLAB, [SERVERS_LABEL]: group })));
  return [...new Map([...objects, ...servers.flat()].map((object) => [object.id, object])).values()];
}

const SWEEP_MS = 60_000;
const QUIET_LOOKS = 2;
const RETRY_MS = 250;

const nameOf = ({ kind, name }: LabelledObject): string => `${kind} ${name}`;

/**
 * Containers first, since they hold the networks and volumes. But each leaves its networks before it is removed: the engine then takes
 * interfaces and the network away while it waits for processes to end, which it does one after the other if it is only told to remove.
 * Fails with the first that could not be removed, once all were tried.
 */
export async function removeObjects(engine: Engine, objects: readonly MadeObject[]): Promise<void> {
  const all = (kind: MadeObject['kind']) => objects.filter((object) => object.kind === kind);
  const containers = all('container');
  const networks = all('network').map(({ id }) => id);
  const left = containers.map((container) => leave(engine, container, networks));
  const removed = containers.map(async ({ id }, index) => {
    await left[index];
    await engine.removeContainer(id);
  });
  const out = left.map(async (hasLeft, index) => (await hasLeft) || removed[index]);
  const emptied = allSettled(out).then(() => allSettled(networks.map((id) => engine.removeNetwork(id))));
  await allSettled([...removed, emptied]);
  await allSettled(all('volume').map(({ id }) => engine.removeVolume(id)));
}

/** False when it could not: then it leaves by being removed. */
function leave(engine: Engine, { id, networks: on }: MadeObject, networks: readonly string[]): Promise<boolean> {
  const leaving = networks.filter((network) => on.includes(network)).map((network) => engine.leaveNetwork(network, id));
  return Promise.all(leaving).then(
    () => true,
    () => false,
  );
}

/** Lets every removal finish before the first failure is told. */
async function allSettled(removals: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(removals)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
