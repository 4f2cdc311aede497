import { expect, test } from 'vitest';
import { keepLastLines } from '../../../compose/pods/last-lines.ts';

function linesOf(text: string, size: number): readonly string[] {
  const lines = keepLastLines();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) lines.take(bytes.subarray(at, at + size));
  return lines.all();
}

test('lines and letters come back whole wherever the pieces were cut', () => {
  const text = 'Error: the disk is full\n\n    at append (zwölf.ts:5)\nand on';
  for (let size = 1; size <= Buffer.byteLength(text); size++) expect(linesOf(text, size)).toEqual(text.split('\n'));
});

test('a line that is not ended stands by itself when its process has, and when the lab notes something', () => {
  const lines = keepLastLines();
  lines.take(Buffer.from('half a'));
  lines.end();
  lines.take(Buffer.from('next life'));
  lines.note('(a note)');
  lines.take(Buffer.from(' goes on\n'));
  expect(lines.all()).toEqual(['half a', 'next life', '(a note)', ' goes on']);
});

test('of too many lines the last are kept, and how many are missing is said', () => {
  const lines = keepLastLines(3);
  for (let n = 1; n <= 10; n++) lines.take(Buffer.from(`line ${n}\n`));
  expect(lines.all()).toEqual(['(txlab: 7 lines before these were not kept)', 'line 8', 'line 9', 'line 10']);
  lines.take(Buffer.from('line 11\n'));
  expect(lines.all()).toEqual(['(txlab: 8 lines before these were not kept)', 'line 9', 'line 10', 'line 11']);
});

test('a line without an end is cut, so that it is forgotten in its turn', () => {
  const lines = keepLastLines(3);
  for (let n = 0; n < 100; n++) lines.take(Buffer.alloc(10_000, 'x'));
  const all = lines.all();
  expect(all.join('').length).toBeLessThan(100_000);
  expect(all[0]).toContain('lines before these were not kept');
});
