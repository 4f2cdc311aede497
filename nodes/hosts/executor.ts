// Performs a machine's effects in order, one queue a node, and holds the node at an armed step.
//
// Durability gates what leaves: a send, ask or answer waits in the outbox until the last force before it is on disk, while log
// writes go on (group commit). A hold stops taking effects and inputs, then waits until everything before the step is done:
// forced records durable, the outbox empty, the kernel has accepted what was written. So the crash falls exactly into the gap.

import { unreachable } from '../contract/invariant.ts';
import { LAB } from '../contract/machine.ts';
import type { TraceBody } from '../contract/events.ts';
import type { Effect, Input, Machine, SealedState, TimerName } from '../contract/machine.ts';
import type { Gap, Moment } from '../contract/step.ts';
import type { Hold } from '../contract/control.ts';
import type { Holds } from './holds.ts';

type Leaving = Extract<Effect, { do: 'send' | 'ask' | 'answer' }>;

/** What the world around a machine can do; the container host and tests implement it. */
export interface Surroundings {
  /** Calls back when everything that arrives at this moment has been taken: inputs that come together share a write to disk and sockets. */
  readonly soon: (work: () => void) => void;
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
  readonly trace: (body: TraceBody) => void;
  readonly held: (hold: Hold, about: string | null) => void;
}

export interface Executor {
  take(input: Input): void;
  /** Call when the log has become durable further, or the kernel has accepted what was written. */
  progress(): void;
  release(hold: string): void;
  /** Drops queued expiries of a timer that was disarmed or armed anew. */
  forget(timer: TimerName): void;
}

interface Placed {
  readonly effect: Effect;
  readonly place?: { readonly first: boolean; readonly last: boolean };
}

interface Holding {
  readonly hold: Hold & { readonly count: number };
  readonly about: string | null;
  reported: boolean;
}

export function createExecutor(
  machine: Machine<SealedState>,
  state: SealedState,
  holds: Holds,
  around: Surroundings,
): Executor {
  const inputs: Input[] = [];
  let effects: Placed[] = [];
  const outbox: { readonly effect: Leaving; readonly gate: number }[] = [];
  let lastForce = 0;
  let holding: Holding | null = null;
  let running = false;
  let due = false;

  function run(): void {
    due = false;
    if (running) return;
    running = true;
    while (!holding && takeNext());
    around.flushLog();
    empty();
    running = false;
  }

  function takeNext(): boolean {
    const placed = effects[0];
    if (placed) {
      if (stopsAt('before', placed)) return false;
      effects.shift();
      perform(placed.effect);
      stopsAt('after', placed);
      return true;
    }
    const input = inputs[0];
    if (!input) return false;
    if (stopsAtInput('before', input)) return false;
    inputs.shift();
    traceInput(input);
    const next = machine.next(state, input);
    effects = holds.any ? place(next) : next.map((effect) => ({ effect }));
    stopsAtInput('after', input);
    return true;
  }

  function stopsAt(when: Gap['when'], placed: Placed): boolean {
    if (!holds.any) return false;
    const moment = momentOf(when, placed);
    return moment !== null && stops(moment.moment, moment.about);
  }

  function stopsAtInput(when: Gap['when'], input: Input): boolean {
    if (!holds.any) return false;
    const moment = momentOfInput(when, input);
    return moment !== null && stops(moment.moment, moment.about);
  }

  function stops(moment: Moment, about: string | null): boolean {
    const hold = holds.reach(moment, about);
    if (!hold) return false;
    holding = { hold, about, reported: false };
    return true;
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
        return around.trace({ kind: 'told', note: effect.note });
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
    if (!holding || holding.reported) return;
    if (around.durable() < lastForce || outbox.length > 0 || !around.isAccepted()) return;
    holding.reported = true;
    const { hold, about } = holding;
    around.trace({ kind: 'held', hold: hold.hold, gap: hold.gap, about, nth: hold.count });
    around.flushOut();
    around.held(hold, about);
  }

  function traceInput(input: Input): void {
    switch (input.kind) {
      case 'received':
        return around.trace({ kind: 'received', from: input.from, message: input.message });
      case 'asked':
        return around.trace({ kind: 'asked', way: 'in', peer: input.by, op: input.op, word: input.request.word });
      case 'answered':
        return around.trace({ kind: 'answered', way: 'in', peer: input.by, op: input.op, word: wordOfReply(input) });
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
      inputs.push(input);
      if (due) return;
      due = true;
      around.soon(run);
    },
    progress: () => {
      empty();
    },
    release: (hold) => {
      if (holding?.hold.hold !== hold) return;
      holding = null;
      around.trace({ kind: 'released', hold });
      run();
    },
    forget: (timer) => {
      const stale = inputs.findIndex(
        (input) => input.kind === 'expired' && input.timer.word === timer.word && input.timer.about === timer.about,
      );
      if (stale >= 0) inputs.splice(stale, 1);
    },
  };
}

/** Gives each send of a broadcast its place among the sends of the same word and transaction. */
function place(effects: readonly Effect[]): Placed[] {
  const sends = new Map<string, number>();
  const key = (effect: Effect) => (effect.do === 'send' ? `${effect.message.word} ${effect.message.tx}` : null);
  for (const effect of effects) {
    const name = key(effect);
    if (name !== null) sends.set(name, (sends.get(name) ?? 0) + 1);
  }
  const done = new Map<string, number>();
  return effects.map((effect) => {
    const name = key(effect);
    if (name === null) return { effect };
    const index = done.get(name) ?? 0;
    done.set(name, index + 1);
    return { effect, place: { first: index === 0, last: index + 1 === sends.get(name) } };
  });
}

function momentOf(when: Gap['when'], { effect, place: at }: Placed): { moment: Moment; about: string | null } | null {
  switch (effect.do) {
    case 'force':
    case 'append':
      return { moment: { when, verb: effect.do, word: effect.record.word }, about: effect.record.tx };
    case 'send':
      return {
        moment: { when, verb: 'send', word: effect.message.word, peer: effect.to, ...(at ? { place: at } : {}) },
        about: effect.message.tx,
      };
    case 'ask':
      return { moment: { when, verb: 'ask', word: effect.request.word, peer: effect.to }, about: effect.op };
    case 'answer':
      return effect.to === LAB
        ? null
        : { moment: { when, verb: 'answer', word: effect.answer.word, peer: effect.to }, about: effect.op };
    case 'arm':
    case 'disarm':
    case 'tell':
      return null;
    default:
      return unreachable(effect);
  }
}

function momentOfInput(when: Gap['when'], input: Input): { moment: Moment; about: string | null } | null {
  switch (input.kind) {
    case 'received':
      return { moment: { when, verb: 'receive', word: input.message.word, peer: input.from }, about: input.message.tx };
    case 'asked':
      return input.by === LAB
        ? null
        : { moment: { when, verb: 'receive', word: input.request.word, peer: input.by }, about: input.op };
    case 'answered':
      return { moment: { when, verb: 'receive', word: wordOfReply(input), peer: input.by }, about: input.op };
    case 'expired':
      return { moment: { when, verb: 'expire', word: input.timer.word }, about: input.timer.about };
    case 'started':
      return null;
    default:
      return unreachable(input);
  }
}

function wordOfReply({ reply }: Extract<Input, { kind: 'answered' }>): string {
  return reply.kind === 'answer' ? reply.answer.word : reply.kind;
}
