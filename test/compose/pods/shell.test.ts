// The standing shell's side of the conversation, with the other side played by the test.

import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { standingShell } from '../../../compose/pods/shell.ts';

function openShell() {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const shell = standingShell({ stdin, stdout, stderr, detach: () => {} }, 'a test');
  return {
    shell,
    says: (text: string) => stdout.write(text),
    /** What it is asked next. */
    asked: async () => {
      await once(stdin, 'readable');
      return String(stdin.read());
    },
  };
}

test('a line is answered with its output and its exit code', async () => {
  const { shell, says, asked } = openShell();
  const answer = shell.run('ls');
  expect(await asked()).toBe('{ ls; } 2>&1; echo txlab-end-1-$?\n');
  says('one\ntwo\ntxlab-end-1-3\n');
  expect(await answer).toEqual({ code: 3, output: 'one\ntwo\n' });
});

test('an output that comes in pieces, its end among them, is put together', async () => {
  const { shell, says, asked } = openShell();
  const answer = shell.run('cat');
  await asked();
  for (const piece of ['abc', 'def\ntxl', 'ab-end-1', '-0', '\n']) says(piece);
  expect(await answer).toEqual({ code: 0, output: 'abcdef\n' });
});

test('the answer to a line that was given up is not taken for that of the next', async () => {
  const { shell, says, asked } = openShell();
  await expect(shell.run('sleep 9', 1)).rejects.toThrow('did not answer in 1 ms to: sleep 9');
  await asked();
  const answer = shell.run('echo now');
  await asked();
  says('late\ntxlab-end-1-0\nnow\ntxlab-end-2-0\n');
  expect(await answer).toEqual({ code: 0, output: 'now\n' });
});

test('a line is asked when the one before it has been answered', async () => {
  const { shell, says, asked } = openShell();
  const answers = [shell.run('one'), shell.run('two')];
  expect(await asked()).toContain('{ one; }');
  says('txlab-end-1-0\n');
  expect(await asked()).toContain('{ two; }');
  says('txlab-end-2-0\n');
  expect(await Promise.all(answers)).toHaveLength(2);
});
