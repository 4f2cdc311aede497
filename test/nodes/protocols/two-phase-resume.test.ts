// A process that stood still past all its timeouts finds expired timers and delivered messages at once. Which it meets first is the
// platform's business; whatever the order, the outcome must be uniform, and the script must show which order it was.

import { describe, expect, test } from 'vitest';
import { TWO_PHASE } from '../../../nodes/protocols/two-phase/catalog.ts';
import { bankIn } from '../../support/any-schedule.ts';
import { bankTheatre, transfer } from '../../support/bank-theatre.ts';
import type { ParticipantState } from '../../../nodes/protocols/two-phase/participant.ts';
import type { Theatre } from '../../support/theatre.ts';

const VARIANTS = TWO_PHASE.map(({ name }) => name);
const P1 = 'participant-1';
const P2 = 'participant-2';

/** Something that waits for a node when it goes on: an expired timer, or a message in its buffers. */
type Waiting = { readonly expired: string } | { readonly word: string; readonly from: string };

const VOTES_DUE: Waiting = { expired: 'votes' };
const FOR_COORDINATOR: readonly Waiting[] = [
  VOTES_DUE,
  { word: 'vote', from: P1 },
  { word: 'vote', from: P2 },
  { word: 'inquire', from: P1 },
  { word: 'inquire', from: P2 },
];

function ordersOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => ordersOf(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

/** The node meets what waits for it in this order; a timer that it has disarmed meanwhile never comes. */
function resume(theatre: Theatre, node: string, order: readonly Waiting[]): void {
  for (const waiting of order) {
    if (!('expired' in waiting)) {
      theatre.deliver(({ to, from, message }) => to === node && from === waiting.from && message.word === waiting.word);
    } else if (theatre.timers(node).some(({ word }) => word === waiting.expired)) {
      theatre.expire(node, waiting.expired);
    }
  }
}

function comeToRest(theatre: Theatre): void {
  for (let round = 0; round < 10; round++) {
    theatre.deliverAll();
    for (const node of ['coordinator', P1, P2])
      for (const { word } of theatre.timers(node).slice()) theatre.expire(node, word);
  }
  theatre.deliverAll();
}

/** What both banks hold in the account of the transfer; nobody may be left in doubt. */
function balances(theatre: Theatre): readonly (number | undefined)[] {
  return [P1, P2].map((name) => {
    const { content, locks, inDoubt } = theatre.state(name) as unknown as ParticipantState;
    expect([inDoubt, locks]).toEqual([new Map(), new Map()]);
    return bankIn({ content }).get('a')?.balance;
  });
}

const COMMITTED = [90, 110];
const ABORTED = [100, 100];

/** Both have voted and asked; nothing of it has been read by the coordinator. */
function pausedCoordinator(variant: string): Theatre {
  const theatre = bankTheatre(variant);
  theatre.ask('coordinator', 'op-1', transfer());
  for (const node of [P1, P2]) theatre.deliver(({ to }) => to === node);
  for (const node of [P1, P2]) theatre.expire(node, 'inquiry');
  return theatre;
}

/** participant-2 has voted, and the decision is in its buffers. */
function pausedParticipant(variant: string): Theatre {
  const theatre = bankTheatre(variant);
  theatre.ask('coordinator', 'op-1', transfer());
  for (const node of [P1, P2]) theatre.deliver(({ to }) => to === node);
  while (theatre.deliver(({ to }) => to === 'coordinator'));
  return theatre;
}

describe.each(VARIANTS)('a coordinator of %s that stood still before it read the votes', (variant) => {
  test('ends the same for everybody, in each of the 120 orders', () => {
    for (const order of ordersOf(FOR_COORDINATOR)) {
      const theatre = pausedCoordinator(variant);
      const before = theatre.script.length;
      resume(theatre, 'coordinator', order);
      const timersFirst = theatre.script.slice(before).includes('coordinator waited for votes');
      comeToRest(theatre);
      const lastVote = order.findLastIndex((one) => 'word' in one && one.word === 'vote');
      const said = JSON.stringify(order);
      expect(timersFirst, said).toBe(order.indexOf(VOTES_DUE) < lastVote);
      expect(balances(theatre), said).toEqual(timersFirst ? ABORTED : COMMITTED);
      expect(
        theatre.answers.map(({ answer }) => answer.word),
        said,
      ).toEqual([timersFirst ? 'failed' : 'ok']);
    }
  });
});

describe.each(VARIANTS)('a participant of %s that stood still before it read the decision', (variant) => {
  test.each([
    ['timers first', true],
    ['data first', false],
  ])('commits, %s', (_, timersFirst) => {
    const theatre = pausedParticipant(variant);
    const data: Waiting = { word: 'commit', from: 'coordinator' };
    const timer: Waiting = { expired: 'inquiry' };
    resume(theatre, P2, timersFirst ? [timer, data] : [data, timer]);
    expect(theatre.script.includes(`${P2} waited for inquiry`)).toBe(timersFirst);
    comeToRest(theatre);
    expect(balances(theatre)).toEqual(COMMITTED);
  });
});
