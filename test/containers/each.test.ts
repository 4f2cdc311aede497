// `--each` on real containers: every step of a node that comes is hit once, and what never comes is no failure.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectEngine } from '../../compose/engine/engine.ts';
import { buildCommandLine, expectNothingLeft, removeRunFolders, txlab } from '../support/txlab-process.ts';
import type { EachRow } from '../../cli/reports/each-table.ts';

beforeAll(buildCommandLine);
afterAll(removeRunFolders);

test('a participant of two-phase commit is killed at each of its steps, and every promise holds', async () => {
  const words = ['kill', 'participant-1', '--each', '--transactions', '40', '--seed', '3', '--json'];
  const lab = txlab([...words, 'then', 'restart', 'after', '300ms']);
  const { code, stdout, words: said } = await lab.ended;
  expect(code, said).toBe(0);
  const { node, steps } = JSON.parse(stdout) as { node: string; steps: EachRow[] };
  expect(node).toBe('participant-1');
  const ends = new Map(steps.map(({ step, end }) => [step, end]));
  // A yes that has left binds it, and one that was never written does not.
  expect(ends.get('before force prepared')).toMatchObject({ decision: 'abort', verdict: 'as expected' });
  expect(ends.get('after receive commit')).toMatchObject({ decision: 'commit', client: 'ok', verdict: 'as expected' });
  expect(ends.get('after force commit')).toMatchObject({ decision: 'commit', client: 'ok', verdict: 'as expected' });
  expect(ends.get('before force checkpoint')).toBeNull();
  expect(said).toContain('not reached');
  await expectNothingLeft(await connectEngine(), lab);
});
