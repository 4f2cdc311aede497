// `up` and `down`: a pool of pods that stands between runs, so that the next run need not make its own.

import { connectEngine } from '../../compose/engine/engine.ts';
import { ensureImage } from '../../compose/setup/images.ts';
import { newUid } from '../../compose/docker-cluster.ts';
import { runLabels } from '../../compose/engine/labels.ts';
import { currentOwner } from '../../compose/engine/owner.ts';
import { deadPods, findStanding, poolVersion, standUp, takeDown } from '../../compose/pool/pool.ts';
import { startKeeper } from '../../compose/pool/pool-keeper.ts';
import { sweepDead, sweepUntilClean } from '../../compose/cleanup/cleanup.ts';
import { LabError } from '../../compose/errors.ts';
import { formatDuration, parseDuration } from '../../scenarios/language/duration.ts';
import { provideEngine } from '../provide.ts';
import { Usage } from '../usage.ts';
import { wholeNumber } from './options.ts';
import type { Engine } from '../../compose/engine/port.ts';
import type { Pool } from '../../compose/pool/pool.ts';
import type { Terminal } from '../terminal.ts';
import type { Command } from './command.ts';

export const UP: Command = {
  words: 'up',
  describe: 'Leave a pool of pods standing, which runs then use instead of making their own',
  options: {
    pods: { type: 'number', default: 8, requiresArg: true, describe: 'A run takes one for each node' },
    idle: {
      type: 'string',
      default: '30m',
      requiresArg: true,
      describe: 'Ends by itself when no run has used it for so long',
    },
  },
  examples: [
    ['up', ''],
    ['up --pods 16 --idle 10m', ''],
  ],
  act: (given, terminal) =>
    standPool(
      { pods: wholeNumber('pods', given['pods']) ?? 0, idle: String(given['idle']), yes: given['yes'] === true },
      terminal,
    ),
};

export const DOWN: Command = {
  words: 'down',
  describe: 'Remove the standing pool',
  act: (_given, terminal) => takePoolsDown(terminal),
};

interface UpFlags {
  readonly pods: number;
  /** A duration, in words. */
  readonly idle: string;
  readonly yes: boolean;
}

/** Leaves a pool standing, and a process of its own that ends it when nobody has used it for a while. */
async function standPool({ pods, idle, yes }: UpFlags, terminal: Terminal): Promise<number> {
  const idleFor = parseDuration(idle);
  if (!idleFor.ok) throw new Usage(`--idle: ${idleFor.complaint.message} Try: --idle 30m`);
  if (idleFor.ms < LEAST_IDLE_MS)
    throw new Usage(`--idle must be at least 1s, or the pool would go before a run has come; found ${idle}.`);
  if (!Number.isSafeInteger(pods) || pods < 1 || pods > PODS_MAX)
    throw new Usage(`--pods must be a whole number from 1 to ${PODS_MAX}, as --pods 8; found ${pods}.`);
  const say = (text: string) => void terminal.stdout.write(`${text}\n`);
  const engine = await provideEngine(yes, terminal, say);
  await sweepDead(engine);
  const sandbox = await ensureImage(engine, 'sandbox', { onProgress: say });
  if (await isStanding(engine, poolVersion(sandbox.id), say)) return 0;

  const uid = newUid();
  const keeper = await startKeeper({ uid, idleMs: idleFor.ms });
  const labels = runLabels(uid, currentOwner(keeper.pid));
  const startedAt = performance.now();
  say(`${pods} pods`);
  try {
    await standUp(engine, { uid, labels, size: pods, sandboxImage: sandbox.id, version: poolVersion(sandbox.id) });
  } catch (error) {
    await sweepUntilClean(engine, labels, { quietMs: 0 }).catch(() => {});
    throw error;
  }
  keeper.entrust();
  say(
    `${pods} pods stand after ${((performance.now() - startedAt) / 1000).toFixed(1)} s: runs lease them by themselves. They go after ${formatDuration(idleFor.ms)} without a run, or with txlab down.`,
  );
  return 0;
}

/** A pool whose pods have died, or that another version made, goes first. */
async function isStanding(engine: Engine, version: string, say: (text: string) => void): Promise<boolean> {
  for (const pool of await findStanding(engine)) {
    const dead = await deadPods(engine, pool);
    if (dead === 0 && pool.version === version) {
      say(`A pool of ${pool.pods.size} pods stands already. Another size: txlab down, then txlab up --pods N`);
      return true;
    }
    const why = pool.version === version ? `${dead} of its pods have died` : 'of another version';
    if (await takeDown(engine, pool)) say(`removed the old pool: ${why}`);
    else say(`an old pool (${why}) is still in use by ${holders(pool)}: it is left alone`);
  }
  return false;
}

async function takePoolsDown({ stdout }: Terminal): Promise<number> {
  const engine = await connectEngine();
  const pools = await findStanding(engine);
  if (pools.length === 0) stdout.write('No pool stands.\n');
  for (const pool of pools) {
    if (!(await takeDown(engine, pool)))
      throw new LabError('object-failed', `The pool is in use by ${holders(pool)}, and was left as it is.`, {
        hint: 'txlab down, when that has ended; txlab ps shows it; txlab clean removes everything at once',
      });
    stdout.write(`${pool.pods.size} pods were removed.\n`);
  }
  return 0;
}

const holders = ({ leases }: Pool): string =>
  [...leases].map(([run, count]) => `run ${run} (${count} pod${count === 1 ? '' : 's'})`).join(', ');

const PODS_MAX = 200;

const LEAST_IDLE_MS = 1000;
