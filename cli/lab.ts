// Opens what runs need (engine, images, watcher), executes plans in it, one or several at a time, and makes sure that nothing is left.

import { arch, platform, release } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { allOf } from '../compose/pods/all-of.ts';
import { connectEngine } from '../compose/engine/engine.ts';
import { LabError } from '../compose/errors.ts';
import { medianSyncMs } from '../compose/setup/doctor.ts';
import { ensureImage } from '../compose/setup/images.ts';
import { ensureNodeProgramImage } from '../compose/pods/program-image.ts';
import { currentOwner } from '../compose/engine/owner.ts';
import { dockerCluster, newUid } from '../compose/docker-cluster.ts';
import { ensureServices, readServices } from '../compose/services.ts';
import { clockLibrary, whyFixed } from '../compose/clocks.ts';
import { invariant } from '../nodes/contract/invariant.ts';
import { runLabels } from '../compose/engine/labels.ts';
import { whyNoDelays } from '../compose/netem.ts';
import { freshPods } from '../compose/pods/pods.ts';
import { findStanding, leasedPods, poolVersion, standUp } from '../compose/pool/pool.ts';
import { audit, cleanRun, sweepDead } from '../compose/cleanup/cleanup.ts';
import { startWatcher } from '../compose/cleanup/watcher.ts';
import { executeRun, movedIn, servicesOf } from '../scenarios/run/run.ts';
import { makeRunFolder } from '../scenarios/run/run-folder.ts';
import { explainRefusals } from './refusals.ts';
import { bundledFile, VERSION } from './package.ts';
import type { Clocks } from '../compose/clocks.ts';
import type { Engine } from '../compose/engine/port.ts';
import type { EnsuredServices } from '../compose/services.ts';
import type { EnsuredImage, ImageRole } from '../compose/setup/images.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { Watcher } from '../compose/cleanup/watcher.ts';
import type { Plan } from '../scenarios/plan/plan-types.ts';
import type { Feed, RunResult } from '../scenarios/run/run.ts';

export interface LabOptions {
  readonly out: string;
  /** Installs and starts an engine where none answers, if that is allowed. */
  readonly provide: (say: (text: string) => void) => Promise<Engine>;
  readonly keep: boolean;
  /** The user's own images, by role. */
  readonly images: Readonly<Record<string, string>>;
  readonly interrupted: AbortSignal;
  readonly onRunning: (now: boolean) => void;
}

export interface LabResult extends RunResult {
  readonly folder: string;
}

export interface Lab extends AsyncDisposable {
  /** Fails with a LabError of the environment (exit code 4) where the engine or the disk does. */
  run(plan: Plan, scenarioText: string, onFeed: (feed: Feed) => void): Promise<LabResult>;
  /** Makes a pool of its own unless one stands already; it goes with the lab. */
  standPool(size: number): Promise<void>;
}

export interface Images {
  readonly node: EnsuredImage;
  readonly sandbox: EnsuredImage;
  readonly program: EnsuredImage;
}

/** Fails with a LabError of the environment (exit code 4) when engine or images cannot be had. */
export async function openLab(options: LabOptions, progress: (text: string) => void): Promise<Lab> {
  // If opening fails, dismiss the watcher.
  await using opening = new AsyncDisposableStack();
  const watched = startWatcher().then((started) => opening.adopt(started, () => started.close()));
  const [engine, watcher] = await allOf([engineFor(options, progress), watched]);
  // While the engine answers; where there is no disk to be measured, a run says so when it makes its folder.
  const measured = nextTurn().then(() => forcedWriteMs(options.out));
  const [images, , fdatasyncMs] = await allOf([
    imagesFor(engine, options.images, progress),
    sweepDead(engine),
    measured,
  ]);
  opening.move();
  const storesOf = storesFor(engine, options.images, progress);
  const fixed = new Map<string, Promise<string | undefined>>();
  let pool: string | null = null;
  options.onRunning(true);
  return {
    run: async (plan, scenarioText, onFeed) => {
      const stores = await storesOf(plan);
      const facts = { ...factsOf(engine), images: { ...images, ...stores.images }, fdatasyncMs };
      const bench = { ...options, engine, images, stores: stores.services, fixed, watcher, onFeed, pool, facts };
      return runOne(bench, plan, scenarioText);
    },
    standPool: async (size) => {
      const version = poolVersion(images.sandbox.id);
      if ((await findStanding(engine)).some((standing) => standing.version === version)) return;
      progress(`${size} pods, to be used again by every run`);
      pool = newUid();
      watcher.watch({ run: pool, runFolder: null, tempFolders: [] });
      const labels = runLabels(pool, currentOwner());
      const own = poolVersion(images.sandbox.id, pool);
      await standUp(engine, { uid: pool, labels, size, sandboxImage: images.sandbox.id, version: own });
    },
    [Symbol.asyncDispose]: async () => {
      // What cannot be removed now is the watcher's; an engine that is lost must not hide why the work ended.
      if (pool !== null && (await isSwept(engine, pool))) watcher.done(pool);
      await watcher.close();
      options.onRunning(false);
    },
  };
}

interface Bench extends Omit<LabOptions, 'images'> {
  readonly engine: Engine;
  readonly images: Images;
  readonly stores: EnsuredServices['services'];
  /** Why the clocks of a service cannot be moved, by its name, as far as it was tried. */
  readonly fixed: Map<string, Promise<string | undefined>>;
  readonly watcher: Watcher;
  readonly facts: object;
  /** The lab's own. */
  readonly pool: string | null;
  readonly onFeed: (feed: Feed) => void;
}

async function runOne(bench: Bench, plan: Plan, scenarioText: string): Promise<LabResult> {
  const { engine, images, stores, watcher, keep, onFeed, interrupted } = bench;
  const uid = newUid();
  const labels = runLabels(uid, currentOwner(), keep);
  const made = {
    uid,
    labels,
    sandboxImage: images.sandbox.id,
    programImage: images.program.id,
    ownPool: bench.pool ?? undefined,
  };
  const pods = leasedPods(engine, made, freshPods(engine, made));
  const isSlow = plan.faults.some(({ fault }) => fault.do === 'slow');
  const noDelays = isSlow ? await whyNoDelays(engine, made) : undefined;
  const moved = movedIn(plan);
  // Undefined where no clock is to be moved: then no server is started with anything but what is its own.
  const clocks = moved.size === 0 ? undefined : await clocksFor(bench, moved, made);
  const cluster = dockerCluster({ engine, labels, pods, stores, noDelays, clocks });
  explainRefusals(plan, cluster);
  const folder = makeRunFolder(bench.out, { scenario: plan.scenario, seed: plan.seed, now: new Date() });
  folder.write('scenario.yaml', scenarioText);
  folder.write('manifest.json', {
    txlab: VERSION,
    uid,
    ...bench.facts,
  });
  watcher.watch({ run: uid, runFolder: folder.path, tempFolders: [] });
  let left: readonly unknown[] | null = null;
  try {
    const result = await executeRun({ plan, cluster, folder, version: VERSION, onFeed, interrupted, keep });
    ({ left } = result);
    return { ...result, folder: folder.path };
  } finally {
    // What could not be removed, because the engine is lost, say, is the watcher's.
    if (keep || (left ? left.length === 0 : await isClean(engine, uid))) watcher.done(uid);
  }
}

/** Each service is tried once for all runs. */
async function clocksFor(bench: Bench, moved: ReadonlyMap<NodeId, string>, made: Probed): Promise<Clocks> {
  const { engine, stores, fixed, watcher } = bench;
  const library = clockLibrary(engine, bundledFile('compose/clock'));
  const why = (name: string) => {
    const service = stores[name];
    invariant(service, `no such service: ${name}`);
    const found = fixed.get(name) ?? whyFixed(engine, made, { name, service, library });
    fixed.set(name, found);
    return found;
  };
  watcher.watch({ run: made.uid, runFolder: null, tempFolders: [] });
  const asked = await allOf([...moved].map(async ([id, name]) => [id, await why(name)] as const));
  watcher.done(made.uid);
  return { library, fixed: new Map(asked.flatMap(([id, text]) => (text === undefined ? [] : [[id, text] as const]))) };
}

type Probed = Parameters<typeof whyFixed>[1];

/** Nothing of the run is left, as far as the engine can be asked. */
export async function isClean(engine: Engine, uid: string): Promise<boolean> {
  return audit(engine, uid).then(
    (left) => left.length === 0,
    () => false,
  );
}

async function isSwept(engine: Engine, uid: string): Promise<boolean> {
  return cleanRun(engine, uid, { deadlineMs: SWEEP_MS }).then(
    () => true,
    () => false,
  );
}

const SWEEP_MS = 10_000;

/** The engine that answers, or one that is provided. */
export async function engineFor(
  { provide }: Pick<LabOptions, 'provide'>,
  progress: (text: string) => void,
): Promise<Engine> {
  const engine = await connectEngine().catch((error: unknown) => {
    if (error instanceof LabError && error.code === 'engine-missing') return provide(progress);
    throw error;
  });
  progress(`engine ${engine.facts.brand} ${engine.facts.version}`);
  return engine;
}

/** Fails with a LabError when an image can be neither found nor had. */
export async function imagesFor(
  engine: Engine,
  own: Readonly<Record<string, string>>,
  progress: (text: string) => void,
): Promise<Images> {
  const image = (role: ImageRole) => ensureImage(engine, role, { override: own[role], onProgress: progress });
  const [[node, program], sandbox] = await allOf([
    image('node').then(async (base) => {
      const bundle = own['program'] ?? bundledFile('dist/node.mjs');
      return [base, await ensureNodeProgramImage(engine, base, bundle)] as const;
    }),
    image('sandbox'),
  ]);
  progress(`images node (${node.source}), sandbox (${sandbox.source}), program (${program.source})`);
  return { node, sandbox, program };
}

/**
 * What runs in the pods of the stores of a plan, got when a run first needs it, and once for all runs. Fails with a LabError when an image
 * cannot be had.
 */
function storesFor(
  engine: Engine,
  own: Readonly<Record<string, string>>,
  progress: (text: string) => void,
): (plan: Plan) => Promise<EnsuredServices> {
  const ensured = new Map<string, Promise<EnsuredServices>>();
  return (plan) => {
    const names = servicesOf(plan);
    const found = ensured.get(names.join()) ?? storesNamed(names, engine, own, progress);
    ensured.set(names.join(), found);
    return found;
  };
}

/** Services of `compose/stores.yml`. Fails with a LabError when an image cannot be had. */
export async function storesNamed(
  names: readonly string[],
  engine: Engine,
  own: Readonly<Record<string, string>>,
  progress: (text: string) => void,
): Promise<EnsuredServices> {
  if (names.length === 0) return { services: {}, images: {} };
  return ensureServices(readServices(bundledFile('compose/stores.yml')), names, { engine, own, onProgress: progress });
}

/** What commits of runs are to be compared with: a forced write on the disk of their folder; null where the disk takes none. */
function forcedWriteMs(folder: string): number | null {
  try {
    return medianSyncMs(folder, 9);
  } catch {
    return null;
  }
}

function factsOf({ facts }: Engine): object {
  const { brand, version, apiVersion, kernel, architecture, cpus, memoryBytes, storageDriver } = facts;
  return {
    lab: { node: process.version, platform: platform(), arch: arch(), release: release() },
    engine: { brand, version, apiVersion, kernel, architecture, cpus, memoryBytes, storageDriver },
  };
}
