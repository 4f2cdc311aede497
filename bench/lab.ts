// What benchmarks share: the engine, the images, clusters that are swept when the bench ends, a folder for files, and words of progress.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweepUntilClean } from '../compose/cleanup/cleanup.ts';
import { dockerCluster, newUid } from '../compose/docker-cluster.ts';
import { connectEngine } from '../compose/engine/engine.ts';
import { ensureImage } from '../compose/setup/images.ts';
import { ensureServices, readServices, type EnsuredServices } from '../compose/services.ts';
import { runLabels } from '../compose/engine/labels.ts';
import { currentOwner } from '../compose/engine/owner.ts';
import { freshPods } from '../compose/pods/pods.ts';
import { leasedPods, poolVersion, standUp } from '../compose/pool/pool.ts';
import { ensureNodeProgramImage } from '../compose/pods/program-image.ts';
import { nodeId } from '../nodes/contract/ids.ts';
import type { Cluster } from '../compose/cluster.ts';
import type { Engine, Labels } from '../compose/engine/port.ts';
import type { Pod, PodSource } from '../compose/pods/pods.ts';

export const ROOT = join(import.meta.dirname, '..');

export interface Objects {
  readonly uid: string;
  /** For every object of one owner in this bench. */
  readonly labels: Labels;
}

export interface Lab {
  readonly engine: Engine;
  readonly nodeImage: string;
  readonly programImage: string;
  /** Removed with everything in it at the end. */
  readonly folder: string;
  readonly interrupted: AbortSignal;
  readonly say: (text: string) => void;
  /** Names and labels for objects in the engine, which are removed when the bench ends, however it ends. */
  readonly objects: () => Objects;
  /** The cluster that a run has: its pods are made for it and removed after it. */
  readonly cluster: (stores?: EnsuredServices['services']) => Cluster & Objects;
  /** Services of `compose/stores.yml`, with their images. */
  readonly services: (names: readonly string[]) => Promise<EnsuredServices['services']>;
  /** Pods on a network of their own. */
  readonly pods: (objects: Objects, names: readonly string[]) => Promise<readonly Pod[]>;
  /** A cluster on the pods of a standing pool. */
  readonly leasedCluster: () => Cluster & Objects;
  /** Leaves a pool standing, which runs from now on lease from, until it is disposed of. */
  readonly standPool: () => Promise<AsyncDisposable>;
  readonly runFolder: () => { readonly name: string; readonly path: string };
  /** Something to be ended with the bench, if its own benchmark did not come to it. */
  readonly atEnd: (end: () => Promise<void> | void) => void;
}

export interface OpenLab extends Lab, AsyncDisposable {}

export async function openLab(say: (text: string) => void, interrupted: AbortSignal): Promise<OpenLab> {
  const engine = await connectEngine();
  const node = await ensureImage(engine, 'node');
  const sandbox = await ensureImage(engine, 'sandbox');
  const program = await ensureNodeProgramImage(engine, node, join(ROOT, 'dist', 'node.mjs'));
  const folder = mkdtempSync(join(tmpdir(), 'txlab-bench-'));
  const made: Objects[] = [];
  const ends: (() => Promise<void> | void)[] = [];
  const images = { sandboxImage: sandbox.id, programImage: program.id };
  let runs = 0;

  function objects(): Objects {
    const uid = newUid();
    made.push({ uid, labels: runLabels(uid, currentOwner()) });
    return made.at(-1) as Objects;
  }

  return {
    engine,
    nodeImage: node.id,
    programImage: program.id,
    folder,
    interrupted,
    say,
    objects,
    cluster: (stores) => {
      const own = objects();
      return clusterOf(engine, own, freshPods(engine, { ...own, ...images }), stores);
    },
    services: (names) => servicesNamed(engine, names, say),
    leasedCluster: () => {
      const own = objects();
      const none = () => Promise.reject(new Error('the standing pool has too few free pods'));
      return clusterOf(engine, own, leasedPods(engine, { ...own, ...images }, none));
    },
    standPool: async () => {
      const own = objects();
      const version = poolVersion(sandbox.id);
      await standUp(engine, { ...own, size: POOL_SIZE, sandboxImage: sandbox.id, version });
      return {
        [Symbol.asyncDispose]: async () => {
          await sweepUntilClean(engine, own.labels, { quietMs: 0 });
        },
      };
    },
    pods: (own, names) => freshPods(engine, { ...own, ...images })(names.map(nodeId), () => {}),
    runFolder: () => {
      const name = `bench-${++runs}`;
      const path = join(folder, name);
      mkdirSync(join(path, 'nodes'), { recursive: true });
      return { name, path };
    },
    atEnd: (end) => void ends.push(end),
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(ends.toReversed().map(async (end) => end()));
      await Promise.allSettled(made.map(({ labels }) => sweepUntilClean(engine, labels, { quietMs: 0 })));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function clusterOf(
  engine: Engine,
  own: Objects,
  pods: PodSource,
  stores: EnsuredServices['services'] = {},
): Cluster & Objects {
  return { ...dockerCluster({ engine, labels: own.labels, pods, stores }), ...own };
}

async function servicesNamed(engine: Engine, names: readonly string[], say: (text: string) => void) {
  const all = readServices(join(ROOT, 'compose', 'stores.yml'));
  return (await ensureServices(all, names, { engine, onProgress: say })).services;
}

const POOL_SIZE = 4;
