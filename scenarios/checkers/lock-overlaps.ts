// A promise includes its locks, across restarts too: while a transaction is in doubt at a site, nobody else is promised the same key there,
// but for readers among themselves. Strict two-phase locking; Bernstein, Hadzilacos, Goodman 1987, section 7.4: locks are taken again before a node serves.

import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { TxId } from '../../nodes/contract/ids.ts';
import type { Complaint } from './conclude.ts';
import type { EventOf, Facts } from './facts.ts';
import { usesAt } from './keys.ts';
import { isPlainSite } from './sites.ts';
import type { LockMode, SiteId, Use } from '../../nodes/contract/workload.ts';

interface Holder {
  readonly tx: TxId;
  readonly mode: LockMode;
  readonly site: SiteId;
  readonly since: Promising;
}

/** Where a promise is seen when it is given; a log on disk shows it later. */
type Promising = EventOf<'durable'> | EventOf<'answered'>;

export function lockOverlaps(facts: Facts): readonly Complaint[] {
  const held = new Map<string, readonly Holder[]>();
  const release = (site: SiteId, about: TxId) => {
    for (const [key, holders] of held)
      held.set(
        key,
        holders.filter((holder) => holder.tx !== about || holder.site !== site),
      );
  };
  const take = (site: SiteId, tx: TxId, since: Promising): Complaint[] =>
    usedBy(tx, site).flatMap(({ key: name, mode }) => {
      const key = `${site} ${name}`;
      const others = (held.get(key) ?? []).filter((holder) => holder.tx !== tx);
      const holder = { tx, mode, site, since };
      held.set(key, [...others, holder]);
      const against = others.findLast((other) => mode === 'write' || other.mode === 'write');
      return against === undefined ? [] : [overlap(name, against, holder)];
    });
  const usedBy = (tx: TxId, site: SiteId): readonly Use[] => {
    const transaction = facts.txs.get(tx);
    return transaction === undefined ? [] : usesAt(facts, transaction, site);
  };

  const broken: Complaint[] = [];
  for (const event of facts.history.events) {
    const promise = promiseIn(facts, event);
    if (promise !== null) broken.push(...take(promise.site, promise.tx, promise.since));
    for (const { site, tx } of endsIn(facts, event)) release(site, tx);
  }
  return broken;
}

interface Promised {
  readonly site: SiteId;
  readonly tx: TxId;
  readonly since: Promising;
}

/** With this event a promise became the site's own. */
function promiseIn(facts: Facts, event: HistoryEvent): Promised | null {
  const tx =
    event.kind === 'durable' && event.record.mark === 'prepared'
      ? event.record.about
      : event.kind === 'answered' && event.gives?.mark === 'prepared'
        ? event.gives.about
        : null;
  if (tx === null || (event.kind !== 'durable' && event.kind !== 'answered')) return null;
  const own = facts.txs.get(tx)?.prepared.find(({ source }) => source === event);
  return own === undefined ? null : { site: own.site, tx, since: event };
}

interface End {
  readonly site: SiteId;
  readonly tx: TxId;
}

/** Who knows the decision from here on. A kill may fall between a decision's force and its trace line: the log knows better. */
function endsIn(facts: Facts, event: HistoryEvent): readonly End[] {
  if (event.kind === 'answered') {
    const { gives } = event;
    return gives === undefined || gives.mark === 'prepared' ? [] : [{ site: gives.site, tx: gives.about }];
  }
  if (event.kind !== 'durable' && event.kind !== 'appended' && event.kind !== 'logged') return [];
  const site = facts.siteOf(event.node);
  const isPlain = isPlainSite(facts, site);
  const records = event.kind === 'logged' ? event.records : [event.record];
  return records.flatMap((record) => {
    if (record.mark !== 'decision') return [];
    const isItsOwn = isPlain || event.kind === 'appended' || isDecided(facts, record.about, { site, at: event.at });
    return isItsOwn ? [{ site, tx: record.about }] : [];
  });
}

function isDecided(facts: Facts, tx: TxId, by: { readonly site: SiteId; readonly at: number }): boolean {
  return facts.txs.get(tx)?.decisions.some(({ site, at }) => site === by.site && at <= by.at) ?? false;
}

function overlap(name: string, before: Holder, { site, tx, since }: Holder): Complaint {
  const events: readonly HistoryEvent[] = [before.since, since];
  return {
    reason: `${site} promised ${name} to ${tx} while ${before.tx}, which holds its lock, was still in doubt there.`,
    events,
  };
}
