// Every scenario of the catalog on real containers: the outcome its table demands, and the crash exactly where it was meant to be.

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCommitProtocol } from '../../nodes/protocols/catalog.ts';
import { loadCatalog } from '../../scenarios/language/scenario-catalog.ts';
import { targetOf } from '../../scenarios/judging/target.ts';
import { judge } from '../../scenarios/judging/verdict.ts';
import { lateFaults } from '../../scenarios/judging/setting.ts';
import { ofCatalog } from '../support/catalog.ts';
import { exactlyOf } from '../support/exact-steps.ts';
import { openLab, planOf, planOfSentence } from '../support/lab.ts';
import { PODS, sideBySide } from '../support/side-by-side.ts';
import {
  costs,
  costsOfLooks,
  lossesIn,
  orderAfterPause,
  participantsOf,
  undeclaredWords,
  witnessesOf,
} from '../support/witnesses.ts';
import type { Cost } from '../../nodes/contract/protocol.ts';
import type { History } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Lab } from '../support/lab.ts';

let lab: Lab;
let pool: Awaited<ReturnType<Lab['standPool']>>;
beforeAll(async () => {
  lab = await openLab();
  pool = await lab.standPool(PODS);
});
afterAll(async () => {
  await pool.release();
  rmSync(lab.folder, { recursive: true, force: true });
});

/** A different seed each time, said when it fails. */
const SEED = Number(process.env['TXLAB_SEED'] ?? Math.floor(Math.random() * 1_000_000));

function swapped(plan: Plan): Plan {
  const { target, properties } = plan.expect;
  return {
    ...plan,
    expect: { properties, target: { ...target, decision: target?.decision === 'commit' ? 'abort' : 'commit' } },
  };
}

function publishedFor({ protocol }: Plan, participants: number): Cost {
  const cost = findCommitProtocol(protocol)?.cost ?? (() => ({ commit: FREE }));
  return cost(participants).commit;
}

/** Nearly each transaction has one who votes read, and that has no row in the table. */
const LOOKING = ['references-read-only-vote', 'three-participants-one-dies-before-its-promise'];
const FREE: Cost = { forcedWrites: 0, messages: 0 };

/** Locks have a file of their own. */
const NAMES = loadCatalog().flatMap(({ name }) => (findCommitProtocol(ofCatalog(name).protocol) ? [name] : []));
const resultOf = sideBySide(NAMES, (name) => lab.run(planOf(name, SEED)));

describe.each(NAMES)(`%s with seed ${SEED}`, (name) => {
  let history: History;
  let plan: Plan;

  test('comes out as its table demands, and leaves nothing behind', async () => {
    plan = planOf(name, SEED);
    const result = await resultOf(name);
    history = result.history;
    expect(result.verdict.reasons.join('\n') && result.verdict.word, result.verdict.reasons.join('\n')).toBe(
      'as expected',
    );
    expect(result.left).toEqual([]);
  });

  test('is refused by the verdict when it claims the opposite decision', () => {
    if (!plan.expect.target?.decision) return;
    const verdict = judge(history, swapped(plan));
    // On a slow machine the fault may come when the others have gone on without its node: then nothing can be claimed of the two together.
    const word = lateFaults(history, plan).length > 0 ? 'inconclusive' : 'not as expected';
    expect(verdict.word, verdict.reasons.join('\n')).toBe(word);
  });

  test('crashed exactly at its step, say the trace, the log on disk and the others', () => {
    const exactly = exactlyOf(name);
    // With several faults the witnesses of one are mixed with the other's; each has its evidence in the verdict.
    if (!exactly)
      return expect(plan.faults.length > 1 || plan.faults.every(({ fault }) => fault.do !== 'kill')).toBe(true);
    const witnesses = witnessesOf(history);
    // On a slow machine a participant may have asked before it was told; asking changes nothing.
    expect(witnesses.traced.filter((word) => !word.includes('inquire'))).toEqual(exactly.traced);
    expect(witnesses.logged).toEqual(
      exactly.traced.filter((word) => word.startsWith('force ')).map((word) => word.slice('force '.length)),
    );
    expect(witnesses.received.filter((word) => !/inquire|outcome|state/.test(word)).toSorted()).toEqual(
      exactly.received,
    );
    expect(witnesses.afterHold).toEqual([]);
    const kill = history.events.find((event) => event.kind === 'fault' && event.fault === 'kill');
    expect(kill?.kind === 'fault' && kill.evidence).toMatchObject({
      seen: true,
      text: expect.stringContaining('137, killed by the engine with signal 9') as string,
    });
  });

  test('traces only words that its protocol declares', () => {
    expect(undeclaredWords(history, findCommitProtocol(plan.protocol))).toEqual([]);
  });

  test('pays for each transaction what the published table says', () => {
    const published = publishedFor(plan, participantsOf(history.events));
    const commits = costs(history, 'commit');
    if (LOOKING.includes(name)) {
      const looks = history.events.filter((event) => event.kind === 'told' && event.note.word === 'read');
      return expect(looks.length).toBeGreaterThan(20);
    }
    // After a fault that nothing ends none commits, and around several faults many wait in vain.
    const few = plan.faults.length > 1 || plan.faults.some(({ then }) => then.never);
    expect(commits.length).toBeGreaterThan(few ? 10 : 20);
    // A transaction around the fault may cost more; nothing may cost less, and the usual one costs exactly this.
    expect(commits.filter((cost) => JSON.stringify(cost) === JSON.stringify(published)).length).toBeGreaterThan(
      commits.length / 2,
    );
    // A majority may commit the target without the participant that the fault hit.
    const others = costs(history, 'commit', targetOf(history)?.tx);
    expect(others.filter(({ forcedWrites }) => forcedWrites < published.forcedWrites)).toEqual([]);
  });
});

test.each(['two-phase-baseline', '3pc-timeout-baseline', '3pc-baseline', '3pc-quorum-baseline'])(
  'in %s every commit and every abort costs what the published table says',
  async (name) => {
    const plan = planOf(name, SEED);
    const opening = plan.initial['participant-1'] as Readonly<Record<string, number>>;
    const empty = Object.fromEntries(Object.keys(opening).map((account) => [account, 0]));
    // Nobody at participant-1 has money: transfers from there are refused by one participant and promised by the other.
    const { history } = await lab.run({ ...plan, initial: { ...plan.initial, 'participant-1': empty } });
    const published = findCommitProtocol(plan.protocol)?.cost(2);
    const [commits, aborts] = [costs(history, 'commit'), costs(history, 'abort')];
    expect(aborts.length).toBeGreaterThan(3);
    expect(new Set(commits.map((cost) => JSON.stringify(cost)))).toEqual(new Set([JSON.stringify(published?.commit)]));
    expect(new Set(aborts.map((cost) => JSON.stringify(cost)))).toEqual(new Set([JSON.stringify(published?.abort)]));
  },
);

test.each(['2pc', '2pc-presumed-commit'])(
  'transfers that change nothing cost in %s what the published table says',
  async (protocol) => {
    const { history, verdict } = await lab.run(planOf('two-phase-read-only', SEED, { protocol }));
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    const looks = costsOfLooks(history);
    expect(looks.length).toBeGreaterThan(20);
    expect(new Set(looks.map((cost) => JSON.stringify(cost)))).toEqual(
      new Set([JSON.stringify(findCommitProtocol(protocol)?.cost(2).readOnly)]),
    );
  },
);

/** A message that a fault was to lose was sent, and did not arrive before the cut healed. */
test('each message of every-message-lost-once is lost, and the transaction ends as its table demands', async () => {
  const { history, verdict } = await lab.run(planOf('every-message-lost-once', SEED));
  expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
  const losses = lossesIn(history);
  expect(losses.map(({ word, decision }) => `${word}: ${decision}`)).toEqual(
    ['prepare: abort', 'vote: abort', 'commit: commit', 'ack: commit'].flatMap((line) => [line, line]),
  );
  expect(losses.filter(({ arrived }) => arrived)).toEqual([]);
});

describe('messages that their sender kept back, lost or repeated', () => {
  const words = (history: History, node: string, about: string | undefined) =>
    history.events.flatMap((event) => {
      if (!('node' in event) || event.node !== node) return [];
      if (event.kind === 'received' && event.message.about === about) return [`receive ${event.message.word}`];
      return event.kind === 'meddled' && event.about === about ? [`${event.did} ${event.word}`] : [];
    });

  test('a late prepare comes after the abort that passed it, and is refused as stale', async () => {
    const { history, verdict } = await lab.run(planOf('late-prepare', SEED));
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    const heard = words(history, 'participant-2', verdict.target?.tx);
    expect(heard.filter((word) => word !== 'receive outcome')).toEqual(['receive abort', 'receive prepare']);
    const refused = history.events.flatMap((event) =>
      event.kind === 'told' && event.note.word === 'refused' && event.note.about === verdict.target?.tx
        ? [event.note.reason]
        : [],
    );
    expect(refused).toEqual(['stale']);
  });

  test('an acknowledgement that is dropped twice arrives the third time', async () => {
    const { history, verdict } = await lab.run(planOf('lost-acknowledgements', SEED));
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    const { tx } = verdict.target ?? {};
    const said = history.events.filter(
      (event) => event.kind === 'sent' && event.node === 'participant-1' && event.message.about === tx,
    );
    const acks = said.filter((event) => event.kind === 'sent' && event.message.word === 'ack').length;
    expect(words(history, 'participant-1', tx).filter((word) => word === 'dropped ack')).toHaveLength(2);
    expect(acks).toBeGreaterThan(2);
    const ended = history.events.some(
      (event) => event.kind === 'durable' && event.record.word === 'end' && event.record.about === tx,
    );
    expect(ended).toBe(true);
  });

  test('each vote that was sent twice arrives twice', async () => {
    const { history, verdict } = await lab.run(planOf('duplicated-votes', SEED));
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    const twice = history.events.flatMap((event) =>
      event.kind === 'meddled' && event.did === 'duplicated' ? [`${event.node} ${event.about}`] : [],
    );
    expect(twice.length).toBeGreaterThan(20);
    const arrived = Map.groupBy(
      history.events.filter((event) => event.kind === 'received' && event.message.word === 'vote'),
      (event) => (event.kind === 'received' ? `${event.from} ${event.message.about}` : ''),
    );
    for (const vote of twice) expect(arrived.get(vote)?.length, vote).toBe(2);
  });
});

/** Whichever was first when the coordinator went on decides; the trace shows it. */
const ORDERS = { abort: ['expired votes', 'received vote'], commit: ['received vote'] } as const;

test.each(['coordinator-paused-before-votes', 'coordinator-paused-before-votes-data-first'])(
  'the trace of %s shows what came first when the coordinator went on, and the decision follows from it',
  async (name) => {
    const { history, verdict } = await lab.run(planOf(name, SEED));
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    expect(orderAfterPause(history)).toEqual(ORDERS[verdict.target?.decision ?? 'abort']);
  },
);

describe('a run that shows nothing', () => {
  test('because the fault waits for a transaction that never comes is inconclusive', async () => {
    const { verdict } = await lab.run(
      planOfSentence('kill coordinator before force commit of transaction 9999', SEED, { transactions: 40 }),
    );
    expect(verdict.word).toBe('inconclusive');
    expect(verdict.reasons.join('\n')).toContain('coordinator before force commit');
  });

  test('because it hit its time limit is inconclusive', async () => {
    const { verdict, left } = await lab.run({
      ...planOfSentence('kill coordinator during prepare', SEED),
      timeLimitMs: 2000,
    });
    expect(verdict.word).toBe('inconclusive');
    expect(left).toEqual([]);
  });
});

test("kill participant-2 at another node's step kills it there and lets the other go on", async () => {
  const { verdict, history } = await lab.run(
    planOfSentence('kill participant-2 at coordinator after force commit', SEED),
  );
  expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
  expect(verdict.target).toMatchObject({ decision: 'commit', client: 'ok' });
  expect(history.events.some((event) => event.kind === 'released' && event.node === 'coordinator')).toBe(true);
});

test('a restarted participant finishes what it voted for', async () => {
  const { verdict } = await lab.run(planOfSentence('restart participant-2 after send vote', SEED));
  expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
  expect(verdict.target).toMatchObject({ decision: 'commit' });
});
