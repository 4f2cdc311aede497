// Three-phase commit on real containers, beyond its scenarios: what is told while it happens, what old coordinators cannot do, and that a
// promise which one crash breaks is held against the protocol that made it.

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { parseScenario } from '../../scenarios/language/scenario.ts';
import { openLab, planOf, planOfSentence } from '../support/lab.ts';
import { undeclaredWords } from '../support/witnesses.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { News, Note } from '../../nodes/contract/notes.ts';
import type { Feed } from '../../scenarios/run/run.ts';
import type { Lab } from '../support/lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => rmSync(lab.folder, { recursive: true, force: true }));

const SEED = Number(process.env['TXLAB_SEED'] ?? Math.floor(Math.random() * 1_000_000));

/** The news about this transaction, in order: from the history, or as they were told. */
const newsIn = (events: readonly HistoryEvent[], tx: string | undefined) =>
  events.flatMap((event) =>
    event.kind === 'told' && isNews(event.note) && event.note.about === tx ? [event.note] : [],
  );
const isNews = (note: Note): note is News => note.word === 'elected' || note.word === 'terminated';
const heardOf =
  (told: News[]) =>
  (feed: Feed): void => {
    if (feed.kind === 'report' && feed.report.say === 'told' && isNews(feed.report.note)) told.push(feed.report.note);
  };

test(`a coordinator killed between its pre-commits is followed by an elected one, said while it happens (seed ${SEED})`, async () => {
  const told: News[] = [];
  const plan = planOfSentence('kill coordinator after send precommit to first then restart after 2s', SEED, {
    protocol: '3pc',
    transactions: 60,
  });
  const { verdict, history } = await lab.run(plan, { onFeed: heardOf(told) });
  expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
  const { tx } = verdict.target ?? {};
  const expected = [
    { word: 'elected', about: tx, coordinator: 'participant-1', epoch: 2 },
    { word: 'terminated', about: tx, decision: 'commit', epoch: 2, rule: 'TR4: somebody is pre-committed' },
  ];
  expect(newsIn(history.events, tx)).toEqual(expected);
  expect(told.filter((news) => news.about === tx)).toEqual(expected);
  expect(undeclaredWords(history, findProtocol('3pc'))).toEqual([]);
});

test('a sentence that makes 3pc-timeout diverge is not as expected, for it promised otherwise', async () => {
  const { verdict } = await lab.run(
    planOfSentence('kill coordinator before send precommit to last then restart after 2s', SEED, {
      protocol: '3pc-timeout',
      transactions: 60,
    }),
  );
  expect(verdict.word).toBe('not as expected');
  expect(verdict.reasons[0]).toMatch(
    /^atomicity is violated, though the protocol promises it: \S+ was not atomic: the log of participant-1 says commit, the log of participant-2 says abort; the step between them is coordinator before send precommit to last\./,
  );
});

test('an election survives the death of the elected, twice', async () => {
  const { verdict, history } = await lab.run(planOf('3pc-election-survives-two-deaths', SEED));
  expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
  const news = newsIn(history.events, verdict.target?.tx);
  expect(news).toMatchObject([
    { word: 'elected', coordinator: 'participant-1', epoch: 2 },
    { word: 'elected', coordinator: 'participant-2', epoch: 3 },
    { word: 'elected', coordinator: 'participant-3', epoch: 4 },
    { word: 'terminated', decision: 'abort', epoch: 4, rule: 'TR3: everybody is waiting' },
  ]);
});

test.each(['3pc-paused-before-precommit', '3pc-late-precommit'])(
  'whatever still comes from the old coordinator in %s changes nothing where it was aborted',
  async (name) => {
    const { verdict, history } = await lab.run(planOf(name, SEED));
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    const { tx } = verdict.target ?? {};
    const records = history.events.flatMap((event) =>
      event.kind === 'durable' && event.node === 'participant-2' && event.record.about === tx
        ? [event.record.word]
        : [],
    );
    expect([records[0], records.at(-1)]).toEqual(['prepared', 'abort']);
    expect(new Set(records)).toEqual(new Set(['prepared', 'epoch', 'abort']));
  },
);

test('three participants are a quorum of their own, and end it without a coordinator that has no vote', async () => {
  const scenario = parseScenario(
    [
      'version: 1',
      'name: voters',
      'title: Three voters',
      'protocol: 3pc-quorum',
      'topology: { participants: 3, voters: participants }',
      'workload: { clients: 1, transactions: 40, enlist: all }',
      'faults: [kill coordinator before send precommit to last then restart after 2200ms]',
      'expect: { target: { decision: commit, blocked: [] }, non-blocking: holds }',
    ].join('\n'),
    { source: 'voters.yaml' },
  );
  if (!scenario.ok) throw new Error(scenario.problems.map(({ message }) => message).join('; '));
  const { verdict } = await lab.run(makePlan(scenario.value, SEED));
  expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
});
