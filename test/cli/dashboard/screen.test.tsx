// The screen of a recorded run at three sizes, as golden files.

import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { renderToString } from 'ink';
import { describe, expect, test } from 'vitest';
import { Screen } from '../../../cli/dashboard/screen.tsx';
import { areBlocked, readRecording, replay } from '../../support/recorded-run.ts';
import type { Model } from '../../../cli/feed/model.ts';

const RECORDING = readRecording(join(import.meta.dirname, 'recorded-run.jsonl'));
const GOLDEN = join(import.meta.dirname, '..', '..', 'golden');
const MOMENTS = {
  blocked: () => replay(RECORDING, areBlocked),
  judging: () => replay(RECORDING, () => false),
};

function draw(model: Model, columns: number, rows: number): string {
  return stripVTControlCharacters(renderToString(<Screen model={model} columns={columns} rows={rows} />, { columns }));
}

describe('the screen', () => {
  test.each([
    ['blocked', 80, 24],
    ['blocked', 110, 35],
    ['blocked', 160, 50],
    ['judging', 110, 35],
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

  test('says everything without colours: names, states and signs', () => {
    const text = draw(MOMENTS.blocked(), 80, 24);
    for (const words of ['✗ killed', '● up', '✗ BLOCKED for', 'BLOCKED 1.', '✓ seen', 'restart in'])
      expect(text).toContain(words);
  });
});
