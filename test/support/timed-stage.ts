// A stage with a clock, for protocols whose safety rests on time: letters take a while, timers go off when they are due, nodes die between
// two effects, stand still, or are cut off. The same schedule gives the same script.

import { nodeId, opId } from '../../nodes/contract/ids.ts';
import { fromDisk } from './plain-data.ts';
import type { Decision, NodeId, TxId } from '../../nodes/contract/ids.ts';
import type { Answer, Message, Request } from '../../nodes/contract/messages.ts';
import type { Effect, Arrival, Machine, SealedState, Setup, TimerName } from '../../nodes/contract/machine.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';

interface Actor {
  readonly machine: Machine<SealedState>;
  readonly setup: Setup;
  state: SealedState;
  durable: LogRecord[];
  buffered: LogRecord[];
  incarnation: number;
  up: boolean;
}

type Event = { readonly at: number; readonly order: number } & (
  | { readonly do: 'deliver'; readonly from: NodeId; readonly to: NodeId; readonly message: Message }
  | { readonly do: 'expire'; readonly node: NodeId; readonly incarnation: number; readonly timer: TimerName }
  | { readonly do: 'start'; readonly node: NodeId }
);

export interface Death {
  readonly node: string;
  /** Dies instead of doing this effect, the first time. */
  readonly before: (effect: Effect, done: number) => boolean;
  /** Starts again so long after its death; without it, when {@link TimedStage.startAll} says so. */
  readonly backAfterMs?: number;
}

export interface Schedule {
  readonly delayMs?: (letter: { from: NodeId; to: NodeId; message: Message }, at: number) => number;
  readonly deaths?: readonly Death[];
  /** What one of these sends to the other is lost. */
  readonly cuts?: readonly {
    readonly between: readonly [string, string];
    readonly from: number;
    readonly to: number;
  }[];
  /** Stands still; what came meanwhile, letters and timers, comes when it goes on, in one order or the other. */
  readonly pauses?: readonly {
    readonly node: string;
    readonly from: number;
    readonly to: number;
    readonly first: 'timers' | 'letters';
  }[];
}

export class TimedStage {
  now = 0;
  readonly told: {
    readonly at: number;
    readonly node: NodeId;
    readonly note: Extract<Effect, { do: 'tell' }>['note'];
  }[] = [];
  readonly answers: Answer[] = [];
  /** Every decision that was ever durable, whoever forgot it afterwards. */
  readonly decisions: { readonly at: number; readonly node: NodeId; readonly tx: TxId; readonly decision: Decision }[] =
    [];
  readonly died: NodeId[] = [];
  readonly #actors = new Map<NodeId, Actor>();
  readonly #done = new Map<NodeId, number>();
  readonly #schedule: Schedule;
  #deaths: Death[];
  #events: Event[] = [];
  #order = 0;

  constructor(schedule: Schedule = {}) {
    this.#schedule = schedule;
    this.#deaths = [...(schedule.deaths ?? [])];
  }

  add(name: string, machine: Machine<SealedState>, setup: Omit<Setup, 'self'>): void {
    const whole = { ...setup, self: nodeId(name) };
    const blank = { durable: [], buffered: [], incarnation: 0, up: false };
    this.#actors.set(whole.self, { machine, setup: whole, state: machine.initial(whole), ...blank });
    this.#start(whole.self);
  }

  ask(name: string, request: Request): void {
    this.#give(nodeId(name), { kind: 'asked', by: nodeId('client'), op: opId(`op-${this.#order++}`), request });
  }

  /** Everybody is back, and nobody dies any more. */
  startAll(): void {
    this.#deaths = [];
    for (const [node, { up }] of this.#actors) if (!up) this.#start(node);
  }

  /** Until nothing is due any more, or this time has come. */
  run(until: number): void {
    for (;;) {
      const next = this.#next();
      if (!next || next.at > until) break;
      this.#events = this.#events.filter((event) => event !== next.event);
      this.now = Math.max(this.now, next.at);
      this.#happen(next.event);
    }
    this.now = until;
  }

  isUp(name: string): boolean {
    return this.#actors.get(nodeId(name))?.up ?? false;
  }

  state(name: string): SealedState {
    return this.#actor(nodeId(name)).state;
  }

  log(name: string): readonly LogRecord[] {
    return this.#actor(nodeId(name)).durable;
  }

  /** `commit`, `abort`, or both where nodes differ. */
  ends(tx: string): readonly Decision[] {
    const found = this.decisions.filter((one) => one.tx === tx).map(({ decision }) => decision);
    return [...new Set(found)].toSorted();
  }

  #next(): { readonly event: Event; readonly at: number } | undefined {
    const due = this.#events.map((event) => ({ event, ...this.#dueAt(event) }));
    return due.toSorted((a, b) => a.at - b.at || a.rank - b.rank || a.event.order - b.event.order)[0];
  }

  #dueAt(event: Event): { readonly at: number; readonly rank: number } {
    const node = event.do === 'deliver' ? event.to : event.node;
    const pause = this.#schedule.pauses?.find((one) => one.node === node && one.from <= event.at && event.at < one.to);
    if (!pause) return { at: event.at, rank: 0 };
    return { at: pause.to, rank: (event.do === 'expire') === (pause.first === 'timers') ? 0 : 1 };
  }

  #happen(event: Event): void {
    const { up, incarnation } = this.#actor(event.do === 'deliver' ? event.to : event.node);
    switch (event.do) {
      case 'deliver':
        if (up) this.#give(event.to, { kind: 'received', from: event.from, message: event.message });
        return;
      case 'expire':
        if (up && incarnation === event.incarnation) this.#give(event.node, { kind: 'expired', timer: event.timer });
        return;
      case 'start':
        if (!up) this.#start(event.node);
    }
  }

  #start(node: NodeId): void {
    const actor = this.#actor(node);
    Object.assign(actor, { state: actor.machine.initial(actor.setup), up: true, incarnation: actor.incarnation + 1 });
    this.#give(node, { kind: 'started', log: fromDisk(actor.durable), incarnation: actor.incarnation });
  }

  #give(node: NodeId, arrival: Arrival): void {
    const actor = this.#actor(node);
    for (const effect of actor.machine.next(actor.state, { ...arrival, at: this.now * 1000 })) {
      if (this.#dies(node, effect)) return;
      this.#done.set(node, (this.#done.get(node) ?? 0) + 1);
      this.#perform(node, actor, effect);
    }
  }

  #dies(node: NodeId, effect: Effect): boolean {
    const death = this.#deaths.find((one) => one.node === node && one.before(effect, this.#done.get(node) ?? 0));
    if (!death) return false;
    this.#deaths = this.#deaths.filter((one) => one !== death);
    Object.assign(this.#actor(node), { up: false, buffered: [] });
    this.died.push(node);
    if (death.backAfterMs !== undefined)
      this.#events.push({ do: 'start', node, at: this.now + death.backAfterMs, order: this.#order++ });
    return true;
  }

  #perform(node: NodeId, actor: Actor, effect: Effect): void {
    switch (effect.do) {
      case 'append':
        actor.buffered.push(effect.record);
        return;
      case 'force':
        for (const record of [...actor.buffered, effect.record]) this.#durable(node, actor, record);
        actor.buffered = [];
        return;
      case 'send':
        return this.#post(node, effect.to, effect.message);
      case 'answer':
        this.answers.push(effect.answer);
        return;
      case 'arm':
        this.#disarm(node, effect.timer);
        this.#events.push({
          do: 'expire',
          node,
          timer: effect.timer,
          incarnation: actor.incarnation,
          at: this.now + effect.afterMs,
          order: this.#order++,
        });
        return;
      case 'disarm':
        return this.#disarm(node, effect.timer);
      case 'tell':
        this.told.push({ at: this.now, node, note: effect.note });
        return;
      case 'ask':
        return;
    }
  }

  #durable(node: NodeId, actor: Actor, record: LogRecord): void {
    if (record.mark === 'checkpoint') actor.durable = [];
    actor.durable.push(record);
    if (record.mark === 'decision')
      this.decisions.push({ at: this.now, node, tx: record.about, decision: record.decision });
  }

  #disarm(node: NodeId, { word, about }: TimerName): void {
    this.#events = this.#events.filter(
      (event) =>
        event.do !== 'expire' || event.node !== node || event.timer.word !== word || event.timer.about !== about,
    );
  }

  #post(from: NodeId, to: NodeId, message: Message): void {
    const isCut = this.#schedule.cuts?.some(
      ({ between, ...cut }) =>
        between.some((end) => end === from) &&
        between.some((end) => end === to) &&
        cut.from <= this.now &&
        this.now < cut.to,
    );
    if (isCut) return;
    const takesMs = this.#schedule.delayMs?.({ from, to, message }, this.now) ?? 1;
    this.#events.push({ do: 'deliver', from, to, message, at: this.now + takesMs, order: this.#order++ });
  }

  #actor(node: NodeId): Actor {
    const actor = this.#actors.get(node);
    if (!actor) throw new Error(`no actor ${node}`);
    return actor;
  }
}
