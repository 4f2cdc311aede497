import { expect, test } from 'vitest';
import { documentOf } from '../../cli/commands/repeat.ts';
import { DOCUMENTS, documentsJsonSchema } from '../../cli/documents.ts';
import { ofCatalog } from '../support/catalog.ts';
import type { DoneRun } from '../../cli/commands/batch.ts';

const scenario = ofCatalog('two-phase-baseline');
const done = (seed: number, word: string) =>
  ({
    planned: { scenario, seed },
    result: { verdict: { word, reasons: ['why'], findings: [], target: null }, folder: `runs/${seed}`, left: [] },
    read: null,
  }) as unknown as DoneRun;

test('what several runs print is of the published shape, with a rate for each way in which they ended', () => {
  const document = documentOf([done(1, 'as expected'), done(2, 'inconclusive'), done(3, 'as expected')]);
  expect(DOCUMENTS.batch.parse(document)).toEqual(document);
  expect(document.rates.map(({ verdict, rate: { count, of } }) => [verdict, count, of])).toEqual([
    ['as expected', 2, 3],
    ['inconclusive', 1, 3],
  ]);
});

test('each kind of document has a definition', () => {
  const { $defs } = documentsJsonSchema() as { readonly $defs: object };
  expect(Object.keys($defs)).toEqual(['run', 'batch', 'check', 'report']);
});
