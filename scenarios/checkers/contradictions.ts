// Who is asked once answers once: two different ends of one operation, or another end at the client than it was answered, are lies to somebody.
// Of an operation that was begun more than once each attempt may end in its own way.

import type { OpId } from '../../nodes/contract/ids.ts';
import type { Complaint } from './conclude.ts';
import type { EventOf, Facts } from './facts.ts';

type Said = EventOf<'answered'> | EventOf<'told'>;

export function contradictions(facts: Facts): readonly Complaint[] {
  const ends = new Map<OpId, Map<string, Said>>();
  const completions = new Map<OpId, Map<string, Said>>();
  const note = (map: Map<OpId, Map<string, Said>>, op: OpId, word: string, event: Said) => {
    const words = map.get(op) ?? new Map<string, Said>();
    if (!words.has(word)) map.set(op, words.set(word, event));
  };
  for (const event of facts.history.events) {
    if (event.kind === 'answered' && event.way === 'out' && isEnd(event.word)) note(ends, event.op, event.word, event);
    if (event.kind !== 'told' || event.note.word !== 'completed') continue;
    note(completions, event.note.op, event.note.outcome, event);
    if (isEnd(event.note.outcome)) note(ends, event.note.op, event.note.outcome, event);
  }
  const twice = [...completions].filter(([, words]) => words.size > 1);
  const split = [...ends].filter(([op, words]) => words.size > 1 && (facts.ops.get(op)?.began.length ?? 0) < 2);
  return [...new Map([...split, ...twice])].map(([op, words]) => ({
    reason: `${op} had different ends: ${[...words.keys()].join(' and ')}.`,
    events: [...words.values()],
  }));
}

function isEnd(word: string): boolean {
  return word === 'ok' || word === 'failed';
}
