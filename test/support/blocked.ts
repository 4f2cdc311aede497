// Whom the lines of a run call blocked, and whom the checkers do, in one history.

import { doubtsOf } from '../../scenarios/checkers/doubts.ts';
import { linesOf } from './feed-of.ts';
import type { History } from '../../scenarios/findings.ts';

/** A node says within a quarter of a second what it knows, once as it waits and once as it begins to run again. */
const UNSEEN_MS = 500;

export function compared(history: History) {
  const boundMs = history.run.timeouts['blocked'] ?? 1000;
  const measured = doubtsOf(history, boundMs);
  const named = (least: number) =>
    measured
      .filter(({ blocked, blockedMs }) => blocked && blockedMs > least)
      .map(({ node, tx: about }) => `${node} ${about}`);
  return { live: blockedIn(history), judged: named(boundMs), plainly: named(boundMs + UNSEEN_MS) };
}

/** Who was said to be blocked, and about what: `participant-1 for 1050 ms about a, b`. */
export function blockedIn(history: History): readonly string[] {
  const said = linesOf(history).filter(({ word }) => word === 'blocked');
  return [
    ...new Set(
      said.flatMap(({ text }) => {
        const [, node, about = ''] = /^(\S+) for \d+ ms about (.*)$/.exec(text) ?? [];
        return about.split(', ').map((one) => `${node} ${one}`);
      }),
    ),
  ];
}
