// Facts while they are gathered: operations and transactions begin to be known with the first that is said of them.

import type { NodeId, OpId, TxId } from '../../nodes/contract/ids.ts';
import type { SiteId } from '../../nodes/contract/workload.ts';
import type { EventOf, LockTold, Operation, Transaction } from './facts.ts';

export interface Draft {
  readonly siteOf: (node: NodeId) => SiteId;
  readonly ops: Map<OpId, Operation>;
  readonly txs: Map<TxId, Transaction>;
  readonly faults: EventOf<'fault'>[];
  readonly exits: EventOf<'exited'>[];
  readonly dumps: Map<NodeId, EventOf<'dumped'>>;
  readonly logs: EventOf<'logged'>[];
  readonly boots: EventOf<'booted'>[];
  readonly holds: (EventOf<'held'> | EventOf<'released'>)[];
  readonly grants: LockTold[];
  readonly phases: EventOf<'phase'>[];
}

export function operation(draft: Draft, op: OpId): Operation {
  let found = draft.ops.get(op);
  if (found === undefined) draft.ops.set(op, (found = { op, invoked: null, completed: null, began: [] }));
  return found;
}

export function transaction(draft: Draft, tx: TxId): Transaction {
  let found = draft.txs.get(tx);
  if (found === undefined) {
    found = {
      tx,
      began: null,
      prepared: [],
      votes: [],
      decisions: [],
      appended: [],
      readers: new Set(),
      excuses: [],
      endings: [],
      applied: [],
    };
    draft.txs.set(tx, found);
  }
  return found;
}
