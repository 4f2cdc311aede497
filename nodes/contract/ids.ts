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
  const second = text.lastIndexOf('.');
  const first = text.lastIndexOf('.', second - 1);
  const incarnation = countIn(text.slice(first + 1, second));
  const counter = countIn(text.slice(second + 1));
  if (first < 1 || incarnation === null || counter === null) return null;
  return { coordinator: nodeId(text.slice(0, first)), incarnation, counter };
}

function countIn(digits: string): number | null {
  return /^\d+$/.test(digits) ? Number(digits) : null;
}

/** `participant-2` → `participant`; a name without a number is its own role. */
export function roleOf(node: NodeId): string {
  return node.replace(/-\d+$/, '');
}
