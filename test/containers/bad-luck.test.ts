// What happens to a run when something goes wrong that nobody planned: it ends soon, says what happened, and leaves nothing.

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audit, sweepDead } from '../../compose/cleanup/cleanup.ts';
import { NODE_LABEL, RUN_LABEL, TXLAB } from '../../compose/engine/labels.ts';
import {
  buildCommandLine,
  expectNothingLeft,
  expectSweptByWatcher,
  ownedBy,
  removeRunFolders,
  txlab,
} from '../support/txlab-process.ts';
import { startEngineProxy } from '../support/engine-proxy.ts';
import { bundlePlantedProgram, openLab, planOf } from '../support/lab.ts';
import { planted, type PlantName } from '../support/planted/plants.ts';
import type { Feed, RunResult } from '../../scenarios/run/run.ts';
import type { Lab } from '../support/lab.ts';

const SEED = 11;

let lab: Lab;
beforeAll(async () => {
  buildCommandLine();
  lab = await openLab();
});
afterAll(() => {
  rmSync(lab.folder, { recursive: true, force: true });
  removeRunFolders();
});

describe('a node', () => {
  /** Long enough for something to happen in the middle. */
  const plan = () => planOf('two-phase-baseline', SEED, { transactions: 2000 });

  function expectDeathIn({ verdict, left }: RunResult, ...words: readonly string[]): void {
    const reasons = verdict.reasons.join('\n');
    expect(verdict.word, reasons).toBe('not as expected');
    for (const word of words) expect(reasons).toContain(word);
    expect(left).toEqual([]);
  }

  const runWith = async (error: PlantName) =>
    lab.run(planted(plan(), error), { program: await bundlePlantedProgram(lab) });

  test('that somebody else kills is a failure that names it and its exit code', async () => {
    let run = '';
    const killOnServing = async (feed: Feed, uid: string) => {
      run = uid;
      if (feed.kind !== 'event' || feed.event.kind !== 'phase' || feed.event.phase !== 'serving') return;
      const [container] = await lab.engine.listByLabel({ ...TXLAB, [RUN_LABEL]: uid, [NODE_LABEL]: 'participant-1' });
      await lab.engine.kill(container?.id ?? '');
    };
    expectDeathIn(
      await lab.run(plan(), { onFeed: (feed, uid) => void killOnServing(feed, uid) }),
      'participant-1',
      'exit code 137',
    );
    expect(await audit(lab.engine, run)).toEqual([]);
  });

  test('that crashes by itself is a failure with the last lines that it wrote', async () => {
    expectDeathIn(await runWith('it crashes'), 'participant-', 'planted: the books do not balance');
  });

  test('that says what no node says is a failure with what it said', async () => {
    const run = await runWith('it babbles');
    expectDeathIn(run, 'participant-', 'said what no node says, a line that is no object: null');
    expect(run.history.events).toContainEqual(expect.objectContaining({ kind: 'ended', why: 'node-failed' }));
  });

  test('that runs out of memory is a failure that says so', async () => {
    expectDeathIn(await runWith('it hoards'), 'participant-', 'was killed for using too much memory');
  });
});

describe('an engine', () => {
  test.each([
    ['while nodes are made', /network and/],
    ['while transfers run', /serving/],
    ['while a node is held', /held/],
    ['after the kill', /in doubt/],
  ])('that dies %s ends the run soon, and the next start removes what is left', async (_, line) => {
    const proxy = await startEngineProxy();
    const run = txlab(['kill', 'coordinator', 'during', 'prepare'], { DOCKER_HOST: proxy.host });
    await run.says(line);
    const diedAt = performance.now();
    proxy.die();
    const { code, stderr, words } = await run.ended;
    expect(code, words).toBe(4);
    expect(performance.now() - diedAt, words).toBeLessThan(20_000);
    expect(stderr).toMatch(/engine/);
    expect(stderr).toContain('try:   docker info');
    // What the engine was still making when it was asked for the last time turns up a moment later.
    await expect
      .poll(() => sweepDead(lab.engine).then(() => ownedBy(lab.engine, run.pid)), { timeout: 5_000, interval: 500 })
      .toEqual([]);
  });

  test('that comes back is cleaned by the watcher, which saves what the nodes saw', async () => {
    const proxy = await startEngineProxy();
    const run = txlab(['kill', 'coordinator', 'during', 'prepare'], { DOCKER_HOST: proxy.host });
    await run.says(/in doubt/);
    proxy.die();
    await run.ended;
    await proxy.comeBack();
    await expectSweptByWatcher(lab.engine, run);
    proxy.die();
    const { code, words } = await txlab(['check', run.run]).ended;
    expect(code, words).toBe(3);
    expect(words).toMatch(/atomicity +holds/);
  });

  test('that is not there is an error of the environment that says what to type, and nothing is installed', async () => {
    const { code, words, stderr } = await txlab(['run', 'two-phase-baseline'], {
      DOCKER_HOST: 'unix:///nonexistent.sock',
    }).ended;
    expect(code, words).toBe(4);
    expect(stderr).toContain('unix:///nonexistent.sock does not answer');
    expect(stderr).toMatch(/try: +unset DOCKER_HOST/);
    expect(words).not.toMatch(/install|apt-get/);
  });
});

test('an image that cannot be had is an error of the environment that names it and says what to type', async () => {
  const run = txlab(['run', 'two-phase-baseline', '--image', 'node=example.invalid/none:1']);
  const { code, words, stderr } = await run.ended;
  expect(code, words).toBe(4);
  expect(stderr).toContain('Image example.invalid/none:1 is not present');
  expect(stderr).toContain('try:   docker pull example.invalid/none:1');
  await expectNothingLeft(lab.engine, run);
});
