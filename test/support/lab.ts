// A lab for container tests: one engine and its images, runs in a temporary folder, other programs.

import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { COMMONJS_NAMES } from '../../commonjs-names.ts';
import { sweepDead, sweepUntilClean } from '../../compose/cleanup/cleanup.ts';
import { connectEngine } from '../../compose/engine/engine.ts';
import { dockerCluster, newUid } from '../../compose/docker-cluster.ts';
import { ensureImage } from '../../compose/setup/images.ts';
import { runLabels } from '../../compose/engine/labels.ts';
import { clockLibrary, type Clocks } from '../../compose/clocks.ts';
import { currentOwner } from '../../compose/engine/owner.ts';
import { freshPods } from '../../compose/pods/pods.ts';
import { leasedPods, poolVersion, standUp } from '../../compose/pool/pool.ts';
import { ensureServices, readServices } from '../../compose/services.ts';
import { ensureNodeProgramImage } from '../../compose/pods/program-image.ts';
import { findScenario } from '../../scenarios/language/scenario-catalog.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { executeRun, servicesOf } from '../../scenarios/run/run.ts';
import { makeRunFolder } from '../../scenarios/run/run-folder.ts';
import { scenarioFromSentence } from '../../scenarios/language/scenario.ts';
import type { Cluster } from '../../compose/cluster.ts';
import { tempFolder } from './temp-folder.ts';
import type { StoreService } from '../../compose/pods/store-service.ts';
import type { Engine } from '../../compose/engine/port.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Feed, RunResult } from '../../scenarios/run/run.ts';
import type { Overrides } from '../../scenarios/language/scenario.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** The services of stores that txlab has. */
export const txlabServices = readServices(join(ROOT, 'compose', 'stores.yml'));

export interface RunSettings {
  /** The path of a node program other than the project's own. */
  readonly program?: string;
  /** What runs in the pods of stores, where it is not what txlab has. */
  readonly stores?: Readonly<Record<string, StoreService>>;
  readonly onFeed?: (feed: Feed, uid: string) => void;
  readonly interrupted?: AbortSignal;
}

export interface Lab {
  readonly engine: Engine;
  readonly folder: string;
  readonly sandboxImage: string;
  programImage(program?: string): Promise<string>;
  /** Pods that the runs of this lab use from now on, until they are released. */
  standPool(size: number): Promise<{ release(): Promise<void> }>;
  /** Of those pods. */
  ownPool(): string | undefined;
  /** Runs a plan, on pods of its own where none stand free. */
  run(plan: Plan, settings?: RunSettings): Promise<RunResult>;
  runOn(cluster: Cluster, plan: Plan, onFeed?: (feed: Feed) => void, interrupted?: AbortSignal): Promise<RunResult>;
}

export async function openLab(): Promise<Lab> {
  const engine = await connectEngine();
  // Tests that were killed may have left a pool, which would be leased from.
  await sweepDead(engine);
  const node = await ensureImage(engine, 'node');
  const sandboxImage = (await ensureImage(engine, 'sandbox')).id;
  const folder = tempFolder();
  const own = join(folder, 'node.mjs');
  await bundleProgram(own);
  let ownPool: string | undefined;
  // Runs that begin at once ask for the same image, which is made once.
  const images = new Map<string, Promise<string>>();
  const programImage = (program = own): Promise<string> => {
    const image = images.get(program) ?? ensureNodeProgramImage(engine, node, program).then(({ id }) => id);
    images.set(program, image);
    return image;
  };
  const runOn: Lab['runOn'] = (cluster, plan, onFeed = () => {}, interrupted = new AbortController().signal) => {
    const runFolder = makeRunFolder(folder, { scenario: plan.scenario, seed: plan.seed, now: new Date() });
    return executeRun({ plan, cluster, folder: runFolder, version: 'test', onFeed, interrupted, keep: false });
  };
  return {
    engine,
    folder,
    sandboxImage,
    programImage,
    runOn,
    ownPool: () => ownPool,
    standPool: async (size) => {
      const uid = newUid();
      const labels = runLabels(uid, currentOwner());
      // For the runs of this lab alone: others on this engine must not lease what goes when a test file ends.
      ownPool = uid;
      await standUp(engine, { uid, labels, size, sandboxImage, version: poolVersion(sandboxImage, uid) });
      return {
        release: async () => {
          ownPool = undefined;
          await sweepUntilClean(engine, labels, { quietMs: 0 });
        },
      };
    },
    run: async (plan, { program, stores = {}, onFeed = () => {}, interrupted } = {}) => {
      const uid = newUid();
      const labels = runLabels(uid, currentOwner());
      const options = { uid, labels, sandboxImage, programImage: await programImage(program), ownPool };
      const pods = leasedPods(engine, options, freshPods(engine, options));
      try {
        const names = servicesOf(plan).filter((name) => !Object.hasOwn(stores, name));
        const { services } = await ensureServices(txlabServices, names, { engine });
        const cluster = dockerCluster({
          engine,
          labels,
          pods,
          stores: { ...services, ...stores },
          clocks: clocksOf(engine),
        });
        return await runOn(cluster, plan, (feed) => onFeed(feed, uid), interrupted);
      } finally {
        await sweepUntilClean(engine, labels, { quietMs: 0 });
      }
    },
  };
}

/** All that can be moved; nothing is refused. */
export function clocksOf(engine: Engine): Clocks {
  return { library: clockLibrary(engine, join(ROOT, 'compose', 'clock')), fixed: new Map() };
}

/** Bundles the node program. `entry` is the text of another program in the project's root, which starts this one. */
export async function bundleProgram(outfile: string, entry = "import './nodes/main.ts';"): Promise<string> {
  await build({
    stdin: { contents: entry, resolveDir: ROOT, loader: 'ts' },
    outdir: dirname(outfile),
    entryNames: basename(outfile, '.mjs'),
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    splitting: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    banner: { js: COMMONJS_NAMES },
  });
  return outfile;
}

/** The node program with every planted error in it; a plan says which one its nodes have. */
export function bundlePlantedProgram({ folder }: Pick<Lab, 'folder'>): Promise<string> {
  return bundleProgram(join(folder, 'planted.mjs'), "import './test/containers/programs/planted-node.ts';");
}

export function planOf(name: string, seed: number, overrides: Overrides = {}): Plan {
  const scenario = findScenario(name, overrides);
  if (!scenario.ok) throw new Error(scenario.problems.map(({ message }) => message).join('; '));
  return makePlan(scenario.value, seed);
}

export function planOfSentence(words: string, seed: number, overrides: Overrides = {}): Plan {
  const scenario = scenarioFromSentence(words, overrides);
  if (!scenario.ok) throw new Error(scenario.problems.map(({ message }) => message).join('; '));
  return makePlan(scenario.value, seed);
}
