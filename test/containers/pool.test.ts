// A standing pool: runs lease its pods and give them back, however they end; what is not sound is not used.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { currentOwner, readProcess } from '../../compose/engine/owner.ts';
import { runLabels } from '../../compose/engine/labels.ts';
import { freshPods } from '../../compose/pods/pods.ts';
import { findPools, leasedPods, poolVersion, standUp } from '../../compose/pool/pool.ts';
import { dockerCluster, newUid } from '../../compose/docker-cluster.ts';
import { connectEngine } from '../../compose/engine/engine.ts';
import { ensureImage } from '../../compose/setup/images.ts';
import { sweepUntilClean } from '../../compose/cleanup/cleanup.ts';
import { standingShell } from '../../compose/pods/shell.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { buildCommandLine, expectSweptByWatcher, removeRunFolders, txlab } from '../support/txlab-process.ts';
import { openLab, planOf } from '../support/lab.ts';
import type { Engine, Labels } from '../../compose/engine/port.ts';
import type { Lab } from '../support/lab.ts';
import type { Pool } from '../../compose/pool/pool.ts';
import type { Pod } from '../../compose/pods/pods.ts';

let engine: Engine;
let lab: Lab;
let sandboxImage: string;
let made: Labels[] = [];
beforeAll(async () => {
  buildCommandLine();
  engine = await connectEngine();
  lab = await openLab();
  expect(await findPools(engine), 'a pool that stands would be leased from: txlab down').toEqual([]);
  sandboxImage = (await ensureImage(engine, 'sandbox')).id;
});
afterEach(async () => {
  for (const labels of made) await sweepUntilClean(engine, labels, { quietMs: 0 });
  made = [];
});
afterAll(removeRunFolders);

async function stand(size: number, own?: string, owner = currentOwner()): Promise<Pool> {
  const uid = newUid();
  made.push({ 'txlab.run': uid });
  const version = poolVersion(sandboxImage, own);
  await standUp(engine, { uid, labels: runLabels(uid, owner), size, sandboxImage, version });
  return poolOf(uid);
}

async function poolOf(uid: string): Promise<Pool> {
  const pool = (await findPools(engine)).find((found) => found.uid === uid);
  if (!pool) throw new Error(`no pool ${uid}`);
  return pool;
}

/** Leases as a run does, by itself. */
async function lease(names: readonly string[], ownPool?: string) {
  const nodes = names.map(nodeId);
  const uid = newUid();
  const labels = runLabels(uid, currentOwner());
  made.push(labels);
  const options = { uid, labels, sandboxImage, programImage: await lab.programImage(), ownPool };
  const said: string[] = [];
  const pods = await leasedPods(engine, options, freshPods(engine, options))(nodes, (text) => said.push(text));
  const giveBack = async () => {
    for (const { shell } of pods) shell.close();
    await sweepUntilClean(engine, labels, { quietMs: 0 });
  };
  return { uid, pods, said, giveBack };
}

const addresses = (pods: readonly Pod[]): readonly string[] => pods.map(({ address }) => address).toSorted();

test('two runs hold different pods; what is given back is leased again', async () => {
  const pool = await stand(3);
  const [one, two] = await Promise.all([lease(['a']), lease(['b', 'c'])]);
  expect(new Set([...addresses(one.pods), ...addresses(two.pods)]).size).toBe(3);
  expect((await poolOf(pool.uid)).leases).toEqual(
    new Map([
      [one.uid, 1],
      [two.uid, 2],
    ]),
  );
  const third = await lease(['d']);
  expect(third.said).toContain('the standing pool has too few free pods: fresh ones are made');
  await two.giveBack();
  const again = await lease(['e', 'f']);
  expect(addresses(again.pods)).toEqual(addresses(two.pods));
});

test('a pod is taken over without the rules and files that its last holder left', async () => {
  await stand(1);
  const first = await lease(['a']);
  const address = first.pods[0]?.address;
  await first.pods[0]?.shell.run('iptables -w -A OUTPUT -d 127.0.0.9 -j DROP; echo old > /data/log');
  await first.giveBack();
  const second = await lease(['b']);
  expect(second.pods[0]?.address).toBe(address);
  expect((await second.pods[0]?.shell.run('iptables -w -S OUTPUT'))?.output).not.toContain('DROP');
  expect(await second.pods[0]?.shell.run('ls /data')).toEqual({ code: 0, output: '' });
});

test('pods that have died, or whose shell hangs, are passed by', async () => {
  const pool = await stand(3);
  const [dead = '', hanging = ''] = pool.pods.values();
  await engine.kill(dead, 'SIGKILL');
  await engine.waitExit(dead, 10_000);
  standingShell(await engine.attach(hanging), 'the pod that hangs')
    .run('cat', 100)
    .catch(() => {});
  const { pods, said } = await lease(['a']);
  expect(pods).toHaveLength(1);
  expect(said).toContain('pod 1 of the standing pool does not answer: txlab down; txlab up');
  expect(said).toContain('pod 2 of the standing pool does not answer: txlab down; txlab up');
  expect((await poolOf(pool.uid)).leased).toEqual(new Set([3]));
});

test('a pool of another version is left alone', async () => {
  const uid = newUid();
  const labels = { ...runLabels(uid, currentOwner()), 'txlab.pool': '0-another-time' };
  made.push({ 'txlab.run': uid });
  await engine.createNetwork({ name: `txlab-pool-${uid}`, labels });
  const { said, pods } = await lease(['a']);
  expect(said).toContain('a pool of another version of txlab stands by: it is left alone');
  expect(pods).toHaveLength(1);
});

test('a pool that a lab made for its own runs is leased by nobody else', async () => {
  const pool = await stand(1, 'this-lab');
  const stranger = await lease(['a'], 'another-lab');
  expect((await poolOf(pool.uid)).leases.size).toBe(0);
  expect(stranger.said).toEqual(['network and 1 pods']);
  const own = await lease(['b'], 'this-lab');
  expect((await poolOf(pool.uid)).leases).toEqual(new Map([[own.uid, 1]]));
});

test('a scenario on a standing pool ends as it does on fresh pods, and leaves the pool as it was', async () => {
  const pool = await stand(4);
  const plan = planOf('participant-cut-off-before-decision', 3);
  const uid = newUid();
  const labels = runLabels(uid, currentOwner());
  made.push(labels);
  const options = { uid, labels, sandboxImage, programImage: await lab.programImage() };
  const nobody = () => Promise.reject(new Error('the pool was not used'));
  const cluster = dockerCluster({ engine, labels, pods: leasedPods(engine, options, nobody) });
  const { verdict, left } = await lab.runOn(cluster, plan);
  expect(verdict.word).toBe('as expected');
  expect(left).toEqual([]);
  expect(await poolOf(pool.uid)).toMatchObject({ leases: new Map(), pods: pool.pods });
});

test('up leaves a pool standing, a killed run gives its pods back, down removes it and its keeper', async () => {
  const up = await txlab(['up', '--pods', '4']).ended;
  expect(up).toMatchObject({ code: 0, words: expect.stringContaining('4 pods stand') });
  const [pool] = (await findPools(engine)).filter(({ pods }) => pods.size === 4);
  if (!pool) throw new Error(up.words);
  made.push({ 'txlab.run': pool.uid });
  expect((await txlab(['up']).ended).words).toContain('A pool of 4 pods stands already');

  const run = txlab(['kill', 'coordinator', 'during', 'prepare']);
  await expect.poll(() => run.read('lab.jsonl'), { timeout: 20_000 }).toContain('"fault"');
  expect((await poolOf(pool.uid)).leased.size).toBe(4);
  const refused = await txlab(['down']).ended;
  expect(refused.code).toBe(4);
  expect(refused.words).toMatch(/The pool is in use by run \w+ \(4 pods\)/);
  run.signal('SIGKILL');
  await run.ended;
  await expectSweptByWatcher(engine, run);
  expect((await poolOf(pool.uid)).leased.size).toBe(0);

  const keeper = Number((await engine.listByLabel({ 'txlab.run': pool.uid }))[0]?.labels['txlab.owner']?.split(',')[3]);
  expect((await txlab(['down']).ended).words).toContain('4 pods were removed');
  expect(await engine.listByLabel({ 'txlab.run': pool.uid })).toEqual([]);
  await expect.poll(() => isAlive(keeper), { timeout: 20_000 }).toBe(false);
});

test('a killed run takes the servers along that it has frozen, and the pool stays', async () => {
  await txlab(['up', '--pods', '4']).ended;
  const [pool] = await findPools(engine);
  if (!pool) throw new Error('no pool');
  made.push({ 'txlab.run': pool.uid });
  const run = txlab(['pause', 'redis', 'at', '200ms', 'for', '40s', '--protocol', 'redis']);
  const servers = async () =>
    (await engine.listByLabel({ 'txlab.run': pool.uid })).filter(({ labels }) => labels['txlab.servers']);
  await expect.poll(() => run.read('lab.jsonl'), { timeout: 20_000 }).toContain('"fault"');
  expect(await servers()).toHaveLength(2);
  run.signal('SIGKILL');
  await run.ended;
  await expectSweptByWatcher(engine, run);
  expect(await servers()).toEqual([]);
  expect((await poolOf(pool.uid)).pods.size).toBe(4);
  await txlab(['down']).ended;
});

test('a pool that nobody uses ends by itself; one whose keeper was killed is removed at the next start', async () => {
  await txlab(['up', '--pods', '1', '--idle', '1ms']).ended;
  await expect.poll(() => findPools(engine), { timeout: 30_000 }).toEqual([]);

  await txlab(['up', '--pods', '1']).ended;
  const [pool] = await findPools(engine);
  const [network] = await engine.listByLabel({ 'txlab.run': pool?.uid ?? '' });
  const keeper = Number(network?.labels['txlab.owner']?.split(',')[3]);
  process.kill(keeper, 'SIGKILL');
  await expect.poll(() => isAlive(keeper)).toBe(false);
  const next = await txlab(['run', 'two-phase-baseline']).ended;
  expect(next.code).toBe(0);
  expect(await findPools(engine)).toEqual([]);
});

/** A process that has ended and was not waited for is not alive. */
function isAlive(pid: number): boolean {
  return (readProcess(pid)?.state ?? 'Z') !== 'Z';
}
