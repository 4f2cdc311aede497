// Errors planted in protocols are caught by scenarios of the catalog, and what is no error is not: a lab that cannot fail a wrong protocol
// proves nothing, and one that fails a right one is not believed. Plants are machines of the protocols' own types; the lab stays honest.

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundlePlantedProgram, openLab, planOf } from '../support/lab.ts';
import { planted, type PlantName } from '../support/planted/plants.ts';
import { PODS, sideBySide } from '../support/side-by-side.ts';
import type { Lab } from '../support/lab.ts';

let lab: Lab;
let program: string;
let pool: Awaited<ReturnType<Lab['standPool']>>;
beforeAll(async () => {
  lab = await openLab();
  program = await bundlePlantedProgram(lab);
  pool = await lab.standPool(PODS);
});
afterAll(async () => {
  await pool.release();
  rmSync(lab.folder, { recursive: true, force: true });
});

const SEED = 7;

interface Row {
  readonly plant: PlantName;
  readonly scenario: string;
}

/** Which scenario catches it, and what is said of it. */
const ERRORS = [
  ['a refusal keeps its lock', 'two-phase-baseline', 'termination is violated'],
  ['an abort keeps its lock', 'coordinator-crash-before-decision', 'termination is violated'],
  ['locks are taken again late', 'participant-serves-while-in-doubt', 'durability is violated'],
  ['a look is no look', 'references-customers-are-soon-gone', 'references is violated'],
  ['a look is no look', 'references-read-only-vote', 'what it had committed by then is against it'],
  ['a majority is taken for all', 'three-participants-one-dies-before-its-promise', 'atomicity is violated'],
  ['a vote counts twice', 'vote-comes-twice-and-another-not-at-all', 'atomicity is violated'],
  ['a late vote counts', 'vote-comes-after-the-abort', 'atomicity is violated'],
  ['no tombstone is kept', 'cooperative-late-prepare', 'atomicity is violated'],
  ['a late prepare is as good as a new one', 'presumed-commit-late-prepare', 'atomicity is violated'],
  ['a decision is not forced', 'coordinator-crash-between-commits', 'atomicity is violated'],
  ['a decision is told before it is forced', 'coordinator-crash-between-commits', 'atomicity is violated'],
  [
    'an acknowledgement is sent before its commit is forced',
    'participant-crash-after-acknowledgement',
    'atomicity is violated',
  ],
  ['a decision is forgotten at the first acknowledgement', 'participant-crash-after-vote', 'atomicity is violated'],
  ['an answer is forgotten at a restart', 'client-retries-after-crash', 'Double execution'],
  ['an acknowledgement counts twice', 'acknowledgement-comes-twice-and-another-not-at-all', 'atomicity is violated'],
  ['a checkpoint drops what is in doubt', 'checkpoint-while-in-doubt', 'durability is violated'],
  ['a checkpoint drops what is open', 'checkpoint-of-a-decision', 'atomicity is violated'],
  ['a checkpoint drops what is open', 'presumed-commit-checkpoint-while-collecting', 'atomicity is violated'],
  ['a checkpoint drops where a participant stands', '3pc-quorum-checkpoint-of-a-precommit', 'atomicity is violated'],
  ['an overdraft is allowed', 'accounts-run-dry', 'conservation is violated'],
  ['a client that gives up calls it failed', 'client-gives-up-before-decision', 'validity is violated'],
  ['a client that gives up calls it failed', 'coordinator-crash-after-decision', 'validity is violated'],
  ['3pc: a majority is taken for all', '3pc-three-participants-one-dies-before-its-promise', 'atomicity is violated'],
  [
    '3pc: a majority is taken for all',
    '3pc-quorum-three-participants-one-dies-before-its-promise',
    'atomicity is violated',
  ],
  ['3pc: a state reply is lost', '3pc-one-link-cut-before-precommit', 'atomicity is violated'],
  ['3pc: a pre-commit is not forced', '3pc-baseline', 'appended its precommit record'],
  ['3pc: a pre-commit is not written', '3pc-quorum-promise-to-commit-outlives-three-faults', 'atomicity is violated'],
  ['3pc: the elected one commits without pre-commits', '3pc-elected-dies-after-its-decision', 'atomicity is violated'],
  ['3pc: an epoch is not kept', '3pc-quorum-old-coordinator-returns-after-a-preabort', 'atomicity is violated'],
  [
    '3pc: the elected one needs no quorum',
    '3pc-quorum-crash-and-partition-between-precommits',
    'atomicity is violated',
  ],
  ['3pc: one acknowledgement is enough', '3pc-one-precommit-is-slow', 'atomicity is violated'],
  ['3pc: an older attempt counts as the last', '3pc-quorum-last-attempt-decides', 'atomicity is violated'],
  ['3pc: a half is a quorum', '3pc-quorum-two-halves', 'atomicity is violated'],
  ['3pc: whoever was down leads', '3pc-participant-returns-where-nobody-tells-it', 'atomicity is violated'],
  ['3pc: the coordinator needs no quorum', '3pc-quorum-cut-off-before-precommit', 'atomicity is violated'],
] as const satisfies readonly (readonly [PlantName, string, string])[];

/** Each where it is most likely to be taken for an error. */
const HARMLESS = {
  'a no without a note': [
    'two-phase-baseline',
    '3pc-baseline',
    'late-prepare',
    'references-baseline',
    'accounts-run-dry',
  ],
  'prepares sent twice': ['two-phase-read-only', 'participant-crash-after-vote', 'cooperative-late-prepare'],
  'inquiries twice as often': ['coordinator-crash-before-decision', 'participant-restarts-while-coordinator-is-away'],
  'messages sent in another order': [
    'coordinator-crash-between-prepares',
    'coordinator-crash-between-commits',
    'presumed-commit-crash-between-prepares',
    'cooperative-crash-between-commits',
    '3pc-timeout-crash-between-precommits',
    '3pc-crash-between-precommits',
  ],
  'every message heard twice': [
    'references-baseline',
    'coordinator-crash-before-decision',
    'presumed-commit-crash-after-decision',
    'checkpoint-while-in-doubt',
    '3pc-election-survives-two-deaths',
    '3pc-quorum-old-coordinator-returns',
  ],
} as const satisfies Partial<Record<PlantName, readonly string[]>>;

const caught = ERRORS.map(([plant, scenario, sentence]) => ({ plant, scenario, sentence }));
const harmless = Object.entries(HARMLESS).flatMap(([plant, scenarios]) =>
  scenarios.map((scenario): Row => ({ plant: plant as keyof typeof HARMLESS, scenario })),
);
const resultOf = sideBySide<Row, Awaited<ReturnType<Lab['run']>>>([...caught, ...harmless], ({ plant, scenario }) =>
  lab.run(planted(planOf(scenario, SEED), plant), { program }),
);

describe('an error is caught:', () => {
  test.each(caught)('$plant, by $scenario', async (row) => {
    const { verdict } = await resultOf(row);
    const reasons = verdict.reasons.join('\n');
    expect(verdict.word, reasons).toBe('not as expected');
    expect(reasons).toContain(row.sentence);
  });
});

describe('no false alarm:', () => {
  test.each(harmless)('$plant, in $scenario', async (row) => {
    const { verdict } = await resultOf(row);
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
  });
});
