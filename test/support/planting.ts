// Plants errors into recorded histories: functions over the lines of a history file of version 1, as JSON. They know that version by
// themselves and no other, so that they stay as they are when later versions are written in other words.

import type { Property } from '../../nodes/contract/properties.ts';

export interface LogLine {
  readonly mark: string;
  readonly word: string;
  readonly tx: string | null;
  readonly decision?: string;
}

interface Entry {
  readonly tx: string;
  readonly delta: number;
}

interface AccountLine {
  readonly balance: number;
  readonly journal: readonly Entry[];
}

interface StateLine {
  readonly inDoubt: readonly string[];
  readonly unfinished: readonly string[];
  readonly locks: readonly { readonly account: string; readonly tx: string }[];
  readonly accounts: Readonly<Record<string, AccountLine>>;
}

interface NoteLine {
  readonly about: string;
  readonly op?: string;
  readonly tx?: string | undefined;
  readonly outcome?: string;
  readonly reason?: string;
  readonly holder?: string;
}

/** What the errors here are planted into; a line may hold more, and keeps it. */
export interface Line {
  readonly at: number;
  readonly kind: string;
  readonly node?: string;
  readonly incarnation?: number;
  readonly seq?: number;
  readonly record?: LogLine;
  readonly records?: readonly LogLine[];
  readonly moment?: string;
  readonly message?: { readonly word: string; readonly tx: string; readonly vote?: string };
  readonly note?: NoteLine;
  readonly op?: string;
  readonly about?: string | null;
  readonly state?: StateLine;
  readonly phase?: string;
  readonly fault?: string;
  readonly since?: number;
  readonly evidence?: { readonly seen: boolean; readonly text: string };
  readonly why?: string;
  readonly timeouts?: Readonly<Record<string, number>>;
}

export type BaseName = 'calm' | 'coordinator killed' | 'bank killed';

export interface PlantedError {
  readonly base: BaseName;
  readonly plant: Plant;
  /** What must be found: of properties, and of the run as a whole. */
  readonly breaks: Readonly<Partial<Record<Property, 'violated' | 'unknown'>>>;
  readonly verdict?: 'not as expected' | 'inconclusive';
  /** The file breaks off in its last line. */
  readonly torn?: true;
}

export type PlantedErrors = Readonly<Record<string, PlantedError>>;

export type Plant = (lines: readonly Line[]) => readonly Line[];
export type Which = (line: Line) => boolean;

export function linesOf(text: string): readonly Line[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

export function textOf(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function inTurn(...plants: readonly Plant[]): Plant {
  return (lines) => plants.reduce((before, plant) => plant(before), lines);
}

// Which lines.

export const durable =
  (node: string, mark: string, tx: string): Which =>
  (line) =>
    line.kind === 'durable' && line.node === node && line.record?.mark === mark && line.record.tx === tx;

export const told =
  (about: string, id: string): Which =>
  ({ note }) =>
    note?.about === about && (note.op === id || note.tx === id);

export const dumped =
  (node: string): Which =>
  (line) =>
    line.kind === 'dumped' && line.node === node;

export const logged =
  (node: string, moment: string): Which =>
  (line) =>
    line.kind === 'logged' && line.node === node && line.moment === moment;

export const phase =
  (name: string): Which =>
  (line) =>
    line.phase === name;

export const fault =
  (name: string): Which =>
  (line) =>
    line.fault === name;

export const booted =
  (node: string, incarnation: number): Which =>
  (line) =>
    line.kind === 'booted' && line.node === node && line.incarnation === incarnation;

// What happens to them. A plant that finds nothing to change is an error of its own.

export function change(which: Which, to: (line: Line) => Line): Plant {
  return (lines) => {
    found(lines, which);
    return lines.map((line) => (which(line) ? to(line) : line));
  };
}

/** As if they had never been: the numbers of the node's trace close up. */
export function without(which: Which): Plant {
  return (lines) => numbered(lose(which)(lines));
}

/** Lost from the file: the numbers of the trace show it. */
export function lose(which: Which): Plant {
  return (lines) => {
    found(lines, which);
    return lines.filter((line) => !which(line));
  };
}

/** After the first such line, at its time. */
export function addAfter(which: Which, body: object): Plant {
  return (lines) => {
    const { line, index } = found(lines, which);
    return numbered(lines.toSpliced(index + 1, 0, { at: line.at, ...body } as Line));
  };
}

/** After the first such line, in the trace of the same node's same life. */
export function addToTrace(which: Which, body: object): Plant {
  return (lines) => {
    const { node, incarnation } = found(lines, which).line;
    return addAfter(which, { node, incarnation, seq: 0, ...body })(lines);
  };
}

/** These happen only so long after that. */
export function moveAfter(which: Which, anchor: Which, ms: number): Plant {
  return (lines) => {
    const at = found(lines, anchor).line.at + ms * MICROS;
    return numbered(ordered(change(which, (line) => ({ ...line, at }))(lines)));
  };
}

/** All that comes after the first such line comes so much later. */
export function standStill(which: Which, ms: number): Plant {
  return (lines) => {
    const { at: from } = found(lines, which).line;
    const shift = (at: number) => (at > from ? at + ms * MICROS : at);
    return lines.map((line) => ({
      ...line,
      at: shift(line.at),
      ...(line.since === undefined ? {} : { since: shift(line.since) }),
    }));
  };
}

const MICROS = 1000;

/** Every record of this transaction at this node: in its trace, and wherever its log was read. */
export function records(node: string, tx: string, to: (record: LogLine) => readonly LogLine[]): Plant {
  return (lines) => {
    found(lines, ({ node: at, record }) => at === node && record?.tx === tx);
    const rewrite = (record: LogLine) => (record.tx === tx ? to(record) : [record]);
    const rewritten = lines.flatMap((line): readonly Line[] => {
      if (line.node !== node) return [line];
      if (line.records !== undefined) return [{ ...line, records: line.records.flatMap(rewrite) }];
      return line.record === undefined ? [line] : rewrite(line.record).map((record) => ({ ...line, record }));
    });
    return numbered(rewritten);
  };
}

export function state(node: string, to: (state: StateLine) => Partial<StateLine>): Plant {
  return change(dumped(node), (line) =>
    line.state === undefined ? line : { ...line, state: { ...line.state, ...to(line.state) } },
  );
}

export function account(node: string, name: string, to: (account: AccountLine) => AccountLine): Plant {
  return state(node, ({ accounts }) => {
    const before = accounts[name];
    if (before === undefined) throw new Error(`${node} has no account ${name}`);
    return { accounts: { ...accounts, [name]: to(before) } };
  });
}

/** The balance follows. */
export function journal(node: string, name: string, to: (entries: readonly Entry[]) => readonly Entry[]): Plant {
  return account(node, name, (before) => {
    const entries = to(before.journal);
    return { balance: before.balance + sumOf(entries) - sumOf(before.journal), journal: entries };
  });
}

/** Nothing of it ever came to be but that it was asked for and that it began. */
export function undo(tx: string): Plant {
  const isOfIt = ({ kind, record, message, note }: Line) =>
    record?.tx === tx || message?.tx === tx || (kind === 'told' && note?.tx === tx && note.op === undefined);
  return inTurn(without(isOfIt), (lines) => lines.map((line) => kept(line, (id) => id !== tx)));
}

/** All that was done for this transaction is done again so much later, as another one. */
export function doAgain(tx: string, as: string, ms: number): Plant {
  const renamed = <Value>(value: Value) => JSON.parse(JSON.stringify(value).replaceAll(`"${tx}"`, `"${as}"`)) as Value;
  return (lines) => {
    const again = lines
      .filter((line) => line.seq !== undefined && line.note?.about !== 'completed' && idsOf(line).includes(tx))
      .map((line) => renamed({ ...line, at: line.at + ms * MICROS }));
    const doubled = lines.map((line) => held(line, (entry) => (entry.tx === tx ? [entry, renamed(entry)] : [entry])));
    return numbered(ordered([...doubled, ...again]));
  };
}

/** The same run with these operations alone, their transactions, and what belongs to none. */
export function cut(ops: readonly string[]): Plant {
  return (lines) => {
    const began = lines.flatMap(({ note }) => (note?.about === 'began' ? [note] : []));
    const all = new Set(lines.flatMap(({ note }) => (note?.about === 'invoked' ? (note.op ?? []) : [])));
    const left = new Set(ops);
    for (const { op = '', tx = '' } of began) {
      all.add(tx);
      if (left.has(op)) left.add(tx);
    }
    const stays = (id: string) => left.has(id) || !all.has(id);
    return numbered(lines.filter((line) => idsOf(line).every(stays)).map((line) => kept(line, stays)));
  };
}

function idsOf({ op, about, note, message, record }: Line): readonly string[] {
  return [op, about, note?.op, note?.tx, message?.tx, record?.tx].filter((id) => typeof id === 'string');
}

/** What a log or a journal holds of these. */
function kept(line: Line, stays: (id: string) => boolean): Line {
  return held(line, (entry) => (entry.tx === null || stays(entry.tx) ? [entry] : []));
}

/** Other entries in a log that was read, or in the journals of a bank, whose balances follow. */
function held(line: Line, to: <Held extends { readonly tx: string | null }>(entry: Held) => readonly Held[]): Line {
  const { records: log, state: said } = line;
  if (log !== undefined) return { ...line, records: log.flatMap((record) => to(record)) };
  if (said === undefined) return line;
  const accounts = Object.entries(said.accounts).map(([name, { balance, journal: before }]) => {
    const after = before.flatMap((entry) => to(entry));
    return [name, { balance: balance + sumOf(after) - sumOf(before), journal: after }] as const;
  });
  return { ...line, state: { ...said, accounts: Object.fromEntries(accounts) } };
}

function sumOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { delta }) => sum + delta, 0);
}

function found(lines: readonly Line[], which: Which): { readonly line: Line; readonly index: number } {
  const index = lines.findIndex(which);
  const line = lines[index];
  if (line === undefined) throw new Error('no line here is what this error is planted into');
  return { line, index };
}

function ordered(lines: readonly Line[]): readonly Line[] {
  return lines.toSorted((a, b) => a.at - b.at);
}

/** Each node's trace counts from 1 in each of its lives. */
function numbered(lines: readonly Line[]): readonly Line[] {
  const counts = new Map<string, number>();
  return lines.map((line) => {
    if (line.seq === undefined) return line;
    const life = `${line.node} ${line.incarnation}`;
    const seq = (counts.get(life) ?? 0) + 1;
    counts.set(life, seq);
    return { ...line, seq };
  });
}
