// A run on a cluster without containers: its nodes do at once what they are told, and leave no traces.

import { describe, expect, test } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { executeRun } from '../../../scenarios/run/run.ts';
import { makeRunFolder } from '../../../scenarios/run/run-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import type { Cluster, ClusterEvent, RunningCluster } from '../../../compose/cluster.ts';
import { isBetween, type NodeFault } from '../../../compose/faults.ts';
import type { Command, ReportBody } from '../../../nodes/contract/control.ts';
import type { NodeId } from '../../../nodes/contract/ids.ts';
import type { Feed, RunResult } from '../../../scenarios/run/run.ts';
import type { Plan } from '../../../scenarios/plan/plan-types.ts';

const NAMES = ['zookeeper-1', 'zookeeper-2', 'client'].map(nodeId);
const LEADER = { role: 'zookeeper', select: 'leader' } as const;

const PLAN: Plan = {
  version: 1,
  scenario: 'test',
  title: 'test',
  protocol: '2pc',
  drivers: [nodeId('client')],
  askedNode: nodeId('client'),
  seed: 1,
  nodes: NAMES.map((id) => ({ id, role: id.replace(/-\d$/, '') })),
  family: 'commit',
  workload: 'transfers',
  sites: {},
  initial: {},
  params: null,
  timeouts: {},
  options: {},
  faults: [
    {
      id: 'fault-1',
      fault: { do: 'pause', node: LEADER },
      when: { at: 'time', afterMs: 0 },
      then: { do: 'resume', afterMs: 0 },
      stake: 'none',
      text: 'pause zookeeper leader at 0ms',
    },
  ],
  probes: [],
  expect: { properties: {} },
  promises: [],
  forced: { coordinator: ['commit'] },
  okAtLeast: 0,
  timeLimitMs: 60_000,
};

/** `leaders` answer one question after the other for who leads. */
function pretend(leaders: readonly (readonly NodeId[])[]) {
  const answers = [...leaders];
  const done: string[] = [];
  const noteOf = (word: string, fault: NodeFault) => done.push(`${word} ${isBetween(fault) ? '' : fault.node}`);
  let hear: (event: ClusterEvent) => void = () => {};
  const say = (node: NodeId, body: ReportBody) =>
    hear({ kind: 'report', report: { node, incarnation: 1, seq: 0, ...body } });
  const running: RunningCluster = {
    command: (node, command) => {
      const body = replyTo(command);
      if (body) queueMicrotask(() => say(node, body));
    },
    resolve: async ({ role, select }) => {
      done.push(`resolve ${role} ${select}`);
      return answers.shift() ?? [];
    },
    inject: async (fault) => {
      noteOf('inject', fault);
      return { evidence: { seen: true, text: 'stands still' } };
    },
    undo: async (fault) => {
      noteOf('undo', fault);
      return { seen: true, text: 'goes on' };
    },
    dump: async () => undefined,
    collect: async () => ({ log: { incarnation: 1, records: [] }, traces: [], problem: null }),
    stop: async () => [],
    [Symbol.asyncDispose]: async () => {},
  };
  const cluster: Cluster = {
    refuse: () => null,
    start: async (_, onEvent) => {
      hear = onEvent;
      for (const node of NAMES) {
        say(node, { say: 'ready' });
        say(node, { say: 'linked', peers: NAMES.filter((peer) => peer !== node) });
      }
      return running;
    },
  };
  return { cluster, done };
}

function replyTo(command: Command): ReportBody | null {
  if (command.do === 'mark') return { say: 'marked', id: command.id, at: 1 };
  if (command.do === 'finish') return { say: 'finished' };
  if (command.do !== 'ask') return null;
  const dump = { word: 'dump', state: { inDoubt: [], unfinished: [], holds: [], content: null } };
  return { say: 'answered', op: command.op, answer: command.request.word === 'dump' ? dump : { word: 'done' } };
}

function run(cluster: Cluster, onFeed: (feed: Feed) => void = () => {}): Promise<RunResult> {
  const folder = makeRunFolder(tempFolder(), { scenario: 'test', seed: 1, now: new Date(0) });
  const interrupted = new AbortController().signal;
  return executeRun({ plan: PLAN, cluster, folder, version: 'test', onFeed, interrupted, keep: false });
}

const faultsOf = ({ history }: RunResult) => history.events.filter((event) => event.kind === 'fault');

describe('a run', () => {
  test('asks the cluster whom a name means, and hits that node', async () => {
    const two = [nodeId('zookeeper-2')];
    const { cluster, done } = pretend([two]);
    const faults = faultsOf(await run(cluster));
    expect(done).toEqual(['resolve zookeeper leader', 'inject zookeeper-2', 'undo zookeeper-2']);
    expect(faults.map(({ fault, node, evidence }) => `${fault} ${node}: ${evidence.text}`)).toEqual([
      'pause zookeeper-2: zookeeper leader is zookeeper-2: stands still',
      'resume zookeeper-2: goes on',
    ]);
  });

  test('is inconclusive where nobody is what the name means', async () => {
    const { cluster, done } = pretend([]);
    const { verdict } = await run(cluster);
    expect(done).toEqual(['resolve zookeeper leader']);
    expect(verdict.word).toBe('inconclusive');
    expect(verdict.reasons.join(' ')).toContain('has no evidence: nobody is zookeeper leader.');
  });

  test('ends when a store does not answer, with its last words', async () => {
    const { cluster } = pretend([]);
    const silent: Cluster = {
      ...cluster,
      start: (spec, onEvent, onProgress) => {
        onEvent({ kind: 'store-silent', node: nodeId('redis-1'), afterMs: 5, lastLines: ['no room'] });
        return cluster.start(spec, onEvent, onProgress);
      },
    };
    const { verdict } = await run(silent);
    expect(verdict.word).toBe('not as expected');
    expect(verdict.reasons.join(' ')).toContain('redis-1 did not answer in 5 ms; its last lines: no room');
  });

  test('writes into its history what is forced, for whoever has the history alone', async () => {
    const { cluster } = pretend([]);
    expect((await run(cluster)).history.run.forced).toEqual({ coordinator: ['commit'] });
  });

  test('hears what comes from outside while it is judged', async () => {
    const heard: string[] = [];
    const { cluster } = pretend([]);
    await run(cluster, (feed) => {
      if (feed.kind === 'progress' && feed.text.startsWith('judging')) setImmediate(() => heard.push('an answer'));
    });
    expect(heard).toEqual(['an answer']);
  });
});
