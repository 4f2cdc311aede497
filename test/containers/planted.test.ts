// Errors planted in the protocol are caught by scenarios of the catalog: a lab that cannot fail a wrong protocol proves nothing.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleProgram, openLab, planOf } from '../support/lab.ts';
import type { Lab, Replacement } from '../support/lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => rmSync(lab.folder, { recursive: true, force: true }));

const COORDINATOR = 'nodes/protocols/two-phase/coordinator.ts';
const PROMISES = 'nodes/protocols/prepared.ts';
const FORCE_COMMIT = "{ do: 'force', record: decisionRecord(tx, 'commit', participants) },";
const ANNOUNCE = "...announce(state, tx, 'commit', participants),";

interface Plant {
  readonly error: string;
  readonly plant: readonly Replacement[];
  readonly scenario: string;
  readonly caught: string;
}

const PLANTS: readonly Plant[] = [
  {
    error: 'a decision that is not forced',
    plant: [{ file: COORDINATOR, find: FORCE_COMMIT, put: FORCE_COMMIT.replace("'force'", "'append'") }],
    scenario: 'coordinator-crash-between-commits',
    caught: 'atomicity is violated',
  },
  {
    error: 'a decision that is sent before it is forced',
    plant: [
      { file: COORDINATOR, find: FORCE_COMMIT, put: ANNOUNCE },
      {
        file: COORDINATOR,
        find: `${ANNOUNCE}\n      answerOperation(`,
        put: `${FORCE_COMMIT}\n      answerOperation(`,
      },
    ],
    scenario: 'coordinator-crash-between-commits',
    caught: 'atomicity is violated',
  },
  {
    error: 'locks that are not taken again on restart',
    plant: [
      {
        file: PROMISES,
        find: "else if (record.mark === 'prepared') promise(resource, state, record.about, doubtOf(record.body as Promised));",
        put: "else if (record.mark === 'prepared') state.inDoubt.set(record.about, doubtOf(record.body as Promised));",
      },
    ],
    scenario: 'participant-restarts-while-coordinator-is-away',
    caught: 'durability is violated',
  },
];

describe.each(PLANTS)('$error', ({ plant, scenario, caught }) => {
  test(`is caught by ${scenario}`, async () => {
    const program = await bundleProgram(
      join(lab.folder, `planted-${PLANTS.findIndex((one) => one.plant === plant)}.mjs`),
      plant,
    );
    const { verdict } = await lab.run(planOf(scenario, 7), { program });
    expect(verdict.word, verdict.reasons.join('\n')).toBe('not as expected');
    expect(verdict.reasons.join('\n')).toContain(caught);
  });
});
