// Writes down what happens on the test stage as the history of a run, so that checkers can judge any schedule: nodes' traces, deaths and
// logs as the lab sees them, and the clients' side of every operation.

import { nodeId } from '../../nodes/contract/ids.ts';
import type { HistoryEvent, LabBody, TraceBody } from '../../nodes/contract/events.ts';
import type { StateDump } from '../../nodes/contract/notes.ts';
import type { NodeId, OpId, TxId } from '../../nodes/contract/ids.ts';
import type { Answer } from '../../nodes/contract/messages.ts';
import type { DumpAnswer, Effect, Input } from '../../nodes/contract/machine.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import { findWorkload } from '../../nodes/workloads/catalog.ts';
import type { Operation, SealedWorkload } from '../../nodes/contract/workload.ts';
import { headerOf } from './header.ts';
import type { History } from '../../scenarios/findings.ts';
import type { Onlooker } from './theatre.ts';

interface Life {
  incarnation: number;
  seq: number;
  /** Appended, and durable with the next force. */
  buffered: LogRecord[];
  deaths: number;
}

const CLIENT = nodeId('client');
const MICROS_PER_EVENT = 100;

export class Chronicle implements Onlooker {
  readonly #run: Extract<LabBody, { kind: 'run' }>;
  readonly #workload: SealedWorkload;
  readonly #events: HistoryEvent[] = [];
  readonly #lives = new Map<NodeId, Life>();
  readonly #open = new Set<OpId>();
  #at = 1_000_000;

  constructor(
    protocol: string,
    opening: Readonly<Record<string, Readonly<Record<string, number>>>>,
    workload = 'transfers',
  ) {
    const known = findWorkload(workload);
    if (!known) throw new Error(workload);
    this.#workload = known;
    this.#run = {
      ...headerOf(opening),
      workload,
      run: 'stage',
      protocol,
      timeouts: { blocked: 0 },
    };
    this.lab(this.#run);
    this.#trace(CLIENT, { kind: 'booted', wallMs: 0, logBytes: 0, cutBytes: 0 });
  }

  lab(body: LabBody): void {
    this.#events.push({ at: this.#tick(), ...body });
  }

  got(node: NodeId, input: Input): void {
    switch (input.kind) {
      case 'started':
        return this.#booted(node, input.incarnation);
      case 'received':
        return this.#trace(node, { kind: 'received', from: input.from, message: input.message });
      case 'expired':
        return this.#trace(node, { kind: 'expired', word: input.timer.word, about: input.timer.about });
      case 'asked':
        if (this.#workload.words.includes(input.request.word)) this.#invoked(input.op, input.request);
        return;
      case 'answered':
        return;
    }
  }

  did(node: NodeId, effect: Effect): void {
    switch (effect.do) {
      case 'append':
        this.#life(node).buffered.push(effect.record);
        return this.#trace(node, { kind: 'appended', record: effect.record });
      case 'force':
        this.#flush(node);
        return this.#trace(node, { kind: 'durable', how: 'force', position: 0, record: effect.record });
      case 'send':
        return this.#trace(node, { kind: 'sent', to: effect.to, message: effect.message });
      case 'tell':
        return this.#trace(node, { kind: 'told', note: effect.note });
      case 'answer':
        return this.#answered(node, effect.op, effect.answer);
      case 'ask':
      case 'arm':
      case 'disarm':
        return;
    }
  }

  /** Killed by the lab, which reads its log; whoever waited for its answer hears that the connection broke. */
  died(node: NodeId, log: readonly LogRecord[]): void {
    const life = this.#life(node);
    life.buffered = [];
    this.#fault('kill', node, ++life.deaths);
    this.logged(node, 'after-kill', log);
    if (node === 'coordinator') for (const op of this.#open) this.#completed(op, { outcome: 'unknown' });
  }

  logged(node: NodeId, moment: 'after-kill' | 'end', log: readonly LogRecord[]): void {
    const { incarnation } = this.#life(node);
    this.lab({ kind: 'logged', node, moment, incarnation, records: [...log] });
  }

  history(): History {
    const [run] = this.#events;
    if (run?.kind !== 'run') throw new Error('a history begins with its run');
    return { run, events: this.#events, torn: false };
  }

  #booted(node: NodeId, incarnation: number): void {
    const life = this.#life(node);
    Object.assign(life, { incarnation, seq: 0 });
    this.#trace(node, { kind: 'booted', wallMs: 0, logBytes: 0, cutBytes: 0 });
    if (life.deaths > 0) this.#fault('restart', node, life.deaths);
  }

  #invoked(op: OpId, request: Operation): void {
    this.#open.add(op);
    this.#trace(CLIENT, {
      kind: 'told',
      note: { word: 'invoked', op, process: 0, request, uses: this.#workload.usesOf(request) },
    });
  }

  #answered(node: NodeId, op: OpId, answer: Answer): void {
    if (answer.word === 'dump') return this.#dumped(node, (answer as DumpAnswer).state);
    const { about: tx } = answer as Answer & { readonly about?: TxId | null };
    if (this.#open.has(op))
      this.#completed(op, { outcome: answer.word === 'ok' ? 'ok' : 'failed', ...(tx ? { about: tx } : {}) });
  }

  #completed(op: OpId, end: { readonly outcome: 'ok' | 'failed' | 'unknown'; readonly tx?: TxId }): void {
    this.#open.delete(op);
    this.#trace(CLIENT, { kind: 'told', note: { word: 'completed', op, process: 0, reason: '', ...end } });
  }

  #dumped(node: NodeId, state: StateDump): void {
    this.lab({ kind: 'dumped', node, state: structuredClone(state) });
  }

  #fault(fault: 'kill' | 'restart', node: NodeId, death: number): void {
    const evidence = { seen: true, text: 'seen' };
    this.lab({ kind: 'fault', id: `${node} ${death}`, fault, node, since: this.#at, evidence });
  }

  #flush(node: NodeId): void {
    for (const record of this.#life(node).buffered.splice(0))
      this.#trace(node, { kind: 'durable', how: 'append', position: 0, record });
  }

  #trace(node: NodeId, body: TraceBody): void {
    const life = this.#life(node);
    this.#events.push({ at: this.#tick(), node, incarnation: life.incarnation, seq: ++life.seq, ...body });
  }

  #life(node: NodeId): Life {
    const life = this.#lives.get(node) ?? { incarnation: 1, seq: 0, buffered: [], deaths: 0 };
    this.#lives.set(node, life);
    return life;
  }

  #tick(): number {
    this.#at += MICROS_PER_EVENT;
    return this.#at;
  }
}
