// What the lab and a node say to each other over the node container's stdin and stdout: out of band of the network under test.
// Node to lab carries control, holds, counters, the last few messages and rare news; the full trace is a file, so that a slow reader cannot
// slow a node.

import { VERBS } from './step.ts';
import {
  isFlag,
  isJson,
  isList,
  isMaybe,
  isNullOr,
  isNumber,
  isObject,
  isOneOf,
  isPlain,
  isTable,
  isText,
  wrongField,
} from './shape.ts';
import { MEDDLINGS, type Meddling } from './meddling.ts';
import type { Note, StateDump } from './notes.ts';
import type { Answer, Marks, Request } from './messages.ts';
import type { DumpAnswer, Setup } from './machine.ts';
import type { NodeId, OpId, TxId } from './ids.ts';
import type { Fields, Parsed } from './shape.ts';
import type { Kind } from './kind.ts';
import type { Gap } from './step.ts';

/** `at` is `address:port`. */
export interface StorePlace {
  readonly service: string;
  /** Who asks it for a node, where that is not the client of its service. */
  readonly client?: string | undefined;
  readonly at: string;
  /** Of the run, where a store that serves others before and after it has folders. */
  readonly root?: string | undefined;
}

/** The first line a node gets. */
export interface NodeConfig {
  readonly run: string;
  readonly protocol: string;
  readonly role: string;
  readonly setup: Setup;
  /** Where each other node listens, as `address:port`. */
  readonly peers: Readonly<Record<string, string>>;
  /** Where each store listens. */
  readonly stores?: Readonly<Record<string, StorePlace>>;
  readonly port: number;
  /** Folder of the log and the trace. */
  readonly data: string;
  /** Folder of the log, where it has a small disk of its own that can be filled. */
  readonly disk?: string;
  /** Nothing is traced, and such a run cannot be judged: for measuring what the trace costs. */
  readonly untraced?: boolean;
}

/**
 * A step to hold at. `seen` carries the count over a restart. With `about`, only that transaction is counted. With `watch` nobody is held yet:
 * the node remembers who passes, until the same hold is armed for one of them.
 */
export interface Hold {
  readonly hold: string;
  readonly gap: Gap;
  readonly nth: number;
  readonly seen: number;
  readonly about?: string;
  readonly watch?: true;
}

export type Command =
  | ({ readonly do: 'configure' } & NodeConfig)
  | ({ readonly do: 'arm' } & Hold)
  /** A node that is held goes on; one that is not will not be held at this step any more. */
  | { readonly do: 'release'; readonly hold: string }
  | ({ readonly do: 'meddle' } & Meddling)
  /** What comes now leaves as it is sent; what is kept back still leaves when it is due. */
  | { readonly do: 'cease'; readonly fault: string }
  /** Asks for the node's clock: faults are bracketed by marks of nodes that they do not hit. */
  | { readonly do: 'mark'; readonly id: string }
  | { readonly do: 'ask'; readonly op: OpId; readonly request: Request }
  /** The run is over: nothing more is done, and everything buffered is written. */
  | { readonly do: 'finish' };

export type ReportBody =
  | { readonly say: 'ready' }
  | { readonly say: 'linked'; readonly peers: readonly NodeId[] }
  /** How many transactions have come to an armed step: said when it is armed, then of each. `passed`: the one it is armed for was seen to pass. */
  | { readonly say: 'counted'; readonly hold: string; readonly count: number; readonly passed?: true }
  | { readonly say: 'held'; readonly hold: string; readonly about: string | null; readonly at: number }
  /** The host meddles from now on. */
  | { readonly say: 'meddling'; readonly fault: string }
  /** It has done so with the so-many-th message: said of the first few, and of all where they are counted. */
  | ({ readonly say: 'met'; readonly fault: string; readonly count: number } & MetReport)
  /** It does so no more, and keeps nothing back. */
  | { readonly say: 'ceased'; readonly fault: string; readonly count: number }
  | { readonly say: 'marked'; readonly id: string; readonly at: number }
  | { readonly say: 'answered'; readonly op: OpId; readonly answer: Answer }
  | { readonly say: 'told'; readonly at: number; readonly note: Note }
  | ({ readonly say: 'status'; readonly at: number } & Status)
  | { readonly say: 'finished' }
  | { readonly say: 'failed'; readonly message: string };

/**
 * What a node has seen of itself, without knowing its protocol: from the marks of its durable records, its messages and its clients' notes.
 * Counts are of this incarnation and only grow, so that a report which is never read loses nothing but its moment.
 */
export interface Status {
  readonly inDoubt: readonly DoubtReport[];
  readonly committed: number;
  readonly aborted: number;
  /** Records that were forced, and how often the disk was waited for: group commit makes the second smaller. */
  readonly forced: number;
  readonly syncs: number;
  readonly sent: number;
  readonly operations: OperationCounts;
  /** The last few messages that this node sent, oldest first. */
  readonly messages: readonly SentReport[];
  /** Locks that its clients wait for or hold, by what they note; where there are any. */
  readonly leases?: readonly LeaseReport[];
  /** The last record that became durable; none where nothing did since it started. */
  readonly record?: RecordReport;
}

/** `until` is the client's own deadline, which it may have passed without having noticed; none while it waits. */
export interface LeaseReport {
  readonly about: TxId;
  readonly key: string;
  readonly since: number;
  readonly until?: number;
  readonly token?: number;
}

/** `says`: the numbers in it by name, as `value 12, token 3`. */
export interface RecordReport {
  readonly at: number;
  readonly word: string;
  readonly about: string | null;
  readonly says?: string;
}

/** `locks` are what the promise locks, as far as the protocol's catalog entry can tell. */
export interface DoubtReport {
  readonly about: TxId;
  readonly since: number;
  readonly locks: readonly string[];
}

/** What the clients in this node asked and were told; `okUs` is how long those that ended ok took together, in microseconds. */
export interface OperationCounts {
  readonly asked: number;
  readonly ok: number;
  readonly failed: number;
  readonly unknown: number;
  readonly okUs: number;
}

/** `lost`: there was no open connection. */
export interface SentReport {
  readonly at: number;
  readonly to: NodeId;
  readonly word: string;
  readonly about: TxId | null;
  readonly lost: boolean;
  /** The numbers in it by name. */
  readonly says?: string;
}

/** A message that was meddled with. */
export interface MetReport {
  readonly at: number;
  readonly to: NodeId;
  readonly word: string;
  readonly about: TxId | null;
}

export type Report = { readonly node: NodeId; readonly incarnation: number; readonly seq: number } & ReportBody;

// ── what comes is checked ──

/** By what it says, or what it orders: the rest of its fields. */
type Shapes<Union, Tag extends string, Kind extends string> = {
  readonly [Name in Kind]: Fields<Omit<Extract<Union, Readonly<Record<Tag, Name>>>, Tag>>;
};

const isRequest = isObject<Request>({
  word: isText,
  about: isMaybe(isText<string>),
  marks: isMaybe(isObject<Marks>({ site: isText, as: isTable(isOneOf('prepared', 'commit', 'abort')) })),
});
const isTrue = (value: unknown): value is true => value === true;
const isKind = isObject<Kind>({ field: isText, is: isText });
const isGap = isObject<Gap>({
  when: isOneOf('before', 'after'),
  verb: isOneOf(...VERBS),
  word: isText,
  kind: isMaybe(isKind),
  peer: isMaybe(isText<NodeId>),
});
const isSetup = isObject<Setup>({
  self: isText,
  nodes: isList(isText<NodeId>),
  stores: isMaybe(isList(isText<NodeId>)),
  seed: isNumber,
  workload: isText,
  initial: isTable(isJson),
  params: isJson,
  timeouts: isTable(isNumber),
  options: isPlain,
});

const COMMANDS: Shapes<Command, 'do', Command['do']> = {
  configure: {
    run: isText,
    protocol: isText,
    role: isText,
    setup: isSetup,
    peers: isTable(isText<string>),
    stores: isMaybe(
      isTable(
        isObject<StorePlace>({
          service: isText,
          client: isMaybe(isText<string>),
          at: isText,
          root: isMaybe(isText<string>),
        }),
      ),
    ),
    port: isNumber,
    data: isText,
    disk: isMaybe(isText<string>),
    untraced: isMaybe(isFlag),
  },
  arm: {
    hold: isText,
    gap: isGap,
    nth: isNumber,
    seen: isNumber,
    about: isMaybe(isText<string>),
    watch: isMaybe(isTrue),
  },
  release: { hold: isText },
  meddle: {
    fault: isText,
    how: isOneOf(...MEDDLINGS),
    word: isText,
    to: isList(isText<NodeId>),
    about: isMaybe(isText<string>),
    byMs: isMaybe(isNumber),
    times: isMaybe(isNumber),
  },
  cease: { fault: isText },
  mark: { id: isText },
  ask: { op: isText, request: isRequest },
  finish: {},
};

const isDump = isObject<StateDump>({
  inDoubt: isList(isText<TxId>),
  unfinished: isList(isText<TxId>),
  holds: isList(isObject<StateDump['holds'][number]>({ key: isText, by: isText })),
  content: isJson,
});

/** Of all answers the lab reads one more closely. */
function isAnswer(value: unknown): value is Answer {
  return isObject<Answer>({ word: isText })(value) && (value.word !== 'dump' || isDump((value as DumpAnswer).state));
}

/** What a machine tells is its own; whoever shows it looks at the kinds that it knows. */
function isNote(value: unknown): value is Note {
  return isPlain(value) && isText(value['word']);
}

const STATUS: Fields<Status> = {
  inDoubt: isList(isObject<DoubtReport>({ about: isText, since: isNumber, locks: isList(isText<string>) })),
  committed: isNumber,
  aborted: isNumber,
  forced: isNumber,
  syncs: isNumber,
  sent: isNumber,
  operations: isObject<OperationCounts>({
    asked: isNumber,
    ok: isNumber,
    failed: isNumber,
    unknown: isNumber,
    okUs: isNumber,
  }),
  messages: isList(
    isObject<SentReport>({
      at: isNumber,
      to: isText,
      word: isText,
      about: isNullOr(isText<TxId>),
      lost: isFlag,
      says: isMaybe(isText<string>),
    }),
  ),
  leases: isMaybe(
    isList(
      isObject<LeaseReport>({
        about: isText,
        key: isText,
        since: isNumber,
        until: isMaybe(isNumber),
        token: isMaybe(isNumber),
      }),
    ),
  ),
  record: isMaybe(
    isObject<RecordReport>({
      at: isNumber,
      word: isText,
      about: isNullOr(isText<string>),
      says: isMaybe(isText<string>),
    }),
  ),
};

const REPORTS: Shapes<ReportBody, 'say', ReportBody['say']> = {
  ready: {},
  linked: { peers: isList(isText<NodeId>) },
  counted: { hold: isText, count: isNumber, passed: isMaybe(isTrue) },
  held: { hold: isText, about: isNullOr(isText<string>), at: isNumber },
  meddling: { fault: isText },
  met: { fault: isText, count: isNumber, at: isNumber, to: isText, word: isText, about: isNullOr(isText<TxId>) },
  ceased: { fault: isText, count: isNumber },
  marked: { id: isText, at: isNumber },
  answered: { op: isText, answer: isAnswer },
  told: { at: isNumber, note: isNote },
  status: { at: isNumber, ...STATUS },
  finished: {},
  failed: { message: isText },
};

const STAMP: Fields<Omit<Report, keyof ReportBody>> = { node: isText, incarnation: isNumber, seq: isNumber };

export function parseCommand(value: unknown): Parsed<Command> {
  return parse<Command>(value, 'do', COMMANDS, {});
}

export function parseReport(value: unknown): Parsed<Report> {
  return parse<Report>(value, 'say', REPORTS, STAMP);
}

function parse<T>(value: unknown, tag: string, shapes: Readonly<Record<string, object>>, common: object): Parsed<T> {
  if (!isPlain(value)) return { wrong: `a line that is no object: ${shortened(value)}` };
  const kind = value[tag];
  const fields = typeof kind === 'string' && Object.hasOwn(shapes, kind) ? shapes[kind] : undefined;
  if (!fields) return { wrong: `a line with an unknown word in its field ${tag}: ${shortened(kind)}` };
  const wrong = wrongField<Record<string, unknown>>({ ...common, ...fields }, value);
  return wrong === undefined
    ? { value: value as T }
    : { wrong: `a line with the word ${shortened(kind)} and a wrong field ${wrong}: ${shortened(value[wrong])}` };
}

function shortened(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, SHOWN);
}

const SHOWN = 80;
