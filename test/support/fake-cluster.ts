// A cluster in this process: hosts on disks and connections in memory, in real time. It can kill a node and bring it back.

import { createHost } from '../../nodes/hosts/host.ts';
import { openTimers } from '../../nodes/hosts/timers.ts';
import { eventLine, headLine, timeLine } from '../../nodes/contract/trace-text.ts';
import { fakeDisk } from './fake-disk.ts';
import { fakeNetwork } from './fake-network.ts';
import { fakeStores } from './fake-stores.ts';
import type { Cluster, ClusterEvent, ClusterSpec, Remains, RunningCluster } from '../../compose/cluster.ts';
import type { ReportBody } from '../../nodes/contract/control.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Host } from '../../nodes/hosts/host.ts';
import type { HostCommand } from '../../nodes/hosts/life.ts';
import type { Trace } from '../../nodes/hosts/trace-file.ts';
import type { FakeDisk } from './fake-disk.ts';
import type { FakeNetwork } from './fake-network.ts';
import type { FakeStores } from './fake-stores.ts';

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

/** All that there is: the members, and what lies between them. */
interface InMemory extends Pick<ClusterSpec, 'nodes' | 'protocol'> {
  readonly network: FakeNetwork;
  readonly stores: FakeStores;
  readonly members: ReadonlyMap<NodeId, Member>;
  readonly onEvent: (event: ClusterEvent) => void;
  pumping: boolean;
  reports: number;
}

function startFakeCluster({ nodes, protocol }: ClusterSpec, onEvent: (event: ClusterEvent) => void): RunningCluster {
  const members = new Map<NodeId, Member>(
    nodes.map(({ id }) => [id, { disk: fakeDisk(), traces: [], host: null, life: { up: false } }]),
  );
  const cluster: InMemory = {
    nodes,
    protocol,
    network: fakeNetwork(),
    stores: fakeStores(),
    members,
    onEvent,
    pumping: false,
    reports: 0,
  };
  for (const id of members.keys()) boot(cluster, id);
  setImmediate(() => {
    cluster.network.connect();
    pump(cluster);
  });
  return running(cluster);
}

function running(cluster: InMemory): RunningCluster {
  return {
    command: (id, command) => {
      memberOf(cluster, id).host?.command(command as HostCommand);
      pump(cluster);
    },
    resolve: async () => [],
    inject: async (fault) => {
      if (fault.do !== 'kill' && fault.do !== 'restart') return { evidence: { seen: false, text: 'not here' } };
      return { log: kill(cluster, fault.node), evidence: { seen: true, text: `${fault.node} is gone` } };
    },
    undo: async (fault) => {
      if (fault.do === 'kill' || fault.do === 'restart') boot(cluster, fault.node);
      cluster.network.connect();
      return { seen: true, text: 'it runs again' };
    },
    collect: async (id) => {
      const { disk, traces } = memberOf(cluster, id);
      return { log: { incarnation: traces.length, records: disk.records() }, traces, problem: null };
    },
    dump: async () => undefined,
    stop: async () => {
      for (const { life } of cluster.members.values()) life.up = false;
      return [];
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Disks come to rest, and lines arrive, as long as there are any. */
function pump(cluster: InMemory): void {
  if (cluster.pumping) return;
  cluster.pumping = true;
  setImmediate(() => {
    cluster.pumping = false;
    const synced = [...cluster.members.values()].map(({ disk }) => disk.sync()).some(Boolean);
    if (cluster.network.deliver() || synced) pump(cluster);
  });
}

function memberOf({ members }: InMemory, id: NodeId): Member {
  const found = members.get(id);
  if (!found) throw new Error(`no such node: ${id}`);
  return found;
}

function boot(cluster: InMemory, id: NodeId): void {
  const { nodes, protocol, network, stores, onEvent } = cluster;
  const one = memberOf(cluster, id);
  const planned = nodes.find((node) => node.id === id);
  if (!planned) throw new Error(`no plan for ${id}`);
  const life = { up: true };
  one.life = life;
  const whileUp = (work: () => void) => () => {
    if (life.up) work();
    pump(cluster);
  };
  const log = one.disk.stand();
  const { incarnation } = log;
  const say = (body: ReportBody) =>
    onEvent({ kind: 'report', report: { node: id, incarnation, seq: ++cluster.reports, ...body } });
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
      report: (body) => queueMicrotask(() => say(body)),
    },
  );
  pump(cluster);
}

function kill(cluster: InMemory, id: NodeId): Remains['log'] {
  const one = memberOf(cluster, id);
  one.life.up = false;
  one.host = null;
  const { incarnation } = one.disk.stand();
  cluster.network.leave(id);
  return { incarnation: incarnation - 1, records: one.disk.records() };
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
