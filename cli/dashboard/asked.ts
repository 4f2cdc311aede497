// What whoever watches has asked the dashboard for, as a machine: keys in, what is shown out.

import { unreachable } from '../../nodes/contract/invariant.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Model } from '../feed/model.ts';

export interface Asked {
  /** The list of keys. */
  readonly keys: boolean;
  readonly chosen: Chosen | null;
}

/** A node, or what a transaction is called. */
export type Chosen =
  | { readonly kind: 'node'; readonly id: NodeId }
  | { readonly kind: 'subject'; readonly about: string };

export const NOTHING_ASKED: Asked = { keys: false, chosen: null };

export type Key = 'keys' | 'up' | 'down' | 'subject' | 'back';

/** What is shown after a key. Nodes and subjects go round: behind the last one is the first. */
export function next(asked: Asked, key: Key, model: Pick<Model, 'nodes' | 'faults'>): Asked {
  const { keys, chosen } = asked;
  switch (key) {
    case 'keys':
      return { ...asked, keys: !keys };
    case 'back':
      return keys ? { ...asked, keys: false } : NOTHING_ASKED;
    case 'up':
    case 'down': {
      const ids = model.nodes.map(({ id }) => id);
      const at = chosen?.kind === 'node' ? ids.indexOf(chosen.id) : -1;
      const id = key === 'down' ? ids[(at + 1) % ids.length] : ids.at(at < 0 ? -1 : at - 1);
      return { keys: false, chosen: id === undefined ? null : { kind: 'node', id } };
    }
    case 'subject': {
      const subjects = subjectsOf(model);
      const at = chosen?.kind === 'subject' ? subjects.indexOf(chosen.about) : -1;
      const about = subjects[(at + 1) % subjects.length];
      return about === undefined ? asked : { keys: false, chosen: { kind: 'subject', about } };
    }
    default:
      return unreachable(key);
  }
}

/** What faults have met, then what somebody is in doubt about or has a lock for. */
function subjectsOf({ nodes, faults }: Pick<Model, 'nodes' | 'faults'>): readonly string[] {
  const met = faults.flatMap(({ about }) => about ?? []);
  const doubted = nodes.flatMap(({ doubts }) => [...doubts.keys()]);
  const leased = nodes.flatMap(({ last }) => (last?.leases ?? []).map(({ about }) => about as string));
  return [...new Set([...met, ...doubted, ...leased])];
}
