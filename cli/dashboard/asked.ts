// What whoever watches has asked the dashboard for, as a machine: keys in, what is shown out.

import { unreachable } from '../../nodes/contract/invariant.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';

export interface Asked {
  /** The list of keys. */
  readonly keys: boolean;
  /** The node whose details are shown. */
  readonly node: NodeId | null;
}

export const NOTHING_ASKED: Asked = { keys: false, node: null };

export type Key = 'keys' | 'up' | 'down' | 'back';

/** What is shown after a key. Nodes go round: above the first one is the last. */
export function next(asked: Asked, key: Key, nodes: readonly NodeId[]): Asked {
  switch (key) {
    case 'keys':
      return { ...asked, keys: !asked.keys };
    case 'back':
      return asked.keys ? { ...asked, keys: false } : NOTHING_ASKED;
    case 'up':
    case 'down': {
      const at = asked.node === null ? -1 : nodes.indexOf(asked.node);
      const to = key === 'down' ? at + 1 : at < 0 ? nodes.length - 1 : at - 1;
      return { keys: false, node: nodes.at(to % Math.max(nodes.length, 1)) ?? null };
    }
    default:
      return unreachable(key);
  }
}
