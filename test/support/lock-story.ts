// Small histories of locks for the tests of their checkers: who was granted what when, who let go, and what the resource's journal says.
// Times are milliseconds since the run began.

import { HISTORY_VERSION, type HistoryEvent, type LabBody, type TraceBody } from '../../nodes/contract/events.ts';
import { nodeId, opId, roleOf, type TxId } from '../../nodes/contract/ids.ts';
import { increment } from '../../nodes/workloads/counter.ts';
import type { LockNote, Note, Outcome } from '../../nodes/contract/notes.ts';
import type { Access } from '../../scenarios/checkers/counter/content.ts';
import type { Header } from './header.ts';
import type { History } from '../../scenarios/findings.ts';

const CLIENTS = ['lock-client-1', 'lock-client-2', 'lock-client-3'].map(nodeId);
const RESOURCE = nodeId('resource');
const NODES = [...CLIENTS, RESOURCE];
const KEY = 'counter-1';

/** An acquisition is named by its client and a number: `1.3` is the third of lock-client-1. */
export function acquisition(name: string): TxId {
  const [client = '', nth = ''] = name.split('.');
  return `lock-client-${client}.1.${nth}` as TxId;
}

export class LockStory {
  readonly #events: HistoryEvent[] = [];
  readonly #seqs = new Map<string, number>();
  #accesses: Access[] = [];
  #value: number | null = null;
  /** Of acquisitions of another lock than that of the first counter. */
  readonly #keys = new Map<string, string>();

  constructor() {
    for (const node of NODES) this.#trace(0, node, { kind: 'booted', wallMs: 0, logBytes: 0, cutBytes: 0 });
  }

  invoked(ms: number, name: string): this {
    const about = acquisition(name);
    const op = opId(`op-${name}`);
    const request = increment(RESOURCE, 0);
    const uses = [{ site: RESOURCE, key: KEY, mode: 'write' }] as const;
    this.#tell(ms, name, { word: 'invoked', op, process: 0, request, uses });
    return this.#tell(ms, name, { word: 'began', about, op, participants: [RESOURCE] });
  }

  /** A client begins an operation of two counters, whose locks are its first and its second acquisition. */
  needs(ms: number, client: number, ...nth: readonly [number, number]): this {
    const keys = nth.map((counter) => `counter-${counter}`);
    const op = opId(`op-${client}`);
    const uses = keys.map((key) => ({ site: RESOURCE, key, mode: 'write' }) as const);
    const request = increment(RESOURCE, nth[0] - 1, nth[1] - 1);
    this.#tell(ms, `${client}.1`, { word: 'invoked', op, process: 0, request, uses });
    for (const [index, key] of keys.entries()) {
      const name = `${client}.${index + 1}`;
      this.#keys.set(name, key);
      this.#tell(ms, name, { word: 'began', about: acquisition(name), op, participants: [RESOURCE] });
    }
    return this;
  }

  ends(ms: number, client: number, outcome: Outcome): this {
    const about = acquisition(`${client}.1`);
    const note = { word: 'completed', op: opId(`op-${client}`), process: 0, outcome, about, reason: '' } as const;
    return this.#tell(ms, `${client}.1`, note);
  }

  waits(ms: number, name: string): this {
    const lock = { site: nodeId('redis'), key: this.#keyOf(name), mode: 'write' } as const;
    return this.#tell(ms, name, { word: 'waits', about: acquisition(name), ...lock });
  }

  /** Somebody tells that it stands in the queue of its lock: its client, or who grants it. */
  queued(ms: number, name: string, by = clientOf(name)): this {
    const note = { word: 'queued', about: acquisition(name), site: nodeId('redis'), key: this.#keyOf(name) } as const;
    return this.#trace(ms, by, { kind: 'told', note });
  }

  unqueued(ms: number, name: string, by = clientOf(name)): this {
    return this.#trace(ms, by, { kind: 'told', note: { word: 'unqueued', about: acquisition(name) } });
  }

  /** A node has died, and begins a new life. */
  boots(ms: number, node: string): this {
    return this.#trace(ms, node, { kind: 'booted', wallMs: 0, logBytes: 0, cutBytes: 0 });
  }

  #keyOf(name: string): string {
    return this.#keys.get(name) ?? KEY;
  }

  completed(ms: number, name: string, outcome: Outcome): this {
    const about = acquisition(name);
    return this.#tell(ms, name, { word: 'completed', op: opId(`op-${name}`), process: 0, outcome, about, reason: '' });
  }

  /** Granted at this time, and its own until then. */
  granted(
    ms: number,
    name: string,
    until: number,
    more: { readonly token?: number; readonly believed?: number | null } = {},
  ): this {
    const lock = { about: acquisition(name), site: nodeId('redis'), key: this.#keyOf(name), mode: 'write' } as const;
    const { believed, ...token } = more;
    const belief = believed === undefined ? {} : { believed: believed === null ? null : us(believed) };
    const lease = { asked: us(ms - 1), until: us(until), ...belief, ...token };
    return this.#tell(ms, name, { word: 'granted', ...lock, ...lease });
  }

  extended(ms: number, name: string, until: number): this {
    return this.#tell(ms, name, { word: 'extended', about: acquisition(name), asked: us(ms - 1), until: us(until) });
  }

  yielded(ms: number, name: string, why: Extract<LockNote, { word: 'yielded' }>['why'] = 'done'): this {
    return this.#tell(ms, name, { word: 'yielded', about: acquisition(name), why });
  }

  /** It sends its write, whatever its clock says. */
  writes(ms: number, name: string): this {
    const message = { word: 'write', about: acquisition(name), key: KEY, value: 1 };
    return this.#trace(ms, `lock-client-${name.split('.')[0]}`, { kind: 'sent', to: RESOURCE, message });
  }

  /** The resource answers it. */
  isAnswered(ms: number, name: string): this {
    const [client] = name.split('.');
    const message = { word: 'written', about: acquisition(name) };
    return this.#trace(ms, RESOURCE, { kind: 'sent', to: nodeId(`lock-client-${client}`), message });
  }

  kills(ms: number, client: string): this {
    return this.suffers(ms, 'kill', client);
  }

  /** A fault comes, or goes. */
  suffers(ms: number, fault: 'kill' | 'pause' | 'resume', client: string): this {
    const evidence = { seen: true, text: fault === 'kill' ? 'exited with code 137' : `${fault} was seen` };
    return this.#lab(ms, { kind: 'fault', id: 'fault-1', fault, node: nodeId(client), since: us(ms - 1), evidence });
  }

  /** From now on the lab itself asks. */
  probing(ms: number): this {
    return this.#lab(ms, { kind: 'phase', phase: 'probing' });
  }

  /** What the first counter has taken: `r` or `w`, the acquisition, perhaps a token: `w 1.3 7`. A write adds one to what its holder had read. */
  journal(...lines: readonly string[]): this {
    const read = new Map<string, number>();
    let value = 0;
    this.#accesses = lines.map((line): Access => {
      const [does = '', name = '', token] = line.split(' ');
      const shown = token === undefined ? {} : { token: Number(token) };
      if (does === 'r') {
        read.set(name, value);
        return { about: acquisition(name), does: 'read', ...shown };
      }
      value = (read.get(name) ?? value) + 1;
      return { about: acquisition(name), does: 'write', value, ...shown };
    });
    this.#value = value;
    return this;
  }

  history(): History {
    const value = this.#value ?? 0;
    const content = { [KEY]: { value, token: null, accesses: this.#accesses.map((access) => ({ ...access })) } };
    const end = Math.max(...this.#events.map(({ at }) => at)) / 1000 + 100;
    this.#lab(end, { kind: 'phase', phase: 'settled' });
    const state = { inDoubt: [], unfinished: [], holds: [], content };
    this.#lab(end, { kind: 'dumped', node: RESOURCE, state });
    this.#lab(end, { kind: 'ended', why: 'complete' });
    const events = this.#events.toSorted((left, right) => left.at - right.at);
    return { run: { at: us(0), ...HEADER }, events, torn: false };
  }

  #tell(ms: number, name: string, note: Note): this {
    return this.#trace(ms, `lock-client-${name.split('.')[0]}`, { kind: 'told', note });
  }

  #trace(ms: number, name: string, body: TraceBody): this {
    const seq = (this.#seqs.get(name) ?? 0) + 1;
    this.#seqs.set(name, seq);
    this.#events.push({ at: us(ms), node: nodeId(name), incarnation: 1, seq, ...body });
    return this;
  }

  #lab(ms: number, body: LabBody): this {
    this.#events.push({ at: us(ms), ...body });
    return this;
  }
}

const clientOf = (name: string) => `lock-client-${name.split('.')[0]}`;
const us = (ms: number) => 1_000_000 + ms * 1000;

const HEADER: Header = {
  kind: 'run',
  version: HISTORY_VERSION,
  txlab: '0.0.0',
  run: 'test',
  protocol: 'redis',
  seed: 1,
  nodes: NODES,
  family: 'lock',
  workload: 'counter',
  roles: Object.fromEntries(NODES.map((node) => [node, roleOf(node)])),
  sites: { resource: { nodes: [RESOURCE], stores: [], quorum: 1 } },
  timeouts: { ttl: 1000, deadlock: 500 },
  promises: [],
  initial: { resource: null },
};
