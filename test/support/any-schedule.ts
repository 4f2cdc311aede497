// Schedules without time: letters in any order, lost and doubled, timers whenever, deaths between two effects.

import fc from 'fast-check';
import { transfer } from './bank-theatre.ts';
import type { Transfer } from '../../nodes/contract/events.ts';
import type { Theatre } from './theatre.ts';

export const NODES = ['coordinator', 'participant-1', 'participant-2'] as const;

export type Action =
  | { readonly do: 'transfer'; readonly amount: number; readonly looks: 'nowhere' | 'here' | 'everywhere' }
  | { readonly do: 'deliver' | 'drop' | 'duplicate'; readonly which: number }
  | { readonly do: 'expire'; readonly node: number; readonly which: number }
  | { readonly do: 'crash'; readonly after: number };

export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('transfer' as const),
      amount: fc.integer({ min: 1, max: 60 }),
      looks: fc.constantFrom('nowhere' as const, 'nowhere' as const, 'here' as const, 'everywhere' as const),
    }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('deliver' as const), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'duplicate' as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), node: fc.nat(2), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), after: fc.nat(5) }) },
);

export function act(theatre: Theatre, given: Action, step: number): void {
  switch (given.do) {
    case 'transfer':
      if (theatre.isUp('coordinator'))
        theatre.ask('coordinator', `${given.looks}-${step}`, requestOf(given, step % 2 === 0 ? 'a' : 'b'));
      return;
    case 'deliver': {
      const letter = theatre.letters[given.which % Math.max(1, theatre.letters.length)];
      if (letter) theatre.deliver((one) => one === letter);
      return;
    }
    case 'drop':
      theatre.letters.splice(given.which, 1);
      return;
    case 'duplicate': {
      const letter = theatre.letters[given.which];
      if (letter) theatre.letters.push(letter);
      return;
    }
    case 'expire': {
      const node = NODES[given.node] ?? 'coordinator';
      const timer = theatre.timers(node)[given.which];
      if (timer) theatre.expire(node, timer.word);
      return;
    }
    case 'crash':
      for (const node of NODES) if (!theatre.isUp(node)) theatre.start(node);
      theatre.crashAfter = given.after;
      return;
  }
}

/** A transfer between both banks, one inside of the first that looks at the second, or one that only looks at both. */
function requestOf({ amount, looks }: Extract<Action, { do: 'transfer' }>, account: string): Transfer {
  if (looks === 'nowhere') return transfer(amount, { from: account, to: account });
  const plain = transfer(looks === 'here' ? amount : 0, { from: account, to: account });
  if (looks === 'everywhere') return plain;
  return { ...plain, to: { ...plain.from, account: account === 'a' ? 'b' : 'a' }, reads: [plain.to] };
}

/** Everything is up again, nothing is lost any more, and everybody who waits asks. */
export function comeToRest(theatre: Theatre): void {
  theatre.crashAfter = null;
  for (const node of NODES) if (!theatre.isUp(node)) theatre.start(node);
  for (let round = 0; round < 20; round++) {
    theatre.deliverAll();
    for (const node of NODES)
      for (const { word } of theatre.timers(node).slice()) expireAndDeliver(theatre, node, word);
  }
}

/** What was set off is heard everywhere before anybody else loses patience. */
function expireAndDeliver(theatre: Theatre, node: string, word: string): void {
  if (theatre.timers(node).some((armed) => armed.word === word)) theatre.expire(node, word);
  theatre.deliverAll();
}
