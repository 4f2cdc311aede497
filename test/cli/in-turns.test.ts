// The order of many runs: what is measured has the machine for itself.

import { expect, test } from 'vitest';
import { inTurns } from '../../cli/commands/in-turns.ts';

/** How each item began: beside which others. */
async function begun(items: readonly string[], jobs: number, over: (done: number) => boolean = () => false) {
  const running = new Set<string>();
  const begins: string[] = [];
  let done = 0;
  const turns = { jobs, isAlone: (item: string) => item.startsWith('measured'), isOver: () => over(done) };
  await inTurns(items, turns, async (item) => {
    begins.push([item, ...running].join(' beside '));
    running.add(item);
    await new Promise((resolve) => setImmediate(resolve));
    running.delete(item);
    done++;
  });
  return begins;
}

test('what is measured comes first and one at a time, whatever stood before it, and the rest goes side by side', async () => {
  expect(await begun(['a', 'measured 1', 'b', 'c', 'measured 2'], 2)).toEqual([
    'measured 1',
    'measured 2',
    'a',
    'b beside a',
    expect.stringMatching(/^c( beside b)?$/),
  ]);
});

test('nothing begins when it is over', async () => {
  expect(await begun(['a', 'measured', 'b'], 1, (done) => done >= 1)).toEqual(['measured']);
});
