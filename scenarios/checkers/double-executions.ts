// Operations that were asked for once and committed more than once: by a client that asked again, or a coordinator that took one request for two.

import type { Complaint } from './conclude.ts';
import { type Facts, firstCommit } from './facts.ts';

export function doubleExecutions(facts: Facts): readonly Complaint[] {
  return [...facts.ops.values()].flatMap(({ op, began, completed }) => {
    if (began.length < 2) return [];
    const done = [...new Set(began.map(({ note }) => note.about))].flatMap((tx) => {
      const transaction = facts.txs.get(tx);
      const commit = transaction && firstCommit(transaction);
      return commit ? [{ tx, commit }] : [];
    });
    if (done.length < 2) return [];
    const names = done.map(({ tx }) => tx).join(' and ');
    const reason = `Double execution: ${op} was committed ${done.length} times, as ${names}.`;
    return [{ reason, events: [...done.map(({ commit }) => commit.source), ...(completed ? [completed] : [])] }];
  });
}
