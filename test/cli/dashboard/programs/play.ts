// Plays a recorded run to the view that this terminal gets: up to the moment when both participants are blocked, and the rest at SIGUSR2.

import { verdictLines } from '../../../../cli/reports/describe.ts';
import { next } from '../../../../cli/feed/follow.ts';
import { openModel } from '../../../../cli/feed/model.ts';
import { paintFor } from '../../../../cli/paint.ts';
import { openView } from '../../../../cli/view.ts';
import { areBlocked, readRecording } from '../../../support/recorded-run.ts';

const goOn = Promise.withResolvers<void>();
process.on('SIGUSR2', () => goOn.resolve());
// A promise alone does not keep the process alive.
const alive = setInterval(() => {}, 60_000);

const { plan, fed, verdict } = readRecording(process.argv[2] ?? '');
const shadow = openModel(plan, 0);
const pause = fed.findIndex(([ms, feed]) => {
  next(shadow, feed, ms);
  return areBlocked(shadow);
});

const view = await openView(plan, process.stdout, { json: false, plain: process.argv.includes('--plain') }, process);
let stopping = false;
process.on('SIGINT', () => {
  if (stopping) process.exit(130);
  stopping = true;
  view.stopping();
});
for (const [, feed] of fed.slice(0, pause + 1)) view.show(feed);
await goOn.promise;
for (const [, feed] of fed.slice(pause + 1)) view.show(feed);
await view.close(verdict);
for (const line of verdictLines(verdict, plan, {
  paint: paintFor(process.stdout),
  served: 0,
  columns: process.stdout.columns,
}))
  process.stdout.write(`${line}\n`);
clearInterval(alive);
