// Records what a view is fed during a run on real containers, for the dashboard's tests: `node test/cli/dashboard/programs/record.ts`.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLab, planOfSentence } from '../../../support/lab.ts';
import type { Feed } from '../../../../scenarios/run/run.ts';

const lab = await openLab();
const plan = planOfSentence('kill coordinator before force commit of transaction 8 then restart after 1800ms', 7, {
  transactions: 40,
});
const opened = performance.now();
const fed: [ms: number, feed: Feed][] = [];
const { verdict } = await lab.run(plan, {
  onFeed: (feed) => {
    if (!isBulky(feed)) fed.push([Math.round(performance.now() - opened), feed]);
  },
});
const lines = [plan, ...fed, verdict].map((value) => `${JSON.stringify(value)}\n`);
writeFileSync(join(import.meta.dirname, '..', 'recorded-run.jsonl'), lines.join(''));
rmSync(lab.folder, { recursive: true, force: true });

/** What nodes hold in full is for checkers; no view reads it. */
function isBulky(feed: Feed): boolean {
  if (feed.kind === 'report') return feed.report.say === 'answered';
  return feed.kind === 'event' && (feed.event.kind === 'dumped' || feed.event.kind === 'logged');
}
