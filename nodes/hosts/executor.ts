// Performs a machine's effects in order, one queue a node, and holds the node at an armed step.
//
// Durability gates what leaves: a send, ask or answer waits in the outbox until the last force before it is on disk, while log
// writes go on (group commit). A hold stops taking effects and inputs, then waits until everything before the step is done:
// forced records durable, the outbox empty, the kernel has accepted what was written. So the crash falls exactly into the gap.

import { unreachable } from '../contract/invariant.ts';
import { momentOf, momentOfInput, wordOfReply, type Reached } from './moments.ts';
import { storeMarkOf } from './stores.ts';
import type { Note } from '../contract/notes.ts';
import type { Request } from '../contract/messages.ts';
import type { TraceBody } from '../contract/events.ts';
import type { Arrival, Effect, Input, Machine, SealedState, TimerName } from '../contract/machine.ts';
import type { Gap } from '../contract/step.ts';
import type { Hold } from '../contract/control.ts';
import type { Completed, Holds } from './holds.ts';

type Leaving = Extract<Effect, { do: 'send' | 'ask' | 'answer' }>;

/** What the world around a machine can do; the container host and tests implement it. */
export interface Surroundings {
  /** Calls back when everything that arrives at this moment has been taken: inputs that come together share a write to disk and sockets. */
  readonly soon: (work: () => void) => void;
  /** Microseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Position of the record in the log. */
  readonly write: (record: Extract<Effect, { do: 'force' }>['record'], how: 'append' | 'force') => number;
  readonly flushLog: () => void;
  readonly durable: () => number;
  /** Traces the effect as sent or lost and hands it to its connection. */
  readonly leave: (effect: Leaving) => void;
  /** The batch that has left may go to the kernel: trace first, then sockets. */
  readonly flushOut: () => void;
  readonly isAccepted: () => boolean;
  readonly arm: (timer: TimerName, afterMs: number) => void;
  readonly disarm: (timer: TimerName) => void;
  /** A note, which the lab gets at once where it is urgent. */
  readonly tell: (note: Note, urgent: boolean) => void;
  /** `json` is that of the body's message, where it is known. */
  readonly trace: (body: TraceBody, json?: string) => void;
  readonly held: (hold: Hold, about: string | null) => void;
}

export interface Executor {
  take(input: Taken): void;
  /** Call when the log has become durable further, or the kernel has accepted what was written. */
  progress(): void;
  release(hold: string): void;
  /** Nothing more is taken, and what stands in the queue is left undone. What has been done still leaves. */
  halt(): void;
  /** Drops queued expiries of a timer that was disarmed or armed anew. */
  forget(timer: TimerName): void;
}

/** An input, its message as the text that it came as, and what a store was asked that this is the end of. */
type Taken = Arrival & { readonly json?: string; readonly asked?: Request };

interface Holding {
  readonly hold: Completed;
  readonly about: string | null;
  reported: boolean;
}

/** What a node has to do, and how far it is. */
interface Work {
  readonly machine: Machine<SealedState>;
  readonly state: SealedState;
  readonly holds: Holds;
  readonly around: Surroundings;
  readonly inputs: Taken[];
  /** What the machine answered to the input that is being worked on, and how many of these are done. */
  effects: readonly Effect[];
  done: number;
  readonly outbox: { readonly effect: Leaving; readonly gate: number }[];
  lastForce: number;
  /** How many expiries wait among the inputs. */
  expiries: number;
  /** The holds that the node stands at: one moment may complete several, and each is reported and released on its own, the first first. */
  holding: Holding[];
  /** Does what can be done now. */
  readonly turn: () => void;
  running: boolean;
  due: boolean;
  halted: boolean;
}

export function createExecutor(
  machine: Machine<SealedState>,
  state: SealedState,
  holds: Holds,
  around: Surroundings,
): Executor {
  const work: Work = {
    machine,
    state,
    holds,
    around,
    inputs: [],
    effects: [],
    done: 0,
    outbox: [],
    lastForce: 0,
    expiries: 0,
    holding: [],
    turn: () => run(work),
    running: false,
    due: false,
    halted: false,
  };
  return {
    take: (input) => {
      if (work.halted) return;
      work.inputs.push(input);
      if (input.kind === 'expired') work.expiries++;
      runSoon(work);
    },
    progress: () => empty(work),
    release: (hold) => release(work, hold),
    halt: () => {
      work.halted = true;
    },
    forget: (timer) => forget(work, timer),
  };
}

function isHeld({ holding }: Work): boolean {
  return holding.length > 0;
}

function run(work: Work): void {
  const { inputs, around } = work;
  work.due = false;
  if (work.running || work.halted) return;
  work.running = true;
  const others = Math.max(0, inputs.length - INPUTS_A_TURN);
  while (!isHeld(work) && (work.effects[work.done] || inputs.length > others) && takeNext(work));
  around.flushLog();
  empty(work);
  work.running = false;
  if (!isHeld(work) && inputs.length > 0) runSoon(work);
}

function runSoon(work: Work): void {
  if (work.due) return;
  work.due = true;
  work.around.soon(work.turn);
}

function takeNext(work: Work): boolean {
  const effect = work.effects[work.done];
  if (effect) {
    if (stopsAt(work, 'before', work.done)) return false;
    perform(work, effect);
    stopsAt(work, 'after', work.done++);
    return true;
  }
  const input = work.inputs[0];
  if (!input) return false;
  if (stopsAtInput(work, 'before', input)) return false;
  work.inputs.shift();
  if (input.kind === 'expired') work.expiries--;
  traceInput(work, input);
  work.effects = reactionTo(work, input);
  work.done = 0;
  stopsAtInput(work, 'after', input);
  return true;
}

/** A machine that throws has a bug, which its trace tells of before the node ends by it. */
function reactionTo({ machine, state, around }: Work, input: Taken): readonly Effect[] {
  try {
    return machine.next(state, stamped(input, around.now()));
  } catch (error) {
    around.trace({ kind: 'bug', message: `${wordsOf(input)}, its machine threw ${reasonOf(error)}` });
    around.flushOut();
    throw error;
  }
}

function stopsAt(work: Work, when: Gap['when'], index: number): boolean {
  if (!work.holds.any) return false;
  return stops(work, momentOf(when, work.effects, index));
}

function stopsAtInput(work: Work, when: Gap['when'], input: Arrival): boolean {
  if (!work.holds.any) return false;
  return stops(work, momentOfInput(when, input));
}

function stops(work: Work, reached: Reached): boolean {
  if (!reached) return false;
  const { moment, about } = reached;
  work.holding = work.holds.reach(moment, about).map((hold) => ({ hold, about, reported: false }));
  return isHeld(work);
}

function perform(work: Work, effect: Effect): void {
  const { around } = work;
  switch (effect.do) {
    case 'force':
      work.lastForce = around.write(effect.record, 'force');
      return;
    case 'append':
      around.write(effect.record, 'append');
      return;
    case 'send':
    case 'ask':
    case 'answer':
      work.outbox.push({ effect, gate: work.lastForce });
      return;
    case 'arm':
      return around.arm(effect.timer, effect.afterMs);
    case 'disarm':
      return around.disarm(effect.timer);
    case 'tell':
      return around.tell(effect.note, effect.urgent === true);
    default:
      return unreachable(effect);
  }
}

function empty(work: Work): void {
  const { outbox, around } = work;
  let ready = 0;
  for (const { effect, gate } of outbox) {
    if (gate > around.durable()) break;
    around.leave(effect);
    ready++;
  }
  outbox.splice(0, ready);
  around.flushOut();
  settleHold(work);
}

function settleHold({ holding: [first], outbox, lastForce, around }: Work): void {
  if (!first || first.reported) return;
  if (around.durable() < lastForce || outbox.length > 0 || !around.isAccepted()) return;
  first.reported = true;
  const { hold, about } = first;
  around.trace({ kind: 'held', hold: hold.hold, gap: hold.gap, about, nth: hold.count });
  around.flushOut();
  around.held(hold, about);
}

function release(work: Work, hold: string): void {
  const released = work.holding.find((one) => one.hold.hold === hold);
  if (!released) return;
  work.holding = work.holding.filter((one) => one !== released);
  // One that had not been reported yet is given up before anybody knows of it.
  if (released.reported) work.around.trace({ kind: 'released', hold });
  if (isHeld(work)) settleHold(work);
  else run(work);
}

function forget(work: Work, timer: TimerName): void {
  if (work.expiries === 0) return;
  const stale = work.inputs.findIndex(
    (input) => input.kind === 'expired' && input.timer.word === timer.word && input.timer.about === timer.about,
  );
  if (stale < 0) return;
  work.inputs.splice(stale, 1);
  work.expiries--;
}

function traceInput({ around }: Work, input: Taken): void {
  switch (input.kind) {
    case 'received':
      return around.trace({ kind: 'received', from: input.from, message: input.message }, input.json);
    case 'asked':
      return around.trace({ kind: 'asked', way: 'in', peer: input.by, op: input.op, word: input.request.word });
    case 'answered':
      return around.trace(answeredLine(input, input.asked));
    case 'expired':
      return around.trace({ kind: 'expired', word: input.timer.word, about: input.timer.about });
    case 'started':
      return;
    default:
      return unreachable(input);
  }
}

/** Written out for each kind: to copy just any object, or to add to one, costs several times as much. */
function stamped(arrival: Arrival, at: number): Input {
  const { kind } = arrival;
  switch (kind) {
    case 'received':
      return { kind, from: arrival.from, message: arrival.message, at };
    case 'asked':
      return { kind, by: arrival.by, op: arrival.op, request: arrival.request, at };
    case 'answered':
      return { kind, by: arrival.by, op: arrival.op, reply: arrival.reply, at };
    case 'expired':
      return { kind, timer: arrival.timer, at };
    case 'started':
      return { kind, log: arrival.log, incarnation: arrival.incarnation, at };
    default:
      return unreachable(arrival);
  }
}

/** Under load: what these make leave is with other nodes, and on its way to the disk, while the rest is worked on. */
const INPUTS_A_TURN = 128;

function wordsOf(input: Taken): string {
  const reached = momentOfInput('before', input);
  if (!reached) return `when it was ${input.kind}`;
  const { moment, about } = reached;
  return `at ${moment.verb} ${moment.word}${about === null ? '' : ` of ${about}`}`;
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, REASON_CHARS);
}

const REASON_CHARS = 500;

/** What a store has answered stands there whole: the store keeps no trace. */
function answeredLine(input: Extract<Arrival, { kind: 'answered' }>, asked: Request | undefined): TraceBody {
  const { by: peer, op, reply } = input;
  const body: TraceBody = { kind: 'answered', way: 'in', peer, op, word: wordOfReply(input) };
  if (!asked || reply.kind !== 'answer') return body;
  const gives = storeMarkOf(asked, reply.answer);
  return { ...body, body: reply.answer, ...(gives && { gives }) };
}
