// Whole runs with faults in this process, on hosts without containers: they show what containers show, and take the time that faults take.

import { describe, expect, test } from 'vitest';
import { run, scenarioOf } from '../../support/quick-run.ts';

describe('a run in which messages are', () => {
  test.each([
    ['dropped', 'drop ack from participant-1 3 times for 300ms'],
    ['sent twice', 'duplicate vote for 300ms'],
    ['late', 'delay prepare to participant-2 by 30ms of transaction 5 for 300ms'],
    ['late, all of them', 'delay commit to participant-1 by 40ms for 300ms'],
  ])('%s goes from plan to verdict: %s', async (did, sentence) => {
    const { verdict, history } = await run(scenarioOf(sentence));
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    const shown = history.events.filter((event) => event.kind === 'fault');
    expect(shown.map(({ evidence }) => evidence.seen)).toEqual([true, true]);
    expect(
      history.events.some((event) => event.kind === 'meddled'),
      did,
    ).toBe(true);
  });

  test('none of what was to be dropped is inconclusive', async () => {
    const { verdict } = await run(scenarioOf('drop abort for 100ms'));
    expect(verdict.word).toBe('inconclusive');
    expect(verdict.reasons[0]).toContain('was not hit: no abort left coordinator');
  });
});

describe('hosts without containers', () => {
  test('show what containers show: a coordinator that dies with every vote leaves its participants blocked', async () => {
    const scenario = scenarioOf('kill coordinator during voted of transaction 5 then restart after 1200ms');
    const { verdict } = await run({ ...scenario, timeouts: { ...scenario.timeouts, blocked: 600 } });
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    expect(verdict.target).toMatchObject({ decision: 'abort', client: 'unknown', stake: 'in doubt' });
    expect(verdict.findings).toContainEqual(
      expect.objectContaining({ property: 'non-blocking', judgement: 'violated' }),
    );
  });
});
