// Prepares what a run needs (engine, images, watcher), executes the plan, and makes sure that nothing is left.

import { arch, platform, release } from 'node:os';
import { connectEngine } from '../compose/engine.ts';
import { isEngineLost, LabError } from '../compose/errors.ts';
import { ensureImage } from '../compose/images.ts';
import { ensureNodeProgramImage } from '../compose/program-image.ts';
import { currentOwner } from '../compose/owner.ts';
import { dockerCluster, newUid } from '../compose/docker-cluster.ts';
import { runLabels } from '../compose/labels.ts';
import { sweepDead } from '../compose/cleanup.ts';
import { startWatcher } from '../compose/watcher.ts';
import { executeRun } from '../scenarios/run.ts';
import { makeRunFolder } from '../scenarios/run-folder.ts';
import { explainRefusals } from './refusals.ts';
import { bundledFile, VERSION } from './package.ts';
import type { Engine } from '../compose/engine-port.ts';
import type { EnsuredImage } from '../compose/images.ts';
import type { Plan } from '../scenarios/plan-types.ts';
import type { Feed, RunResult } from '../scenarios/run.ts';

export interface LabOptions {
  readonly out: string;
  /** Installs and starts an engine where none answers, if that is allowed. */
  readonly provide: (say: (text: string) => void) => Promise<Engine>;
  readonly keep: boolean;
  /** The user's own images, by role. */
  readonly images: Readonly<Record<string, string>>;
  readonly interrupted: AbortSignal;
  readonly onFeed: (feed: Feed) => void;
  readonly onRunning: (now: boolean) => void;
}

export interface LabResult extends RunResult {
  readonly folder: string;
}

interface Images {
  readonly node: EnsuredImage;
  readonly sandbox: EnsuredImage;
  readonly program: EnsuredImage;
}

/** Fails with a LabError of the environment (exit code 4) when engine or images cannot be had. */
export async function runInLab(plan: Plan, scenarioText: string, options: LabOptions): Promise<LabResult> {
  const progress = (text: string) => options.onFeed({ kind: 'progress', text });
  const engine = await engineFor(options, progress);
  await sweepDead(engine);
  const images = await imagesFor(engine, options.images, progress);
  const uid = newUid();
  const labels = runLabels(uid, currentOwner(), options.keep);
  const cluster = dockerCluster({
    engine,
    uid,
    labels,
    sandboxImage: images.sandbox.id,
    programImage: images.program.id,
  });
  explainRefusals(plan, cluster);
  const folder = makeRunFolder(options.out, { scenario: plan.scenario, seed: plan.seed, now: new Date() });
  folder.write('scenario.yaml', scenarioText);
  folder.write('manifest.json', await manifestOf(engine, images, uid));
  const watcher = await startWatcher({ run: uid, runFolder: folder.path, tempFolders: [] });
  options.onRunning(true);
  let isLeftToWatcher = false;
  try {
    const result = await executeRun({
      plan,
      cluster,
      folder,
      version: VERSION,
      onFeed: options.onFeed,
      interrupted: options.interrupted,
      keep: options.keep,
    });
    return { ...result, folder: folder.path };
  } catch (error) {
    isLeftToWatcher = isEngineLost(error) && !options.keep;
    throw error;
  } finally {
    options.onRunning(false);
    if (!isLeftToWatcher) await watcher.done();
  }
}

async function engineFor({ provide }: LabOptions, progress: (text: string) => void): Promise<Engine> {
  const engine = await connectEngine().catch((error: unknown) => {
    if (error instanceof LabError && error.code === 'engine-missing') return provide(progress);
    throw error;
  });
  progress(`engine ${engine.facts.brand} ${engine.facts.version}`);
  return engine;
}

async function imagesFor(
  engine: Engine,
  own: Readonly<Record<string, string>>,
  progress: (text: string) => void,
): Promise<Images> {
  const node = await ensureImage(engine, 'node', { override: own['node'], onProgress: progress });
  const sandbox = await ensureImage(engine, 'sandbox', { override: own['sandbox'], onProgress: progress });
  const program = await ensureNodeProgramImage(engine, node, own['program'] ?? bundledFile('dist/node.mjs'));
  progress(`images node (${node.source}), sandbox (${sandbox.source}), program (${program.source})`);
  return { node, sandbox, program };
}

async function manifestOf(engine: Engine, images: Images, uid: string): Promise<unknown> {
  const info = await engine.info();
  const { brand, version, apiVersion, kernel, architecture } = engine.facts;
  return {
    txlab: VERSION,
    uid,
    lab: { node: process.version, platform: platform(), arch: arch(), release: release() },
    engine: {
      brand,
      version,
      apiVersion,
      kernel,
      architecture,
      cpus: info.cpus,
      memoryBytes: info.memoryBytes,
      storageDriver: info.storageDriver,
    },
    images,
  };
}
