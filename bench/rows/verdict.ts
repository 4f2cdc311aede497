// Rows 5 and 7: from a command to its verdict, with one transfer and one kill at a step, against the sum of what cannot be avoided: pods
// and nodes up and down, and a node killed, started again and ready, as in rows 1, 3 and 4. And whether each crash fell exactly between its
// step's two effects, read from the histories of these runs; one that did not ends the side.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { formatGap } from '../../nodes/contract/step.ts';
import { readRun } from '../../scenarios/run/run-folder.ts';
import { timed } from '../contest.ts';
import { ROOT } from '../lab.ts';
import { bringUpRaw } from '../peers/raw-docker.ts';
import { restartNode, standCluster } from '../standing.ts';
import { upAndDown } from './bring-up.ts';
import type { HistoryEvent, TraceEvent } from '../../nodes/contract/events.ts';
import type { Benchmark } from '../contest.ts';
import type { Lab } from '../lab.ts';

/** Who dies here makes nobody wait for a timeout: what the command takes is the lab's. Taken in turn, a step a round. */
const PROMPT = [
  'coordinator after force commit',
  'coordinator after send commit to first',
  'participant-1 after send vote',
  'participant-2 before force commit',
];

/** Here the protocol itself waits, for a vote or for an answer to an inquiry: that is no part of row 5. */
const PATIENT = [
  'coordinator before force commit',
  'coordinator after send prepare to first',
  'participant-1 before force prepared',
];

export const verdict: Benchmark = {
  name: 'verdict',
  rows: [
    {
      number: '5',
      what: 'command to verdict: 4 nodes, 1 transfer, 1 kill',
      unit: 'ms',
      ours: 'command',
      peer: { name: 'dockerode up and down + node restarted', quantity: 'parts' },
      bar: { at: 'most', required: 1.6, goal: 1.25 },
    },
    {
      number: '5',
      what: 'the same on standing pods',
      unit: 'ms',
      ours: 'warm command',
      peer: { name: 'standing pods up and down + node restarted', quantity: 'warm parts' },
      bar: { at: 'most', required: 1.6, goal: 1.25 },
    },
    {
      number: '7',
      what: 'crashes exactly between their two effects',
      unit: '%',
      ours: 'exact',
      peer: { name: 'every hit', value: 100 },
      bar: { at: 'least', required: 1, goal: 1 },
    },
  ],
  open: async (lab) => {
    const cluster = await standCluster(lab);
    const [cold, warm, patient] = [takeTurns(PROMPT), takeTurns(PROMPT), takeTurns(PATIENT)];
    return {
      absent: {},
      sides: [
        {
          name: 'txlab',
          round: async () => ({ command: await command(lab, cold()), exact: 100 }),
        },
        {
          name: 'txlab warm',
          round: async () => {
            await using _pool = await lab.standPool();
            return { 'warm command': await command(lab, warm()), exact: 100 };
          },
        },
        {
          name: 'txlab where the protocol waits',
          round: async () => {
            await command(lab, patient());
            return { exact: 100 };
          },
        },
        {
          name: 'parts',
          round: async () => {
            const restart = await restartNode(cluster);
            return { parts: restart + (await timed(() => bringUpRaw(4, lab.objects(), lab.nodeImage))) };
          },
        },
        {
          name: 'warm parts',
          round: async () => {
            const restart = await restartNode(cluster);
            await using _pool = await lab.standPool();
            return { 'warm parts': restart + (await timed(() => upAndDown(lab, lab.leasedCluster()))) };
          },
        },
      ],
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  },
};

function takeTurns(steps: readonly string[]): () => string {
  let round = 0;
  return () => steps[round++ % steps.length] ?? '';
}

/** How long it took, in milliseconds. Fails when the crash did not fall exactly between its step's two effects. */
async function command(lab: Lab, step: string): Promise<number> {
  const words = ['restart', ...step.split(' '), 'of', 'transaction', '1', '--transactions', '1', '--clients', '1'];
  const out = join(lab.folder, 'runs');
  const args = [...words, '--seed', '1', '--json', '--out', out];
  const opened = performance.now();
  // A verdict other than "as expected" is a verdict, too; what it is based on is looked at below.
  const { stdout } = await promisify(execFile)(join(ROOT, 'txlab'), args).catch((error: { stdout: string }) => error);
  const taken = performance.now() - opened;
  const { folder } = JSON.parse(stdout) as { readonly folder: string };
  const { events } = await readRun(folder);
  const hit = hitOf(events);
  if (hit === null) throw new Error(`the step was not reached: ${step}; see ${folder}`);
  if (!hit) throw new Error(`the crash was not where it was to be: ${step}; see ${folder}`);
  return taken;
}

/** Whether the victim's trace ends at its step: the effect before the gap is there, the one after it is not. Null without a kill. */
function hitOf(events: readonly HistoryEvent[]): boolean | null {
  const fault = events.find((event) => event.kind === 'fault' && event.fault === 'kill' && event.evidence.seen);
  if (fault?.kind !== 'fault') return null;
  const life = events.filter(
    (event): event is TraceEvent => 'seq' in event && event.node === fault.node && event.incarnation === 1,
  );
  const held = life.at(-1);
  if (held?.kind !== 'held') return false;
  const { when, verb, word } = held.gap;
  const done = life.some((event) => isEffect(event, verb, word) && aboutOf(event) === held.about);
  if (verb === 'send' && when === 'after' && formatGap(held.gap).endsWith('first'))
    return life.filter((event) => isEffect(event, verb, word) && aboutOf(event) === held.about).length === 1;
  return done === (when === 'after');
}

function isEffect(event: TraceEvent, verb: string, word: string): boolean {
  if (event.kind === 'durable') return verb === 'force' && event.record.word === word;
  return verb === 'send' && event.kind === 'sent' && event.message.word === word;
}

function aboutOf(event: TraceEvent): string | null {
  if (event.kind === 'durable') return event.record.about;
  return event.kind === 'sent' ? event.message.about : null;
}
