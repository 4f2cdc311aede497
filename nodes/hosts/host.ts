// The host: drives one machine between a log, links, timers and the lab. It has no file, socket, standard stream or promise of its own:
// all of these are ports, of a container or of a test. It knows no protocol: everything it says of transactions comes from the marks of
// durable records.

import { findProtocol } from '../protocols/catalog.ts';
import { findWorkload } from '../workloads/catalog.ts';
import { wordsOf } from '../contract/protocol.ts';
import { invariant, unreachable } from '../contract/invariant.ts';
import { LAB } from '../contract/machine.ts';
import { createClock } from './clock.ts';
import { createExecutor } from './executor.ts';
import { createHolds } from './holds.ts';
import { createMeddler } from './meddler.ts';
import { askedNames } from './stores.ts';
import { openTally } from './tally.ts';
import { answeredByStore, hear, leave, lose } from './traffic.ts';
import type { Role } from '../contract/protocol.ts';
import type { LogRecord } from '../contract/records.ts';
import type { NodeConfig } from '../contract/control.ts';
import type { SealedWorkload } from '../contract/workload.ts';
import type { Surroundings } from './executor.ts';
import type { HostCommand, HostPorts, Life, Needed } from './life.ts';
import type { LinkEvents } from './links.ts';
import type { DurableEntry } from './log.ts';
import type { Meddler } from './meddler.ts';

type HostConfig = Pick<NodeConfig, 'protocol' | 'role' | 'setup' | 'stores'>;

export interface Host {
  /** What comes before the node serves is done when it does. */
  command(command: HostCommand): void;
  /** Says how the node stands, if anything has changed since this was called last. */
  sayChanges(): void;
}

export function createHost(config: HostConfig, ports: HostPorts): Host {
  const { trace, report: say } = ports;
  const clock = createClock(ports.now);
  const { content, incarnation } = ports.log;
  const survived = content.entries.map(({ record }) => record);
  const role = roleOfConfig(config);
  const workload = workloadOf(config);
  const machine = role.machine(workload);
  const places = config.stores ?? {};
  trace.add({ kind: 'booted', wallMs: ports.wallMs(), logBytes: content.end, cutBytes: content.tornBytes });
  trace.flush();
  const holds = createHolds((hold, count) => say({ say: 'counted', hold, count }));
  const life: Life = {
    ports,
    clock,
    role,
    heard: wordsOf(role, workload).receive ?? [],
    survived,
    log: ports.log.open((group) => becomeDurable(life, group)),
    links: ports.links(linkEvents(() => life)),
    stored: askedNames(places),
    stores: ports.stores(places, {
      onReply: (op, reply) => answeredByStore(life, op, reply),
      onIdle: () => life.executor.progress(),
    }),
    timers: ports.timers((timer) => life.executor.take({ kind: 'expired', timer })),
    holds,
    meddler: meddlerOf(() => life),
    executor: createExecutor(
      machine,
      machine.initial(config.setup),
      holds,
      surroundings(ports, () => life),
    ),
    tally: openTally({ survived, nowUs: clock.recent, locksOf: locksIn(role, workload) }),
    pending: new Map(),
    asked: new Map(),
    // What a node says when it is back would be lost before it is connected, and said again only after a timeout.
    missing: new Set<Needed>(['incarnation', 'port', ...(incarnation > 1 ? (['peers'] as const) : [])]),
    early: [],
    lastPosition: 0,
    needsFlush: false,
    finishing: false,
  };
  write(life, { mark: 'other', word: 'boot', about: null }, 'force');
  life.log.flush();
  return {
    command: (given) => {
      if (life.missing.size > 0) life.early.push(given);
      else command(life, given);
    },
    sayChanges: () => {
      if (life.missing.size === 0 && life.tally.changed()) sayStatus(life);
    },
  };
}

function locksIn({ partOf }: Role, { resource: { locksOf } }: SealedWorkload) {
  return partOf && ((promise: LogRecord) => locksOf(partOf(promise)).map(({ key }) => key));
}

function linkEvents(life: () => Life): LinkEvents {
  return {
    onLine: (from, line, json) => hear(life(), from, line, json),
    onDown: (peer) => lose(life(), peer),
    onLinked: (peers) => life().ports.report({ say: 'linked', peers }),
    onIdle: () => life().executor.progress(),
    onListening: () => arrived(life(), 'port'),
    onMet: () => arrived(life(), 'peers'),
  };
}

function meddlerOf(life: () => Life): Meddler {
  return createMeddler({
    send: (to, message, json) => life().links.send(to, message, json),
    trace: (body) => life().ports.trace.add(body),
    flushOut: () => flushOut(life()),
    now: () => life().ports.now(),
    later: (work, afterMs) => life().ports.later(work, afterMs),
    say: (body) => life().ports.report(body),
  });
}

// ── what the machine does ──

function surroundings({ trace, now, soon, report: say }: HostPorts, life: () => Life): Surroundings {
  return {
    soon,
    now: () => life().clock.read(),
    write: (record, how) => write(life(), record, how),
    flushLog: () => flushLog(life()),
    durable: () => life().log.durable,
    leave: (effect) => leave(life(), effect),
    flushOut: () => flushOut(life()),
    isAccepted: () => life().links.unaccepted === 0 && life().stores.unaccepted === 0,
    arm: (timer, afterMs) => {
      life().executor.forget(timer);
      life().timers.arm(timer, afterMs);
    },
    disarm: (timer) => {
      life().timers.disarm(timer);
      life().executor.forget(timer);
    },
    tell: (note, urgent) => {
      life().tally.told(note);
      trace.add({ kind: 'told', note });
      if (urgent) say({ say: 'told', at: now(), note });
    },
    trace: (body, json) => trace.add(body, json),
    held: (hold, about) => {
      // What a node counted since its last status would die with it.
      sayStatus(life());
      say({ say: 'held', hold: hold.hold, about, at: now() });
    },
  };
}

function flushLog(life: Life): void {
  if (life.needsFlush) life.log.flush();
  life.needsFlush = false;
}

function flushOut({ ports, links, stores }: Life): void {
  ports.trace.flush();
  links.flush();
  stores.flush();
}

function write(life: Life, record: LogRecord, how: 'append' | 'force'): number {
  life.needsFlush ||= how === 'force';
  const { position, json } = life.log.write(record, how);
  if (how === 'append') {
    life.tally.appended(record);
    life.ports.trace.add({ kind: 'appended', record }, json);
  }
  life.lastPosition = position;
  return position;
}

function becomeDurable(life: Life, group: readonly DurableEntry[]): void {
  const { tally, ports, executor, clock } = life;
  clock.read();
  tally.synced();
  for (const entry of group) {
    const { how, position, record, json } = entry;
    tally.durable(entry);
    ports.trace.add({ kind: 'durable', how, position, record }, json);
  }
  executor.progress();
  if (life.finishing) finish(life);
  arrived(life, 'incarnation');
}

// ── what the lab hears and wants ──

function sayStatus({ ports, tally }: Life): void {
  ports.report({ say: 'status', at: ports.now(), ...tally.status() });
}

/** Once everything buffered is on disk, also what is appended while the disk is waited for. */
function finish(life: Life): void {
  if (life.log.durable < life.lastPosition) return life.log.flush();
  life.finishing = false;
  life.executor.progress();
  sayStatus(life);
  life.ports.report({ say: 'finished' });
}

function command(life: Life, given: HostCommand): void {
  const { executor, holds, meddler } = life;
  const { now, report: say } = life.ports;
  switch (given.do) {
    case 'arm':
      return say({ say: 'counted', hold: given.hold, count: given.seen, ...(holds.arm(given) && { passed: true }) });
    case 'release':
      holds.disarm(given.hold);
      return executor.release(given.hold);
    case 'meddle':
      return meddler.begin(given);
    case 'cease':
      return meddler.cease(given.fault);
    case 'mark':
      return say({ say: 'marked', id: given.id, at: now() });
    case 'ask':
      return executor.take({ kind: 'asked', by: LAB, op: given.op, request: given.request });
    case 'finish':
      // The nodes' traces are read one after the other: what one did meanwhile would be missing in another's.
      executor.halt();
      life.finishing = true;
      return finish(life);
    default:
      return unreachable(given);
  }
}

// ── boot ──

function arrived(life: Life, what: Needed): void {
  if (life.missing.delete(what) && life.missing.size === 0) serve(life);
}

function serve(life: Life): void {
  const { executor, links, ports, survived, early } = life;
  executor.take({ kind: 'started', log: survived, incarnation: ports.log.incarnation });
  links.serve();
  ports.report({ say: 'ready' });
  for (const given of early) command(life, given);
}

function workloadOf({ setup }: HostConfig): SealedWorkload {
  const workload = findWorkload(setup.workload);
  invariant(workload, `This node program knows no workload ${setup.workload}.`);
  return workload;
}

function roleOfConfig(config: HostConfig): Role {
  const role = findProtocol(config.protocol)?.roles[config.role];
  invariant(role, `This node program knows no role ${config.role} of ${config.protocol}.`);
  return role;
}
