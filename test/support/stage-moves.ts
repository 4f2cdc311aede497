// What may happen on the test stage beside what is asked there: letters in any order, lost and doubled, timers whenever, deaths between two
// effects; how everything comes to rest, and is judged.

import fc from 'fast-check';
import { checkAll, judgedIn } from '../../scenarios/checkers/all.ts';
import type { Finding, History } from '../../scenarios/findings.ts';
import type { Theatre } from './theatre.ts';

export const NODES = ['coordinator', 'participant-1', 'participant-2'] as const;

/** The stage, and who plays there. */
export interface Stage {
  readonly theatre: Theatre;
  readonly nodes: readonly string[];
}

export type Move =
  | { readonly do: 'deliver' | 'drop' | 'duplicate'; readonly which: number }
  | { readonly do: 'expire'; readonly node: number; readonly which: number }
  | { readonly do: 'crash'; readonly after: number };

export const MOVES: readonly fc.WeightedArbitrary<Move>[] = [
  { weight: 12, arbitrary: fc.record({ do: fc.constant('deliver' as const), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'duplicate' as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), node: fc.nat(3), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), after: fc.nat(5) }) },
];

export function play({ theatre, nodes }: Stage, given: Move): void {
  switch (given.do) {
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
      const node = nodes[given.node] ?? 'coordinator';
      const timer = theatre.timers(node)[given.which];
      if (timer) theatre.expire(node, timer.word);
      return;
    }
    case 'crash':
      for (const node of nodes) if (!theatre.isUp(node)) theatre.start(node);
      theatre.crashAfter = given.after;
      return;
  }
}

/** Everything is up again, nothing is lost any more, and everybody who waits asks. */
export function comeToRest({ theatre, nodes }: Stage): void {
  theatre.crashAfter = null;
  for (const node of nodes) if (!theatre.isUp(node)) theatre.start(node);
  for (let round = 0; round < 20; round++) {
    theatre.deliverAll();
    for (const node of nodes)
      for (const { word } of theatre.timers(node).slice()) expireAndDeliver(theatre, node, word);
  }
}

/** What was set off is heard everywhere before anybody else loses patience. */
function expireAndDeliver(theatre: Theatre, node: string, word: string): void {
  if (theatre.timers(node).some((armed) => armed.word === word)) theatre.expire(node, word);
  theatre.deliverAll();
}

/** Whether somebody is blocked is a matter of time, and there is none here. */
export function timelessFindings(history: History): readonly Finding[] {
  return checkAll(
    history,
    judgedIn(history).filter((property) => property !== 'non-blocking'),
  );
}
