// A cluster in this process: hosts on disks and connections in memory, in real time. It can kill a node and bring it back.

import { createHost } from '../../nodes/hosts/host.ts';
import { openTimers } from '../../nodes/hosts/timers.ts';
import { eventLine, headLine, timeLine } from '../../nodes/contract/trace-text.ts';
import { fakeDisk } from './fake-disk.ts';
import { fakeNetwork } from './fake-network.ts';
import { fakeStores } from './fake-stores.ts';
import type { Cluster, ClusterEvent, ClusterSpec, Remains, RunningCluster } from '../../compose/cluster.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Host, HostCommand } from '../../nodes/hosts/host.ts';
import type { Trace } from '../../nodes/hosts/trace-file.ts';
import type { FakeDisk } from './fake-disk.ts';

export function fakeCluster(): Cluster {
  return {
    refuse: ({ do: what }) => (what === 'kill' || what === 'restart' ? null : `a cluster in memory cannot ${what}`),
    start: async (spec, onEvent) => startFakeCluster(spec, onEvent),
  };
}

interface Member {
  readonly disk: FakeDisk;
  readonly traces: string[];
  host: Host | null;
  /** Ends with the process: what was to be done soon, and its timers, are gone. */
  life: { up: boolean };
}

function startFakeCluster({ nodes, protocol }: ClusterSpec, onEvent: (event: ClusterEvent) => void): RunningCluster {
  const network = fakeNetwork();
  const stores = fakeStores();
  const members = new Map<NodeId, Member>(
    nodes.map(({ id }) => [id, { disk: fakeDisk(), traces: [], host: null, life: { up: false } }]),
  );
  let pumping = false;
  let reports = 0;

  /** Disks come to rest, and lines arrive, as long as there are any. */
  function pump(): void {
    if (pumping) return;
    pumping = true;
    setImmediate(() => {
      pumping = false;
      const synced = [...members.values()].map(({ disk }) => disk.sync()).some(Boolean);
      if (network.deliver() || synced) pump();
    });
  }

  function member(id: NodeId): Member {
    const found = members.get(id);
    if (!found) throw new Error(`no such node: ${id}`);
    return found;
  }

  function boot(id: NodeId): void {
    const one = member(id);
    const planned = nodes.find((node) => node.id === id);
    if (!planned) throw new Error(`no plan for ${id}`);
    const life = { up: true };
    one.life = life;
    const whileUp = (work: () => void) => () => {
      if (life.up) work();
      pump();
    };
    const log = one.disk.stand();
    const { incarnation } = log;
    one.host = createHost(
      { protocol, role: planned.role, setup: planned.setup },
      {
        log,
        links: (events) => network.join(id, events),
        stores: (places, events) => stores.join(id, places, events),
        timers: (onExpired) => openTimers((timer) => whileUp(() => onExpired(timer))()),
        trace: keptTrace(one.traces, id, incarnation),
        now: nowUs,
        wallMs: () => 0,
        soon: (work) => void setImmediate(whileUp(work)),
        later: (work, afterMs) => void setTimeout(whileUp(work), afterMs),
        report: (body) =>
          queueMicrotask(() => onEvent({ kind: 'report', report: { node: id, incarnation, seq: ++reports, ...body } })),
      },
    );
    pump();
  }

  function kill(id: NodeId): Remains['log'] {
    const one = member(id);
    one.life.up = false;
    one.host = null;
    const { incarnation } = one.disk.stand();
    network.leave(id);
    return { incarnation: incarnation - 1, records: one.disk.records() };
  }

  for (const { id } of nodes) boot(id);
  setImmediate(() => {
    network.connect();
    pump();
  });

  return {
    command: (id, command) => {
      member(id).host?.command(command as HostCommand);
      pump();
    },
    resolve: async () => [],
    inject: async (fault) => {
      if (fault.do !== 'kill' && fault.do !== 'restart') return { evidence: { seen: false, text: 'not here' } };
      return { log: kill(fault.node), evidence: { seen: true, text: `${fault.node} is gone` } };
    },
    undo: async (fault) => {
      if (fault.do === 'kill' || fault.do === 'restart') boot(fault.node);
      network.connect();
      return { seen: true, text: 'it runs again' };
    },
    collect: async (id) => {
      const { disk, traces } = member(id);
      return { log: { incarnation: traces.length, records: disk.records() }, traces, problem: null };
    },
    dump: async () => undefined,
    stop: async () => {
      for (const { life } of members.values()) life.up = false;
      return [];
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** As the text of the file that a container would hold. */
function keptTrace(traces: string[], node: NodeId, incarnation: number): Trace {
  let seq = 0;
  let batch = '';
  traces[incarnation - 1] = headLine({ node, incarnation });
  return {
    add: (body, json) => {
      seq++;
      batch += (batch === '' ? timeLine(nowUs(), seq) : '') + eventLine(body, json);
    },
    flush: () => {
      traces[incarnation - 1] += batch;
      batch = '';
    },
  };
}

function nowUs(): number {
  return Math.floor(Number(process.hrtime.bigint() / 1000n));
}
