// The counter says as many as were written, and whoever was told that it wrote is among them.

import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, count, unknown } from '../conclude.ts';
import { outcomeOf, txOf } from '../facts.ts';
import { factsOf } from '../gather.ts';
import { sitesAtRest } from '../rest.ts';
import { countersIn } from './content.ts';

export function counting(history: History): Finding {
  const facts = factsOf(history);
  const { dumps, gaps } = sitesAtRest(history);
  if (dumps.size === 0) return unknown('counting', 'The resource did not report its state.');
  const counters = [...dumps.values()].flatMap((dumped) =>
    [...countersIn(dumped.state.content)].map(([key, counter]) => ({ key, dumped, ...counter })),
  );
  const writes = counters.flatMap(({ accesses }) => accesses.filter(({ does }) => does === 'write'));
  const written = new Set(writes.map(({ about }) => about));
  const lost = counters.flatMap(({ key, value, accesses, dumped }): Complaint[] => {
    const times = accesses.filter(({ does }) => does === 'write').length;
    if (times === value) return [];
    const missing = count(times - value, 'increment');
    return [
      { reason: `${key} was written ${count(times, 'time')} and says ${value}: ${missing} lost.`, events: [dumped] },
    ];
  });
  const unwritten = [...facts.ops.values()].flatMap((operation): Complaint[] => {
    const about = txOf(operation);
    if (outcomeOf(operation) !== 'ok' || about === null || written.has(about) || !operation.completed) return [];
    const reason = `The client of ${about} was told that it has written, and the resource knows nothing of it.`;
    return [{ reason, events: [operation.completed] }];
  });
  return conclude('counting', {
    broken: [...lost, ...unwritten],
    gaps,
    holds: `${count(writes.length, 'write')} were taken, and the counters say so.`,
  });
}
