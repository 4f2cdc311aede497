// A promise includes its locks, across restarts too: while a transaction is in doubt at a node, nobody else is promised the same key there,
// but for readers among themselves. Strict two-phase locking; Bernstein, Hadzilacos, Goodman 1987, section 7.4: locks are taken again before a node serves.

import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { NodeId, TxId } from '../../nodes/contract/ids.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import type { Complaint } from './conclude.ts';
import type { EventOf, Facts } from './facts.ts';
import { usesAt } from './keys.ts';
import type { LockMode, Use } from '../../nodes/contract/workload.ts';

interface Holder {
  readonly tx: TxId;
  readonly mode: LockMode;
  readonly since: EventOf<'durable'>;
}

export function lockOverlaps(facts: Facts): readonly Complaint[] {
  const held = new Map<string, readonly Holder[]>();
  const release = (node: NodeId, record: LogRecord) => {
    if (record.mark !== 'decision') return;
    for (const [key, holders] of held)
      held.set(
        key,
        holders.filter(({ tx, since }) => tx !== record.about || since.node !== node),
      );
  };
  const take = (event: EventOf<'durable'>, tx: TxId): Complaint[] =>
    usedBy(tx, event.node).flatMap(({ key: name, mode }) => {
      const key = `${event.node} ${name}`;
      const others = (held.get(key) ?? []).filter((holder) => holder.tx !== tx);
      held.set(key, [...others, { tx, mode, since: event }]);
      const against = others.findLast((holder) => mode === 'write' || holder.mode === 'write');
      return against === undefined ? [] : [overlap(name, against, event, tx)];
    });
  const usedBy = (tx: TxId, node: NodeId): readonly Use[] => {
    const transaction = facts.txs.get(tx);
    return transaction === undefined ? [] : usesAt(facts, transaction, node);
  };

  const broken: Complaint[] = [];
  for (const event of facts.history.events) {
    if (event.kind === 'durable' && event.record.mark === 'prepared') broken.push(...take(event, event.record.about));
    if (event.kind === 'durable' || event.kind === 'appended') release(event.node, event.record);
    // A kill may fall between a decision's force and its trace line: the log knows better.
    if (event.kind === 'logged') for (const record of event.records) release(event.node, record);
  }
  return broken;
}

function overlap(name: string, before: Holder, event: EventOf<'durable'>, tx: TxId): Complaint {
  const events: readonly HistoryEvent[] = [before.since, event];
  return {
    reason: `${event.node} promised ${name} to ${tx} while ${before.tx}, which holds its lock, was still in doubt there.`,
    events,
  };
}
