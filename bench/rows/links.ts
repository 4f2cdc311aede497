// Rows 10 and 11: from the command to the last packet that passes a cut link, and to the first that passes a healed one, against
// iptables by `docker exec` over the engine's API. A stream of packets, one a millisecond, is the clock.

import { setTimeout as delay } from 'node:timers/promises';
import { cut, dropsOf, heal } from '../../compose/pods/links.ts';
import { readLines } from '../../nodes/hosts/lines.ts';
import { docker, execRaw } from '../peers/raw-docker.ts';
import type { Pod } from '../../compose/pods/pods.ts';
import type { Benchmark, Measured } from '../contest.ts';
import type { Lab, Objects } from '../lab.ts';

export const links: Benchmark = {
  name: 'links',
  rows: [
    {
      number: '10',
      what: 'link cut, until the last packet',
      unit: 'ms',
      ours: 'cut',
      peer: { name: 'docker exec iptables (API)', quantity: 'exec cut' },
      bar: { at: 'most', required: 0.2, goal: 0.05 },
    },
    {
      number: '11',
      what: 'link healed, until the first packet',
      unit: 'ms',
      ours: 'heal',
      peer: { name: 'docker exec iptables (API)', quantity: 'exec heal' },
      bar: { at: 'most', required: 0.2, goal: 0.05 },
    },
  ],
  open: async (lab) => {
    const objects = lab.objects();
    const [source, target] = await lab.pods(objects, ['source', 'target']);
    if (!source || !target) throw new Error('there are not two pods');
    const arrivals = await streamPackets(lab, objects, source, target);
    const drops = dropsOf([source], [target], false);
    // What the standing shell finds in its PATH, `docker exec` must be told.
    const program = (await source.shell.run('command -v iptables')).output.trim();
    const sandboxes = new Map([
      [source, await sandboxOf(source)],
      [target, await sandboxOf(target)],
    ]);
    const rule = (how: '-A' | '-D') => {
      const drop = (from: Pod, to: Pod) =>
        execRaw(sandboxes.get(from) ?? '', [program, '-w', how, 'OUTPUT', '-d', to.address, '-j', 'DROP']);
      return Promise.all([drop(source, target), drop(target, source)]);
    };
    return {
      absent: {},
      sides: [
        {
          name: 'txlab',
          round: async () => {
            const { down, up } = await downAndUp(
              arrivals,
              () => cut(drops),
              () => heal(drops),
            );
            return { cut: down, heal: up } satisfies Measured;
          },
        },
        {
          name: 'docker exec',
          round: async () => {
            const { down, up } = await downAndUp(
              arrivals,
              () => rule('-A'),
              () => rule('-D'),
            );
            return { 'exec cut': down, 'exec heal': up } satisfies Measured;
          },
        },
      ],
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

/** The container whose network the pod's node joins. */
async function sandboxOf({ container }: Pod): Promise<string> {
  const { HostConfig } = await docker.getContainer(container).inspect();
  return (HostConfig.NetworkMode ?? '').replace('container:', '');
}

interface Arrivals {
  /** The last packet, and the first one after the last silence; the engine's CLOCK_MONOTONIC in milliseconds. */
  ask(): Promise<{ readonly last: number; readonly resumed: number }>;
}

async function downAndUp(
  arrivals: Arrivals,
  takeDown: () => Promise<unknown>,
  bringUp: () => Promise<unknown>,
): Promise<{ readonly down: number; readonly up: number }> {
  const cutAt = nowMs();
  await takeDown();
  await delay(SILENCE_MS);
  const { last } = await arrivals.ask();
  const healedAt = nowMs();
  await bringUp();
  await delay(SILENCE_MS);
  const { resumed } = await arrivals.ask();
  if (resumed < healedAt) throw new Error('no packet came after the heal');
  return { down: Math.max(0, last - cutAt), up: resumed - healedAt };
}

const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const SILENCE_MS = 100;

/** A program in each pod's network: one sends, the other knows when packets came. */
async function streamPackets(
  { engine, nodeImage }: Lab,
  { uid, labels }: Objects,
  source: Pod,
  target: Pod,
): Promise<Arrivals> {
  const start = async (pod: Pod, program: string) => {
    const id = await engine.createContainer({
      name: `txlab-bench-${uid}-stream-${pod.node}`,
      image: nodeImage,
      labels,
      network: { kind: 'container', id: await sandboxOf(pod) },
      openStdin: true,
      entryPoint: ['node', '-e', program],
    });
    const attached = await engine.attach(id);
    attached.stderr.resume();
    await engine.start(id);
    return attached;
  };
  const receiver = await start(target, RECEIVER);
  const sender = await start(source, senderTo(target.address));
  sender.stdout.resume();
  let answer: (arrivals: { last: number; resumed: number }) => void = () => {};
  receiver.stdout.on(
    'data',
    readLines(
      (value) => answer(value as { last: number; resumed: number }),
      () => {},
    ),
  );
  await delay(500);
  return {
    ask: () =>
      new Promise((resolve) => {
        answer = resolve;
        receiver.stdin.write('?\n');
      }),
  };
}

const RECEIVER = `
const socket = require('node:dgram').createSocket('udp4');
let last = 0, resumed = 0;
socket.on('message', () => {
  const now = Number(process.hrtime.bigint()) / 1e6;
  if (now - last > ${SILENCE_MS / 2}) resumed = now;
  last = now;
});
socket.bind(9000);
process.stdin.on('data', () => process.stdout.write(JSON.stringify({ last, resumed }) + '\\n'));
`;

const senderTo = (address: string) => `
const socket = require('node:dgram').createSocket('udp4');
socket.on('error', () => {});
setInterval(() => socket.send('x', 9000, '${address}', () => {}), 1);
`;
