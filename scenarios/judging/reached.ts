// Which steps a run reached, read off its history: by how many transactions, and whether a fault's step was held. Places in a broadcast
// are not told apart, since every broadcast has all of them.

import type { HistoryEvent } from '../../nodes/contract/events.ts';
import { gapMatches, type Gap, type ReachedGap, type Step } from '../../nodes/contract/step.ts';
import type { History } from '../findings.ts';

/** How many transactions (or operations) came to this step before the probes. */
export function timesReached({ events }: History, { node, gap }: Step): number {
  const probing = events.find((event) => event.kind === 'phase' && event.phase === 'probing')?.at ?? Infinity;
  const abouts = events.flatMap((event) => {
    if (!('node' in event) || event.node !== node || event.at >= probing) return [];
    const reached = reachedBy(event, gap.when);
    return reached !== null && gapMatches(anywhere(gap), reached.moment) ? [reached.about ?? ''] : [];
  });
  return new Set(abouts).size;
}

/** Whether its node was held there for a fault. */
export function isHeld({ events }: History): boolean {
  return events.some((event) => event.kind === 'held');
}

function anywhere({ when, verb, word, kind }: Gap): Gap {
  return { when, verb, word, ...(kind && { kind }) };
}

function reachedBy(
  event: HistoryEvent,
  when: Gap['when'],
): { readonly moment: ReachedGap; readonly about: string | null } | null {
  switch (event.kind) {
    case 'sent':
    case 'received': {
      const { kind, message } = event;
      return {
        moment: { when, verb: kind === 'sent' ? 'send' : 'receive', word: message.word, message },
        about: message.about,
      };
    }
    case 'appended':
      return { moment: { when, verb: 'append', word: event.record.word }, about: event.record.about };
    case 'durable':
      return event.how === 'force'
        ? { moment: { when, verb: 'force', word: event.record.word }, about: event.record.about }
        : null;
    case 'asked':
    case 'answered': {
      const verb = event.way === 'in' ? 'receive' : event.kind === 'asked' ? 'ask' : 'answer';
      return { moment: { when, verb, word: event.word }, about: event.op };
    }
    case 'expired':
      return { moment: { when, verb: 'expire', word: event.word }, about: event.about };
    default:
      return null;
  }
}
