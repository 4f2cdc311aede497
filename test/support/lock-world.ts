// Clients of a lock, the resource and their stores in one process, in a time of its own: messages take a while, get lost, and overtake each
// other between different nodes; clients are stopped for ever so long, or die. What they do is written down as a history, for the checkers.

import { opId, nodeId, roleOf, type NodeId, type OpId } from '../../nodes/contract/ids.ts';
import { HISTORY_VERSION, type HistoryEvent, type LabBody, type TraceBody } from '../../nodes/contract/events.ts';
import { randomBelow, randomStream, randomUnit, type Random } from '../../nodes/contract/random.ts';
import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { findWorkload } from '../../nodes/workloads/catalog.ts';
import { invariant } from '../../nodes/contract/invariant.ts';
import type { Arrival, DumpAnswer, Effect, Machine, Reply, SealedState, Setup } from '../../nodes/contract/machine.ts';
import type { Answer, Request } from '../../nodes/contract/messages.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import type { Order } from '../../nodes/workloads/counter.ts';
import type { Plant } from './planted/twist.ts';
import type { WorldReply, WorldStore } from './world-store.ts';
import type { History } from '../../scenarios/findings.ts';

export interface WorldOptions {
  readonly protocol: string;
  readonly seed: number;
  readonly clients?: number;
  readonly stores: Readonly<Record<string, WorldStore>>;
  readonly operations?: number;
  readonly workMs?: number;
  readonly extends?: boolean;
  /** Two locks an operation, of two counters. */
  readonly order?: Order | null;
  readonly betweenMs?: number;
  /** Messages take up to so long. */
  readonly delayMs?: number;
  /** Of asks and replies of stores. */
  readonly lossShare?: number;
  /** Chance that a client is stopped after an input, and for how long at most. */
  readonly pauseShare?: number;
  readonly pauseMs?: number;
  /** Chance that a client or a lock manager dies after an input, and when it comes back. */
  readonly crashShare?: number;
  readonly downMs?: number;
  /** An error in the machines of some role. */
  readonly plant?: Plant;
}

interface Actor {
  readonly id: NodeId;
  readonly machine: Machine<SealedState>;
  readonly setup: Setup;
  state: SealedState;
  incarnation: number;
  seq: number;
  log: LogRecord[];
  /** It does nothing before. */
  frozenUntil: number;
  isUp: boolean;
  readonly timers: Map<string, number>;
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export function playLocks(options: WorldOptions): History {
  return new LockWorld(options).play();
}

class LockWorld {
  readonly #options: Required<Omit<WorldOptions, 'plant'>>;
  readonly #random: Random;
  readonly #actors = new Map<NodeId, Actor>();
  readonly #events: HistoryEvent[] = [];
  readonly #run: Extract<LabBody, { kind: 'run' }>;
  /** The role whose nodes do the workload. */
  readonly #driver: string;
  #queue: Due[] = [];
  #order = 0;
  #now = 1_000_000;
  #answers = new Map<OpId, Answer>();
  /** Asks of nodes, answered or not. */
  readonly #underWay: { readonly by: NodeId; readonly asked: Actor; readonly op: OpId }[] = [];
  #isCalm = false;
  /** Between two nodes messages stay in order. */
  readonly #lastArrival = new Map<string, number>();

  constructor({ plant, ...options }: WorldOptions) {
    this.#options = { ...DEFAULTS, ...options };
    const { protocol: name, seed, stores, clients, workMs, extends: isExtended, operations } = this.#options;
    const { order, betweenMs } = this.#options;
    const pairs = order === null ? { counters: 1 } : { counters: 2, order, betweenMs };
    this.#random = randomStream(seed, 'world');
    const protocol = findProtocol(name);
    const workload = findWorkload('counter');
    invariant(protocol && workload, `no such protocol: ${name}`);
    const [driver = ''] = Object.keys(protocol.roles).filter((role) => protocol.roles[role]?.drives);
    this.#driver = driver;
    const others = Object.keys(protocol.roles).filter((role) => role !== driver);
    const ids = [...Array.from({ length: clients }, (_, index) => `${driver}-${index + 1}`), ...others].map(nodeId);
    const timeouts = Object.fromEntries(Object.entries(protocol.timeouts).map(([timeout, { ms }]) => [timeout, ms]));
    const storeIds = Object.keys(stores).map(nodeId);
    const initial = { resource: null };
    for (const id of ids) {
      const params = { site: RESOURCE, workMs, extends: isExtended, ...pairs };
      const loops = { clients: 1, operations, goesOn: false, busyMs: 0 };
      const setup: Setup = {
        self: id,
        nodes: ids,
        stores: storeIds,
        seed,
        timeouts,
        workload: 'counter',
        initial,
        params,
        options: { client: loops },
      };
      const own = protocol.roles[roleOf(id)]?.machine(workload);
      invariant(own, `${id} has no machine`);
      const machine = plant?.roles?.[roleOf(id)]?.(own, workload) ?? own;
      const idle = { incarnation: 0, seq: 0, log: [], frozenUntil: 0, isUp: false, timers: new Map<string, number>() };
      this.#actors.set(id, { id, machine, setup, state: machine.initial(setup), ...idle });
    }
    this.#run = {
      kind: 'run',
      version: HISTORY_VERSION,
      txlab: '0.0.0',
      run: 'world',
      protocol: name,
      seed,
      nodes: ids,
      stores: storeIds,
      family: protocol.family,
      workload: 'counter',
      roles: Object.fromEntries(ids.map((node) => [node, roleOf(node)])),
      sites: { resource: { nodes: [RESOURCE], stores: [], quorum: 1 } },
      timeouts,
      promises: [],
      initial,
    };
  }

  play(): History {
    const start = this.#now;
    for (const actor of this.#actors.values()) this.#boot(actor);
    for (const id of this.#clients()) this.#ask(id, 'run', { word: 'run' });
    this.#until(() => this.#clients().every((id) => this.#answers.has(opId(`run-${id}`))), FOR_US);
    // From here on nothing fails any more, and everybody comes to an end.
    this.#isCalm = true;
    for (const id of this.#clients()) this.#ask(id, 'stop', { word: 'stop' });
    this.#until(() => this.#clients().every((id) => this.#answers.has(opId(`stop-${id}`))), FOR_US);
    this.#lab({ kind: 'phase', phase: 'settled' });
    this.#ask(RESOURCE, 'dump', { word: 'dump' });
    this.#until(() => this.#answers.has(opId(`dump-${RESOURCE}`)), FOR_US);
    const dump = this.#answers.get(opId(`dump-${RESOURCE}`)) as DumpAnswer | undefined;
    if (dump) this.#lab({ kind: 'dumped', node: RESOURCE, state: dump.state });
    this.#lab({ kind: 'ended', why: 'complete' });
    return { run: { at: start, ...this.#run }, events: this.#events, torn: false };
  }

  #clients(): readonly NodeId[] {
    return [...this.#actors.keys()].filter((id) => roleOf(id) === this.#driver);
  }

  #ask(id: NodeId, word: string, request: Request): void {
    this.#deliver(this.#actor(id), { kind: 'asked', by: LAB, op: opId(`${word}-${id}`), request }, 0);
  }

  #actor(id: NodeId): Actor {
    const actor = this.#actors.get(id);
    invariant(actor, `nobody is ${id}`);
    return actor;
  }

  #until(isDone: () => boolean, forUs: number): void {
    const end = this.#now + forUs;
    while (!isDone()) {
      this.#queue.sort((left, right) => left.at - right.at || left.order - right.order);
      const [next] = this.#queue;
      if (!next || next.at > end) return;
      this.#queue.shift();
      this.#now = Math.max(this.#now, next.at);
      next.run();
      this.#pump();
    }
  }

  #later(afterUs: number, run: () => void): void {
    this.#queue.push({ at: this.#now + afterUs, order: ++this.#order, run });
  }

  /** What stores have to say by now, to clients that are still there. */
  #pump(): void {
    this.#tellAll((store) => store.pass?.(this.#now));
  }

  #tellAll(heard: (store: WorldStore) => readonly WorldReply[] | undefined): void {
    for (const store of new Set(Object.values(this.#options.stores)))
      for (const { to, op, reply } of heard(store) ?? []) this.#reply(to, op, reply);
  }

  #boot(actor: Actor): void {
    actor.incarnation++;
    actor.seq = 0;
    actor.isUp = true;
    actor.state = actor.machine.initial(actor.setup);
    this.#trace(actor, { kind: 'booted', wallMs: 0, logBytes: 0, cutBytes: 0 });
    this.#perform(actor, { kind: 'started', log: actor.log, incarnation: actor.incarnation });
  }

  /** An input for a client that is stopped waits until it goes on. */
  #deliver(actor: Actor, arrival: Arrival, afterUs: number): void {
    const { incarnation } = actor;
    const arrive = () => {
      if (!actor.isUp || actor.incarnation !== incarnation) return;
      if (actor.frozenUntil > this.#now) return this.#later(actor.frozenUntil - this.#now, arrive);
      this.#perform(actor, arrival);
    };
    this.#later(afterUs, arrive);
  }

  #perform(actor: Actor, arrival: Arrival): void {
    const effects = actor.machine.next(actor.state, { ...arrival, at: this.#now });
    const isClient = actor.id !== RESOURCE;
    // It may be stopped in front of any of its effects: what is left of them is done when it goes on.
    for (const [index, effect] of effects.entries()) {
      const chance = isClient && !this.#isCalm ? randomUnit(this.#random) : 1;
      if (chance < this.#options.crashShare / Math.max(effects.length, 1)) return this.#crash(actor);
      if (chance < (this.#options.crashShare + this.#options.pauseShare) / Math.max(effects.length, 1)) {
        actor.frozenUntil = this.#now + randomBelow(this.#random, this.#options.pauseMs) * 1000;
        const rest = effects.slice(index);
        const { incarnation } = actor;
        const life = lifeOf(actor);
        this.#tellAll((store) => store.part?.(life, this.#now));
        const heal = this.#fault('pause', actor);
        return this.#later(actor.frozenUntil - this.#now, () => {
          heal('resume');
          if (actor.incarnation !== incarnation) return;
          this.#tellAll((store) => store.meet?.(life, this.#now));
          for (const left of rest) this.#do(actor, left);
        });
      }
      this.#do(actor, effect);
    }
  }

  #crash(actor: Actor): void {
    actor.isUp = false;
    actor.timers.clear();
    this.#tellAll((store) => store.kill?.(lifeOf(actor), this.#now));
    for (const { by, asked, op } of this.#underWay) if (asked === actor) this.#reply(by, op, { kind: 'lost' });
    const heal = this.#fault('kill', actor);
    this.#later(this.#options.downMs * 1000, () => {
      this.#boot(actor);
      heal('restart');
      // What it was asked to do it is asked again, as the lab does.
      if (roleOf(actor.id) === this.#driver) this.#ask(actor.id, 'run', { word: 'run' });
    });
  }

  /** It comes, and goes when what is returned is called. */
  #fault(fault: 'kill' | 'pause', { id: node }: Actor): (heal: 'restart' | 'resume') => void {
    const evidence = { seen: true, text: 'seen' };
    const id = `${fault}-${++this.#order}`;
    const say = (word: typeof fault | 'restart' | 'resume') =>
      this.#lab({ kind: 'fault', id, fault: word, node, since: this.#now, evidence });
    say(fault);
    return say;
  }

  #do(actor: Actor, effect: Effect): void {
    switch (effect.do) {
      case 'append':
      case 'force':
        actor.log.push(effect.record);
        return;
      case 'send':
        return this.#send(actor, effect);
      case 'ask':
        return this.#askStore(actor, effect);
      case 'answer':
        if (effect.to !== LAB) return this.#answer(effect);
        this.#answers.set(effect.op, effect.answer);
        return;
      case 'arm': {
        const name = timerName(effect.timer);
        const stamp = ++this.#order;
        actor.timers.set(name, stamp);
        const { incarnation } = actor;
        const expire = () => {
          if (!actor.isUp || actor.incarnation !== incarnation || actor.timers.get(name) !== stamp) return;
          // Of one that is stopped the timer may be armed anew, or disarmed, by what it is given first when it goes on.
          if (actor.frozenUntil > this.#now) return this.#later(actor.frozenUntil - this.#now, expire);
          actor.timers.delete(name);
          this.#perform(actor, { kind: 'expired', timer: effect.timer });
        };
        return this.#later(effect.afterMs * 1000, expire);
      }
      case 'disarm':
        actor.timers.delete(timerName(effect.timer));
        return;
      case 'tell':
        return this.#trace(actor, { kind: 'told', note: effect.note });
    }
  }

  #send(actor: Actor, { to, message }: Extract<Effect, { do: 'send' }>): void {
    const other = this.#actor(to);
    const arrival: Arrival = { kind: 'received', from: actor.id, message };
    this.#deliver(other, arrival, this.#inOrder(actor.id, to));
  }

  /** Not before what was sent on the same way. */
  #inOrder(from: string, to: string): number {
    const way = `${from} ${to}`;
    const at = Math.max(this.#now + this.#delay(), (this.#lastArrival.get(way) ?? 0) + 1);
    this.#lastArrival.set(way, at);
    return at - this.#now;
  }

  #delay(): number {
    return 100 + randomBelow(this.#random, this.#isCalm ? 1000 : this.#options.delayMs * 1000);
  }

  #isLost(): boolean {
    return !this.#isCalm && randomUnit(this.#random) < this.#options.lossShare;
  }

  #answer({ to, op, answer }: Extract<Effect, { do: 'answer' }>): void {
    const asker = this.#actor(to);
    this.#reply(lifeOf(asker), op, this.#isLost() ? { kind: 'lost' } : { kind: 'answer', answer });
  }

  /** A connection that breaks, or that nobody takes, ends what was asked by it. */
  #askNode(actor: Actor, asked: Actor, op: OpId, request: Request): void {
    const by = lifeOf(actor);
    if (!asked.isUp) return this.#reply(by, op, { kind: 'refused' });
    if (this.#isLost()) return this.#reply(by, op, { kind: 'lost' });
    this.#underWay.push({ by, asked, op });
    this.#deliver(asked, { kind: 'asked', by: actor.id, op, request }, this.#inOrder(actor.id, asked.id));
  }

  #askStore(actor: Actor, { to, op, request }: Extract<Effect, { do: 'ask' }>): void {
    const node = this.#actors.get(to);
    if (node) return this.#askNode(actor, node, op, request);
    const store = this.#options.stores[to];
    invariant(store, `no store ${to}`);
    const withinMs = (request as { withinMs?: number }).withinMs ?? 1000;
    if (request.word !== 'watch')
      this.#later(withinMs * 1000, () => this.#reply(lifeOf(actor), op, { kind: 'lost' }, 0));
    const by = lifeOf(actor);
    // A connection that breaks ends what has no deadline.
    const isEndless = request.word === 'watch';
    if (this.#isLost()) return isEndless ? this.#reply(by, op, { kind: 'lost' }) : undefined;
    // What a process has sent is under way, whatever becomes of it.
    this.#later(this.#inOrder(actor.id, to), () => {
      for (const told of store.ask({ by, op, request }, this.#now))
        this.#reply(told.to, told.op, this.#isLost() ? { kind: 'lost' } : told.reply);
    });
  }

  #reply(to: NodeId, op: OpId, reply: Reply, afterUs = this.#delay()): void {
    const [id = ''] = to.split('#');
    const actor = this.#actor(nodeId(id));
    if (lifeOf(actor) === to) this.#deliver(actor, { kind: 'answered', by: nodeId('store'), op, reply }, afterUs);
  }

  #trace(actor: Actor, body: TraceBody): void {
    const { id: node, incarnation } = actor;
    this.#events.push({ at: this.#now, node, incarnation, seq: ++actor.seq, ...body });
  }

  #lab(body: LabBody): void {
    this.#events.push({ at: this.#now, ...body });
  }
}

const lifeOf = ({ id, incarnation }: Actor): NodeId => nodeId(`${id}#${incarnation}`);
const timerName = ({ word, about }: { readonly word: string; readonly about: string | null }) => `${word} ${about}`;
const RESOURCE = nodeId('resource');
const LAB = nodeId('lab');
const FOR_US = 300_000_000;
const DEFAULTS = {
  clients: 3,
  operations: 6,
  workMs: 5,
  extends: true,
  order: null,
  betweenMs: 0,
  delayMs: 5,
  lossShare: 0,
  pauseShare: 0,
  pauseMs: 3000,
  crashShare: 0,
  downMs: 1000,
} as const;
