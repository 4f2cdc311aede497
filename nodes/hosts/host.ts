// The host: drives one machine between a log, links, timers and the lab. It has no file, socket, standard stream or promise of its own:
// all of these are ports, of a container or of a test. It knows no protocol: everything it says of transactions comes from the marks of
// durable records.

import { findProtocol } from '../protocols/catalog.ts';
import { findWorkload } from '../workloads/catalog.ts';
import { wordsOf } from '../contract/protocol.ts';
import { invariant, unreachable } from '../contract/invariant.ts';
import { LAB } from '../contract/machine.ts';
import { createExecutor } from './executor.ts';
import { createHolds } from './holds.ts';
import { createMeddler } from './meddler.ts';
import { isMessage } from './line.ts';
import { openTally } from './tally.ts';
import type { Role } from '../contract/protocol.ts';
import type { NodeId, OpId } from '../contract/ids.ts';
import type { Effect, Reply, TimerName } from '../contract/machine.ts';
import type { Message, Request } from '../contract/messages.ts';
import type { LogRecord } from '../contract/records.ts';
import type { Command, NodeConfig, ReportBody } from '../contract/control.ts';
import type { SealedWorkload } from '../contract/workload.ts';
import type { Executor } from './executor.ts';
import type { Line } from './line.ts';
import type { LinkEvents, Links } from './links.ts';
import type { DurableEntry, Log, StandingLog } from './log.ts';
import type { StoreEvents, Stores } from './stores.ts';
import type { Timers } from './timers.ts';
import type { Trace } from './trace-file.ts';

type HostConfig = Pick<NodeConfig, 'protocol' | 'role' | 'setup' | 'stores'>;

/** The world of one node. No port calls back while it is being opened. */
export interface HostPorts {
  readonly log: StandingLog;
  readonly links: (events: LinkEvents) => Links;
  readonly stores: (places: NonNullable<NodeConfig['stores']>, events: StoreEvents) => Stores;
  readonly timers: (onExpired: (timer: TimerName) => void) => Timers;
  readonly trace: Trace;
  /** Microseconds of a clock that only goes forward, the same for all nodes. */
  readonly now: () => number;
  /** Milliseconds since 1970, for people. */
  readonly wallMs: () => number;
  /** Calls back when everything that arrives at this moment has been taken. */
  readonly soon: (work: () => void) => void;
  /** Calls back when so much time is over. */
  readonly later: (work: () => void, afterMs: number) => void;
  /** Gets what the lab must know; the host never waits for it. */
  readonly report: (body: ReportBody) => void;
}

export type HostCommand = Exclude<Command, { do: 'configure' }>;

export interface Host {
  /** What comes before the node serves is done when it does. */
  command(command: HostCommand): void;
  /** Says how the node stands, if anything has changed since this was called last. */
  sayChanges(): void;
}

export function createHost(config: HostConfig, ports: HostPorts): Host {
  const { trace, now, soon, report: say } = ports;
  const { content, incarnation } = ports.log;
  const survived = content.entries.map(({ record }) => record);
  const role = roleOfConfig(config);
  const workload = workloadOf(config);
  const machine = role.machine(workload);
  const heard = wordsOf(role, workload).receive ?? [];
  trace.add({ kind: 'booted', wallMs: ports.wallMs(), logBytes: content.end, cutBytes: content.tornBytes });
  trace.flush();

  const { partOf } = role;
  const { locksOf } = workload.resource;
  const locksIn = partOf && ((promise: LogRecord) => locksOf(partOf(promise)).map(({ key }) => key));
  const tally = openTally({ survived, nowUs: now, locksOf: locksIn });
  let holdingFinish = false;
  let lastPosition = 0;
  let needsFlush = false;
  const log: Log = ports.log.open((group) => {
    tally.synced();
    for (const entry of group) traceDurable(entry);
    executor.progress();
    if (holdingFinish) finish();
    arrived('incarnation');
  });

  /** What was asked of whom and has not come to its end. */
  const pending = new Map<OpId, NodeId>();
  const links = ports.links({
    onLine,
    onDown: (peer) => {
      for (const [op, asked] of pending) if (asked === peer) settle(op, peer, { kind: 'lost' });
    },
    onLinked: (peers) => say({ say: 'linked', peers }),
    onIdle: () => executor.progress(),
    onListening: () => arrived('port'),
    onMet: () => arrived('peers'),
  });
  const places = config.stores ?? {};
  /** What was asked of a store and has not come to its end. */
  const asked = new Map<OpId, { readonly store: NodeId; readonly request: Request }>();
  const stores = ports.stores(places, { onReply: answeredByStore, onIdle: () => executor.progress() });
  const timers = ports.timers((timer) => executor.take({ kind: 'expired', timer }));
  const holds = createHolds((hold, count) => say({ say: 'counted', hold, count }));

  const meddler = createMeddler({
    send: (to, message, json) => links.send(to, message, json),
    trace: (body) => trace.add(body),
    flushOut,
    now,
    later: ports.later,
    say,
  });

  const executor: Executor = createExecutor(machine, machine.initial(config.setup), holds, {
    soon,
    now,
    write,
    flushLog: () => {
      if (needsFlush) log.flush();
      needsFlush = false;
    },
    durable: () => log.durable,
    leave,
    flushOut,
    isAccepted: () => links.unaccepted === 0 && stores.unaccepted === 0,
    arm: (timer, afterMs) => {
      executor.forget(timer);
      timers.arm(timer, afterMs);
    },
    disarm: (timer) => {
      timers.disarm(timer);
      executor.forget(timer);
    },
    tell: (note, urgent) => {
      tally.told(note);
      trace.add({ kind: 'told', note });
      if (urgent) say({ say: 'told', at: now(), note });
    },
    trace: (body, json) => trace.add(body, json),
    held: (hold, about) => {
      // What a node counted since its last status would die with it.
      sayStatus();
      say({ say: 'held', hold: hold.hold, about, at: now() });
    },
  });

  // ── what the machine does ──

  function flushOut(): void {
    trace.flush();
    links.flush();
    stores.flush();
  }

  function write(record: LogRecord, how: 'append' | 'force'): number {
    needsFlush ||= how === 'force';
    const { position, json } = log.write(record, how);
    if (how === 'append') {
      tally.appended(record);
      trace.add({ kind: 'appended', record }, json);
    }
    lastPosition = position;
    return position;
  }

  function traceDurable(entry: DurableEntry): void {
    const { how, position, record, json } = entry;
    tally.durable(entry);
    trace.add({ kind: 'durable', how, position, record }, json);
  }

  function leave(effect: Extract<Effect, { do: 'send' | 'ask' | 'answer' }>): void {
    switch (effect.do) {
      case 'send': {
        const { to, message } = effect;
        const json = JSON.stringify(message);
        const rule = meddler.ruleFor(to, message);
        const how = rule?.isKept || links.send(to, message, json) ? 'sent' : 'lost';
        tally.sent(to, message, how);
        trace.add({ kind: how, to, message }, json);
        if (rule && how === 'sent') rule.meet({ to, message, json });
        return;
      }
      case 'ask':
        return ask(effect);
      case 'answer':
        if (effect.to === LAB) return say({ say: 'answered', op: effect.op, answer: effect.answer });
        trace.add({ kind: 'answered', way: 'out', peer: effect.to, op: effect.op, word: effect.answer.word });
        links.send(effect.to, { kind: 'answer', op: effect.op, answer: effect.answer });
        return;
      default:
        return unreachable(effect);
    }
  }

  /** The one way out for what is asked, whoever can answer it. */
  function ask({ to, op, request }: Extract<Effect, { do: 'ask' }>): void {
    if (Object.hasOwn(places, to)) {
      trace.add({ kind: 'asked', way: 'out', peer: to, op, word: request.word, body: request });
      asked.set(op, { store: to, request });
      return stores.ask(to, op, request);
    }
    trace.add({ kind: 'asked', way: 'out', peer: to, op, word: request.word });
    pending.set(op, to);
    if (!links.send(to, { kind: 'request', op, request })) settle(op, to, { kind: 'refused' });
  }

  /** An ask ends once; later in the queue, because an effect is being performed now. */
  function settle(op: OpId, by: NodeId, reply: Reply): void {
    if (!pending.delete(op)) return;
    soon(() => executor.take({ kind: 'answered', by, op, reply }));
  }

  // ── what comes from stores and other nodes ──

  function answeredByStore(op: OpId, reply: Reply): void {
    const found = asked.get(op);
    if (!found || !asked.delete(op)) return;
    executor.take({ kind: 'answered', by: found.store, op, reply, asked: found.request });
  }

  function onLine(from: NodeId, line: Line, json: string): void {
    if (isMessage(line)) {
      if (knows(line.word, from) && fits(line, from)) executor.take({ kind: 'received', from, message: line, json });
      return;
    }
    switch (line.kind) {
      case 'request':
        if (knows(line.request.word, from))
          executor.take({ kind: 'asked', by: from, op: line.op, request: line.request });
        return;
      case 'answer':
        if (pending.delete(line.op))
          executor.take({ kind: 'answered', by: from, op: line.op, reply: { kind: 'answer', answer: line.answer } });
        return;
      default:
        return unreachable(line);
    }
  }

  /** A word that this role does not know comes from another program version; the machine must not meet it. */
  function knows(word: string, from: NodeId): boolean {
    if (heard.includes(word)) return true;
    trace.add({ kind: 'ignored', from, word, reason: 'unknown-word' });
    return false;
  }

  /** Whatever else comes with a word is what the machine counts on, or the machine does not meet it. */
  function fits(message: Message, from: NodeId): boolean {
    const { word } = message;
    if (role.hears?.[word]?.(message) !== false) return true;
    trace.add({ kind: 'ignored', from, word, reason: 'wrong-shape' });
    return false;
  }

  // ── what the lab hears and wants ──

  function sayStatus(): void {
    say({ say: 'status', at: now(), ...tally.status() });
  }

  /** Once everything buffered is on disk, also what is appended while the disk is waited for. */
  function finish(): void {
    if (log.durable < lastPosition) return log.flush();
    holdingFinish = false;
    executor.progress();
    sayStatus();
    say({ say: 'finished' });
  }

  function command(given: HostCommand): void {
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
        holdingFinish = true;
        return finish();
      default:
        return unreachable(given);
    }
  }

  // ── boot ──

  /** What must be there before the node serves; transaction ids carry the incarnation, and are never used again. */
  const missing = new Set<'incarnation' | 'port' | 'peers'>(['incarnation', 'port']);
  // What a node says when it is back would be lost before it is connected, and said again only after a timeout.
  if (incarnation > 1) missing.add('peers');
  const early: HostCommand[] = [];

  function arrived(what: 'incarnation' | 'port' | 'peers'): void {
    if (missing.delete(what) && missing.size === 0) serve();
  }

  function serve(): void {
    executor.take({ kind: 'started', log: survived, incarnation });
    links.serve();
    say({ say: 'ready' });
    for (const given of early) command(given);
  }

  write({ mark: 'other', word: 'boot', about: null }, 'force');
  log.flush();
  return {
    command: (given) => {
      if (missing.size > 0) early.push(given);
      else command(given);
    },
    sayChanges: () => {
      if (missing.size === 0 && tally.changed()) sayStatus();
    },
  };
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
