// Performs a machine's effects in order, one queue a node, and holds the node at an armed step.
//
// Durability gates what leaves: a send, ask or answer waits in the outbox until the last force before it is on disk, while log
// writes go on (group commit). A hold stops taking effects and inputs, then waits until everything before the step is done:
// forced records durable, the outbox empty, the kernel has accepted what was written. So the crash falls exactly into the gap.

import { unreachable } from '../contract/invariant.ts';
import { LAB } from '../contract/machine.ts';
import { storeMarkOf } from './stores.ts';
import type { Note } from '../contract/notes.ts';
import type { Request } from '../contract/messages.ts';
import type { TraceBody } from '../contract/events.ts';
import type { Arrival, Effect, Input, Machine, SealedState, TimerName } from '../contract/machine.ts';
import type { Gap, ReachedGap } from '../contract/step.ts';
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

export function createExecutor(
  machine: Machine<SealedState>,
  state: SealedState,
  holds: Holds,
  around: Surroundings,
): Executor {
  const inputs: Taken[] = [];
  /** What the machine answered to the input that is being worked on, and how many of these are done. */
  let effects: readonly Effect[] = [];
  let done = 0;
  const outbox: { readonly effect: Leaving; readonly gate: number }[] = [];
  let lastForce = 0;
  /** How many expiries wait among the inputs. */
  let expiries = 0;
  /** The holds that the node stands at: one moment may complete several, and each is reported and released on its own, the first first. */
  let holding: Holding[] = [];
  let running = false;
  let due = false;
  let halted = false;

  function isHeld(): boolean {
    return holding.length > 0;
  }

  function run(): void {
    due = false;
    if (running || halted) return;
    running = true;
    const others = Math.max(0, inputs.length - INPUTS_A_TURN);
    while (!isHeld() && (effects[done] || inputs.length > others) && takeNext());
    around.flushLog();
    empty();
    running = false;
    if (!isHeld() && inputs.length > 0) runSoon();
  }

  function runSoon(): void {
    if (due) return;
    due = true;
    around.soon(run);
  }

  function takeNext(): boolean {
    const effect = effects[done];
    if (effect) {
      if (stopsAt('before', done)) return false;
      perform(effect);
      stopsAt('after', done++);
      return true;
    }
    const input = inputs[0];
    if (!input) return false;
    if (stopsAtInput('before', input)) return false;
    inputs.shift();
    if (input.kind === 'expired') expiries--;
    traceInput(input);
    effects = reactionTo(input);
    done = 0;
    stopsAtInput('after', input);
    return true;
  }

  /** A machine that throws has a bug, which its trace tells of before the node ends by it. */
  function reactionTo(input: Taken): readonly Effect[] {
    try {
      return machine.next(state, stamped(input, around.now()));
    } catch (error) {
      around.trace({ kind: 'bug', message: `${wordsOf(input)}, its machine threw ${reasonOf(error)}` });
      around.flushOut();
      throw error;
    }
  }

  function stopsAt(when: Gap['when'], index: number): boolean {
    if (!holds.any) return false;
    const moment = momentOf(when, effects, index);
    return moment !== null && stops(moment.moment, moment.about);
  }

  function stopsAtInput(when: Gap['when'], input: Arrival): boolean {
    if (!holds.any) return false;
    const moment = momentOfInput(when, input);
    return moment !== null && stops(moment.moment, moment.about);
  }

  function stops(moment: ReachedGap, about: string | null): boolean {
    holding = holds.reach(moment, about).map((hold) => ({ hold, about, reported: false }));
    return isHeld();
  }

  function perform(effect: Effect): void {
    switch (effect.do) {
      case 'force':
        lastForce = around.write(effect.record, 'force');
        return;
      case 'append':
        around.write(effect.record, 'append');
        return;
      case 'send':
      case 'ask':
      case 'answer':
        outbox.push({ effect, gate: lastForce });
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

  function empty(): void {
    let ready = 0;
    for (const { effect, gate } of outbox) {
      if (gate > around.durable()) break;
      around.leave(effect);
      ready++;
    }
    outbox.splice(0, ready);
    around.flushOut();
    settleHold();
  }

  function settleHold(): void {
    const [first] = holding;
    if (!first || first.reported) return;
    if (around.durable() < lastForce || outbox.length > 0 || !around.isAccepted()) return;
    first.reported = true;
    const { hold, about } = first;
    around.trace({ kind: 'held', hold: hold.hold, gap: hold.gap, about, nth: hold.count });
    around.flushOut();
    around.held(hold, about);
  }

  function traceInput(input: Taken): void {
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

  return {
    take: (input) => {
      if (halted) return;
      inputs.push(input);
      if (input.kind === 'expired') expiries++;
      runSoon();
    },
    progress: () => {
      empty();
    },
    release: (hold) => {
      const released = holding.find((one) => one.hold.hold === hold);
      if (!released) return;
      holding = holding.filter((one) => one !== released);
      // One that had not been reported yet is given up before anybody knows of it.
      if (released.reported) around.trace({ kind: 'released', hold });
      if (isHeld()) settleHold();
      else run();
    },
    halt: () => {
      halted = true;
    },
    forget: (timer) => {
      if (expiries === 0) return;
      const stale = inputs.findIndex(
        (input) => input.kind === 'expired' && input.timer.word === timer.word && input.timer.about === timer.about,
      );
      if (stale < 0) return;
      inputs.splice(stale, 1);
      expiries--;
    },
  };
}

/** The arrival itself, which nobody else needs any more: a copy for each would cost a node some of its rate. */
function stamped(arrival: Taken, at: number): Input {
  return Object.assign(arrival, { at });
}

/** Under load: what these make leave is with other nodes, and on its way to the disk, while the rest is worked on. */
const INPUTS_A_TURN = 128;

type Reached = { readonly moment: ReachedGap; readonly about: string | null } | null;

function momentOf(when: Gap['when'], effects: readonly Effect[], index: number): Reached {
  const effect = effects[index];
  switch (effect?.do) {
    case 'force':
    case 'append':
      return { moment: { when, verb: effect.do, word: effect.record.word }, about: effect.record.about };
    case 'send': {
      const { to: peer, message } = effect;
      return {
        moment: { when, verb: 'send', word: message.word, message, peer, place: placeOf(when, effects, index) },
        about: message.about,
      };
    }
    case 'ask':
      return {
        moment: { when, verb: 'ask', word: effect.request.word, peer: effect.to, place: placeOf(when, effects, index) },
        about: effect.request.about ?? effect.op,
      };
    case 'answer':
      return effect.to === LAB
        ? null
        : { moment: { when, verb: 'answer', word: effect.answer.word, peer: effect.to }, about: effect.op };
    case undefined:
    case 'arm':
    case 'disarm':
    case 'tell':
      return null;
    default:
      return unreachable(effect);
  }
}

/**
 * The place of a send or an ask in its broadcast: among those of the same word and subject. Who sends each message twice has sent it to its
 * first peer, or has yet to send it to its last, as one who sends it once.
 */
function placeOf(when: Gap['when'], effects: readonly Effect[], index: number): NonNullable<ReachedGap['place']> {
  const own = broadcastOf(effects[index]);
  const alike = effects.flatMap((effect, at) =>
    (effect.do === 'send' || effect.do === 'ask') && broadcastOf(effect) === own ? [{ at, to: effect.to }] : [],
  );
  const isAt = (edge: (typeof alike)[number] | undefined) => {
    const same = alike.filter(({ to }) => to === edge?.to);
    return (when === 'before' ? same[0] : same.at(-1))?.at === index;
  };
  return { first: isAt(alike[0]), last: isAt(alike.at(-1)) };
}

function broadcastOf(effect: Effect | undefined): string | null {
  if (effect?.do === 'send') return `send ${effect.message.word} ${effect.message.about}`;
  return effect?.do === 'ask' ? `ask ${effect.request.word} ${effect.request.about ?? effect.op}` : null;
}

function momentOfInput(when: Gap['when'], input: Taken): Reached {
  switch (input.kind) {
    case 'received':
      return {
        moment: { when, verb: 'receive', word: input.message.word, message: input.message, peer: input.from },
        about: input.message.about,
      };
    case 'asked':
      return input.by === LAB
        ? null
        : { moment: { when, verb: 'receive', word: input.request.word, peer: input.by }, about: input.op };
    case 'answered':
      return {
        moment: { when, verb: 'receive', word: wordOfReply(input), peer: input.by },
        about: input.asked?.about ?? input.op,
      };
    case 'expired':
      return { moment: { when, verb: 'expire', word: input.timer.word }, about: input.timer.about };
    case 'started':
      return null;
    default:
      return unreachable(input);
  }
}

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

function wordOfReply({ reply }: Extract<Arrival, { kind: 'answered' }>): string {
  return reply.kind === 'answer' ? reply.answer.word : reply.kind;
}
