// Drives machines without a host, for tests: messages wait in one queue, forces are instant, timers fire when the test says so.
// Each effect becomes one line of a script, so that the order of effects can be read and compared.

import { nodeId, opId } from '../../nodes/contract/ids.ts';
import { fromDisk } from './plain-data.ts';
import type { NodeId, OpId } from '../../nodes/contract/ids.ts';
import type { Answer, Message, Request } from '../../nodes/contract/messages.ts';
import type { Effect, Arrival, Input, Machine, SealedState, Setup, TimerName } from '../../nodes/contract/machine.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';

interface Actor {
  readonly machine: Machine<SealedState>;
  state: SealedState;
  setup: Setup;
  durable: LogRecord[];
  buffered: LogRecord[];
  timers: TimerName[];
  incarnation: number;
  up: boolean;
}

export interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

/** Sees all that machines are given and do, in order. */
export interface Onlooker {
  readonly got: (node: NodeId, input: Input) => void;
  readonly did: (node: NodeId, effect: Effect) => void;
  readonly died: (node: NodeId, log: readonly LogRecord[]) => void;
}

export class Theatre {
  readonly script: string[] = [];
  /** There is no time here: what happens is numbered. */
  #given = 0;
  readonly letters: Letter[] = [];
  readonly answers: { readonly op: OpId; readonly answer: Answer }[] = [];
  readonly told: Extract<Effect, { do: 'tell' }>['note'][] = [];
  /** The next input's effects end after so many, with the death of whoever has them. */
  crashAfter: number | null = null;
  readonly #actors = new Map<NodeId, Actor>();
  readonly #onlooker: Onlooker | null;

  constructor(onlooker: Onlooker | null = null) {
    this.#onlooker = onlooker;
  }

  add(name: string, machine: Machine<SealedState>, setup: Omit<Setup, 'self'>): void {
    const self = nodeId(name);
    const whole = { ...setup, self };
    this.#actors.set(self, {
      machine,
      state: machine.initial(whole),
      setup: whole,
      durable: [],
      buffered: [],
      timers: [],
      incarnation: 0,
      up: false,
    });
    this.start(name);
  }

  start(name: string): void {
    const actor = this.#actor(name);
    actor.state = actor.machine.initial(actor.setup);
    actor.incarnation++;
    actor.up = true;
    this.#give(name, { kind: 'started', log: fromDisk(actor.durable), incarnation: actor.incarnation });
  }

  /** The process is gone: state, timers and everything that was appended and not forced. */
  crash(name: string): void {
    const actor = this.#actor(name);
    Object.assign(actor, { up: false, buffered: [], timers: [] });
    this.script.push(`${name} dies`);
    this.#onlooker?.died(nodeId(name), actor.durable);
  }

  ask(name: string, op: string, request: Request): void {
    this.#give(name, { kind: 'asked', by: nodeId('client'), op: opId(op), request });
  }

  expire(name: string, word: string): void {
    const actor = this.#actor(name);
    const timer = actor.timers.find((armed) => armed.word === word);
    if (!timer) throw new Error(`${name} has no timer ${word}`);
    actor.timers = actor.timers.filter((armed) => armed !== timer);
    this.script.push(`${name} waited for ${word}`);
    this.#give(name, { kind: 'expired', timer });
  }

  /** Delivers the next letter, to the node if it is up. */
  deliver(pick: (letter: Letter) => boolean = () => true): boolean {
    const index = this.letters.findIndex(pick);
    const [letter] = index < 0 ? [] : this.letters.splice(index, 1);
    if (!letter) return false;
    if (this.#actor(letter.to).up)
      this.#give(letter.to, { kind: 'received', from: letter.from, message: letter.message });
    return true;
  }

  deliverAll(): void {
    while (this.deliver());
  }

  isUp(name: string): boolean {
    return this.#actor(name).up;
  }

  timers(name: string): readonly TimerName[] {
    return this.#actor(name).timers;
  }

  log(name: string): readonly LogRecord[] {
    return this.#actor(name).durable;
  }

  state(name: string): SealedState {
    return this.#actor(name).state;
  }

  #actor(name: string): Actor {
    const actor = this.#actors.get(nodeId(name));
    if (!actor) throw new Error(`no actor ${name}`);
    return actor;
  }

  #give(name: string, arrival: Arrival): void {
    const actor = this.#actor(name);
    const input = { ...arrival, at: this.#given++ };
    this.#onlooker?.got(nodeId(name), input);
    const effects = actor.machine.next(actor.state, input);
    const limit = this.crashAfter ?? effects.length;
    for (const effect of effects.slice(0, limit)) this.#perform(nodeId(name), actor, Object.freeze(effect));
    if (this.crashAfter !== null) this.crash(name);
    this.crashAfter = null;
  }

  #perform(name: NodeId, actor: Actor, effect: Effect): void {
    this.script.push(`${name} ${lineOf(effect)}`);
    this.#onlooker?.did(name, effect);
    switch (effect.do) {
      case 'append':
        actor.buffered.push(effect.record);
        return;
      case 'force':
        actor.durable = [
          ...(effect.record.mark === 'checkpoint' ? [] : [...actor.durable, ...actor.buffered]),
          effect.record,
        ];
        actor.buffered = [];
        return;
      case 'send':
        this.letters.push({ from: name, to: effect.to, message: effect.message });
        return;
      case 'answer':
        this.answers.push({ op: effect.op, answer: effect.answer });
        return;
      case 'arm':
      case 'disarm':
        actor.timers = actor.timers.filter(
          ({ word, about }) => word !== effect.timer.word || about !== effect.timer.about,
        );
        if (effect.do === 'arm') actor.timers.push(effect.timer);
        return;
      case 'tell':
        this.told.push(effect.note);
        return;
      case 'ask':
        return;
    }
  }
}

/** What of a message decides what its receiver does. */
const LINE_KEYS = new Set(['vote', 'outcome', 'epoch', 'phase']);

export function lineOf(effect: Effect): string {
  switch (effect.do) {
    case 'append':
    case 'force':
      return `${effect.do} ${effect.record.word} ${effect.record.about ?? ''}`.trim();
    case 'send': {
      const { word, about: tx, ...rest } = effect.message;
      const more = Object.entries(rest).filter(([key]) => LINE_KEYS.has(key));
      return `→ ${effect.to} ${word} ${tx}${more.map(([, value]) => ` ${String(value)}`).join('')}`;
    }
    case 'ask':
      return `ask ${effect.to} ${effect.request.word} ${effect.op}`;
    case 'answer':
      return `answer ${effect.to} ${effect.answer.word} ${effect.op}`;
    case 'arm':
      return `arm ${effect.timer.word} ${effect.afterMs} ms`;
    case 'disarm':
      return `disarm ${effect.timer.word}`;
    case 'tell':
      return `tell ${effect.note.word}`;
  }
}
