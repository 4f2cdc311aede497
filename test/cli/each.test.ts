// `--each` as it is typed: what it shows without starting anything, and what is refused beside it.

import { expect, test } from 'vitest';
import { Usage } from '../../cli/usage.ts';
import { openShell } from '../support/shell.ts';

const shell = openShell();

test.each([
  ['kill coordinator during prepare --each', 'Leave it out: kill coordinator --each'],
  ['kill coordinator --each --repeat 3', '--each runs every step once: without --repeat'],
  ['kill coordinator --each --keep', '--keep is for a single run'],
  ['kill coordinator --each --jobs 0', '--jobs is at least 1'],
  ['drop ack --each', 'no option --each'],
  ['kill coordinator --each --workload inventry', 'inventory'],
])('%s is wrong usage, and starts nothing', async (words, reason) => {
  const { error, code, stdout, runs } = await shell.type(words);
  expect({ code, stdout, runs, left: shell.left() }).toEqual({ code: null, stdout: '', runs: 0, left: [] });
  expect(error).toBeInstanceOf(Usage);
  expect(String(error)).toContain(reason);
});

test('--print shows the steps, a sentence a line or as JSON, and starts nothing', async () => {
  const lines = await shell.type('pause participant-2 --each --print --protocol 3pc --workload inventory for 2s');
  expect(lines).toMatchObject({ code: 0, runs: 0 });
  const sentences = lines.stdout.trimEnd().split('\n');
  expect(sentences).toContain('pause participant-2 before force precommit then resume after 2s');
  const json = await shell.type('pause participant-2 --each --print --json --protocol 3pc --workload inventory for 2s');
  expect(JSON.parse(json.stdout)).toEqual(sentences);
});
