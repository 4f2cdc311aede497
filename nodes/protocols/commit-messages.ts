// What clients ask of a coordinator and what participants are asked to promise, the same in every commit protocol: operations of a workload,
// in parts for its sites.

import { splitTxId, txId } from '../contract/ids.ts';
import { own } from '../contract/own.ts';
import { isPlain } from '../contract/shape.ts';
import type { NodeId, OpId, TxId } from '../contract/ids.ts';
import type { Effect } from '../contract/machine.ts';
import type { Operation, SealedPart, SealedWorkload } from '../contract/workload.ts';

/** The answers that an operation can get. No answer at all is the third end, and the client's to call unknown. */
export type OperationAnswer =
  | { readonly word: 'ok'; readonly about: TxId }
  | { readonly word: 'failed'; readonly about: TxId | null; readonly reason: string };

/** What every coordinator asks first. */
export interface Prepare {
  readonly word: 'prepare';
  readonly about: TxId;
  /** Those who will know the end, the one that is asked perhaps among them. */
  readonly participants: readonly NodeId[];
  readonly part: SealedPart;
  /** No transaction of this incarnation with a smaller counter is undecided; a late prepare below it is stale. */
  readonly floor: number;
}

/**
 * A part is the workload's own: that there is one is all that can be seen here. Written out, and not put together field by field: every
 * transaction begins with it.
 */
export function isPrepare(value: unknown): value is Prepare {
  return (
    isPlain(value) &&
    value['word'] === 'prepare' &&
    typeof value['about'] === 'string' &&
    areTexts(value['participants']) &&
    value['part'] !== undefined &&
    typeof value['floor'] === 'number'
  );
}

function areTexts(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (const text of value) if (typeof text !== 'string') return false;
  return true;
}

/** The body of a coordinator's records: who takes part, and for whom it was done. */
export interface Enlisted {
  readonly participants: readonly NodeId[];
  /** Of a commit, where clients may ask for it again. */
  readonly op?: OpId;
}

/** The body of a participant's prepared record: enough to redo the transaction, to lock again, and to know whom to ask. */
export interface Promised {
  readonly coordinator: NodeId;
  readonly participants: readonly NodeId[];
  readonly part: SealedPart;
}

/** What a coordinator numbers its transactions by. */
interface Numbering {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  readonly incarnation: number;
  /** Of the newest transaction. */
  counter: number;
}

interface Opened {
  readonly tx: TxId;
  readonly participants: readonly NodeId[];
  /** Of these, who has something to change. */
  readonly writers: readonly NodeId[];
  /** The first effects of the transaction; `first` comes between the note that it began and the prepares, `floor` into these. */
  readonly ask: (first: readonly Effect[], floor: number) => readonly Effect[];
}

interface Asked {
  readonly by: NodeId;
  readonly op: OpId;
  readonly operation: Operation;
}

/**
 * A new transaction for this operation; or the answer that there can be none. Where participants vote `read`, those with nothing to change
 * never learn the end, and nobody should ask them for it.
 */
export function openOperation(
  state: Numbering,
  { partsOf, resource }: Pick<SealedWorkload, 'partsOf' | 'resource'>,
  { by, op, operation }: Asked,
  votesRead = false,
): Opened | Effect {
  const parts = partsOf(operation);
  const stranger = (Object.keys(parts) as NodeId[]).find((site) => !state.nodes.includes(site));
  if (stranger) return answerOperation(by, op, { word: 'failed', about: null, reason: `there is no site ${stranger}` });
  const participants = state.nodes.filter((site) => own(parts, site) !== undefined);
  const writes = (site: NodeId) => !resource.isReadOnly(own(parts, site) as SealedPart);
  const writers = votesRead ? participants.filter(writes) : participants;
  const tx = txId({ coordinator: state.self, incarnation: state.incarnation, counter: ++state.counter });
  return {
    tx,
    participants,
    writers,
    ask: (first, floor) => {
      const effects: Effect[] = [{ do: 'tell', note: { word: 'began', about: tx, op, participants } }, ...first];
      for (const to of participants) {
        const part = own(parts, to) as SealedPart;
        const message: Prepare = { word: 'prepare', about: tx, participants: writers, part, floor };
        effects.push({ do: 'send', to, message });
      }
      return effects;
    },
  };
}

export function answerOperation(to: NodeId, op: OpId, said: OperationAnswer): Effect {
  return { do: 'answer', to, op, answer: said };
}

/** The smallest counter that is undecided: transactions, or operations, stand in this table in the order in which they began. */
export function oldestOf(undecided: ReadonlyMap<TxId | OpId, unknown>): number {
  const [oldest = ''] = undecided.keys();
  return splitTxId(oldest)?.counter ?? 0;
}
