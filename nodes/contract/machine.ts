// The shape of a machine: a state of plain data and one function, next(state, input) → effects.
// A host performs the effects in order; a crash may fall between any two of them.

import type { Note, StateDump } from './events.ts';
import type { Decision, NodeId, OpId, TxId } from './ids.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** What one node says to another. `word` names it in steps: `send prepare`. */
export interface Message {
  readonly word: string;
  readonly tx: TxId;
}

/** What a client or the lab asks a node or a store, ended by exactly one answer. */
export interface Request {
  readonly word: string;
}
export interface Answer {
  readonly word: string;
}

/**
 * One entry of a node's log. The mark is for the host, which knows no protocol: `prepared` opens the time in doubt of a transaction
 * at this node, `decision` ends it.
 */
export type LogRecord =
  | { readonly mark: 'prepared'; readonly word: string; readonly tx: TxId; readonly body?: unknown }
  | {
      readonly mark: 'decision';
      readonly word: string;
      readonly tx: TxId;
      readonly decision: Decision;
      readonly body?: unknown;
    }
  | { readonly mark: 'other'; readonly word: string; readonly tx: TxId | null; readonly body?: unknown }
  /** Stands for every record before it: once it is durable the host drops those. */
  | { readonly mark: 'checkpoint'; readonly word: 'checkpoint'; readonly tx: null; readonly body: unknown };

/** Every node answers the lab's request `dump` with its state at that moment. */
export interface DumpAnswer extends Answer {
  readonly word: 'dump';
  readonly state: StateDump;
}

/** Timers are named by what is waited for and the transaction (or operation) that waits. */
export interface TimerName {
  readonly word: string;
  readonly about: TxId | OpId | null;
}

export const LAB = 'lab' as NodeId;

/** How an ask ends: `refused` certainly had no effect, `lost` may have had one. */
export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'refused' }
  | { readonly kind: 'lost' };

export type Input =
  | { readonly kind: 'started'; readonly log: readonly LogRecord[]; readonly incarnation: number }
  | { readonly kind: 'received'; readonly from: NodeId; readonly message: Message }
  | { readonly kind: 'expired'; readonly timer: TimerName }
  | { readonly kind: 'asked'; readonly by: NodeId; readonly op: OpId; readonly request: Request }
  | { readonly kind: 'answered'; readonly by: NodeId; readonly op: OpId; readonly reply: Reply };

export type Effect =
  /** Buffered in process memory until a later force takes it along; a crash loses it. */
  | { readonly do: 'append'; readonly record: LogRecord }
  /** Durable, with everything appended before, before any later send, ask or answer leaves the node. */
  | { readonly do: 'force'; readonly record: LogRecord }
  | { readonly do: 'send'; readonly to: NodeId; readonly message: Message }
  | { readonly do: 'ask'; readonly to: NodeId; readonly op: OpId; readonly request: Request }
  | { readonly do: 'answer'; readonly to: NodeId; readonly op: OpId; readonly answer: Answer }
  /** Arming a timer that is armed starts it anew. */
  | { readonly do: 'arm'; readonly timer: TimerName; readonly afterMs: number }
  | { readonly do: 'disarm'; readonly timer: TimerName }
  /** What leaves no other trace and checkers or people need to know. */
  | { readonly do: 'tell'; readonly note: Note };

/** What a machine is told before it starts: who it is, who else there is, and the numbers of the scenario. */
export interface Setup {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  readonly seed: number;
  /** By the names that the protocol's catalog entry gives them, in milliseconds. */
  readonly timeouts: Readonly<Record<string, number>>;
  /** By role: the bank's accounts, the client's operations; and `voters`, where a majority decides. Parsed by the machine that it is for. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * `State` is what structuredClone copies whole: JSON values, and a Map for whatever is named by transactions or operations. An object
 * would be slow there: the runtime keeps the name of every property that it has met in one table, and looks each name up in it.
 */
export interface Machine<State> {
  readonly initial: (setup: Setup) => State;
  /** Owns and changes the state it is given; deterministic; never throws in the normal course. */
  readonly next: (state: State, input: Input) => readonly Effect[];
}

declare const sealed: unique symbol;
/** The state of a machine whose protocol the holder does not know: it can be kept, copied by structuredClone and given back, nothing else. */
export interface SealedState {
  readonly [sealed]: true;
}

/** Forgets the type of the state, so that hosts can hold any protocol's machine. */
export function seal<State>(machine: Machine<State>): Machine<SealedState> {
  return machine as unknown as Machine<SealedState>;
}
