// Recorded runs as a report reads them: the history, the plan of its scenario, and the verdict.

import { join } from 'node:path';
import { parseHistory } from '../../scenarios/history/history.ts';
import { judge } from '../../scenarios/judging/verdict.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { ofCatalog } from './catalog.ts';
import { GOOD, recordedText } from './oracle.ts';
import type { Reported } from '../../cli/page/html.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { History } from '../../scenarios/findings.ts';

export const LOCKS = join(import.meta.dirname, '..', 'recorded', 'locks');

/** By the scenario's name, which is the recording's. */
export function recordedRun(name: string, folder = GOOD): Reported {
  return reportedOf(parseHistory(recordedText(folder, name)), name);
}

export function reportedOf(history: History, name: string): Reported {
  const plan = makePlan(ofCatalog(name), history.run.seed);
  const verdict = judge(history, plan);
  return { run: history.run.run, plan, verdict, history, manifest: null, commands: [], script: 'void 0' };
}

/** The same run so many times, one after the other, its transactions told apart. */
export function manyTimes({ run, events, torn }: History, times: number): History {
  const last = (events.at(-1)?.at ?? 0) - (events.find(({ at }) => at > 0)?.at ?? 0) + 1e6;
  const more = Array.from({ length: times - 1 }, (_, nth) =>
    events.flatMap((event): readonly HistoryEvent[] => {
      if (!('seq' in event) || event.kind === 'booted' || event.kind === 'held' || event.kind === 'released') return [];
      const text = JSON.stringify(event).replaceAll(/(coordinator|client)\.1\./g, `$1.${nth + 5}.`);
      const moved = JSON.parse(text) as Extract<HistoryEvent, { seq: number }>;
      return [{ ...moved, at: event.at + (nth + 1) * last, seq: event.seq + (nth + 1) * 1e6 }];
    }),
  );
  return { run, events: [...events, ...more.flat()], torn };
}
