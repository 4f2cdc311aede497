/** What the watcher does after a lab that ended without cleaning up. */
import { appendFileSync, rmSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sweepUntilClean } from './cleanup.ts';
import type { Engine } from '../engine/port.ts';
import { connectEngine } from '../engine/engine.ts';
import { messageOf } from '../errors.ts';
import { RUN_LABEL, TXLAB } from '../engine/labels.ts';
import { rescue } from './rescue.ts';
import type { WatchOrder } from './watch-order.ts';

/** Saves what the nodes left, and removes what bears the run's label; its log says how far it came. */
export async function cleanUpAfter({ run, runFolder, tempFolders, endpoint }: WatchOrder): Promise<void> {
  const log = (line: string): void => {
    if (runFolder !== null) appendLine(join(runFolder, 'watcher.log'), line);
  };
  log(`the lab of run ${run} ended without cleaning up`);
  try {
    for (const folder of tempFolders) removeFolder(folder, log);
  } catch (error) {
    log(messageOf(error));
  }
  try {
    const engine = await reachEngine(endpoint ?? {}, log);
    if (runFolder !== null) await rescue(engine, { run, runFolder, log });
    const removed = await sweepUntilClean(engine, { ...TXLAB, [RUN_LABEL]: run }, { quietMs: QUIET_MS, log });
    log(`done: ${removed.length} objects removed, nothing left`);
  } catch (error) {
    log(`gave up: ${messageOf(error)}`);
  }
}

/** The engine may make, for a moment after the lab's death, what the lab had asked for. */
const QUIET_MS = 2_000;

/** The engine may have died with the lab and be on its way back. */
async function reachEngine(
  endpoint: NonNullable<WatchOrder['endpoint']>,
  log: (line: string) => void,
): Promise<Engine> {
  const deadline = Date.now() + REACH_MS;
  for (;;) {
    try {
      return await connectEngine(endpoint);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      log(messageOf(error));
      await delay(1_000);
    }
  }
}

const REACH_MS = 60_000;

/** A mistaken order must not cost anybody a folder that is not txlab's. */
function removeFolder(folder: string, log: (line: string) => void): void {
  if (!isAbsolute(folder) || !basename(folder).startsWith('txlab')) return log(`left alone: ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  log(`removed ${folder}`);
}

/** The run folder may have been removed with the lab; the cleaning goes on without a log. */
function appendLine(path: string, line: string): void {
  try {
    appendFileSync(path, `${new Date().toISOString()} ${line}\n`);
  } catch {
    // Nobody is left to be told.
  }
}
