// Marks on lines: what a node did by itself, and what the lab did to it.

import { formatGap } from '../../nodes/contract/step.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { MarkKind } from './story-types.ts';

export interface MarkOf {
  readonly kind: MarkKind;
  readonly node: string | null;
  readonly word: string;
}

/** Null for what an arrow shows, and for the header. */
export function markOf(event: HistoryEvent): MarkOf | null {
  switch (event.kind) {
    case 'sent':
    case 'lost':
    case 'received':
    case 'run':
      return null;
    case 'logged':
      return { kind: 'other', node: event.node, word: `log read ${event.moment}` };
    case 'dumped':
      return { kind: 'other', node: event.node, word: 'state at rest' };
    case 'asked':
    case 'answered':
      return event.peer === 'lab' ? { kind: 'other', node: event.node, word: `${event.kind} ${event.word}` } : null;
    case 'durable':
      return { ...recordMark(event.record.mark, event.how), node: event.node, word: event.record.word };
    case 'appended':
      return { ...recordMark(event.record.mark, 'append'), node: event.node, word: event.record.word };
    case 'held':
      return { kind: 'hold', node: event.node, word: `held ${formatGap(event.gap)}` };
    case 'released':
      return { kind: 'hold', node: event.node, word: 'released' };
    case 'booted':
      return { kind: 'boot', node: event.node, word: 'boot' };
    case 'fault':
      return { kind: event.fault === 'kill' ? 'crash' : 'fault', node: event.node, word: event.fault };
    case 'exited':
      return { kind: 'crash', node: event.node, word: 'ended by itself' };
    case 'told':
      return { kind: 'note', node: event.node, word: event.note.word };
    case 'phase':
      return { kind: 'phase', node: null, word: event.phase };
    case 'ended':
      return { kind: 'phase', node: null, word: `ended: ${event.why}` };
    case 'trace-lost':
    case 'bug':
      return { kind: 'crash', node: event.node, word: event.kind.replace('-', ' ') };
    case 'ignored':
    case 'expired':
      return { kind: 'other', node: event.node, word: `${event.kind} ${event.word}` };
    case 'meddled':
      return { kind: 'fault', node: event.node, word: `${event.did} ${event.word}` };
    default:
      return event satisfies never;
  }
}

function recordMark(mark: string, how: 'append' | 'force'): Pick<MarkOf, 'kind'> {
  if (mark === 'decision') return { kind: 'decision' };
  if (mark === 'prepared') return { kind: 'promise' };
  return { kind: how === 'force' ? 'force' : 'other' };
}
