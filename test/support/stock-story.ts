// Writes small histories of two warehouses for the tests of checkers: what was asked, where it landed in a book, and what the client was told.

import { nodeId, opId, type NodeId, type TxId } from '../../nodes/contract/ids.ts';
import { inventory, type InventoryOperation } from '../../nodes/workloads/inventory.ts';
import { headerOf } from './header.ts';
import type { HistoryEvent, LabBody, TraceBody } from '../../nodes/contract/events.ts';
import type { Note, Outcome } from '../../nodes/contract/notes.ts';
import type { Shelf } from '../../scenarios/checkers/inventory/content.ts';
import type { History } from '../../scenarios/findings.ts';

export const STOCK = 10;
const ITEMS = ['i00', 'i01'];
const MICROS_PER_EVENT = 100;

export type Warehouse = 'participant-1' | 'participant-2';

export interface Course {
  /** Each is a transaction that tries; the last one unless the story says otherwise lands. */
  readonly txs?: readonly string[];
  /** Whose books hold it, by transaction; all of them once where it ended ok, else none. */
  readonly lands?: Readonly<Record<string, readonly Warehouse[]>>;
  readonly outcome?: Outcome | 'none';
  /** Whether somebody is in doubt about it at rest. */
  readonly open?: boolean;
}

export function order(item: string, first: number, second = 0): InventoryOperation {
  const from = [
    { warehouse: nodeId('participant-1'), pieces: first },
    { warehouse: nodeId('participant-2'), pieces: second },
  ];
  return { word: 'order', item, from: from.filter(({ pieces }) => pieces > 0) };
}

export class StockStory {
  readonly #run = { ...headerOf(openings()), workload: 'inventory' };
  readonly #events: HistoryEvent[] = [];
  readonly #seqs = new Map<NodeId, number>();
  readonly #shelves = new Map<string, Record<string, Shelf>>();
  readonly #open: TxId[] = [];
  #at = 1_000_000;
  #tries = 0;

  constructor() {
    this.#lab(this.#run);
    for (const node of this.#run.nodes) this.#trace(node, { kind: 'booted', wallMs: 0, logBytes: 0, cutBytes: 0 });
    for (const [warehouse, opening] of Object.entries(openings()))
      this.#shelves.set(
        warehouse,
        Object.fromEntries(Object.entries(opening).map(([item, stock]) => [item, { stock, book: [] }])),
      );
  }

  does(op: string, request: InventoryOperation, course: Course = {}): this {
    const { outcome = 'ok', open = false } = course;
    const names = course.txs ?? [`coordinator.1.${++this.#tries}`];
    const sites = inventory.usesOf(request).map(({ site }) => site);
    const process = 0;
    this.#tell('client', { word: 'invoked', op: opId(op), process, request, uses: inventory.usesOf(request) });
    for (const name of names) {
      const about = name as TxId;
      const last = name === names.at(-1);
      const lands: readonly string[] = course.lands?.[name] ?? (last && outcome === 'ok' ? sites : []);
      this.#tell('coordinator', { word: 'began', about, op: opId(op), participants: sites });
      for (const site of sites) this.#force(site, { mark: 'prepared', word: 'prepared', about });
      const decision = lands.length > 0 ? 'commit' : 'abort';
      for (const node of open ? [] : ['coordinator', ...sites])
        this.#force(node, { mark: 'decision', word: decision, about, decision });
      for (const site of lands) this.#land(site, about, request);
      if (open) this.#open.push(about);
    }
    if (outcome === 'none') return this;
    const about = { about: (names.at(-1) ?? '') as TxId };
    const named = outcome === 'unknown' ? {} : about;
    return this.#tell('client', { word: 'completed', op: opId(op), process, outcome, ...named, reason: '' });
  }

  /** What a warehouse says of one item instead of the truth. */
  shelf(warehouse: Warehouse, item: string, lie: (honest: Shelf) => Shelf | null): this {
    const shelves = this.#shelves.get(warehouse) ?? {};
    const said = lie(shelves[item] ?? { stock: 0, book: [] });
    if (said === null) delete shelves[item];
    else shelves[item] = said;
    return this;
  }

  /** A commit that comes after the first warehouse has been asked. */
  splits(op: string, request: InventoryOperation): History {
    this.#dump('participant-1');
    this.does(op, request);
    this.#dump('participant-2');
    return this.#history();
  }

  unrested(): History {
    return this.#history();
  }

  rests(): History {
    this.#lab({ kind: 'phase', phase: 'settled' });
    for (const node of this.#run.nodes) this.#dump(node);
    this.#lab({ kind: 'ended', why: 'complete' });
    return this.#history();
  }

  #history(): History {
    const [run] = this.#events;
    if (run?.kind !== 'run') throw new Error('a history begins with its run');
    return { run, events: [...this.#events], torn: false };
  }

  #land(site: string, tx: TxId, request: InventoryOperation): void {
    const part = inventory.partsOf(request)[nodeId(site)];
    const shelf = part && this.#shelves.get(site)?.[part.item];
    if (!part || !shelf) throw new Error(`nothing for ${site}`);
    const { item, delta, kind } = part;
    const shelves = this.#shelves.get(site) ?? {};
    shelves[item] = { stock: shelf.stock + delta, book: [...shelf.book, { tx, delta, kind }] };
  }

  #dump(node: string): void {
    const shelves = this.#shelves.get(node);
    const content = shelves ? (structuredClone(shelves) as unknown as Record<string, number>) : null;
    const inDoubt = shelves ? [...this.#open] : [];
    this.#lab({ kind: 'dumped', node: nodeId(node), state: { inDoubt, unfinished: [], holds: [], content } });
  }

  #force(node: string, record: Extract<TraceBody, { kind: 'durable' }>['record']): void {
    this.#trace(nodeId(node), { kind: 'durable', how: 'force', position: 0, record });
  }

  #tell(node: string, note: Note): this {
    return this.#trace(nodeId(node), { kind: 'told', note });
  }

  #trace(node: NodeId, body: TraceBody): this {
    const seq = (this.#seqs.get(node) ?? 0) + 1;
    this.#seqs.set(node, seq);
    this.#events.push({ at: this.#tick(), node, incarnation: 1, seq, ...body });
    return this;
  }

  #lab(body: LabBody): void {
    this.#events.push({ at: this.#tick(), ...body });
  }

  #tick(): number {
    this.#at += MICROS_PER_EVENT;
    return this.#at;
  }
}

function openings(): Readonly<Record<Warehouse, Readonly<Record<string, number>>>> {
  const opening = Object.fromEntries(ITEMS.map((item) => [item, STOCK]));
  return { 'participant-1': opening, 'participant-2': opening };
}
