// Writes small histories of sites that live on several nodes or in a store, for the tests of checkers. Each event is 0.1 ms after the one before
// unless `wait` says otherwise. Logs are kept and read at the end; nodes that are killed and restarted are so by the lab.

import {
  HISTORY_VERSION,
  type HistoryEvent,
  type LabBody,
  type StoreMark,
  type TraceBody,
} from '../../nodes/contract/events.ts';
import type { SitePlace } from '../../nodes/contract/workload.ts';
import { type Decision, nodeId, type NodeId, opId, type TxId } from '../../nodes/contract/ids.ts';
import type { StateDump } from '../../nodes/contract/notes.ts';
import type { Condition, Property } from '../../nodes/contract/properties.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import type { History } from '../../scenarios/findings.ts';

export interface StoryOptions {
  readonly sites: Readonly<Record<string, SitePlace>>;
  readonly whiles?: Readonly<Record<Property, Condition>>;
}

export const BLOCKED_MS = 1000;
export const TX = 'coordinator.1.1' as TxId;

/** One node of the site's own name. */
export function plain(site: string): Readonly<Record<string, SitePlace>> {
  return { [site]: { nodes: [nodeId(site)], stores: [], quorum: 1 } };
}

/** Three replicas, any two of them a quorum. */
export function group(site: string): Readonly<Record<string, SitePlace>> {
  return { [site]: { nodes: ['a', 'b', 'c'].map((replica) => nodeId(`${site}${replica}`)), stores: [], quorum: 2 } };
}

export function inStore(site: string, store: string): Readonly<Record<string, SitePlace>> {
  return { [site]: { nodes: [], stores: [nodeId(store)], quorum: 1 } };
}

/** Place and ballot of an entry, as `1 by 2.a`. */
export type At = `${number} by ${number}.${string}`;

export class SiteStory {
  readonly #run: Extract<HistoryEvent, { kind: 'run' }>;
  readonly #participants: readonly NodeId[];
  readonly #lives = new Map<string, { incarnation: number; seq: number; log: LogRecord[] }>();
  readonly #events: HistoryEvent[] = [];
  #at = 1_000_000;
  #faults = 0;

  constructor({ sites, whiles }: StoryOptions) {
    const own = Object.values(sites).flatMap(({ nodes }) => nodes);
    const alone = Object.hasOwn(sites, 'coordinator') ? [] : [nodeId('coordinator')];
    const nodes = [...alone, ...own, nodeId('client')];
    this.#participants = Object.keys(sites)
      .filter((site) => site.startsWith('participant'))
      .map(nodeId);
    this.#run = {
      at: 0,
      kind: 'run',
      version: HISTORY_VERSION,
      txlab: '0.0.0',
      run: 'test',
      protocol: 'groups',
      seed: 1,
      nodes,
      family: 'commit',
      workload: 'transfers',
      roles: {},
      sites,
      timeouts: { blocked: BLOCKED_MS },
      promises: [],
      ...(whiles && { whiles }),
      initial: Object.fromEntries(this.#participants.map((site) => [site, { a01: 100 }])),
    };
    this.#events.push(this.#run);
    for (const node of nodes) this.boot(node);
  }

  wait(ms: number): this {
    this.#at += ms * 1000;
    return this;
  }

  lab(body: LabBody): this {
    this.#events.push({ at: this.#tick(), ...body });
    return this;
  }

  trace(node: string, body: TraceBody): this {
    const life = this.#life(node);
    const { incarnation } = life;
    this.#events.push({ at: this.#tick(), node: nodeId(node), incarnation, seq: ++life.seq, ...body });
    return this;
  }

  boot(node: string): this {
    const life = this.#life(node);
    Object.assign(life, { incarnation: life.incarnation + 1, seq: 0 });
    return this.trace(node, { kind: 'booted', wallMs: 0, logBytes: 0, cutBytes: 0 });
  }

  asks(op: string, ...sites: readonly string[]): this {
    const uses = sites.map((site) => ({ site: nodeId(site), key: 'a01', mode: 'write' as const }));
    return this.trace('client', {
      kind: 'told',
      note: { word: 'invoked', op: opId(op), process: 0, request: { word: 'transfer' }, uses },
    });
  }

  began(by = 'coordinator', about = TX, op = 'client.1'): this {
    return this.asks(op, ...this.#participants).trace(by, {
      kind: 'told',
      note: { word: 'began', about: about, op: opId(op), participants: this.#participants },
    });
  }

  /** Forced at each of these nodes; of a plain site without `at`. */
  prepared(nodes: readonly string[], at?: At, about = TX): this {
    return this.#write(nodes, { mark: 'prepared', word: 'prepared', about }, at);
  }

  decided(decision: Decision, nodes: readonly string[], at?: At, about = TX): this {
    return this.#write(nodes, { mark: 'decision', word: decision, about, decision }, at);
  }

  appended(decision: Decision, node: string): this {
    return this.trace(node, { kind: 'appended', record: { mark: 'decision', word: decision, about: TX, decision } });
  }

  /** The store has answered this node, and that is the site's promise or decision. */
  answers(
    asker: string,
    store: string,
    { site, mark }: { readonly site: string; readonly mark: StoreMark['mark'] },
  ): this {
    const gives: StoreMark = { site: nodeId(site), about: TX, mark };
    return this.trace(asker, {
      kind: 'answered',
      way: 'out',
      peer: nodeId(store),
      op: opId('ask-1'),
      word: 'ok',
      gives,
    });
  }

  kill(name: string): this {
    this.#fault(`fault-${++this.#faults}`, 'kill', name);
    return this.#lives.has(name) ? this.#logged(name, 'after-kill') : this;
  }

  /** Ends the fault of this number. */
  restart(name: string, nth: number): this {
    if (this.#lives.has(name)) this.boot(name);
    return this.#fault(`fault-${nth}`, 'restart', name);
  }

  forgets(...nodes: readonly string[]): this {
    for (const node of nodes) this.#life(node).log = [];
    return this;
  }

  phase(phase: Extract<LabBody, { kind: 'phase' }>['phase']): this {
    return this.lab({ kind: 'phase', phase });
  }

  dumped(node: string, state: Partial<StateDump> = {}): this {
    const nothing: StateDump = { inDoubt: [], unfinished: [], holds: [], content: null };
    return this.lab({ kind: 'dumped', node: nodeId(node), state: { ...nothing, ...state } });
  }

  rests(): History {
    this.phase('settled');
    for (const node of this.#lives.keys()) this.#logged(node, 'end');
    return { run: this.#run, events: [...this.#events], torn: false };
  }

  #fault(id: string, fault: 'kill' | 'restart', name: string): this {
    const since = this.#at;
    return this.lab({ kind: 'fault', id, fault, node: nodeId(name), since, evidence: { seen: true, text: 'seen' } });
  }

  #write(nodes: readonly string[], said: LogRecord, at?: At): this {
    const [slot, ballot = ''] = at?.split(' by ') ?? [];
    const record: LogRecord = slot === undefined ? said : { ...said, entry: { slot: Number(slot), ballot } };
    for (const node of nodes) {
      const { log } = this.#life(node);
      log.push(record);
      this.trace(node, { kind: 'durable', how: 'force', position: log.length, record });
    }
    return this;
  }

  #logged(node: string, moment: 'after-kill' | 'end'): this {
    const { incarnation, log } = this.#life(node);
    return this.lab({ kind: 'logged', node: nodeId(node), moment, incarnation, records: [...log] });
  }

  #life(node: string) {
    const known = this.#lives.get(node) ?? { incarnation: 0, seq: 0, log: [] };
    this.#lives.set(node, known);
    return known;
  }

  #tick(): number {
    this.#at += 100;
    return this.#at;
  }
}
