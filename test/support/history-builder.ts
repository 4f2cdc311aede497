// Writes small histories for the tests of checkers, readable line by line: who began, who prepared, who died. Each event is 0.1 ms
// after the one before unless `wait` says otherwise. The builder keeps logs and journals, so that an honest history closes by itself;
// a test that wants a bad one changes what the nodes say (`dumping`, `forgetting`) or leaves a line out (`without`).

import type { Property } from '../../nodes/contract/properties.ts';
import type { Evidence, FaultName, HistoryEvent, LabBody, TraceBody } from '../../nodes/contract/events.ts';
import type { Note, Outcome, StateDump } from '../../nodes/contract/notes.ts';
import { type Decision, nodeId, type NodeId, opId, type OpId, type TxId } from '../../nodes/contract/ids.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import type { Ballot, Vote } from '../../nodes/contract/votes.ts';
import { transfers, type Transfer } from '../../nodes/workloads/transfers.ts';
import { headerOf, type Header } from './header.ts';
import { openingIn } from '../../scenarios/checkers/transfers/content.ts';
import type { History } from '../../scenarios/findings.ts';

export interface BuilderOptions {
  readonly participants?: number;
  readonly blockedMs?: number;
  readonly promises?: readonly Property[];
}

export interface FaultOptions {
  readonly id?: string;
  readonly hold?: string;
  readonly seen?: boolean;
}

/** What a refusal names. */
interface About {
  readonly holder?: string;
  readonly key?: string;
}

interface Node {
  incarnation: number;
  seq: number;
  durable: LogRecord[];
  buffered: LogRecord[];
  applied: { tx: TxId; account: string; delta: number }[];
}

type Refusal = Extract<Note, { word: 'refused' }>['reason'];

export const OPENING = 100;
const ACCOUNTS = ['a01', 'a02', 'a03'];
const MICROS_PER_EVENT = 100;

export function tx(name: string): TxId {
  return name as TxId;
}

/** `participant-1/a01` to `participant-2/a01`, in whole money. */
export function transfer(from: string, to: string, amount: number): Transfer {
  const end = (text: string) => {
    const [bank = '', account = ''] = text.split('/');
    return { bank: nodeId(bank), account };
  };
  return { word: 'transfer', from: end(from), to: end(to), amount };
}

/** One bank pays all others the same, on their `a01`. */
export function paysAll([payer = '', ...payees]: readonly string[], amount: number): Transfer {
  const [first, ...more] = payees.map((payee) => transfer(`${payer}/a01`, `${payee}/a01`, amount));
  if (first === undefined) throw new Error('nobody is paid');
  return { ...first, more: more.map(({ from, to }) => ({ from, to, amount })) };
}

export class HistoryBuilder {
  readonly #run: Header;
  readonly #nodes = new Map<NodeId, Node>();
  readonly #requests = new Map<OpId, Transfer>();
  readonly #opOf = new Map<TxId, OpId>();
  readonly #states = new Map<NodeId, (honest: StateDump) => StateDump>();
  #events: HistoryEvent[] = [];
  #at = 1_000_000;
  #torn = false;

  constructor({ participants = 2, blockedMs = 1000, promises = [] }: BuilderOptions = {}) {
    const banks = Array.from({ length: participants }, (_, index) => nodeId(`participant-${index + 1}`));
    const accounts = Object.fromEntries(ACCOUNTS.map((account) => [account, OPENING]));
    this.#run = {
      ...headerOf(Object.fromEntries(banks.map((bank) => [bank, accounts]))),
      timeouts: { blocked: blockedMs, vote: 400 },
      promises,
    };
    this.lab(this.#run);
    for (const node of this.#run.nodes) this.boot(node);
  }

  wait(ms: number): this {
    this.#at += ms * 1000;
    return this;
  }

  lab(body: LabBody): this {
    this.#events.push({ at: this.#tick(), ...body });
    return this;
  }

  trace(name: string, body: TraceBody): this {
    const node = this.#node(name);
    this.#events.push({
      at: this.#tick(),
      node: nodeId(name),
      incarnation: node.incarnation,
      seq: ++node.seq,
      ...body,
    });
    return this;
  }

  // What nodes do.

  boot(name: string): this {
    const node = this.#node(name);
    Object.assign(node, { incarnation: node.incarnation + 1, seq: 0, buffered: [] });
    return this.trace(name, { kind: 'booted', wallMs: 0, logBytes: 0, cutBytes: 0 });
  }

  invoked(op: string, request = transfer('participant-1/a01', 'participant-2/a01', 10)): this {
    this.#requests.set(opId(op), request);
    return this.told('client', {
      word: 'invoked',
      op: opId(op),
      process: 0,
      request,
      uses: transfers.usesOf(request),
    });
  }

  completed(op: string, outcome: Outcome, about?: string): this {
    const named = about === undefined ? {} : { about: tx(about) };
    return this.told('client', { word: 'completed', op: opId(op), process: 0, outcome, ...named, reason: '' });
  }

  began(name: string, op: string, participants: readonly string[] = this.#sites()): this {
    this.#opOf.set(tx(name), opId(op));
    const note: Note = { word: 'began', about: tx(name), op: opId(op), participants: participants.map(nodeId) };
    return this.told('coordinator', note);
  }

  refused(name: string, node: string, reason: Refusal = 'locked', { holder, key }: About = {}): this {
    const named = { ...(key !== undefined && { key }), ...(holder !== undefined && { holder: tx(holder) }) };
    return this.told(node, { word: 'refused', about: tx(name), reason, ...named });
  }

  gaveUp(name: string, waitedFor = 'votes'): this {
    return this.told('coordinator', { word: 'gave-up', about: tx(name), waitedFor });
  }

  /** From the voter to the coordinator, as a message and nothing else. */
  votes(name: string, ballot: Ballot, ...nodes: readonly string[]): this {
    const message: Vote = { word: 'vote', about: tx(name), vote: ballot };
    for (const node of nodes) {
      this.trace(node, { kind: 'sent', to: nodeId('coordinator'), message });
      this.trace('coordinator', { kind: 'received', from: nodeId(node), message });
    }
    return this;
  }

  told(node: string, note: Note): this {
    return this.trace(node, { kind: 'told', note });
  }

  prepared(name: string, ...nodes: readonly string[]): this {
    for (const node of nodes) this.force(node, { mark: 'prepared', word: 'prepared', about: tx(name) });
    return this;
  }

  /** As it was asked, and nothing more: the promise, if any, is not on disk yet. */
  hears(name: string, word: string, ...nodes: readonly string[]): this {
    for (const node of nodes)
      this.trace(node, { kind: 'received', from: nodeId('coordinator'), message: { word, about: tx(name) } });
    return this;
  }

  /** Forces the decision at each node; a bank applies a commit then. */
  decided(name: string, decision: Decision, ...nodes: readonly string[]): this {
    for (const node of nodes) {
      this.force(node, { mark: 'decision', word: decision, about: tx(name), decision });
      if (decision === 'commit') this.applied(name, node);
    }
    return this;
  }

  /** In memory only, until `flush`. */
  appendedAbort(name: string, ...nodes: readonly string[]): this {
    for (const node of nodes) {
      const record: LogRecord = { mark: 'decision', word: 'abort', about: tx(name), decision: 'abort' };
      this.#node(node).buffered.push(record);
      this.trace(node, { kind: 'appended', record });
    }
    return this;
  }

  flush(node: string): this {
    const { buffered } = this.#node(node);
    for (const record of buffered.splice(0)) this.#durable(node, 'append', record);
    return this;
  }

  force(node: string, record: LogRecord): this {
    this.flush(node);
    return this.#durable(node, 'force', record);
  }

  /** On disk, but the kill came before its line in the trace. */
  untraced(node: string, record: LogRecord): this {
    this.#node(node).durable.push(record);
    return this;
  }

  checkpoint(node: string, body: unknown = {}): this {
    this.#node(node).durable = [];
    return this.force(node, { mark: 'checkpoint', word: 'checkpoint', about: null, body });
  }

  /** The bank's part of the transfer goes into its journal. */
  applied(name: string, bank: string): this {
    const request = this.#requests.get(this.#opOf.get(tx(name)) ?? opId(''));
    if (request === undefined) return this;
    const { applied } = this.#node(bank);
    for (const { account, delta } of transfers.partsOf(request)[nodeId(bank)] ?? [])
      if (delta !== 0) applied.push({ tx: tx(name), account, delta });
    return this;
  }

  held(node: string, hold: string, about: string | null): this {
    const gap = { when: 'before', verb: 'force', word: 'commit' } as const;
    return this.trace(node, { kind: 'held', hold, gap, about, nth: 1 });
  }

  released(node: string, hold: string): this {
    return this.trace(node, { kind: 'released', hold });
  }

  // Whole stretches.

  /** A transfer that goes well from end to end. */
  commits(name: string, op: string, request?: Transfer): this {
    const participants = this.#sites();
    return this.invoked(op, request)
      .began(name, op)
      .prepared(name, ...participants)
      .decided(name, 'commit', 'coordinator')
      .completed(op, 'ok', name)
      .decided(name, 'commit', ...participants);
  }

  /** Everything settles: states, end, and the logs as they are. */
  rests(): this {
    this.phase('settled').dumps().lab({ kind: 'ended', why: 'complete' });
    for (const node of this.#nodes.keys()) this.flush(node).logged(node, 'end');
    return this;
  }

  /** A probe after the faults, on accounts that no other story uses, then rest. */
  probesAndRests(): this {
    const free = transfer('participant-1/a02', 'participant-2/a02', 10);
    return this.phase('healed').phase('probing').commits('coordinator.9.1', 'probe-1', free).wait(5000).rests();
  }

  // What the lab does and sees.

  phase(phase: Extract<LabBody, { kind: 'phase' }>['phase'], detail?: string): this {
    return this.lab({ kind: 'phase', phase, ...(detail === undefined ? {} : { detail }) });
  }

  kill(node: string, options: FaultOptions = {}): this {
    return this.fault('kill', node, options).logged(node, 'after-kill');
  }

  restart(node: string, options: FaultOptions = {}): this {
    return this.boot(node).fault('restart', node, options);
  }

  fault(fault: FaultName, node: string, { id = 'f1', hold, seen = true }: FaultOptions = {}): this {
    const since = this.#at;
    const evidence: Evidence = { seen, text: seen ? 'seen' : 'the container was still running' };
    const held = hold === undefined ? {} : { hold };
    return this.lab({ kind: 'fault', id, fault, node: nodeId(node), since, evidence, ...held });
  }

  logged(node: string, moment: 'after-kill' | 'end'): this {
    const { incarnation, durable } = this.#node(node);
    return this.lab({ kind: 'logged', node: nodeId(node), moment, incarnation, records: [...durable] });
  }

  dumps(): this {
    for (const node of this.#nodes.keys()) this.dumped(node);
    return this;
  }

  dumped(node: string): this {
    const lie = this.#states.get(nodeId(node)) ?? ((honest: StateDump) => honest);
    return this.lab({ kind: 'dumped', node: nodeId(node), state: lie(this.#honest(nodeId(node))) });
  }

  /** What this node will answer instead of the truth. */
  dumping(node: string, lie: (honest: StateDump) => StateDump): this {
    this.#states.set(nodeId(node), lie);
    return this;
  }

  /** The node's log loses the records, without a trace. */
  forgetting(node: string, forgotten: (record: LogRecord) => boolean): this {
    const log = this.#node(node);
    log.durable = log.durable.filter((record) => !forgotten(record));
    return this;
  }

  without(left: (event: HistoryEvent) => boolean): this {
    this.#events = this.#events.filter((event) => !left(event));
    return this;
  }

  torn(): this {
    this.#torn = true;
    return this;
  }

  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  build(): History {
    const [run] = this.#events;
    if (run?.kind !== 'run') throw new Error('the header was left out');
    return { run, events: [...this.#events], torn: this.#torn };
  }

  #sites(): readonly string[] {
    return Object.keys(this.#run.sites);
  }

  #tick(): number {
    this.#at += MICROS_PER_EVENT;
    return this.#at;
  }

  #node(name: string): Node {
    const node = this.#nodes.get(nodeId(name));
    if (node !== undefined) return node;
    const fresh: Node = { incarnation: 0, seq: 0, durable: [], buffered: [], applied: [] };
    this.#nodes.set(nodeId(name), fresh);
    return fresh;
  }

  #durable(node: string, how: 'append' | 'force', record: LogRecord): this {
    const { durable } = this.#node(node);
    durable.push(record);
    return this.trace(node, { kind: 'durable', how, position: durable.length, record });
  }

  /** What the log and the journals add up to. */
  #honest(node: NodeId): StateDump {
    const { durable, buffered, applied } = this.#node(node);
    const log = [...durable, ...buffered];
    const decided = new Set(log.filter(({ mark }) => mark === 'decision').map(({ about }) => about));
    const inDoubt = log.flatMap((record) =>
      record.mark === 'prepared' && !decided.has(record.about) ? [record.about] : [],
    );
    const accounts = [...openingIn(this.#run.initial[node])].map(([account, opening]) => {
      const journal = applied
        .filter((entry) => entry.account === account)
        .map(({ tx: about, delta }) => ({ tx: about, delta }));
      return [account, { balance: journal.reduce((sum, { delta }) => sum + delta, opening), journal }];
    });
    const content = accounts.length > 0 ? Object.fromEntries(accounts) : null;
    return { inDoubt, unfinished: [], holds: [], content };
  }
}
