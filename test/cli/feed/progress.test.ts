// What is shown of many runs while they go on: on a terminal one thing that overwrites itself, elsewhere few lines.

import xterm from '@xterm/headless';
import { describe, expect, test } from 'vitest';
import { openProgress, progressLine, progressScreen } from '../../../cli/feed/progress.ts';
import { isLive, openSpeaker } from '../../../cli/feed/speaker.ts';
import type { Verdict } from '../../../scenarios/findings.ts';

function under(total: number, running: readonly string[], done: readonly Verdict['word'][]) {
  const progress = openProgress(total, 0);
  for (const [index, name] of running.entries()) progress.running.add({ name, sinceMs: 19_000 - index * 1000 });
  for (const [index, word] of done.entries()) progress.done.push({ name: `run ${index + 1}`, word });
  return progress;
}

describe('the progress of many runs', () => {
  test('is one line: done, failed, under way, time left, names', () => {
    const progress = under(12, ['a', 'b', 'c', 'd'], ['as expected', 'not as expected', 'inconclusive', 'as expected']);
    expect(progressLine(progress, 20_000)).toBe(
      '4 of 12 done · 1 failed · 1 inconclusive · 4 under way · about 40 s left · now a, b, c, 1 more',
    );
  });

  test('does not guess how long it takes before the first run has ended', () => {
    expect(progressLine(under(12, ['a'], []), 20_000)).toBe('0 of 12 done · 1 under way · now a');
  });

  test('is a screen where there is room: who is under way for how long, and who failed', () => {
    const progress = under(200, ['a', 'b'], ['not as expected', 'as expected']);
    expect(progressScreen(progress, 20_000, 8)).toEqual([
      '── 2 of 200 done · 1 failed · 2 under way · about 33 min left ──',
      '   1.0 s  a',
      '   2.0 s  b',
      '   failed   run 1',
    ]);
  });

  test('fits into the rows that it has', () => {
    const names = Array.from({ length: 20 }, (_, index) => `run ${index}`);
    const lines = progressScreen(under(30, names, ['not as expected']), 20_000, 6);
    expect(lines).toHaveLength(6);
    expect(lines).toContain('          and 17 more');
  });
});

/** A speaker, the time that it sees, and what it wrote. */
function speak(live: boolean, status: () => readonly string[]) {
  const clock = { ms: 0 };
  const written: string[] = [];
  const stream = {
    columns: 40,
    rows: 24,
    write: (text: string) => written.push(text) > 0,
  } as unknown as NodeJS.WriteStream;
  const speaker = openSpeaker(stream, {
    paint: (_, text) => text,
    status,
    isLive: live,
    nowMs: () => clock.ms,
  });
  return { clock, written, ...speaker };
}

async function screenOf(written: readonly string[]): Promise<readonly string[]> {
  const emulator = new xterm.Terminal({ cols: 40, rows: 10, allowProposedApi: true, convertEol: true });
  await new Promise<void>((resolve) => emulator.write(written.join(''), resolve));
  const { active } = emulator.buffer;
  const lines = Array.from({ length: 10 }, (_, at) => active.getLine(at)?.translateToString(true) ?? '');
  return lines.filter((line) => line !== '');
}

describe('on a terminal', () => {
  test('what it is at overwrites itself below the lines, and is gone at the end', async () => {
    let at = 0;
    const { say, beat, close, written } = speak(true, () => [`at ${++at}`, 'x'.repeat(80)]);
    say('one');
    beat();
    say('two');
    beat();
    expect(await screenOf(written)).toEqual(['   0.0 s  one', '   0.0 s  two', 'at 4', 'x'.repeat(39)]);
    close();
    close();
    expect(await screenOf(written)).toEqual(['   0.0 s  one', '   0.0 s  two']);
  });
});

describe('without a terminal', () => {
  test('what it is at is a line only when nothing else was said for ten seconds', () => {
    const { say, beat, clock, written } = speak(false, () => ['3 of 9 done']);
    say('one');
    for (clock.ms = 250; clock.ms <= 21_000; clock.ms += 250) beat();
    expect(written).toEqual(['   0.0 s  one\n', '  10.0 s  … 3 of 9 done\n', '  20.0 s  … 3 of 9 done\n']);
  });

  test.each([
    [true, {}, false, true],
    [false, {}, false, false],
    [true, { TERM: 'dumb' }, false, false],
    [true, { CI: 'true' }, false, false],
    [true, {}, true, false],
  ])('is where nobody looks, where nothing can move, and on wish: %s %j %s', (isTTY, env, plain, live) => {
    expect(isLive({ isTTY }, { plain, env })).toBe(live);
  });
});
