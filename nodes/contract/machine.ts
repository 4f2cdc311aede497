// The shape of a machine: a state of plain data and one function, next(state, input) → effects.
// A host performs the effects in order; a crash may fall between any two of them.

import type { NodeId, OpId, TxId } from './ids.ts';
import type { Answer, Json, Message, Request } from './messages.ts';
import type { Note, StateDump } from './notes.ts';
import type { LogRecord } from './records.ts';

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

/** What happens to a node, before its host has given it to the machine. */
export type Arrival =
  | { readonly kind: 'started'; readonly log: readonly LogRecord[]; readonly incarnation: number }
  | { readonly kind: 'received'; readonly from: NodeId; readonly message: Message }
  | { readonly kind: 'expired'; readonly timer: TimerName }
  | { readonly kind: 'asked'; readonly by: NodeId; readonly op: OpId; readonly request: Request }
  | { readonly kind: 'answered'; readonly by: NodeId; readonly op: OpId; readonly reply: Reply };

/** `at` is when the machine is given it: microseconds of a clock that only goes forward. Deadlines and validities are computed with it. */
export type Input = Arrival & { readonly at: number };

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
  /** What leaves no other trace and checkers or people need to know; `urgent` is what people want at once, not only in the trace. */
  | { readonly do: 'tell'; readonly note: Note; readonly urgent?: true };

/** What a machine is told before it starts: who it is, who else there is, and the numbers of the scenario. */
export interface Setup {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  /** Whom it can ask beside them, where there are any. */
  readonly stores?: readonly NodeId[];
  readonly seed: number;
  /** By the names that the protocol's catalog entry gives them, in milliseconds. */
  readonly timeouts: Readonly<Record<string, number>>;
  /** What each site guards at first, and what the workload says of its operations: the workload's own words. */
  readonly workload: string;
  readonly initial: Readonly<Record<string, Json>>;
  readonly params: Json;
  /** By role; and `voters`, where a majority decides. Parsed by the machine that it is for. */
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
