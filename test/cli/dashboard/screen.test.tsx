// The screen of a recorded run, and of runs with much to show, as golden files at several sizes.

import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { renderToString } from 'ink';
import { describe, expect, test } from 'vitest';
import { next, NOTHING_ASKED } from '../../../cli/dashboard/asked.ts';
import { LastScreen, Screen } from '../../../cli/dashboard/screen.tsx';
import { nodeId } from '../../../nodes/contract/ids.ts';
import {
  blockedCrowd,
  delayedCrowd,
  droppedCrowd,
  filledCrowd,
  pausedHolder,
  standingCrowd,
} from '../../support/crowded-run.ts';
import { areBlocked, readRecording, replay } from '../../support/recorded-run.ts';
import { tx } from '../../support/history-builder.ts';
import type { LockTimes, Verdict } from '../../../scenarios/findings.ts';
import type { Asked, Key } from '../../../cli/dashboard/asked.ts';
import type { Model } from '../../../cli/feed/model.ts';

const RECORDING = readRecording(join(import.meta.dirname, 'recorded-run.jsonl'));
const GOLDEN = join(import.meta.dirname, '..', '..', 'golden');
const MOMENTS = {
  blocked: () => replay(RECORDING, areBlocked),
  judging: () => replay(RECORDING, () => false),
  crowded: blockedCrowd,
  dropped: droppedCrowd,
  standing: standingCrowd,
  lock: () => pausedHolder(),
};

function draw(model: Model, columns: number, rows: number): string {
  return stripVTControlCharacters(renderToString(<Screen model={model} columns={columns} rows={rows} />, { columns }));
}

function drawAsked(model: Model, asked: Asked, columns: number, rows: number): string {
  const screen = <Screen model={model} asked={asked} columns={columns} rows={rows} />;
  return stripVTControlCharacters(renderToString(screen, { columns }));
}

function drawLast(model: Model, columns: number, verdict: Pick<Verdict, 'word' | 'locks'>): string {
  const last = <LastScreen model={model} columns={columns} verdict={verdict} />;
  return stripVTControlCharacters(renderToString(last, { columns }));
}

const LOCKS: LockTimes = {
  count: 412,
  p50Ms: 3.2,
  p99Ms: 18,
  longest: { tx: tx('coordinator.1.20'), site: nodeId('participant-1'), keys: ['a03'], ms: 3204, open: true },
};

describe('on demand the screen', () => {
  const nodeAsked = (id: string): Asked => ({ keys: false, chosen: { kind: 'node', id: nodeId(id) } });
  const subjectAsked = (about: string): Asked => ({ keys: false, chosen: { kind: 'subject', about } });
  test.each([
    ['keys', 'blocked', { keys: true, chosen: null }, 80, 24],
    ['details', 'blocked', nodeAsked('participant-1'), 80, 24],
    ['details', 'blocked', nodeAsked('participant-1'), 160, 50],
    ['details', 'lock', nodeAsked('lock-client-1'), 120, 40],
    ['subject', 'blocked', subjectAsked('coordinator.1.8'), 80, 24],
    ['subject', 'lock', subjectAsked('lock-client-1.1.10'), 120, 40],
  ] as const)('shows %s while %s', async (what, moment, asked, columns, rows) => {
    const text = drawAsked(MOMENTS[moment](), asked, columns, rows);
    await expect(`${text}\n`).toMatchFileSnapshot(join(GOLDEN, `dashboard-${what}-${moment}-${columns}x${rows}.txt`));
  });

  test.each([
    [80, 24],
    [110, 24],
    [150, 24],
    [240, 70],
  ])('fills %i×%i and no more, whatever is asked for', (columns, rows) => {
    for (const moment of ['blocked', 'crowded', 'standing'] as const) {
      const model = MOMENTS[moment]();
      const asked = [
        { keys: true, chosen: null },
        ...model.nodes.map(({ id }) => nodeAsked(id)),
        next(NOTHING_ASKED, 'subject', model),
        subjectAsked('nobody.1.1'),
      ];
      for (const one of asked) {
        const lines = drawAsked(model, one, columns, rows).split('\n');
        expect(lines).toHaveLength(rows);
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
        if (one.chosen?.kind === 'node')
          expect(lines.some((line) => line.startsWith(`▸${one.chosen?.kind === 'node' ? one.chosen.id : ''}`))).toBe(
            true,
          );
      }
    }
  });

  const model = MOMENTS.blocked();
  const last = 'client';
  const target = subjectAsked('coordinator.1.8');
  test.each<readonly [readonly Key[], Asked]>([
    [[], NOTHING_ASKED],
    [['down'], nodeAsked('coordinator')],
    [['down', 'down'], nodeAsked('participant-1')],
    [['up', 'down'], nodeAsked('coordinator')],
    [['up'], nodeAsked(last)],
    [['down', 'up'], nodeAsked(last)],
    [['up', 'up'], nodeAsked('participant-2')],
    [['down', 'back'], NOTHING_ASKED],
    [['keys'], { keys: true, chosen: null }],
    [['keys', 'keys'], NOTHING_ASKED],
    [['down', 'keys', 'back'], nodeAsked('coordinator')],
    [['keys', 'down'], nodeAsked('coordinator')],
    [['subject'], target],
    [['down', 'subject'], target],
    [['subject', 'subject'], target],
    [['subject', 'down'], nodeAsked('coordinator')],
  ])('shows after %j what is asked for', (keys, asked) => {
    expect(keys.reduce((before, key) => next(before, key, model), NOTHING_ASKED)).toEqual(asked);
  });

  test('shows nothing of a node or transaction where there is none', () => {
    const empty = { nodes: [], faults: [] };
    for (const key of ['up', 'down', 'subject'] as const)
      expect(next(NOTHING_ASKED, key, empty)).toEqual(NOTHING_ASKED);
  });
});

describe('the screen', () => {
  test.each([
    ['blocked', 80, 24],
    ['blocked', 110, 35],
    ['blocked', 160, 50],
    ['judging', 110, 35],
    ['crowded', 80, 24],
    ['crowded', 120, 40],
    ['crowded', 200, 60],
    ['dropped', 120, 40],
    ['standing', 120, 40],
    ['lock', 120, 40],
  ] as const)('while %s, %i×%i', async (moment, columns, rows) => {
    const text = draw(MOMENTS[moment](), columns, rows);
    await expect(`${text}\n`).toMatchFileSnapshot(join(GOLDEN, `dashboard-${moment}-${columns}x${rows}.txt`));
  });

  test.each([
    [80, 24],
    [81, 40],
    [109, 24],
    [110, 24],
    [149, 31],
    [150, 24],
    [240, 70],
  ])('fills %i×%i and no more', (columns, rows) => {
    const lines = draw(MOMENTS.blocked(), columns, rows).split('\n');
    expect(lines).toHaveLength(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines.at(-1)).toContain('Ctrl-C');
  });

  test.each([
    [79, 24],
    [80, 23],
    [20, 3],
  ])('says at %i×%i that the terminal is too small', (columns, rows) => {
    expect('terminal too small: 80×24 needed').toContain(draw(MOMENTS.blocked(), columns, rows).replace('…', ''));
  });

  test.each([
    [80, 24],
    [120, 40],
    [200, 60],
  ])('keeps at %i×%i the transaction, who waits for it, and which locks they keep', (columns, rows) => {
    const text = draw(blockedCrowd(), columns, rows);
    expect(text).toMatch(/✗ .*coordinator.*killed .* ago, restart in/);
    for (const number of [1, 2, 3, 4, 5])
      expect(text).toMatch(
        new RegExp(`participant-${number} .*BLOCKED 2\\.\\d s by coordinator\\.1\\.20 \\+1, locks a03 a07`),
      );
    expect(text).toContain('redis-1');
    expect(text).toContain('23 of 60 done: 19 ok · 4 failed · 0 unknown · 8 under way');
  });

  test('says nothing of doubts and decisions in a run of locks', () => {
    const text = draw(pausedHolder(true), 120, 40);
    expect(text).toContain('quiescent: nobody holds or waits for a lock');
    expect(text).toContain('the 10th increment to reach this step');
    expect(text).not.toMatch(/doubt|transactions|commit|abort/);
  });

  test('has a gap between any two columns, however long words, ids and counts are', () => {
    const text = draw(blockedCrowd(), 120, 40);
    expect(text).toMatch(/participant-5 +→ coordinator +precommitted +coordinator\.1\.20 {2}✗ lost/);
    expect(text).toMatch(/coordinator +✗ killed +123k +· /);
  });

  test('gives what happened the whole width', () => {
    const text = draw(blockedCrowd(), 200, 60);
    expect(text).toContain(
      'all 7 nodes connected; kill coordinator after send precommit to first of transaction 20 then restart after 3s',
    );
  });

  test('a message that a host drops is not shown as sent', () => {
    const lines = draw(droppedCrowd(), 120, 40).split('\n');
    const shown = lines.filter((line) => /precommit +coordinator\.1\./.test(line)).map((line) => line.trim());
    expect(shown).toEqual([
      expect.stringMatching(/coordinator\.1\.19$/),
      expect.stringMatching(/coordinator\.1\.20 {2}✗ dropped$/),
    ]);
  });

  test.each([
    ['drop', droppedCrowd, ['✗ precommit from coordinator dropped 0.3 s ago', '● up']],
    ['delay', delayedCrowd, ['✗ commit from coordinator delayed 0.3 s ago']],
    ['fill', filledCrowd, ['✗ participant-2 out of disk 0.3 s ago', 'participant-2 ▣ disk full']],
  ] as const)('shows a fault of the kind %s', (_, moment, words) => {
    for (const [columns, rows] of [
      [80, 24],
      [200, 60],
    ] as const)
      for (const word of words) expect(draw(moment(), columns, rows)).toContain(word);
  });

  test('says of a fault that is never undone what stands', () => {
    const text = draw(standingCrowd(), 200, 60);
    expect(text).not.toContain('every fault has ended');
    expect(text).not.toContain('quiescent');
    expect(text).toContain(
      'at rest, but coordinator stays killed; participant-1 stays in doubt about coordinator.1.20, locks a03; ' +
        'participant-5 stays in doubt about coordinator.1.20, locks a31',
    );
  });

  test('leaves behind how all of it ended, with the verdict, and nothing to press', () => {
    const text = drawLast(blockedCrowd(), 80, { word: 'as expected' });
    expect(text).toMatch(/^ txlab {2}kill coordinator/);
    for (const words of ['✓ as expected', '✓ seen', 'participant-5', 'redis-1', '23 of 60 done'])
      expect(text).toContain(words);
    expect(text).not.toContain('Ctrl-C');
    expect(text).not.toContain('── locks');
  });

  test.each([80, 120])('leaves behind how long locks were held, %i columns wide', async (columns) => {
    const text = drawLast(standingCrowd(), columns, { word: 'as expected', locks: LOCKS });
    await expect(`${text}\n`).toMatchFileSnapshot(join(GOLDEN, `dashboard-last-${columns}.txt`));
  });

  test('says everything without colours: names, states and signs', () => {
    const text = draw(MOMENTS.blocked(), 80, 24);
    for (const words of ['✗ killed', '● up', '✗ BLOCKED for', 'BLOCKED 1.', '✓ seen', 'restart in'])
      expect(text).toContain(words);
  });
});
