// A promise includes its locks, across restarts too: while a transaction is in doubt at a node, nobody else is promised the same account
// there. Strict two-phase locking; Bernstein, Hadzilacos, Goodman 1987, section 7.4: locks are taken again before a node serves.

import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { NodeId, TxId } from '../../nodes/contract/ids.ts';
import type { LogRecord } from '../../nodes/contract/machine.ts';
import type { Complaint } from './conclude.ts';
import type { EventOf, Facts } from './facts.ts';
import { keysAt } from './keys.ts';

interface Holder {
  readonly tx: TxId;
  readonly since: EventOf<'durable'>;
}

export function lockOverlaps(facts: Facts): readonly Complaint[] {
  const held = new Map<string, Holder>();
  const release = (node: NodeId, record: LogRecord) => {
    if (record.mark !== 'decision') return;
    for (const [key, { tx, since }] of held) if (tx === record.tx && since.node === node) held.delete(key);
  };
  const take = (event: EventOf<'durable'>, tx: TxId): Complaint[] =>
    namesOf(tx, event.node).flatMap((name) => {
      const key = `${event.node} ${name}`;
      const before = held.get(key);
      held.set(key, { tx, since: event });
      return before === undefined || before.tx === tx ? [] : [overlap(name, before, event, tx)];
    });
  const namesOf = (tx: TxId, node: NodeId): readonly string[] => {
    const transaction = facts.txs.get(tx);
    return transaction === undefined ? [] : keysAt(facts, transaction, node);
  };

  const broken: Complaint[] = [];
  for (const event of facts.history.events) {
    if (event.kind === 'durable' && event.record.mark === 'prepared') broken.push(...take(event, event.record.tx));
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
