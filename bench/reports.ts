// What a benchmark hears of a cluster: waits for reports as they come, each with a bound.

import type { ClusterEvent } from '../compose/cluster.ts';
import type { Report } from '../nodes/contract/control.ts';

export interface Reports {
  readonly hear: (event: ClusterEvent) => void;
  /** The next report that matches. Ask before causing it. */
  next(what: string, matches: (report: Report) => boolean): Promise<Report>;
}

export function listenToReports(): Reports {
  const waiting = new Set<(report: Report) => void>();
  return {
    hear: (event) => {
      if (event.kind === 'report') for (const one of waiting) one(event.report);
    },
    next: (what, matches) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(take);
          reject(new Error(`waited ${DEADLINE_MS} ms for ${what} in vain`));
        }, DEADLINE_MS);
        const take = (report: Report) => {
          if (!matches(report)) return;
          clearTimeout(late);
          waiting.delete(take);
          resolve(report);
        };
        waiting.add(take);
      }),
  };
}

const DEADLINE_MS = 20_000;
