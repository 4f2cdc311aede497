// Several hosts in one process, on ports in memory and without a promise: the test moves disks, lines and the clock.

import { createHost } from '../../nodes/hosts/host.ts';
import { nodeId, roleOf } from '../../nodes/contract/ids.ts';
import { fakeDisk } from './fake-disk.ts';
import { fakeNetwork } from './fake-network.ts';
import { fakeStores } from './fake-stores.ts';
import type { NodeConfig, ReportBody } from '../../nodes/contract/control.ts';
import type { TraceBody } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import type { Setup, TimerName } from '../../nodes/contract/machine.ts';
import type { Host } from '../../nodes/hosts/host.ts';
import type { HostCommand } from '../../nodes/hosts/life.ts';
import type { Timers } from '../../nodes/hosts/timers.ts';
import type { FakeDisk } from './fake-disk.ts';
import type { FakeNetwork, Letter } from './fake-network.ts';
import type { FakeStores } from './fake-stores.ts';

export interface HostStage {
  readonly network: FakeNetwork;
  readonly stores: FakeStores;
  /** A life of this node begins. It waits for its disk, and to be connected. */
  boot(name: string): void;
  /** Boots these, and connects them. */
  start(...names: readonly string[]): void;
  kill(name: string): void;
  /** What arrived together is worked on, disks come to rest, and lines arrive, until nothing is left to do but wait. */
  settle(pick?: (letter: Letter) => boolean): void;
  /** As {@link settle}, but nothing gets to a disk. */
  settleWithoutDisk(): void;
  sync(name: string): boolean;
  pass(ms: number): void;
  command(name: string, command: HostCommand): void;
  sayChanges(name: string): void;
  /** What the node has said to the lab, over all its lives. */
  said(name: string): readonly ReportBody[];
  /** What it has traced and flushed. */
  traced(name: string): readonly TraceBody[];
  disk(name: string): readonly LogRecord[];
}

interface Member {
  readonly disk: FakeDisk;
  readonly said: ReportBody[];
  readonly traced: TraceBody[];
  host: Host | null;
  /** Of its present life: what is to be done soon, and its timers. */
  todo: (() => void)[];
  timers: ManualTimers | null;
  later: { readonly work: () => void; readonly due: number }[];
}

interface StageOptions {
  readonly protocol?: string;
  readonly nodes: readonly string[];
  readonly setup: Omit<Setup, 'self' | 'nodes' | 'seed' | 'timeouts'>;
  readonly timeouts?: Readonly<Record<string, number>>;
  /** The stores beside, and where they listen. */
  readonly places?: NonNullable<NodeConfig['stores']>;
}

/** The members, and what lies between them. */
interface Scene extends Required<Pick<StageOptions, 'protocol' | 'setup' | 'timeouts'>>, Pick<StageOptions, 'places'> {
  readonly network: FakeNetwork;
  readonly stores: FakeStores;
  readonly clock: { us: number };
  readonly members: ReadonlyMap<NodeId, Member>;
}

export function hostStage({ protocol = '2pc', nodes, timeouts = {}, ...given }: StageOptions): HostStage {
  const members = new Map<NodeId, Member>(
    nodes.map((name) => [
      nodeId(name),
      { disk: fakeDisk(), said: [], traced: [], host: null, todo: [], timers: null, later: [] },
    ]),
  );
  return stageOf({
    ...given,
    protocol,
    timeouts,
    network: fakeNetwork(),
    stores: fakeStores(),
    clock: { us: 0 },
    members,
  });
}

function stageOf(scene: Scene): HostStage {
  const { network, stores, clock } = scene;
  const member = (name: string) => memberOf(scene, name);
  return {
    network,
    stores,
    boot: (name) => boot(scene, name),
    start: (...names) => {
      for (const name of names) boot(scene, name);
      network.connect();
      settle(scene);
    },
    kill: (name) => {
      Object.assign(member(name), { host: null, todo: [], timers: null, later: [] });
      member(name).disk.stand();
      network.leave(nodeId(name));
      stores.leave(nodeId(name));
    },
    settle: (pick) => settle(scene, pick),
    settleWithoutDisk: () => {
      while (workOff(scene) || network.deliver());
    },
    sync: (name) => member(name).disk.sync(),
    pass: (ms) => {
      clock.us += 1000 * ms;
      for (const { timers } of scene.members.values()) timers?.fire();
      for (const one of scene.members.values()) workLater(one, clock.us);
      settle(scene);
    },
    command: (name, command) => hostOf(scene, name).command(command),
    sayChanges: (name) => hostOf(scene, name).sayChanges(),
    said: (name) => member(name).said,
    traced: (name) => member(name).traced,
    disk: (name) => member(name).disk.records(),
  };
}

function memberOf({ members }: Scene, name: string): Member {
  const found = members.get(nodeId(name));
  if (!found) throw new Error(`no such node: ${name}`);
  return found;
}

function hostOf(scene: Scene, name: string): Host {
  const { host } = memberOf(scene, name);
  if (!host) throw new Error(`${name} is not up`);
  return host;
}

function boot(scene: Scene, name: string): void {
  const { protocol, timeouts, clock, network, stores, places } = scene;
  const one = memberOf(scene, name);
  const self = nodeId(name);
  const todo: (() => void)[] = [];
  const batch: TraceBody[] = [];
  one.todo = todo;
  const setup = { self, nodes: [...scene.members.keys()], seed: 1, timeouts, ...scene.setup };
  one.host = createHost(
    { protocol, role: roleOf(self), setup, ...(places && { stores: places }) },
    {
      log: one.disk.stand(),
      links: (events) => network.join(self, events),
      stores: (where, events) => stores.join(self, where, events),
      timers: (onExpired) => (one.timers = manualTimers(clock, onExpired)),
      trace: { add: (body) => void batch.push(body), flush: () => void one.traced.push(...batch.splice(0)) },
      now: () => clock.us,
      wallMs: () => 0,
      soon: (work) => void todo.push(work),
      later: (work, afterMs) => void one.later.push({ work, due: clock.us + 1000 * afterMs }),
      report: (body) => void one.said.push(body),
    },
  );
}

function settle(scene: Scene, pick?: (letter: Letter) => boolean): void {
  while (workOff(scene) || syncAll(scene) || scene.network.deliver(pick));
}

function workOff({ members }: Scene): boolean {
  const works = [...members.values()].flatMap(({ todo }) => todo.splice(0));
  for (const work of works) work();
  return works.length > 0;
}

function syncAll({ members }: Scene): boolean {
  return [...members.values()].map(({ disk }) => disk.sync()).some(Boolean);
}

function workLater(one: Member, nowUs: number): void {
  const due = one.later.filter((later) => later.due <= nowUs);
  one.later = one.later.filter((later) => later.due > nowUs);
  for (const { work } of due) work();
}

interface ManualTimers extends Timers {
  /** Those that are due by the clock expire. */
  fire(): void;
}

function manualTimers(clock: { readonly us: number }, onExpired: (timer: TimerName) => void): ManualTimers {
  const armed = new Map<string, { readonly timer: TimerName; readonly due: number }>();
  const key = ({ word, about }: TimerName) => `${word} ${about}`;
  return {
    arm: (timer, afterMs) => void armed.set(key(timer), { timer, due: clock.us + 1000 * afterMs }),
    disarm: (timer) => void armed.delete(key(timer)),
    fire: () => {
      for (const [name, { timer, due }] of [...armed].toSorted(([, a], [, b]) => a.due - b.due)) {
        if (due > clock.us || !armed.delete(name)) continue;
        onExpired(timer);
      }
    },
  };
}
