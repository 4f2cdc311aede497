// The container host: drives one machine in one process, with a log and a trace on disk, TCP to the other nodes, timers, and the
// lab on stdin and stdout. It knows no protocol: everything it says of transactions comes from the marks of durable records.

import { join } from 'node:path';
import { findProtocol } from '../protocols/catalog.ts';
import { invariant, unreachable } from '../contract/invariant.ts';
import { LAB } from '../contract/machine.ts';
import { createExecutor } from './executor.ts';
import { createHolds } from './holds.ts';
import { isMessage, openLinks } from './links.ts';
import { openLog, readLog } from './log.ts';
import { openTally } from './tally.ts';
import { openTimers } from './timers.ts';
import { NO_TRACE, openTrace } from './trace.ts';
import type { Role } from '../contract/catalog.ts';
import type { News, Note } from '../contract/events.ts';
import type { NodeId, OpId } from '../contract/ids.ts';
import type { Effect, Input, LogRecord } from '../contract/machine.ts';
import type { Command, NodeConfig, ReportBody } from '../contract/control.ts';
import type { Executor } from './executor.ts';
import type { Line, Links } from './links.ts';
import type { DurableEntry } from './log.ts';

export interface ContainerHost {
  readonly incarnation: number;
  command(command: Exclude<Command, { do: 'configure' }>): void;
}

/** Starts serving. `report` gets what the lab must know; the host never waits for it. */
export async function startContainerHost(
  config: NodeConfig,
  report: (body: ReportBody, incarnation: number) => void,
): Promise<ContainerHost> {
  const { self } = config.setup;
  const role = roleOfConfig(config);
  const logPath = join(config.data, 'log');
  const content = readLog(logPath);
  const incarnation = (content.entries.at(-1)?.incarnation ?? 0) + 1;
  const say = (body: ReportBody) => report(body, incarnation);
  const trace = config.untraced
    ? NO_TRACE
    : openTrace(join(config.data, `trace.${incarnation}.jsonl`), { node: self, incarnation, now: nowUs });
  trace.add({ kind: 'booted', wallMs: Date.now(), logBytes: content.end, cutBytes: content.tornBytes });
  trace.flush();

  const tally = openTally({
    survived: content.entries.map(({ record }) => record),
    nowUs,
    locksOf: role.locksOf,
  });
  let holdingFinish = false;
  const log = openLog(logPath, incarnation, content.end, (group) => {
    tally.synced();
    for (const entry of group) traceDurable(entry);
    executor.progress();
    if (holdingFinish) finish();
  });
  let lastPosition = 0;
  const write = (record: LogRecord, how: 'append' | 'force') => {
    needsFlush ||= how === 'force';
    const { position, json } = log.write(record, how);
    if (how === 'append') {
      tally.appended(record);
      trace.add({ kind: 'appended', record }, json);
    }
    lastPosition = position;
    return position;
  };
  let needsFlush = false;

  const pending = new Map<OpId, NodeId>();
  const links: Links = openLinks({
    self,
    run: config.run,
    port: config.port,
    peers: config.peers,
    onLine,
    onDown: (peer) => {
      for (const [op, asked] of pending) if (asked === peer) settle(op, peer, { kind: 'lost' });
    },
    onLinked: (peers) => say({ say: 'linked', peers }),
    onIdle: () => executor.progress(),
  });
  const timers = openTimers((timer) => executor.take({ kind: 'expired', timer }));
  const holds = createHolds((hold, count) => say({ say: 'counted', hold, count }));

  const executor: Executor = createExecutor(role.machine, role.machine.initial(config.setup), holds, {
    soon: setImmediate,
    write,
    flushLog: () => {
      if (needsFlush) log.flush();
      needsFlush = false;
    },
    durable: () => log.durable,
    leave,
    flushOut: () => {
      trace.flush();
      links.flush();
    },
    isAccepted: () => links.unaccepted === 0,
    arm: (timer, afterMs) => {
      executor.forget(timer);
      timers.arm(timer, afterMs);
    },
    disarm: (timer) => {
      timers.disarm(timer);
      executor.forget(timer);
    },
    trace: (body, json) => {
      if (body.kind === 'told') tally.told(body.note);
      trace.add(body, json);
      if (body.kind === 'told' && isNews(body.note)) say({ say: 'told', at: nowUs(), news: body.note });
    },
    held: (hold, about) => {
      // What a node counted since its last status would die with it.
      sayStatus();
      say({ say: 'held', hold: hold.hold, about, at: nowUs() });
    },
  });

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
        const how = links.send(to, message, json) ? 'sent' : 'lost';
        tally.sent(to, message, how);
        return trace.add({ kind: how, to, message }, json);
      }
      case 'ask':
        trace.add({ kind: 'asked', way: 'out', peer: effect.to, op: effect.op, word: effect.request.word });
        pending.set(effect.op, effect.to);
        if (!links.send(effect.to, { kind: 'request', op: effect.op, request: effect.request }))
          settle(effect.op, effect.to, { kind: 'refused' });
        return;
      case 'answer':
        if (effect.to === LAB) return say({ say: 'answered', op: effect.op, answer: effect.answer });
        trace.add({ kind: 'answered', way: 'out', peer: effect.to, op: effect.op, word: effect.answer.word });
        links.send(effect.to, { kind: 'answer', op: effect.op, answer: effect.answer });
        return;
      default:
        return unreachable(effect);
    }
  }

  /** An ask ends once; later in the queue, because an effect is being performed now. */
  function settle(op: OpId, by: NodeId, reply: Extract<Input, { kind: 'answered' }>['reply']): void {
    if (!pending.delete(op)) return;
    setImmediate(() => executor.take({ kind: 'answered', by, op, reply }));
  }

  function onLine(from: NodeId, line: Line, json: string): void {
    if (isMessage(line)) {
      // A word that this role does not know comes from another program version; the machine must not meet it.
      if (role.words.receive?.includes(line.word)) executor.take({ kind: 'received', from, message: line, json });
      return;
    }
    switch (line.kind) {
      case 'request':
        if (role.words.receive?.includes(line.request.word))
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

  function sayStatus(): void {
    say({ say: 'status', at: nowUs(), ...tally.status() });
  }

  /** Once everything buffered is on disk, also what is appended while the disk is waited for. */
  function finish(): void {
    if (log.durable < lastPosition) return log.flush();
    holdingFinish = false;
    executor.progress();
    sayStatus();
    say({ say: 'finished' });
  }

  await boot();
  setInterval(() => tally.changed() && sayStatus(), STATUS_MS).unref();
  return { incarnation, command };

  /** The incarnation is durable before the node serves: transaction ids carry it and are never reused. */
  async function boot(): Promise<void> {
    write({ mark: 'other', word: 'boot', tx: null }, 'force');
    log.flush();
    // What a node says when it is back would be lost before it is connected, and said again only after a timeout.
    if (incarnation > 1) await links.met;
    executor.take({ kind: 'started', log: content.entries.map(({ record }) => record), incarnation });
    links.serve();
    await links.listening;
    say({ say: 'ready' });
  }

  function command(given: Exclude<Command, { do: 'configure' }>): void {
    switch (given.do) {
      case 'arm':
        holds.arm(given);
        return say({ say: 'counted', hold: given.hold, count: given.seen });
      case 'release':
        holds.disarm(given.hold);
        return executor.release(given.hold);
      case 'mark':
        return say({ say: 'marked', id: given.id, at: nowUs() });
      case 'ask':
        return executor.take({ kind: 'asked', by: LAB, op: given.op, request: given.request });
      case 'finish':
        holdingFinish = true;
        return finish();
      default:
        return unreachable(given);
    }
  }
}

function isNews(note: Note): note is News {
  return note.about === 'elected' || note.about === 'terminated';
}

function roleOfConfig(config: NodeConfig): Role {
  const role = findProtocol(config.protocol)?.roles[config.role];
  invariant(role, `This node program knows no role ${config.role} of ${config.protocol}.`);
  return role;
}

/** Microseconds of CLOCK_MONOTONIC: one clock for all containers of an engine. */
function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
}

const STATUS_MS = 200;
