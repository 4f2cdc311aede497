// Any sentence: its canonical text is that sentence. Any other text has a problem with a place.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBetween, isMessageFault, type Fault } from '../../../compose/faults.ts';
import { MEDDLINGS } from '../../../nodes/contract/meddling.ts';
import { VERBS, type Peer } from '../../../nodes/contract/step.ts';
import { ENDS } from '../../../scenarios/language/fault.ts';
import { peersOf, replicasIn, roleOfNode, wordsAt, type Layout } from '../../../scenarios/language/layout.ts';
import { withWord } from '../../../scenarios/language/messages.ts';
import { formatProblem } from '../../../scenarios/language/problem.ts';
import { formatSentence } from '../../../scenarios/language/sentence-text.ts';
import { parseSentence, type Sentence } from '../../../scenarios/language/sentence.ts';
import { withStores } from '../../support/bank-layout.ts';
import type { NodeId } from '../../../nodes/contract/ids.ts';
import type { Moment } from '../../../scenarios/language/moment.ts';

describe('the canonical text of a sentence', () => {
  test('is parsed as that sentence', () => {
    fc.assert(
      fc.property(sentences(withStores), (sentence) => {
        expect(parseSentence(formatSentence(sentence, withStores), withStores)).toEqual({ ok: true, value: sentence });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('any text', () => {
  test('is a sentence or has a problem with a place', () => {
    const word = fc.oneof(fc.constantFrom(...VOCABULARY), fc.string({ maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 14 }), (words) => {
        const result = parseSentence(words, withStores);
        const columns = result.ok ? [1] : result.problems.map(({ where }) => where.column ?? 0);
        expect(columns.every((column) => column >= 1 && column <= words.join(' ').length + 2)).toBe(true);
        if (!result.ok) result.problems.map(formatProblem);
      }),
      { numRuns: 3000 },
    );
  });
});

const VOCABULARY = (
  'never yes no read all others participants kill pause restart cut fill disk promote clock during before after at of the same transaction for then heal resume from to first last one-way and , forward back ' +
  '3s 400 20 prepare commit vote force send receive coordinator participant participant-1 participant-2 client redis redis-2 ' +
  '__proto__ constructor toString'
).split(' ');

function sentences(layout: Layout): fc.Arbitrary<Sentence> {
  const durations = fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 3_600_000 }));
  return faults(layout).chain((fault) =>
    fc
      .record({
        moment: fc.option(moments(layout, durations), { nil: undefined }),
        nth: fc.option(fc.oneof(fc.constant('same' as const), fc.integer({ min: 1, max: layout.transactions })), {
          nil: undefined,
        }),
        lastsMs: fc.option(durations, { nil: undefined }),
        isNever: fc.boolean(),
      })
      .map(({ moment, nth, lastsMs, isNever }) => ({
        fault,
        ...(moment && { moment }),
        ...(nth !== undefined && isCounted(fault, moment) && { nth }),
        // Only what was killed may be back at once.
        ...(lastsMs !== undefined &&
          ENDS[fault.do] !== null && { lastsMs: fault.do === 'kill' ? lastsMs : Math.max(1, lastsMs) }),
        ...(lastsMs === undefined && isNever && mayStand(fault) && { ends: 'never' as const }),
      })),
  );
}

/** The client must be there to the end, a full disk gets room again, and hosts say at the end of a fault what they did for it. */
function mayStand(fault: Fault): boolean {
  if (ENDS[fault.do] === null || isMessageFault(fault) || fault.do === 'fill') return false;
  return isBetween(fault) || fault.node !== 'client';
}

/** What several can send is counted at a step that is named. */
function isCounted(fault: Fault, moment: Moment | undefined): boolean {
  if (moment) return moment.kind !== 'time';
  return !isMessageFault(fault) || fault.from.length === 1;
}

/** Any word from some to some; how often, of one sender alone. */
function messages(layout: Layout): fc.Arbitrary<Fault> {
  const words = [...new Set(layout.nodes.flatMap(({ id }) => wordsAt(layout, id)?.send ?? []))];
  return fc.constantFrom(...words).chain((word) => {
    const able = (verb: 'send' | 'receive') => withWord(layout, verb, word);
    const some = (nodes: readonly NodeId[]) => fc.subarray([...nodes], { minLength: 1 });
    return fc
      .record({
        how: fc.constantFrom(...MEDDLINGS),
        from: some(able('send')),
        to: some(able('receive')),
        byMs: fc.integer({ min: 1, max: 5000 }),
        times: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      })
      .filter(({ from, to }) => from.length > 1 || to.some((node) => node !== from[0]))
      .map(({ how, from, to, byMs, times }): Fault => ({
        do: how,
        word,
        from,
        to,
        ...(how === 'delay' && { byMs }),
        ...(times !== undefined && from.length === 1 && { times }),
      }));
  });
}

function faults(layout: Layout): fc.Arbitrary<Fault> {
  const { nodes } = layout;
  const ids = nodes.map(({ id }) => id);
  const stores = nodes.filter(({ role }) => role === 'redis').map(({ id }) => id);
  const cut = fc
    .record({
      sides: fc.array(fc.constantFrom('group', 'from', 'out'), { minLength: ids.length, maxLength: ids.length }),
      oneWay: fc.boolean(),
    })
    .map(({ sides, oneWay }) => ({
      do: 'cut' as const,
      group: ids.filter((_, i) => sides[i] === 'group'),
      from: ids.filter((_, i) => sides[i] === 'from'),
      oneWay,
    }))
    .filter(({ group, from }) => group.length > 0 && from.length > 0);
  const slow = fc
    .tuple(cut, fc.integer({ min: 1, max: 5000 }))
    .map(([{ group, from }, byMs]): Fault => ({ do: 'slow', group, from, byMs }));
  return fc.oneof(
    messages(layout),
    slow,
    fc.record({ do: fc.constantFrom('kill', 'pause', 'restart'), node: fc.constantFrom(...ids) }),
    cut,
    fc.record({ do: fc.constant('promote'), node: fc.constantFrom(...replicasIn(layout).map(({ id }) => id)) }),
    fc.record({
      do: fc.constant('fill'),
      node: fc.constantFrom(
        ...layout.nodes.flatMap(({ id, role }) => (['coordinator', 'participant'].includes(role) ? [id] : [])),
      ),
    }),
    fc.record({
      do: fc.constant('clock'),
      node: fc.constantFrom(...stores),
      byMs: fc.integer({ min: -5000, max: 5000 }).filter((ms) => ms !== 0),
    }),
  );
}

function moments(layout: Layout, durations: fc.Arbitrary<number>): fc.Arbitrary<Moment> {
  const members = layout.nodes.filter(({ role }) => role !== 'redis');
  const steps = members.flatMap(({ id }) =>
    VERBS.flatMap((verb) =>
      (roleOfNode(layout, id)?.words[verb] ?? []).flatMap((word) =>
        peersFor(layout, id, verb, word).map((peer) => ({ id, verb, word, peer })),
      ),
    ),
  );
  return fc.oneof(
    fc.record({ kind: fc.constant('phase'), phase: fc.constantFrom(...Object.keys(layout.protocol.phases)) }),
    fc.record({ kind: fc.constant('time'), afterMs: durations }),
    fc
      .record({ step: fc.constantFrom(...steps), when: fc.constantFrom('before', 'after') })
      .map(({ step: { id, verb, word, peer }, when }): Moment => ({
        kind: 'step',
        step: { node: id, gap: { when, verb, word, ...(peer && { peer }) } },
      })),
  );
}

function peersFor(
  layout: Layout,
  ...[id, verb, word]: [Parameters<typeof peersOf>[1], Parameters<typeof peersOf>[2], string]
): (Peer | undefined)[] {
  if (!['send', 'receive', 'ask', 'answer'].includes(verb)) return [undefined];
  const peers: Peer[] = peersOf(layout, id, verb, word).map((node) => node.id);
  const places: Peer[] = verb === 'send' || verb === 'ask' ? ['first', 'last'] : verb === 'receive' ? ['first'] : [];
  return [undefined, ...peers, ...places];
}
