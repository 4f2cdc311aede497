// Whether the trace is whole: which nodes' events are missing, so that nothing is concluded from an absence that was only not seen.

import type { HistoryEvent, TraceEvent } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { History } from '../findings.ts';

/** One sentence for each node whose trace has a hole; empty when the trace is whole. */
export function holesIn(history: History): ReadonlyMap<NodeId, string> {
  const holes = new Map<NodeId, string>();
  const last = new Map<NodeId, TraceEvent>();
  for (const event of history.events) {
    const hole = isTrace(event) ? holeBefore(event, last.get(event.node)) : lostBy(event);
    if (hole !== null && 'node' in event && !holes.has(event.node)) holes.set(event.node, hole);
    if (isTrace(event)) last.set(event.node, event);
  }
  for (const node of history.run.nodes) {
    if (!last.has(node) && !holes.has(node)) holes.set(node, `There is no trace of ${node}.`);
  }
  return holes;
}

function isTrace(event: HistoryEvent): event is TraceEvent {
  return 'seq' in event;
}

function lostBy(event: HistoryEvent): string | null {
  return event.kind === 'trace-lost' ? `The trace of ${event.node} was lost: ${event.detail}.` : null;
}

function holeBefore(event: TraceEvent, before: TraceEvent | undefined): string | null {
  const { node, incarnation, seq } = event;
  if (before === undefined || before.incarnation !== incarnation) {
    if (before !== undefined && incarnation !== before.incarnation + 1) {
      return `The trace of ${node} goes from incarnation ${before.incarnation} to ${incarnation}.`;
    }
    return seq <= 1 ? null : `The trace of ${node}, incarnation ${incarnation}, begins at event ${seq}.`;
  }
  if (seq === before.seq + 1) return null;
  return `The trace of ${node}, incarnation ${incarnation}, goes from event ${before.seq} to ${seq}.`;
}
