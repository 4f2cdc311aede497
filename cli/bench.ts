// `bench`: what a protocol costs here when nothing fails: throughput, latency, forced writes and messages at growing numbers of clients.

import { mkdtempSync, rmSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { sweepDead } from '../compose/cleanup/cleanup.ts';
import { dockerCluster, newUid } from '../compose/docker-cluster.ts';
import { medianSyncMs } from '../compose/setup/doctor.ts';
import { freshPods } from '../compose/pods/pods.ts';
import { leasedPods } from '../compose/pool/pool.ts';
import { runLabels } from '../compose/engine/labels.ts';
import { currentOwner } from '../compose/engine/owner.ts';
import { startWatcher } from '../compose/cleanup/watcher.ts';
import { measureLoad } from '../scenarios/load.ts';
import { explain } from '../scenarios/run-folder.ts';
import { quantile } from '../scenarios/statistics.ts';
import { engineFor, imagesFor, isClean } from './lab.ts';
import { paintFor } from './paint.ts';
import { demandProtocol } from './protocols.ts';
import { provideEngine } from './provide.ts';
import type { Engine } from '../compose/engine/port.ts';
import type { Watcher } from '../compose/cleanup/watcher.ts';
import type { LoadResult } from '../scenarios/load.ts';
import type { World } from './commands.ts';
import type { Images } from './lab.ts';

export interface BenchFlags {
  readonly out: string;
  readonly yes: boolean;
  readonly json: boolean;
  /** Each is measured on its own, on fresh nodes. */
  readonly clients: readonly number[];
  readonly durationMs: number;
  readonly participants: number;
  readonly seed: number;
  readonly images: Readonly<Record<string, string>>;
}

export async function benchProtocol(protocol: string, flags: BenchFlags, world: World): Promise<number> {
  demandProtocol(protocol);
  const stream = flags.json ? world.stderr : world.stdout;
  const paint = paintFor(stream);
  const opened = performance.now();
  const write = (line: string) => void stream.write(`${line}\n`);
  const say = (text: string) =>
    write(paint('dim', `${((performance.now() - opened) / 1000).toFixed(1).padStart(6)} s  ${text}`));
  const { participants, durationMs, clients, seed } = flags;
  write(
    `${paint('bold', `bench ${protocol}`)}   ${participants} participants, ${durationMs / 1000} s each, seed ${seed}`,
  );
  const engine = await engineFor({ provide: (tell) => provideEngine(flags.yes, world, tell) }, say);
  await sweepDead(engine);
  const images = await imagesFor(engine, flags.images, say);
  const fdatasyncMs = explain(flags.out, () => medianSyncMs(flags.out));
  const results: LoadResult[] = [];
  const watcher = await startWatcher();
  world.onRunning(true);
  try {
    for (const count of clients)
      results.push(await measure(protocol, count, { flags, engine, images, world, say, watcher }));
  } catch (error) {
    // Whoever interrupted knows why there are no figures.
    if (!world.interrupted.aborted) throw error;
    return 0;
  } finally {
    world.onRunning(false);
    await watcher.close();
  }
  for (const line of tableOf(results)) write(line);
  write('');
  write(`forced write   ${fdatasyncMs.toFixed(3)} ms (median fdatasync of 200 appends on this machine's disk)`);
  if (flags.json)
    world.stdout.write(
      `${JSON.stringify({ protocol, participants, durationMs, seed, fdatasyncMs, results: results.map(documentOf) }, null, 2)}\n`,
    );
  return 0;
}

interface Bench {
  readonly flags: BenchFlags;
  readonly engine: Engine;
  readonly images: Images;
  readonly world: World;
  readonly say: (text: string) => void;
  readonly watcher: Watcher;
}

/** On nodes of its own, which are gone when it returns, however it ends. */
async function measure(protocol: string, clients: number, bench: Bench): Promise<LoadResult> {
  const { flags, engine, images, world, say, watcher } = bench;
  const uid = newUid();
  const path = mkdtempSync(join(tmpdir(), 'txlab-bench-'));
  mkdirSync(join(path, 'nodes'));
  // Nobody will ask for what its nodes saw.
  watcher.watch({ run: uid, runFolder: null, tempFolders: [path] });
  try {
    const labels = runLabels(uid, currentOwner());
    const made = { uid, labels, sandboxImage: images.sandbox.id, programImage: images.program.id };
    const cluster = dockerCluster({ engine, labels, pods: leasedPods(engine, made, freshPods(engine, made)) });
    const until = { warmUpMs: WARM_UP_MS, measureMs: flags.durationMs };
    return await measureLoad(
      cluster,
      { protocol, clients, until, participants: flags.participants, seed: flags.seed },
      { folder: { name: basename(path), path }, onProgress: say, interrupted: world.interrupted },
    );
  } finally {
    // What could not be removed, because the engine is lost, say, is the watcher's.
    if (await isClean(engine, uid)) watcher.done(uid);
    rmSync(path, { recursive: true, force: true });
  }
}

const COLUMNS: readonly (readonly [string, (result: LoadResult) => string])[] = [
  ['clients', ({ clients }) => String(clients)],
  ['commits/s', ({ commitsPerSecond }) => commitsPerSecond.toFixed(0)],
  ['p50 ms', ({ latenciesMs }) => quantile(latenciesMs, 0.5).toFixed(2)],
  ['p90 ms', ({ latenciesMs }) => quantile(latenciesMs, 0.9).toFixed(2)],
  ['p99 ms', ({ latenciesMs }) => quantile(latenciesMs, 0.99).toFixed(2)],
  ['max ms', ({ latenciesMs }) => quantile(latenciesMs, 1).toFixed(2)],
  ['forced/commit', ({ forcedPerCommit }) => forcedPerCommit.toFixed(2)],
  ['messages/commit', ({ messagesPerCommit }) => messagesPerCommit.toFixed(2)],
  ['commits/fdatasync', ({ commitsPerSync }) => commitsPerSync.toFixed(1)],
  ['aborted', (result) => `${(100 * abortRate(result)).toFixed(1)} %`],
];

function tableOf(results: readonly LoadResult[]): readonly string[] {
  const rows = [COLUMNS.map(([name]) => name), ...results.map((result) => COLUMNS.map(([, text]) => text(result)))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return ['', ...rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))];
}

function abortRate({ committed, aborted }: LoadResult): number {
  return aborted / Math.max(1, committed + aborted);
}

function documentOf({ latenciesMs, ...result }: LoadResult): unknown {
  const at = (share: number) => quantile(latenciesMs, share);
  return {
    ...result,
    abortRate: abortRate({ ...result, latenciesMs }),
    latencyMs: { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) },
  };
}

/** Fresh processes compile what they run while they run it. */
const WARM_UP_MS = 1500;
