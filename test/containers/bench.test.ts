// `txlab bench` on real containers: what it counts is what the catalog publishes, and nothing is left.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectEngine } from '../../compose/engine/engine.ts';
import { OWNER_LABEL, TXLAB } from '../../compose/engine/labels.ts';
import { parseOwner } from '../../compose/engine/owner.ts';
import { findCommitProtocol } from '../../nodes/protocols/catalog.ts';
import { startEngineProxy } from '../support/engine-proxy.ts';
import { buildCommandLine, expectSweptByWatcher, removeRunFolders, txlab } from '../support/txlab-process.ts';

beforeAll(buildCommandLine);
afterAll(removeRunFolders);

interface Result {
  readonly clients: number;
  readonly committed: number;
  readonly abortRate: number;
  readonly forcedPerCommit: number;
  readonly messagesPerCommit: number;
  readonly commitsPerSync: number;
  readonly latencyMs: { readonly p50: number; readonly max: number };
}

test('a load without faults costs what the protocol publishes, shares its forced writes, and leaves nothing', async () => {
  const bench = txlab(['bench', '2pc', '--clients', '1,32', '--duration', '1s', '--json']);
  const { code, stdout, words } = await bench.ended;
  expect(code, words).toBe(0);
  const { results, fdatasyncMs } = JSON.parse(stdout) as { results: Result[]; fdatasyncMs: number };
  const [alone, many] = results;
  const published = findCommitProtocol('2pc')?.cost(2).commit;
  // A checkpoint now and then comes on top.
  expect(alone?.forcedPerCommit).toBeCloseTo(published?.forcedWrites ?? Number.NaN, 0);
  expect(alone?.messagesPerCommit).toBeCloseTo(published?.messages ?? Number.NaN, 1);
  expect(alone?.commitsPerSync).toBeLessThan(1.5);
  expect(many?.commitsPerSync).toBeGreaterThan(2);
  for (const { committed, abortRate, latencyMs } of results) {
    expect(committed).toBeGreaterThan(0);
    expect(abortRate).toBe(0);
    expect(latencyMs.max).toBeGreaterThanOrEqual(latencyMs.p50);
  }
  expect(fdatasyncMs).toBeGreaterThan(0);
  const left = await (await connectEngine()).listByLabel(TXLAB);
  expect(left.filter(({ labels }) => parseOwner(labels[OWNER_LABEL] ?? '')?.pid === bench.pid)).toEqual([]);
});

test('a load of orders costs what one of transfers does: nobody is refused, and nobody waits for another', async () => {
  const bench = txlab(['bench', '2pc', '--workload', 'inventory', '--clients', '4', '--duration', '1s', '--json']);
  const { code, stdout, words } = await bench.ended;
  expect(code, words).toBe(0);
  const { workload, results } = JSON.parse(stdout) as { workload: string; results: Result[] };
  expect(workload).toBe('inventory');
  const published = findCommitProtocol('2pc')?.cost(2).commit;
  expect(results).toMatchObject([{ clients: 4, abortRate: 0 }]);
  expect(results[0]?.committed).toBeGreaterThan(0);
  expect(results[0]?.forcedPerCommit).toBeCloseTo(published?.forcedWrites ?? Number.NaN, 0);
  expect(results[0]?.messagesPerCommit).toBeCloseTo(published?.messages ?? Number.NaN, 1);
});

interface LockResult {
  readonly clients: number;
  readonly locks: string;
  readonly done: number;
  readonly fairness: number;
  readonly acquireMs: { readonly p50: number; readonly p99: number } | null;
}

test('a lock is measured alone, with a lock for each client, and with one for all', async () => {
  const bench = txlab(['bench', 'redis', '--clients', '1,3', '--duration', '1s', '--json']);
  const { code, stdout, words } = await bench.ended;
  expect(code, words).toBe(0);
  const { results } = JSON.parse(stdout) as { results: LockResult[] };
  expect(results.map(({ clients, locks }) => [clients, locks])).toEqual([
    [1, 'each'],
    [3, 'each'],
    [3, 'one'],
  ]);
  for (const { done, fairness, acquireMs } of results) {
    expect(done).toBeGreaterThan(0);
    expect(fairness).toBeLessThanOrEqual(1);
    expect(acquireMs?.p99).toBeGreaterThanOrEqual(acquireMs?.p50 ?? Number.NaN);
  }
  const left = await (await connectEngine()).listByLabel(TXLAB);
  expect(left.filter(({ labels }) => parseOwner(labels[OWNER_LABEL] ?? '')?.pid === bench.pid)).toEqual([]);
});

test('an engine that dies during a load ends it, with what to type, and the watcher removes what is left', async () => {
  const proxy = await startEngineProxy();
  const bench = txlab(['bench', '2pc', '--clients', '1', '--duration', '10m'], { DOCKER_HOST: proxy.host });
  await bench.says(/1 client$/m);
  proxy.die();
  const { code, stderr, words } = await bench.ended;
  expect(code, words).toBe(4);
  expect(stderr).toMatch(/The engine was lost in the middle of the load: .*\ntry: +docker info/);
  await proxy.comeBack();
  await expectSweptByWatcher(await connectEngine(), bench);
  proxy.die();
});
