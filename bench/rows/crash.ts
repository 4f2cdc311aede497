// Rows 4 and 9: a node that is held at a step is killed and started again, against a container on a user network.

import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import { timed } from '../contest.ts';
import { createRaw, docker } from '../peers/raw-docker.ts';
import { CLIENT, COORDINATOR, restartNode, standCluster, transferOn } from '../standing.ts';
import type { EventWatch, Labels } from '../../compose/engine/port.ts';
import type { Benchmark, Measured } from '../contest.ts';
import type { Lab } from '../lab.ts';
import type { StandingCluster } from '../standing.ts';

export const crash: Benchmark = {
  name: 'crash',
  rows: [
    {
      number: '4',
      what: 'node killed, started again, ready',
      unit: 'ms',
      ours: 'restart',
      peer: { name: 'kill and start on a user network', quantity: 'raw restart' },
      bar: { at: 'most', required: 0.6, goal: 0.45 },
    },
    {
      number: '9',
      what: 'node at its step, then dead',
      unit: 'ms',
      ours: 'dead',
      peer: { name: "the engine's kill, called", quantity: 'raw dead' },
      bar: { at: 'most', required: 1.5, goal: 1.2 },
    },
  ],
  open: async (lab) => {
    const cluster = await standCluster(lab);
    const { uid, labels } = lab.objects();
    const network = `txlab-bench-${uid}`;
    await docker.createNetwork({ Name: network, CheckDuplicate: true, Internal: true, Labels: { ...labels } });
    const raw = await createRaw({ name: `${network}-raw`, image: lab.nodeImage, labels, network });
    await raw.start();
    const ours = await watchDeaths(lab, cluster.labels);
    const theirs = await watchDeaths(lab, labels);
    return {
      absent: {},
      sides: [
        { name: 'txlab', round: () => killAtStep(cluster, ours) },
        {
          name: 'dockerode',
          round: async () => {
            const death = theirs.next();
            const called = Date.now();
            const restart = await timed(async () => {
              await raw.kill();
              await raw.start();
            });
            return { 'raw restart': restart, 'raw dead': (await death) - called };
          },
        },
      ],
      [Symbol.asyncDispose]: async () => {
        await ours.watch[Symbol.asyncDispose]();
        await theirs.watch[Symbol.asyncDispose]();
        await cluster[Symbol.asyncDispose]();
      },
    };
  },
};

interface Deaths {
  readonly watch: EventWatch;
  /** When the next container of these labels dies, by the engine's clock, in milliseconds since 1970. */
  next(): Promise<number>;
}

async function watchDeaths({ engine }: Lab, labels: Labels): Promise<Deaths> {
  const deaths = new EventEmitter();
  const watch = await engine.watchEvents(labels, ({ action, timeNs }) => {
    if (action === 'die') deaths.emit('die', Number(timeNs) / 1e6);
  });
  return { watch, next: async () => ((await once(deaths, 'die')) as [number])[0] };
}

let round = 0;

/** As the director does it: held, a mark of another node, the fault. */
async function killAtStep(cluster: StandingCluster, deaths: Deaths): Promise<Measured> {
  const { running, reports, transfer } = cluster;
  const hold = `hold-${++round}`;
  const held = reports.next('the hold', (report) => report.say === 'held' && report.hold === hold);
  const gap = { when: 'before', verb: 'force', word: 'commit' } as const;
  running.command(COORDINATOR, { do: 'arm', hold, gap, nth: 1, seen: 0 });
  const transferred = transfer([transferOn(round)]);
  const report = await held;
  if (report.say !== 'held') throw new Error('a hold that is none');
  const heldAt = Date.now() - (Number(process.hrtime.bigint() / 1000n) - report.at) / 1000;
  const marked = reports.next('a mark', (said) => said.say === 'marked' && said.id === hold);
  running.command(CLIENT, { do: 'mark', id: hold });
  await marked;
  const death = deaths.next();
  const restart = await restartNode(cluster);
  await transferred;
  return { restart, dead: (await death) - heldAt };
}
