// What the command line changes in a scenario, and a scenario that is a sentence alone.

import { describe, expect, test } from 'vitest';
import { formatScenario, scenarioFromSentence, type Overrides } from '../../../scenarios/language/scenario.ts';
import { problemsIn, scenarioOf, yaml } from '../../support/scenario-text.ts';

describe('the command line', () => {
  test('changes a scenario before it is checked', () => {
    const changed = scenarioOf(yaml(), {
      participants: 3,
      transactions: 40,
      clients: 2,
      timeouts: { vote: '350ms' },
      timeLimit: '30s',
    });
    expect(changed).toMatchObject({
      topology: { participants: 3 },
      workload: { transactions: 40, clients: 2, accounts: 16 },
      timeouts: { vote: 350, blocked: 1000 },
      timeLimitMs: 30_000,
    });
    expect(changed.expect).toEqual(scenarioOf(yaml()).expect);
  });

  test.each<[Overrides, string, string]>(
    // prettier-ignore
    [
      [{ participants: 17 }, '--participants', 'cannot be 17'],
      [{ protocol: '2cp' }, '--protocol', 'cannot be 2cp'],
      [{ clients: 17 }, 'my.yaml', 'too few'],
      [{ timeouts: { vote: '400' } }, '--timeout', 'no unit'],
      [{ timeouts: { vote: '1s' } }, '--timeout', 'must be longer'],
      [{ timeouts: { votes: '1s' } }, '--timeout', 'has no votes'],
      [{ timeLimit: 'soon' }, '--time-limit', 'not a duration'],
    ],
  )('is refused where it spoils a scenario: %j', (overrides, source, says) => {
    const faults = 'faults: [kill coordinator before force commit of transaction 11 then restart after 3s]';
    const [problem] = problemsIn(yaml({ faults }), overrides);
    expect(problem?.where.source).toBe(source);
    expect(problem?.message).toContain(says);
  });

  test('with another protocol than the file’s makes no claim but what that protocol promises', () => {
    expect(scenarioOf(yaml(), { protocol: '2pc-cooperative' })).toMatchObject({
      protocol: '2pc-cooperative',
      expect: { properties: {} },
    });
    expect(scenarioOf(yaml(), { protocol: '2pc' }).expect.target).toBeDefined();
  });

  test('makes a scenario of a sentence, with a name and without a claim', () => {
    const result = scenarioFromSentence(['kill', 'coordinator', 'during', 'prepare', 'of', 'transaction', '3'], {
      participants: 4,
    });
    expect(result).toMatchObject({
      ok: true,
      value: {
        name: 'kill-coordinator-during-prepare',
        title: 'kill coordinator during prepare of transaction 3',
        protocol: '2pc',
        topology: { participants: 4 },
        expect: { properties: {} },
      },
    });
    if (result.ok) expect(scenarioOf(formatScenario(result.value))).toEqual(result.value);
  });

  test.each(
    // prettier-ignore
    [
      ['kill coordinator', 'kill-coordinator'],
      ['cut participant-1,participant-2 from coordinator at 1.5s', 'cut-participant-1-participant-2-from-coordinator-at-1-5s'],
      ['kill participant-2 at coordinator after send prepare to participant-1', 'kill-participant-2-at-coordinator-after-send-prepare-to-participant-1'],
    ],
  )('names %j %j', (text, name) => {
    expect(scenarioFromSentence(text)).toMatchObject({ ok: true, value: { name } });
  });

  test('points at the word of a sentence, and at the option that is wrong', () => {
    expect(scenarioFromSentence(['kill', 'coordinater'])).toMatchObject({
      ok: false,
      problems: [{ where: { source: 'sentence', column: 6 }, nearest: 'coordinator' }],
    });
    expect(scenarioFromSentence('kill coordinator', { participants: 1 })).toMatchObject({
      ok: false,
      problems: [{ where: { source: '--participants' } }],
    });
    expect(scenarioFromSentence('kill participant-3', { participants: 3 }).ok).toBe(true);
  });
});
