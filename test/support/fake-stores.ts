// Stores in memory: what was asked of them stands there until the test has it end.

import type { NodeConfig } from '../../nodes/contract/control.ts';
import type { NodeId, OpId } from '../../nodes/contract/ids.ts';
import type { Reply } from '../../nodes/contract/machine.ts';
import type { Request } from '../../nodes/contract/messages.ts';
import type { StoreEvents } from '../../nodes/hosts/store-client.ts';
import type { Stores } from '../../nodes/hosts/stores.ts';

export interface FakeStores {
  join(node: NodeId, places: NonNullable<NodeConfig['stores']>, events: StoreEvents): Stores;
  leave(node: NodeId): void;
  /** What has left a node and has not ended. */
  readonly open: readonly Asked[];
  /** Ends the oldest that is open. */
  end(reply: Reply): void;
}

interface Asked {
  readonly by: NodeId;
  readonly store: NodeId;
  readonly op: OpId;
  readonly request: Request;
}

export function fakeStores(): FakeStores {
  const open: Asked[] = [];
  const members = new Map<NodeId, StoreEvents>();
  return {
    open,
    join: (by, _, events) => {
      members.set(by, events);
      const gathered: Asked[] = [];
      return {
        ask: (store, op, request) => void gathered.push({ by, store, op, request }),
        flush: () => void open.push(...gathered.splice(0)),
        unaccepted: 0,
      };
    },
    leave: (node) => void members.delete(node),
    end: (reply) => {
      const asked = open.shift();
      if (asked) members.get(asked.by)?.onReply(asked.op, reply);
    },
  };
}
