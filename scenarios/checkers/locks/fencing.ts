// Fencing: what the resource has taken has tokens that never fall (Kleppmann 2016). That holds for what is taken, whoever was right.

import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, count, notApplicable } from '../conclude.ts';
import { countersIn, type Access } from '../counter/content.ts';
import { factsOf } from '../gather.ts';
import { sitesAtRest } from '../rest.ts';

export function fencing(history: History): Finding {
  const facts = factsOf(history);
  const { dumps, gaps } = sitesAtRest(history);
  const journals = [...dumps.values()].flatMap(({ state }) => [...countersIn(state.content)]);
  const shown = journals.flatMap(([, { accesses }]) => accesses.filter(({ token }) => token !== undefined));
  if (shown.length === 0 && gaps.length === 0) return notApplicable('fencing', 'Nobody showed a token.');
  const refused = [...facts.txs.values()].filter(({ excuses }) =>
    excuses.some(({ note }) => note.word === 'refused' && note.reason === 'stale'),
  );
  const turned =
    refused.length === 0 ? 'none was refused' : `${count(refused.length, 'holder')} with an older one refused`;
  return conclude('fencing', {
    broken: journals.flatMap(([key, { accesses }]) => falls(key, accesses)),
    gaps,
    holds: `The tokens of ${shown.length} ${shown.length === 1 ? 'access' : 'accesses'} never fell; ${turned}.`,
  });
}

function falls(key: string, accesses: readonly Access[]): readonly Complaint[] {
  let greatest = Number.NEGATIVE_INFINITY;
  return accesses.flatMap(({ about, does, token }): Complaint[] => {
    if (token === undefined) return [];
    const isOld = token < greatest;
    greatest = Math.max(greatest, token);
    if (!isOld) return [];
    return [
      { reason: `${key} took a ${does} of ${about} with token ${token} after one with ${greatest}.`, events: [] },
    ];
  });
}
