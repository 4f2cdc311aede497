// Rows 1 to 3: four nodes up, ready and down again, in pods made for the run and in standing ones, against the engine's bare API,
// testcontainers and docker compose.

import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { specOf } from '../../scenarios/run/run.ts';
import { timed } from '../contest.ts';
import { bringUpRaw, docker, READY_PROGRAM } from '../peers/raw-docker.ts';
import { installFromDebian } from '../peers/packages.ts';
import { openTestcontainers } from '../peers/testcontainers.ts';
import { listenToReports } from '../reports.ts';
import { baseline } from '../standing.ts';
import type { Cluster } from '../../compose/cluster.ts';
import type { Benchmark, Row, Side } from '../contest.ts';
import type { Lab } from '../lab.ts';

const NODES = 4;
const RAW = { name: 'dockerode, in parallel', quantity: 'raw' } as const;
const TESTCONTAINERS = { name: 'testcontainers', quantity: 'testcontainers' } as const;
const COMPOSE = { name: 'docker compose', quantity: 'compose' } as const;

export const bringUp: Benchmark = {
  name: 'bring-up',
  rows: [
    row('1', 'cold', RAW, { required: 1.35, goal: 1.15 }),
    row('2', 'cold', TESTCONTAINERS, { required: 1, goal: 0.85 }),
    row('2', 'cold', COMPOSE, { required: 1, goal: 0.6 }),
    row('3', 'warm', RAW, { required: 0.6, goal: 0.42 }),
    row('6', 'warm', COMPOSE, { required: 0.33, goal: 0.2 }),
  ],
  open: async (lab) => {
    const absent: Record<string, string> = {};
    const without = (quantity: string) => (error: unknown) => {
      absent[quantity] = error instanceof Error ? error.message : String(error);
      return null;
    };
    const sides: Side[] = [
      { name: 'txlab cold', round: async () => ({ cold: await timed(() => upAndDown(lab, lab.cluster())) }) },
      {
        name: 'dockerode',
        round: async () => ({ raw: await timed(() => bringUpRaw(NODES, lab.objects(), lab.nodeImage)) }),
      },
    ];
    sides.push({
      name: 'txlab warm',
      round: async () => {
        await using _pool = await lab.standPool();
        return { warm: await timed(() => upAndDown(lab, lab.leasedCluster())) };
      },
    });
    const testcontainers = await openTestcontainers(lab.nodeImage, lab.say).catch(without('testcontainers'));
    if (testcontainers)
      sides.push({
        name: 'testcontainers',
        round: async () => ({ testcontainers: await timed(() => testcontainers(NODES, lab.objects())) }),
      });
    const compose = await openCompose(lab).catch(without('compose'));
    if (compose) sides.push({ name: 'compose', round: async () => ({ compose: await timed(compose) }) });
    return { sides, absent, [Symbol.asyncDispose]: async () => {} };
  },
};

function row(
  number: string,
  ours: 'cold' | 'warm',
  peer: { readonly name: string; readonly quantity: string },
  bar: { readonly required: number; readonly goal: number },
): Row {
  const what = `4 nodes up, ready, down (${ours === 'cold' ? 'own pods' : 'standing pods'})`;
  return { number, what, unit: 'ms', ours, peer, bar: { at: 'most', ...bar } };
}

function findCompose(): readonly string[] | undefined {
  return [['docker', 'compose'], ['docker-compose']].find(
    ([name = '', ...words]) => spawnSync(name, [...words, 'version'], { stdio: 'ignore' }).status === 0,
  );
}

/** Started, every node ready, stopped. */
export async function upAndDown(lab: Lab, cluster: Cluster): Promise<void> {
  const plan = baseline();
  const reports = listenToReports();
  const ready = plan.nodes.map(({ id }) =>
    reports.next(`${id} to be ready`, (report) => report.node === id && report.say === 'ready'),
  );
  await using running = await cluster.start(specOf(plan, lab.runFolder()), reports.hear, () => {});
  await Promise.all(ready);
  await running.stop();
}

/** Whichever compose there is, or Debian's. */
async function openCompose(lab: Lab): Promise<() => Promise<void>> {
  if (!findCompose()) await installFromDebian('docker-compose', lab.say);
  const [program, ...first] = findCompose() ?? [];
  if (program === undefined) throw new Error('apt-get installed docker-compose, but it does not run');
  const { uid, labels } = lab.objects();
  const folder = join(lab.folder, `compose${uid}`);
  const image = (await docker.getImage(lab.nodeImage).inspect()).RepoTags[0] ?? lab.nodeImage;
  const service = { image, entrypoint: ['node', '-e', READY_PROGRAM], labels };
  const services = Object.fromEntries(Array.from({ length: NODES }, (_, index) => [`node-${index}`, service]));
  mkdirSync(folder);
  writeFileSync(join(folder, 'docker-compose.yml'), JSON.stringify({ version: '3', services }));
  const run = (...words: string[]) => promisify(execFile)(program, [...first, ...words], { cwd: folder });
  lab.atEnd(async () => void (await run('down', '-t', '0').catch(() => {})));
  return async () => {
    await run('up', '-d');
    await run('down', '-t', '0');
  };
}
