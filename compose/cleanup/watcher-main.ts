/** The watcher's own program: waits on the pipe to the lab, and when it closes removes what the lab has not said to be done. */
import { undoneOrders } from './watch-order.ts';

const LOAD_MS = 3_000;

/** Loaded when the lab's start is over, which needs the processors; at once when the lab dies before that. */
const load = () => import('./clean-up-after.ts');
setTimeout(() => load().catch(() => {}), LOAD_MS).unref();

const undone = await undoneOrders(process.stdin);
if (undone.length > 0) {
  const { cleanUpAfter } = await load();
  await Promise.all(undone.map(cleanUpAfter));
}
