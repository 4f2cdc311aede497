// What one committed transaction cost, counted in a history: forced writes, messages, message delays, time. Of runs without faults and with one
// transaction at a time, where nothing of one can be taken for another's.

import { median } from './statistics.ts';
import type { HistoryEvent, TraceEvent } from '../../nodes/contract/events.ts';
import type { NodeId, OpId, TxId } from '../../nodes/contract/ids.ts';
import type { History } from '../findings.ts';

/** Medians over the transactions that were committed. */
export interface Price {
  readonly transactions: number;
  readonly forcedWrites: number;
  readonly messages: number;
  /** The longest chain of messages, one because of the other, from the client's request to its answer. */
  readonly delays: number;
  /** From the client's request to its answer. */
  readonly latencyMs: number;
}

/** Null when nothing was committed and answered. */
export function priceOf({ events }: History): Price | null {
  const traced = events.filter((event): event is TraceEvent => 'seq' in event);
  const ops = new Map(traced.flatMap((event) => (isBegan(event) ? [[event.note.about, event.note.op] as const] : [])));
  const byTx = Map.groupBy(traced, txOf);
  const paid = [...ops].flatMap(([tx, op]) => {
    const latency = latencyOf(traced, op);
    if (latency === null) return [];
    const own = byTx.get(tx) ?? [];
    const forcedWrites = own.filter((event) => event.kind === 'durable' && event.how === 'force').length;
    const messages = own.filter((event) => event.kind === 'sent').length;
    return [{ forcedWrites, messages, delays: delaysOf(traced, tx, op), latencyMs: latency / 1000 }];
  });
  if (paid.length === 0) return null;
  return {
    transactions: paid.length,
    forcedWrites: median(paid.map((one) => one.forcedWrites)),
    messages: median(paid.map((one) => one.messages)),
    delays: median(paid.map((one) => one.delays)),
    latencyMs: median(paid.map((one) => one.latencyMs)),
  };
}

type Began = TraceEvent & { readonly kind: 'told'; readonly note: { readonly word: 'began' } };

function isBegan(event: HistoryEvent): event is Began {
  return event.kind === 'told' && event.note.word === 'began';
}

function txOf(event: TraceEvent): TxId | null {
  if (event.kind === 'sent' || event.kind === 'received') return event.message.about;
  return event.kind === 'durable' ? event.record.about : null;
}

/** In microseconds; null for an operation that did not end ok. */
function latencyOf(traced: readonly TraceEvent[], op: OpId): number | null {
  let invoked: number | null = null;
  for (const event of traced) {
    if (event.kind !== 'told') continue;
    if (event.note.word === 'invoked' && event.note.op === op) invoked = event.at;
    if (event.note.word === 'completed' && event.note.op === op)
      return invoked === null || event.note.outcome !== 'ok' ? null : event.at - invoked;
  }
  return null;
}

/** Each node is as deep as the deepest message of the transaction that it has heard; the request is the first, the answer one more. */
function delaysOf(traced: readonly TraceEvent[], tx: TxId, op: OpId): number {
  const depth = new Map<NodeId, number>();
  const inFlight = new Map<string, number[]>();
  for (const event of traced) {
    const here = depth.get(event.node) ?? 0;
    if (event.kind === 'asked' && event.way === 'in' && event.op === op) depth.set(event.node, 1);
    else if (event.kind === 'answered' && event.way === 'out' && event.op === op) return here + 1;
    else if (event.kind === 'sent' && event.message.about === tx) {
      const way = `${event.node} ${event.to} ${event.message.word}`;
      inFlight.set(way, [...(inFlight.get(way) ?? []), here]);
    } else if (event.kind === 'received' && event.message.about === tx) {
      const sent = inFlight.get(`${event.from} ${event.node} ${event.message.word}`)?.shift() ?? 0;
      depth.set(event.node, Math.max(here, sent + 1));
    }
  }
  return 0;
}
