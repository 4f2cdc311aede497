// However a run ends, nothing of it is left in the engine, and what it saw is still there to be judged.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectEngine } from '../../compose/engine/engine.ts';
import {
  buildCommandLine,
  expectNothingLeft,
  expectSweptByWatcher,
  orphanVolumes,
  ownedBy,
  removeRunFolders,
  txlab,
} from '../support/txlab-process.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { Engine } from '../../compose/engine/port.ts';

const SENTENCE = ['kill', 'coordinator', 'during', 'prepare'];

let engine: Engine;
let orphansBefore: readonly string[];
beforeAll(async () => {
  buildCommandLine();
  engine = await connectEngine();
  orphansBefore = await orphanVolumes();
});
afterAll(removeRunFolders);

/** One random moment in each tenth of 0.2 to 5 seconds, dealt to two batches. */
const MOMENTS = Array.from({ length: 10 }, (_, tenth) => Math.round(200 + (tenth + Math.random()) * 480));
const BATCHES = [MOMENTS.filter((_, index) => index % 2 === 0), MOMENTS.filter((_, index) => index % 2 === 1)];

const PAUSED_AND_CUT = `version: 1
name: mine
title: A store stands still, and another is cut off
protocol: redlock
topology: { servers: 3 }
workload: { kind: counter }
faults:
  - pause redis-1 at 300ms for 50s
  - cut lock-client-1 from redis-2 at 300ms for 50s
`;

interface Killed {
  readonly at: string;
  /** Null when there is nothing to judge: the run had not begun to serve. */
  readonly check: number | null;
  readonly words: string;
}

async function killAfter(moment: number): Promise<Killed> {
  const lab = txlab(SENTENCE);
  await Promise.race([delay(moment), lab.ended]);
  lab.signal('SIGKILL');
  // A moment after the run's own end is no failure.
  const { signal } = await lab.ended;
  if (signal === 'SIGKILL') await expectSweptByWatcher(engine, lab);
  else await expectNothingLeft(engine, lab);
  const at = `killed after ${moment} ms`;
  if (!lab.read('lab.jsonl').includes('"serving"')) return { at, check: null, words: '' };
  const { code, words } = await txlab(['check', lab.run]).ended;
  return { at, check: code, words };
}

describe('SIGKILL', () => {
  test.each(BATCHES)(
    'after %i, %i, %i, %i and %i ms leaves nothing, and a history that can be judged',
    async (...moments) => {
      const killed = await Promise.all(moments.map(killAfter));
      for (const { at, check, words } of killed) expect([null, 1, 3], `${at}: ${words}`).toContain(check);
    },
  );

  test('right after the fault leaves nothing, and the rescued history shows it', async () => {
    const lab = txlab(SENTENCE);
    await lab.says(/in doubt/);
    lab.signal('SIGKILL');
    await expectSweptByWatcher(engine, lab);
    const { code, words } = await txlab(['check', lab.run]).ended;
    expect(code, words).toBe(3);
    expect(words).toMatch(/atomicity +holds/);
  });

  test('while a disk is full saves the log that is on it', async () => {
    const lab = txlab(['fill', 'participant-2', 'disk', 'for', '20s']);
    await lab.says(/0 of \d+ KiB are free/);
    lab.signal('SIGKILL');
    await expectSweptByWatcher(engine, lab);
    expect(lab.read('nodes/participant-2/log')).toContain('"prepared"');
    expect(lab.read('nodes/participant-2/filler')).toBe('');
    expect((await txlab(['check', lab.run]).ended).code).toBe(3);
  });

  test('while a store is paused and another is cut off leaves neither, and a history that can be judged', async () => {
    const file = join(tempFolder(), 'mine.yaml');
    writeFileSync(file, PAUSED_AND_CUT);
    const lab = txlab(['run', file]);
    await Promise.all([lab.says(/pause +redis-1: /), lab.says(/cut +lock-client-1: /)]);
    lab.signal('SIGKILL');
    await expectSweptByWatcher(engine, lab);
    expect((await txlab(['check', lab.run]).ended).code).toBe(3);
  });
});

describe('SIGINT', () => {
  test('once during a run ends it soon, cleans up and keeps what was seen', async () => {
    const lab = txlab(SENTENCE);
    await lab.says(/in doubt/);
    const askedAt = performance.now();
    lab.signal('SIGINT');
    const { code, words } = await lab.ended;
    expect(performance.now() - askedAt, words).toBeLessThan(6_000);
    expect(code, words).toBe(130);
    await expectNothingLeft(engine, lab);
    expect(JSON.parse(lab.read('verdict.json'))).toMatchObject({ word: 'inconclusive' });
    expect(lab.read('history.jsonl')).toContain('"interrupted"');
  });

  test('twice leaves at once, and the rest to the watcher', async () => {
    const lab = txlab(SENTENCE);
    await lab.says(/network and/);
    lab.signal('SIGINT');
    await expect.poll(() => ownedBy(engine, lab.pid)).not.toEqual([]);
    lab.signal('SIGINT');
    expect((await lab.ended).code).toBe(130);
    await expectSweptByWatcher(engine, lab);
  });

  test.each([/kill coordinator/, /engine docker/, /images node/, /network and/, /4 nodes\n/])(
    'during set-up, at %s, leaves nothing',
    async (line) => {
      const lab = txlab(SENTENCE);
      await lab.says(line);
      lab.signal('SIGINT');
      const { code, words, tookMs } = await lab.ended;
      expect(code, words).toBe(130);
      expect(tookMs).toBeLessThan(8_000);
      await expectNothingLeft(engine, lab);
    },
  );
});

test('a pipe that is closed during a run ends it, cleans up and keeps what was seen', async () => {
  const lab = txlab(SENTENCE);
  await lab.says(/in doubt/);
  lab.closeStdout();
  const { code, words } = await lab.ended;
  expect(code, words).toBe(141);
  await expectNothingLeft(engine, lab);
  expect(lab.read('history.jsonl')).toContain('"interrupted"');
});

test('two txlabs side by side do not disturb each other', async () => {
  const labs = [txlab(SENTENCE), txlab(SENTENCE)];
  for (const { code, words } of await Promise.all(labs.map(({ ended }) => ended))) expect(code, words).toBe(0);
  for (const lab of labs) await expectNothingLeft(engine, lab);
});

test('no disk of a node has outlived its container', async () => {
  const orphans = async () => (await orphanVolumes()).filter((name) => !orphansBefore.includes(name));
  await expect.poll(orphans, { timeout: 5_000 }).toEqual([]);
});
