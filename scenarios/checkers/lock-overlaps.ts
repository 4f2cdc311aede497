// A promise includes its locks, across restarts too: while a transaction is in doubt at a node, nobody else is promised the same account
// there. Strict two-phase locking; Bernstein, Hadzilacos, Goodman 1987, section 7.4: locks are taken again before a node serves.

import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { NodeId, TxId } from '../../nodes/contract/ids.ts';
import type { LogRecord } from '../../nodes/contract/machine.ts';
import type { Complaint } from './conclude.ts';
import { type EventOf, type Facts, operationOf, requestOf } from './facts.ts';

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
    accountsOf(tx, event.node).flatMap((account) => {
      const key = `${event.node} ${account}`;
      const before = held.get(key);
      held.set(key, { tx, since: event });
      return before === undefined || before.tx === tx ? [] : [overlap(account, before, event, tx)];
    });
  const accountsOf = (tx: TxId, node: NodeId): readonly string[] => {
    const transaction = facts.txs.get(tx);
    const request = transaction && requestOf(operationOf(facts, transaction));
    if (!request) return [];
    const accounts = [request.from, request.to, ...(request.reads ?? [])].filter(({ bank }) => bank === node);
    return accounts.map(({ account }) => account);
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

function overlap(account: string, before: Holder, event: EventOf<'durable'>, tx: TxId): Complaint {
  const events: readonly HistoryEvent[] = [before.since, event];
  return {
    reason: `${event.node} promised ${account} to ${tx} while ${before.tx}, which holds its lock, was still in doubt there.`,
    events,
  };
}
