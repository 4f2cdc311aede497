// Pause and cut on real containers, each with evidence of its effect, and the blocking that two-phase commit pays for it.

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RUN_LABEL, TXLAB } from '../../compose/engine/labels.ts';
import { openLab, planOfSentence } from '../support/lab.ts';
import type { RunResult } from '../../scenarios/run/run.ts';
import type { Lab } from '../support/lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => rmSync(lab.folder, { recursive: true, force: true }));

const blocked = ({ verdict }: RunResult) =>
  verdict.target?.doubts
    .filter((doubt) => doubt.blocked)
    .map(({ node }) => node)
    .toSorted();
const evidence = ({ history }: RunResult) =>
  history.events.flatMap((event) => (event.kind === 'fault' ? [event.evidence.text] : []));

test('a coordinator paused before its decision blocks both participants and commits when it goes on', async () => {
  const result = await lab.run(planOfSentence('pause coordinator before force commit for 2s', 11));
  expect(result.verdict.word, result.verdict.reasons.join('\n')).toBe('as expected');
  expect(result.verdict.target).toMatchObject({ decision: 'commit' });
  expect(blocked(result)).toEqual(['participant-1', 'participant-2']);
  expect(evidence(result)).toEqual([
    'coordinator is paused and missed a heartbeat of 100 ms',
    'coordinator is running and answers',
  ]);
});

test('a participant cut off after the decision is blocked until the cut heals', async () => {
  const result = await lab.run(
    planOfSentence('cut participant-2 from coordinator at coordinator after force commit for 2s', 12),
  );
  expect(result.verdict.word, result.verdict.reasons.join('\n')).toBe('as expected');
  expect(result.verdict.target).toMatchObject({ decision: 'commit', client: 'ok' });
  expect(blocked(result)).toEqual(['participant-2']);
  expect(evidence(result)[0]).toMatch(
    /participant-2 to coordinator: [1-9]\d* packets dropped, coordinator to participant-2: [1-9]\d* packets dropped/,
  );
  expect(evidence(result)[1]).toContain('passes again');
});

test('a cut that does not heal is said, shows nothing, and leaves nothing behind', async () => {
  /** A second rule, put where the lab will take away one. */
  const sabotage = async (uid: string) => {
    const labels = { ...TXLAB, [RUN_LABEL]: uid };
    const [pod] = await lab.engine.listByLabel({ ...labels, 'txlab.pod': 'participant-2' });
    const { stdin } = await lab.engine.attach(pod?.id ?? '');
    stdin.write(
      'iptables -w -A OUTPUT $(iptables -S OUTPUT | sed -n "s/^-A OUTPUT \\(.*DROP\\)$/\\1/p" | head -n 1 | tr -d \'"\')\n',
    );
  };
  const result = await lab.run(
    planOfSentence('cut participant-2 from coordinator one-way at coordinator after force commit for 2s', 14, {
      transactions: 40,
      clients: 1,
    }),
    {
      onFeed: (feed, uid) => {
        if (feed.kind === 'event' && feed.event.kind === 'fault' && feed.event.fault === 'cut') void sabotage(uid);
      },
    },
  );
  expect(result.verdict.word, result.verdict.reasons.join('\n')).toBe('inconclusive');
  expect(result.verdict.reasons.join('\n')).toMatch(/was never ended by its heal: .*does not pass/);
  expect(result.left).toEqual([]);
});

test('a one-way cut lets the other direction pass', async () => {
  const result = await lab.run(
    planOfSentence('cut participant-2 from coordinator one-way at coordinator after force commit for 2s', 13),
  );
  expect(result.verdict.word, result.verdict.reasons.join('\n')).toBe('as expected');
  expect(result.verdict.target).toMatchObject({ decision: 'commit' });
  // The commit reaches participant-2; only its acknowledgement does not come back.
  expect(blocked(result)).toEqual([]);
});

test('of two cuts of one pair the first heal ends only its own', async () => {
  const plan = planOfSentence('cut participant-2 from coordinator at 500ms for 3s', 15);
  const [inner] = planOfSentence('cut participant-2 from coordinator one-way at 1s for 500ms', 15).faults;
  const result = await lab.run({ ...plan, faults: [...plan.faults, ...(inner ? [{ ...inner, id: 'inner' }] : [])] });
  expect(result.verdict.word, result.verdict.reasons.join('\n')).toBe('as expected');
  const heals = result.history.events.flatMap((event) =>
    event.kind === 'fault' && event.fault === 'heal' ? [`${event.id} ${event.evidence.text}`] : [],
  );
  expect(heals).toEqual([
    expect.stringMatching(/^inner participant-2 to coordinator: [1-9]\d* packets dropped, another cut still stands$/),
    expect.stringMatching(/^fault-1 .*, passes again, .*, passes again$/),
  ]);
});
