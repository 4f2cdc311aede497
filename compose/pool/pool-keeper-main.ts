/** The keeper's own program: ends a standing pool that was never finished, or that nobody has leased for a while. */
import { setTimeout as delay } from 'node:timers/promises';
import { sweepUntilClean } from '../cleanup/cleanup.ts';
import { connectEngine } from '../engine/engine.ts';
import type { Engine } from '../engine/port.ts';
import { LEASE_LABEL, RUN_LABEL, TXLAB } from '../engine/labels.ts';
import { findPools, takeDown } from './pool.ts';
import { ENTRUSTED } from './pool-keeper.ts';
import type { KeeperOrder } from './pool-keeper.ts';

const LOOK_MS = 10_000;
/** While somebody is taking it down. */
const LOOK_SOON_MS = 500;
const QUIET_MS = 1_000;

let said = '';
for await (const chunk of process.stdin) said += String(chunk);
const [first = '', second = ''] = said.split('\n');
const { uid, idleMs, endpoint = {} } = JSON.parse(first) as KeeperOrder;
const engine = await connectEngine(endpoint);
if (second === ENTRUSTED) await keep(engine);
else await sweepUntilClean(engine, { ...TXLAB, [RUN_LABEL]: uid }, { quietMs: QUIET_MS });

/** Returns when the pool has gone. Should the engine go, so does the keeper, and the next txlab finds a pool without an owner. */
async function keep(living: Engine): Promise<void> {
  let usedAt = performance.now();
  const used = () => {
    usedAt = performance.now();
  };
  let look = new AbortController();
  await using _leases = await living.watchEvents({ ...TXLAB, [LEASE_LABEL]: uid }, used);
  await using _pods = await living.watchEvents({ ...TXLAB, [RUN_LABEL]: uid }, () => look.abort());
  for (;;) {
    await delay(LOOK_MS, undefined, { signal: look.signal }).catch(() => delay(LOOK_SOON_MS));
    look = new AbortController();
    const pool = (await findPools(living)).find((found) => found.uid === uid);
    if (!pool) return;
    if (pool.leases.size > 0) used();
    else if (performance.now() - usedAt > idleMs && (await takeDown(living, pool))) return;
  }
}
