// `bench`: what a protocol costs here when nothing fails, at growing numbers of clients: of a commit protocol throughput, latency, forced writes
// and messages, of a lock how often and how soon it is had, and how evenly.

import { mkdtempSync, rmSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { sweepDead } from '../../compose/cleanup/cleanup.ts';
import { dockerCluster, newUid } from '../../compose/docker-cluster.ts';
import { medianSyncMs } from '../../compose/setup/doctor.ts';
import { freshPods } from '../../compose/pods/pods.ts';
import { leasedPods } from '../../compose/pool/pool.ts';
import { runLabels } from '../../compose/engine/labels.ts';
import { currentOwner } from '../../compose/engine/owner.ts';
import { startWatcher } from '../../compose/cleanup/watcher.ts';
import { parseDuration } from '../../scenarios/language/duration.ts';
import { explainWriteFailure } from '../../scenarios/run/run-folder.ts';
import { engineFor, imagesFor, isClean, storesNamed } from '../lab.ts';
import { paintFor } from '../paint.ts';
import { BEAT_MS, isLive, openSpeaker } from '../feed/speaker.ts';
import { demandProtocol, demandWorkload } from '../known.ts';
import { provideEngine } from '../provide.ts';
import { CLIENTS, measurementOf, WARM_UP_MS } from './bench-points.ts';
import { Usage } from '../usage.ts';
import { IMAGE_OPTION, imagesOf, JSON_OPTION, listOf, wholeNumber } from './options.ts';
import type { Engine } from '../../compose/engine/port.ts';
import type { Watcher } from '../../compose/cleanup/watcher.ts';
import type { EnsuredServices } from '../../compose/services.ts';
import type { Measured, Point } from './bench-points.ts';
import type { Terminal } from '../terminal.ts';
import type { Command, Given } from './command.ts';
import type { Images } from '../lab.ts';

export const BENCH: Command = {
  words: 'bench <protocol>',
  describe: 'What a protocol costs here when nothing fails: throughput, latency, forced writes, messages',
  positionals: { protocol: { type: 'string', demandOption: true } },
  options: {
    ...JSON_OPTION,
    clients: {
      type: 'string',
      requiresArg: true,
      describe: `How many operations are under way at a time, each number measured on its own; ${CLIENTS.commit}, of locks ${CLIENTS.locks} where it is not said`,
    },
    workload: {
      type: 'string',
      requiresArg: true,
      describe: 'What the clients of a commit protocol do, as inventory',
    },
    duration: { type: 'string', default: '5s', requiresArg: true, describe: 'How long each is measured' },
    participants: {
      type: 'number',
      requiresArg: true,
      describe: 'How many participants a commit protocol has; 2 where it is not said',
    },
    seed: { type: 'number', default: 1, requiresArg: true, describe: 'Same seed, same operations' },
    ...IMAGE_OPTION,
  },
  examples: [
    ['bench 2pc', ''],
    ['bench 2pc --clients 1,64 --duration 10s', ''],
    ['bench 2pc --workload inventory', ''],
    ['bench redlock', ''],
    ['bench zookeeper --clients 1,8', ''],
  ],
  act: (given, terminal) => benchProtocol(String(given['protocol']), flagsOf(given), terminal),
};

interface BenchFlags extends Measured {
  readonly out: string;
  readonly yes: boolean;
  readonly json: boolean;
  readonly images: Readonly<Record<string, string>>;
}

function flagsOf(given: Given): BenchFlags {
  const duration = parseDuration(String(given['duration']));
  if (!duration.ok) throw new Usage(`--duration: ${duration.complaint.message} Try: --duration 5s`);
  if (duration.ms < 1000) throw new Usage(`--duration must be at least 1s; found ${String(given['duration'])}.`);
  const clients = typeof given['clients'] === 'string' ? given['clients'].split(',').map(Number) : undefined;
  if (clients && !clients.every((count) => Number.isSafeInteger(count) && count >= 1 && count <= CLIENTS_MAX))
    throw new Usage(
      `--clients must be whole numbers from 1 to ${CLIENTS_MAX}, as --clients 1,32; found '${String(given['clients'])}'.`,
    );
  const participants = wholeNumber('participants', given['participants']);
  if (participants !== undefined && (participants < 2 || participants > PARTICIPANTS_MAX))
    throw new Usage(`--participants must be 2 to ${PARTICIPANTS_MAX}, as --participants 3; found ${participants}.`);
  return {
    out: String(given['out']),
    yes: given['yes'] === true,
    json: given['json'] === true,
    ...(clients && { clients }),
    durationMs: duration.ms,
    ...(typeof given['workload'] === 'string' && { workload: demandWorkload(given['workload']) }),
    ...(participants !== undefined && { participants }),
    seed: wholeNumber('seed', given['seed']) ?? 1,
    images: imagesOf(listOf(given['image'])),
  };
}

const CLIENTS_MAX = 1000;
const PARTICIPANTS_MAX = 16;

async function benchProtocol(protocol: string, flags: BenchFlags, terminal: Terminal): Promise<number> {
  const measurement = measurementOf(demandProtocol(protocol), flags);
  const stream = flags.json ? terminal.stderr : terminal.stdout;
  const paint = paintFor(stream);
  const write = (line: string) => void stream.write(`${line}\n`);
  const { say, measures, close } = sayAt(stream, terminal);
  const { durationMs, seed } = flags;
  terminal.onMeasuring();
  write(`${paint('bold', `bench ${protocol}`)}   ${measurement.title}, ${durationMs / 1000} s each, seed ${seed}`);
  say('looking for an engine and its images');
  const engine = await engineFor({ provide: (tell) => provideEngine(flags.yes, terminal, tell) }, say);
  await sweepDead(engine);
  const images = await imagesFor(engine, flags.images, say);
  const { services } = await storesNamed(measurement.services, engine, flags.images, say);
  say("forced writes on this machine's disk");
  const fdatasyncMs = explainWriteFailure(flags.out, () => medianSyncMs(flags.out));
  const watcher = await startWatcher();
  terminal.onRunning(true);
  measures();
  try {
    for (const { text, measure } of measurement.points) {
      say(`${text}: nodes, ${WARM_UP_MS / 1000} s to warm up, ${durationMs / 1000} s measured`);
      await onFreshNodes(measure, { engine, images, services, terminal, say, watcher });
    }
  } catch (error) {
    // Whoever interrupted knows why there are no figures.
    if (!terminal.interrupted.aborted) throw error;
    return 0;
  } finally {
    close();
    terminal.onRunning(false);
    await watcher.close();
  }
  for (const line of measurement.table()) write(line);
  write('');
  write(`forced write   ${fdatasyncMs.toFixed(3)} ms (median fdatasync of 200 appends on this machine's disk)`);
  if (flags.json)
    terminal.stdout.write(
      `${JSON.stringify({ protocol, ...measurement.document(), durationMs, seed, fdatasyncMs }, null, 2)}\n`,
    );
  return 0;
}

/** While it measures, what was said last stands below on a terminal, with the time that it has taken; before, somebody may be asked something. */
function sayAt(stream: NodeJS.WriteStream, { env }: Terminal) {
  const paint = paintFor(stream);
  let last = { text: '', atMs: performance.now() };
  let isMeasuring = false;
  const speaker = openSpeaker(stream, {
    paint,
    status: () => (isMeasuring ? [`${last.text}: for ${((performance.now() - last.atMs) / 1000).toFixed(0)} s`] : []),
    isLive: isLive(stream, { env }),
    nowMs: () => performance.now(),
  });
  const ticker = setInterval(speaker.beat, BEAT_MS);
  ticker.unref();
  return {
    say: (text: string) => {
      last = { text, atMs: performance.now() };
      speaker.say(text);
    },
    measures: () => {
      isMeasuring = true;
    },
    close: () => {
      clearInterval(ticker);
      speaker.close();
    },
  };
}

interface Bench {
  readonly engine: Engine;
  readonly images: Images;
  readonly services: EnsuredServices['services'];
  readonly terminal: Terminal;
  readonly say: (text: string) => void;
  readonly watcher: Watcher;
}

/** Nodes of its own for one point, which are gone when it returns, however it ends. */
async function onFreshNodes(measure: Point['measure'], bench: Bench): Promise<void> {
  const { engine, images, services: stores, terminal, say, watcher } = bench;
  const uid = newUid();
  const path = mkdtempSync(join(tmpdir(), 'txlab-bench-'));
  mkdirSync(join(path, 'nodes'));
  // Nobody will ask for what its nodes saw.
  watcher.watch({ run: uid, runFolder: null, tempFolders: [path] });
  try {
    const labels = runLabels(uid, currentOwner());
    const made = { uid, labels, sandboxImage: images.sandbox.id, programImage: images.program.id };
    const pods = leasedPods(engine, made, freshPods(engine, made));
    const cluster = dockerCluster({ engine, labels, pods, stores });
    await measure(cluster, {
      folder: { name: basename(path), path },
      onProgress: say,
      interrupted: terminal.interrupted,
    });
  } finally {
    // What could not be removed, because the engine is lost, say, is the watcher's.
    if (await isClean(engine, uid)) watcher.done(uid);
    rmSync(path, { recursive: true, force: true });
  }
}
