// Runs in a container: clients of a published library take Redlock locks on five servers, in closed loops, and say how often they had one.
// Each client waits for its lock before it asks again; with one lock for all they contend for it.

import { Redis } from 'ioredis';
import Redlock from 'redlock';
import { RedlockMutex } from 'redis-semaphore';
import type { LibraryOrder } from './lock-libraries.ts';

const order = JSON.parse(process.argv[2] ?? '{}') as LibraryOrder;
const servers = order.servers.map((host) => new Redis({ host, port: 6379 }));
const redlock = new Redlock(servers);

/** Fails where it could not be had in the library's own time: then it is tried again. */
async function once(key: string): Promise<void> {
  if (order.library === 'redlock') {
    const lock = await redlock.acquire([key], TTL_MS);
    await lock.release();
    return;
  }
  const mutex = new RedlockMutex(servers, key, { lockTimeout: TTL_MS, acquireTimeout: PATIENCE_MS });
  await mutex.acquire();
  await mutex.release();
}

async function client(index: number, counts: number[]): Promise<void> {
  const key = order.locks === 'one' ? 'lock' : `lock-${index}`;
  while (performance.now() < closes) {
    const had = await once(key).then(
      () => true,
      () => false,
    );
    const now = performance.now();
    if (had && now >= opens && now < closes) counts[index] = (counts[index] ?? 0) + 1;
  }
}

const TTL_MS = 10_000;
const PATIENCE_MS = 60_000;

await Promise.all(servers.map((server) => new Promise((resolve) => server.once('ready', resolve))));
const opens = performance.now() + order.warmUpMs;
const closes = opens + order.measureMs;
const counts = Array.from({ length: order.clients }, () => 0);
await Promise.all(counts.map((_, index) => client(index, counts)));
process.stdout.write(JSON.stringify(counts), () => process.exit(0));
