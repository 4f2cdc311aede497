// Names of things. Branded so that a transaction id cannot be passed where a node id is meant.

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A process under test, e.g. `coordinator` or `participant-2`. */
export type NodeId = Branded<'NodeId'>;
/** A transaction: `<coordinator>.<incarnation>.<counter>`, never reused. */
export type TxId = Branded<'TxId'>;
/** What one client asks once, e.g. `op-17`. */
export type OpId = Branded<'OpId'>;

export type Decision = 'commit' | 'abort';

export const nodeId = (name: string): NodeId => name as NodeId;
export const opId = (name: string): OpId => name as OpId;

export interface TxParts {
  readonly coordinator: NodeId;
  readonly incarnation: number;
  readonly counter: number;
}

export function txId({ coordinator, incarnation, counter }: TxParts): TxId {
  return `${coordinator}.${incarnation}.${counter}` as TxId;
}

/** The parts of a transaction id; `null` for text that is none. */
export function parseTxId(text: string): TxParts | null {
  const split = splitTxId(text);
  const dot = split?.run.lastIndexOf('.') ?? -1;
  if (!split || dot < 1) return null;
  const incarnation = countFrom(split.run, dot + 1);
  return incarnation === null
    ? null
    : { coordinator: nodeId(split.run.slice(0, dot)), incarnation, counter: split.counter };
}

/** A run is all that one incarnation of a coordinator begins; `null` for text that does not end in a counter. */
export function splitTxId(text: string): { readonly run: string; readonly counter: number } | null {
  const dot = text.lastIndexOf('.');
  const counter = countFrom(text, dot + 1);
  return dot < 0 || counter === null ? null : { run: text.slice(0, dot), counter };
}

/** The count that the text ends in, only as it is written by {@link txId}: 01 is not 1. Nodes look at every transaction so, several times. */
function countFrom(text: string, start: number): number | null {
  if (start >= text.length || (text.charCodeAt(start) === ZERO && start + 1 < text.length)) return null;
  let count = 0;
  for (let i = start; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return null;
    count = 10 * count + digit;
  }
  return Number.isSafeInteger(count) ? count : null;
}

const ZERO = 48;

/** `participant-2` → 2; a name without a number is the first of its role. */
export function numberOf(node: NodeId): number {
  return Number(node.match(/-(\d+)$/)?.[1] ?? 1);
}

/** `participant-2` → `participant`; a name without a number is its own role. */
export function roleOf(node: NodeId): string {
  return node.replace(/-\d+$/, '');
}
