// Connections in memory: lines wait in one queue, and arrive when the test says so.

import { parseLine } from '../../nodes/hosts/line.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { LinkEvents, Links } from '../../nodes/hosts/links.ts';

export interface FakeNetwork {
  /** A node that nobody is connected with yet. */
  join(self: NodeId, events: LinkEvents): Links;
  /** Everybody who is there can be called, and is connected with everybody else. */
  connect(): void;
  /** The node is gone: what it has sent arrives, what is on its way to it does not. */
  leave(node: NodeId): void;
  /** Hands over the oldest line, or the oldest of those that are picked; false where there is none. */
  deliver(pick?: (letter: Letter) => boolean): boolean;
  /** A line from this node that no host of this version says. */
  slip(from: NodeId, to: NodeId, line: object): void;
}

export interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly json: string;
}

interface End {
  readonly events: LinkEvents;
  readonly peers: Set<NodeId>;
  early: Letter[] | null;
  isNew: boolean;
}

export function fakeNetwork(): FakeNetwork {
  const ends = new Map<NodeId, End>();
  const letters: Letter[] = [];

  function connect(): void {
    for (const [self, end] of ends) {
      const before = end.peers.size;
      for (const peer of ends.keys()) if (peer !== self) end.peers.add(peer);
      if (end.peers.size > before) end.events.onLinked([...end.peers]);
    }
    for (const end of ends.values()) {
      if (!end.isNew) continue;
      end.isNew = false;
      end.events.onListening();
      end.events.onMet();
    }
  }

  return {
    join: (self, events) => {
      const end: End = { events, peers: new Set(), early: [], isNew: true };
      const written: Letter[] = [];
      ends.set(self, end);
      return {
        send: (to, line, json = JSON.stringify(line)) => {
          if (!end.peers.has(to)) return false;
          written.push({ from: self, to, json });
          return true;
        },
        flush: () => {
          letters.push(...written.splice(0));
        },
        unaccepted: 0,
        serve: () => {
          const early = end.early ?? [];
          end.early = null;
          for (const letter of early) hand(end, letter);
        },
      };
    },
    connect,
    leave: (node) => {
      ends.delete(node);
      for (const { peers, events } of ends.values()) {
        if (!peers.delete(node)) continue;
        events.onDown(node);
        events.onLinked([...peers]);
      }
    },
    deliver: (pick = () => true) => {
      const at = letters.findIndex(pick);
      const [letter] = at < 0 ? [] : letters.splice(at, 1);
      if (!letter) return false;
      const end = ends.get(letter.to);
      if (end?.early) end.early.push(letter);
      else if (end) hand(end, letter);
      return true;
    },
    slip: (from, to, line) => void letters.push({ from, to, json: JSON.stringify(line) }),
  };
}

function hand({ events }: End, { from, json }: Letter): void {
  const line = parseLine(JSON.parse(json));
  if (!line || ('kind' in line && (line.kind === 'hello' || line.kind === 'ping')))
    throw new Error(`no line for a host: ${json}`);
  events.onLine(from, line, json);
}
