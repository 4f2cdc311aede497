// At rest a lock may be held only by a transaction that its site is in doubt about, or still works on; those are pending, and reported as
// such. A lock of any other has outlived its transaction: nobody will ever give it back.

import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Decision, TxId } from '../../nodes/contract/ids.ts';
import type { SiteId } from '../../nodes/contract/workload.ts';
import { type Complaint, listed } from './conclude.ts';
import type { Facts } from './facts.ts';

/** Of each site's last state: the caller has seen to it that these show the run at rest. */
export function keptLocks(facts: Facts): readonly Complaint[] {
  return [...facts.states].flatMap(([site, dumped]) => {
    const { inDoubt, unfinished, holds } = dumped.state;
    const kept = holds.filter(({ by }) => !inDoubt.includes(by) && !unfinished.includes(by));
    return [...Map.groupBy(kept, ({ by }) => by)].map(([tx, held]) => {
      const { words, events } = knownOf(facts, site, tx);
      const names = listed(held.map(({ key }) => key));
      const reason = `${site} still held ${names} for ${tx}, ${words}, when the run had come to rest.`;
      return { reason, events: [...events, dumped] };
    });
  });
}

interface Known {
  readonly words: string;
  readonly events: readonly HistoryEvent[];
}

/** What this site's traces and logs say of a transaction that it is not in doubt about. */
function knownOf(facts: Facts, site: SiteId, tx: TxId): Known {
  const { decisions = [], appended = [], prepared = [], votes = [] } = facts.txs.get(tx) ?? {};
  const end = [...decisions, ...appended].find((record) => record.site === site);
  if (end !== undefined) return { words: END_WORDS[end.decision ?? 'abort'], events: [end.source] };
  const no = votes.find(({ voter, ballot }) => voter === site && ballot === 'no');
  if (no !== undefined) return { words: 'which it had voted against', events: [no.source] };
  const promise = prepared.find((record) => record.site === site);
  if (promise !== undefined) return { words: 'which it no longer is in doubt about', events: [promise.source] };
  return { words: 'which it never promised', events: [] };
}

const END_WORDS: Readonly<Record<Decision, string>> = {
  commit: 'which it had committed',
  abort: 'which it had aborted',
};
