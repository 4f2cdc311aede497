// A load on a cluster that only pretends: it says what nodes would say, when the test wants.

import { describe, expect, test } from 'vitest';
import { measureLoad } from '../../../scenarios/run/load.ts';
import { atOnce } from '../../support/at-once.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { eventLine, headLine, timeLine } from '../../../nodes/contract/trace-text.ts';
import type { TraceBody } from '../../../nodes/contract/events.ts';
import type { Command, ReportBody } from '../../../nodes/contract/control.ts';
import { drawnLists } from '../../support/drawn.ts';
import type { Cluster, ClusterEvent, ClusterSpec } from '../../../compose/cluster.ts';
import type { Load } from '../../../scenarios/run/load.ts';
import type { NodeId } from '../../../nodes/contract/ids.ts';

const load: Load = { protocol: '2pc', participants: 2, clients: 3, seed: 1, until: { transfers: 10 } };
const options = {
  folder: { name: 'load', path: '/nowhere' },
  onProgress: () => {},
  interrupted: new AbortController().signal,
};

type Say = (node: NodeId, body: ReportBody) => void;

/** All nodes are linked at once; everything else is up to `onCommand`. */
function pretend(onCommand: (node: NodeId, command: Command, say: Say) => void) {
  let stopped = 0;
  let given: ClusterSpec | null = null;
  let hear: (event: ClusterEvent) => void = () => {};
  const say: Say = (node, body) => hear({ kind: 'report', report: { node, incarnation: 1, seq: 0, ...body } as never });
  const cluster: Cluster = {
    refuse: () => null,
    start: async (spec, onEvent) => {
      given = spec;
      hear = onEvent;
      const ids = spec.nodes.map(({ id }) => id);
      for (const id of ids) say(id, { say: 'linked', peers: ids.filter((peer) => peer !== id) });
      const stop = async () => {
        stopped++;
        return [];
      };
      return {
        command: (node, command) => onCommand(node, command, say),
        resolve: async () => [],
        inject: () => Promise.reject(new Error('a load has no faults')),
        undo: () => Promise.reject(new Error('a load has no faults')),
        dump: async () => undefined,
        collect: async () => ({ log: { incarnation: 1, records: [] }, traces: [TRACE], problem: null }),
        stop,
        [Symbol.asyncDispose]: async () => void (await stop()),
      };
    },
  };
  return { cluster, die: (event: ClusterEvent) => hear(event), stopped: () => stopped, spec: () => given };
}

const COORDINATOR = nodeId('coordinator');
const told = (at: number, note: object) => timeLine(at, at) + eventLine({ kind: 'told', note } as TraceBody);
const TRACE =
  headLine({ node: nodeId('client'), incarnation: 1 }) +
  told(1000, { word: 'invoked', op: 'a', process: 0 }) +
  told(1500, { word: 'invoked', op: 'b', process: 1 }) +
  told(3000, { word: 'completed', op: 'a', process: 0, outcome: 'ok' }) +
  told(4000, { word: 'completed', op: 'b', process: 1, outcome: 'failed' });

const status = (at: number, committed: number, forced: number, syncs: number): ReportBody => ({
  say: 'status',
  at,
  committed,
  aborted: 0,
  forced,
  syncs,
  sent: 4 * committed,
  inDoubt: [],
  operations: { asked: 0, ok: 0, failed: 0, unknown: 0, okUs: 0 },
  messages: [],
});

/** Ten commits in one second. */
function answerAll(node: NodeId, command: Command, say: Say): void {
  if (command.do === 'ask') {
    say(COORDINATOR, status(0, 0, 1, 1));
    say(node, { say: 'answered', op: command.op, answer: { word: 'done' } });
  }
  if (command.do !== 'finish') return;
  if (node === COORDINATOR) say(node, status(1_000_000, 10, 11, 6));
  say(node, { say: 'finished' });
}

describe('a load', () => {
  test('counts commits, forced writes without boots, and what group commit saves', async () => {
    const { cluster, stopped } = pretend(answerAll);
    const result = await atOnce(() => measureLoad(cluster, load, options));
    expect(result).toMatchObject({
      committed: 10,
      seconds: 1,
      commitsPerSecond: 10,
      forcedPerCommit: 1,
      commitsPerSync: 2,
    });
    expect(stopped()).toBe(1);
  });

  test('takes latencies of transfers that ended ok from the trace of the client', async () => {
    const { latenciesMs } = await atOnce(() => measureLoad(pretend(answerAll).cluster, load, options));
    expect(latenciesMs).toEqual([2]);
  });

  test('gives every client accounts of its own, so that nobody waits for a lock', async () => {
    const { cluster, spec } = pretend(answerAll);
    await atOnce(() => measureLoad(cluster, load, options));
    const setup = spec()?.nodes[0]?.setup;
    const drawn = setup ? drawnLists(setup) : [];
    expect(drawn.flat()).not.toEqual([]);
    const accounts = drawn.map((loop) => new Set(loop.flatMap(({ from, to }) => [from.account, to.account])));
    expect([...(accounts[0] ?? [])].filter((account) => accounts[1]?.has(account))).toEqual([]);
  });

  test('fails with its last words when a node ends, and leaves nothing standing', async () => {
    const { cluster, die, stopped } = pretend(() =>
      die({ kind: 'exited', node: COORDINATOR, exitCode: 70, oomKilled: false, lastLines: ['no room'] }),
    );
    await expect(atOnce(() => measureLoad(cluster, load, options))).rejects.toThrow(
      'coordinator ended by itself with code 70: no room',
    );
    expect(stopped()).toBe(1);
  });

  test('ends at once when the engine is lost, and does not ask it to stop anything', async () => {
    const { cluster, die, stopped } = pretend(() => die({ kind: 'lost', why: 'the connection broke' }));
    await expect(atOnce(() => measureLoad(cluster, load, options))).rejects.toMatchObject({
      code: 'engine-lost',
      message: 'The engine was lost in the middle of the load: the connection broke',
      hint: expect.stringContaining('docker info') as string,
    });
    expect(stopped()).toBe(0);
  });

  test('that loses the engine while the trace is read has lost the engine, not a trace', async () => {
    const { cluster, die } = pretend(answerAll);
    const losing: Cluster = {
      ...cluster,
      start: async (...how) => ({
        ...(await cluster.start(...how)),
        collect: async () => {
          setImmediate(() => die({ kind: 'lost', why: 'the connection broke' }));
          return { log: { incarnation: 0, records: [] }, traces: [], problem: 'no answer' };
        },
      }),
    };
    await expect(atOnce(() => measureLoad(losing, load, options))).rejects.toMatchObject({ code: 'engine-lost' });
  });

  test('ends when a node says what no node says, with what and its last lines', async () => {
    const { cluster, die, stopped } = pretend(() =>
      die({ kind: 'failed', node: COORDINATOR, why: 'a line that is no object: null', lastLines: ['oh'] }),
    );
    await expect(atOnce(() => measureLoad(cluster, load, options))).rejects.toMatchObject({
      code: 'object-failed',
      message: 'coordinator said what no node says, a line that is no object: null; its last lines: oh.',
    });
    expect(stopped()).toBe(1);
  });

  test('ends when the user interrupts', async () => {
    const stop = new AbortController();
    const { cluster, stopped } = pretend(() => stop.abort(new Error('enough')));
    await expect(atOnce(() => measureLoad(cluster, load, { ...options, interrupted: stop.signal }))).rejects.toThrow(
      'enough',
    );
    expect(stopped()).toBe(1);
  });
});
