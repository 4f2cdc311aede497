// The counter says as many as were written, and whoever was told that it wrote is among them.

import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, count, unknown } from '../conclude.ts';
import { outcomeOf, txOf } from '../facts.ts';
import { factsOf } from '../gather.ts';
import { usesOf } from '../keys.ts';
import { sitesAtRest } from '../rest.ts';
import { countersIn } from './content.ts';

export function counting(history: History): Finding {
  const facts = factsOf(history);
  const { dumps, gaps } = sitesAtRest(history);
  if (dumps.size === 0) return unknown('counting', 'The resource did not report its state.');
  const counters = [...dumps.values()].flatMap((dumped) =>
    [...countersIn(dumped.state.content)].map(([key, counter]) => ({ key, dumped, ...counter })),
  );
  const writes = counters.flatMap(({ key, accesses }) =>
    accesses.flatMap(({ about, does }) => (does === 'write' ? [{ about, key }] : [])),
  );
  const written = new Set(writes.map(({ about }) => about));
  const writtenAt = new Set(writes.map(({ about, key }) => `${about} ${key}`));
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
    if (outcomeOf(operation) !== 'ok' || about === null || !operation.completed) return [];
    const events = [operation.completed];
    if (!written.has(about))
      return [
        {
          reason: `The client of ${about} was told that it has written, and the resource knows nothing of it.`,
          events,
        },
      ];
    const own = [about, ...operation.began.map(({ note }) => note.about)];
    const keys = usesOf(operation).map(({ key }) => key);
    const left = keys.find((key) => !own.some((one) => writtenAt.has(`${one} ${key}`)));
    if (left === undefined) return [];
    return [
      { reason: `The client of ${about} was told that it has written ${left}, which knows nothing of it.`, events },
    ];
  });
  return conclude('counting', {
    broken: [...lost, ...unwritten],
    gaps,
    holds: `${count(writes.length, 'write')} were taken, and the counters say so.`,
  });
}
