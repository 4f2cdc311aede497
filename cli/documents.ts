// What `--json` prints of runs, for programs that read it: the shape, of which the JSON Schema is published beside this program.

import * as z from 'zod';
import type { Verdict } from '../scenarios/findings.ts';

const Judgement = z.enum(['holds', 'violated', 'unknown', 'not applicable']);

const FindingShape = z.strictObject({
  property: z.string().describe('What was promised or claimed: `txlab explain PROPERTY` says what it means.'),
  judgement: Judgement,
  reason: z.string().describe('One sentence for people.'),
  events: z
    .array(z.looseObject({ kind: z.string() }))
    .readonly()
    .describe('The shortest run of events that explains a violation, as lines of history.jsonl; empty otherwise.'),
});

const Doubt = z.looseObject({
  tx: z.string(),
  node: z.string(),
  from: z.number().describe('Microseconds of the clock of the history.'),
  to: z.number().nullable().describe('Null where the history ends in doubt.'),
  blockedMs: z.number(),
  blocked: z.boolean().describe('Longer than the bound `timeouts.blocked`.'),
  keys: z.array(z.string()).readonly(),
  couldHaveTold: z.array(z.string()).readonly(),
});

const Target = z.strictObject({
  tx: z.string().describe('The transaction that the fault hit.'),
  decisions: z.record(z.string(), z.array(z.enum(['commit', 'abort'])).readonly()).describe('By node or site.'),
  decision: z.enum(['commit', 'abort']).nullable().describe('The one that all agree on; null where they do not.'),
  doubts: z.array(Doubt).readonly(),
  client: z.string(),
  stake: z.string().describe('What was at stake when the fault was injected.'),
});

const Word = z.enum(['as expected', 'not as expected', 'inconclusive']);

const VerdictShape = z.strictObject({
  word: Word.describe('Exit code 0, 1 and 3.'),
  reasons: z.array(z.string()).readonly().describe('Why, most important first.'),
  findings: z.array(FindingShape).readonly(),
  target: Target.nullable(),
  locks: z
    .strictObject({
      count: z.number(),
      p50Ms: z.number(),
      p99Ms: z.number(),
      longest: z.strictObject({
        tx: z.string(),
        site: z.string(),
        keys: z.array(z.string()).readonly(),
        ms: z.number(),
        open: z.boolean().describe('Still held as the history ended.'),
      }),
    })
    .exactOptional()
    .describe('How long promises held their locks.'),
});

const About = {
  scenario: z.string(),
  protocol: z.string(),
  seed: z.int(),
  folder: z.string().describe('Where the run is kept.'),
};
const left = z
  .array(z.string())
  .readonly()
  .describe('What could not be removed from the engine: empty, or exit code 5.');

/** Of `txlab run NAME --json`, and of a sentence. */
const RunShape = z.strictObject({ ...About, verdict: VerdictShape, left });
export type RunDocument = Omit<z.input<typeof RunShape>, 'verdict'> & { readonly verdict: Verdict };

const RateShape = z.strictObject({
  count: z.int(),
  of: z.int(),
  low: z
    .number()
    .describe('Of a share from 0 to 1, with `high`: the bounds that hold the true one in 95 of 100 such series.'),
  high: z.number(),
});

/** Of `txlab run --all --json`, and of `--repeat`. */
const BatchShape = z.strictObject({
  asExpected: z.int(),
  rates: z
    .array(
      z.strictObject({
        scenario: z.string(),
        protocol: z.string(),
        verdict: Word,
        outcome: z.string(),
        rate: RateShape,
      }),
    )
    .readonly()
    .describe('One for each way in which runs of a scenario ended.'),
  runs: z
    .array(
      z.strictObject({
        ...About,
        verdict: z.strictObject({ word: Word, reasons: z.array(z.string()).readonly() }),
        outcome: z.string(),
        left,
      }),
    )
    .readonly(),
});
export type BatchDocument = z.input<typeof BatchShape>;

/** Of `txlab check --json`. */
const CheckShape = z.strictObject({ run: z.string(), verdict: VerdictShape });

/** Of `txlab report --json`. */
const ReportShape = z.looseObject({ run: z.string(), verdict: VerdictShape });

export const DOCUMENTS = { run: RunShape, batch: BatchShape, check: CheckShape, report: ReportShape };

/** A JSON Schema with a definition for each command. */
export function documentsJsonSchema(): object {
  const $defs = Object.fromEntries(
    Object.entries(DOCUMENTS).map(([name, shape]) => {
      const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: 'input' });
      return [name, schema];
    }),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What txlab prints with --json',
    anyOf: Object.keys($defs).map((name) => ({ $ref: `#/$defs/${name}` })),
    $defs,
  };
}
