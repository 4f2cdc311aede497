// Row 8: a node stops at its step, tells the lab, and is released, against a bare echo over attached standard streams.

import { once } from 'node:events';
import { eventsOf } from '../../scenarios/run/run-folder.ts';
import { CLIENT, standCluster, transferOn } from '../standing.ts';
import type { Benchmark } from '../contest.ts';
import type { Lab } from '../lab.ts';
import type { StandingCluster } from '../standing.ts';

const TRIPS = 50;

export const hold: Benchmark = {
  name: 'hold',
  rows: [
    {
      number: '8',
      what: 'held and released, round trip',
      unit: 'ms',
      ours: 'hold',
      peer: { name: 'echo over attached streams', quantity: 'echo' },
      bar: { at: 'most', required: 2, goal: 1.3 },
    },
  ],
  open: async (lab) => {
    const cluster = await standCluster(lab);
    return {
      absent: {},
      sides: [
        { name: 'txlab', round: async () => ({ hold: await holdAndRelease(cluster) }) },
        { name: 'echo', round: async () => ({ echo: await echo(lab) }) },
      ],
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  },
};

let round = 0;

/** Both ends by the node's own clock, from its trace. */
async function holdAndRelease({ running, reports, transfer }: StandingCluster): Promise<readonly number[]> {
  round++;
  const name = (trip: number) => `trip-${round}-${trip}`;
  const arm = (trip: number) => {
    const gap = { when: 'before', verb: 'ask', word: 'transfer' } as const;
    const held = reports.next('a hold', (report) => report.say === 'held' && report.hold === name(trip));
    running.command(CLIENT, { do: 'arm', hold: name(trip), gap, nth: 1, seen: 0 });
    held
      .then(() => {
        if (trip < TRIPS) arm(trip + 1);
        running.command(CLIENT, { do: 'release', hold: name(trip) });
      })
      .catch(() => {});
  };
  arm(1);
  await transfer(Array.from({ length: TRIPS }, (_, index) => transferOn(index)));
  const events = eventsOf(await running.collect(CLIENT));
  const held = new Map(events.flatMap((event) => (event.kind === 'held' ? [[event.hold, event.at] as const] : [])));
  return events.flatMap((event) =>
    event.kind === 'released' && event.hold.startsWith(`trip-${round}-`)
      ? [(event.at - (held.get(event.hold) ?? Number.NaN)) / 1000]
      : [],
  );
}

/** The container sends a line when it has its answer, measures, and says all at its end. */
async function echo({ engine, nodeImage, objects }: Lab): Promise<readonly number[]> {
  const { uid, labels } = objects();
  const id = await engine.createContainer({
    name: `txlab-bench-${uid}-echo`,
    image: nodeImage,
    labels,
    network: { kind: 'none' },
    openStdin: true,
    entryPoint: ['node', '-e', ECHO_PROGRAM],
  });
  try {
    const { stdin, stdout, stderr } = await engine.attach(id);
    stderr.resume();
    const { promise: taken, resolve } = Promise.withResolvers<readonly number[]>();
    let text = '';
    stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (!text.endsWith('\n')) return;
      if (text.startsWith('[')) resolve(JSON.parse(text) as number[]);
      else stdin.write(text);
      text = '';
    });
    const gone = once(stdout, 'end');
    await engine.start(id);
    await gone;
    return await taken;
  } finally {
    await engine.removeContainer(id);
  }
}

const ECHO_PROGRAM = `
const taken = [];
let since = 0;
const ask = () => { since = performance.now(); process.stdout.write('{"hold":"trip"}\\n'); };
process.stdin.on('data', () => {
  taken.push(performance.now() - since);
  if (taken.length < ${TRIPS}) return setTimeout(ask, 1);
  process.stdout.write(JSON.stringify(taken) + '\\n', () => process.exit(0));
});
setTimeout(ask, 200);
`;
