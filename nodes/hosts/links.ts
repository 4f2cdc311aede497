// Connections between nodes: TCP, one JSON value a line. Each node opens one connection to every other and sends only on that;
// what it receives comes on connections that others opened. A connection that stays silent is dropped and opened again quickly,
// lest the back-off of TCP look like the blocking of a protocol.

import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { Answer, Message, Request } from '../contract/machine.ts';
import type { NodeId, OpId } from '../contract/ids.ts';
import { formatLine, readLines } from './lines.ts';

export type Line =
  | { readonly kind: 'hello'; readonly node: NodeId; readonly run: string }
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'request'; readonly op: OpId; readonly request: Request }
  | { readonly kind: 'answer'; readonly op: OpId; readonly answer: Answer }
  | { readonly kind: 'ping' };

export interface LinkOptions {
  readonly self: NodeId;
  readonly run: string;
  readonly port: number;
  readonly peers: Readonly<Record<string, string>>;
  readonly onLine: (from: NodeId, line: Line) => void;
  /** A connection of ours to this peer is gone: what was asked on it may or may not have arrived. */
  readonly onDown: (peer: NodeId) => void;
  readonly onLinked: (peers: readonly NodeId[]) => void;
  /** Everything written so far has been accepted by the kernel, or its connection is gone. */
  readonly onIdle: () => void;
}

export interface Links {
  /** False when there is no open connection: the line is lost. Lines leave with {@link flush}. */
  send(peer: NodeId, line: Line): boolean;
  flush(): void;
  readonly unaccepted: number;
  listening: Promise<void>;
}

interface Link {
  socket: Socket | null;
  open: boolean;
  lines: string;
  heardAt: number;
}

export function openLinks(options: LinkOptions): Links {
  const links = new Map<NodeId, Link>();
  let unaccepted = 0;

  const listening = listen(options);
  for (const peer of Object.keys(options.peers) as NodeId[]) {
    links.set(peer, { socket: null, open: false, lines: '', heardAt: 0 });
    reach(peer);
  }
  setInterval(() => beat(), BEAT_MS).unref();

  function reach(peer: NodeId): void {
    const link = links.get(peer);
    const [host, port] = (options.peers[peer] ?? '').split(':');
    if (!link || !host) return;
    const socket = connect({ host, port: Number(port), noDelay: true });
    link.socket = socket;
    const deadline = setTimeout(() => socket.destroy(), CONNECT_MS);
    socket.on('connect', () => {
      clearTimeout(deadline);
      socket.write(formatLine({ kind: 'hello', node: options.self, run: options.run } satisfies Line));
      link.heardAt = performance.now();
      link.open = true;
      announce();
    });
    // The other end echoes pings on this connection; anything heard shows that it lives.
    socket.on('data', () => (link.heardAt = performance.now()));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(deadline);
      const wasOpen = link.open;
      link.open = false;
      link.lines = '';
      setTimeout(() => reach(peer), RECONNECT_MS);
      if (!wasOpen) return;
      options.onDown(peer);
      announce();
    });
  }

  function beat(): void {
    for (const link of links.values()) {
      if (!link.open) continue;
      if (performance.now() - link.heardAt > SILENCE_MS) link.socket?.destroy();
      else link.socket?.write(PING);
    }
  }

  function announce(): void {
    options.onLinked([...links].filter(([, link]) => link.open).map(([peer]) => peer));
  }

  return {
    send: (peer, line) => {
      const link = links.get(peer);
      if (!link?.open) return false;
      link.lines += formatLine(line);
      return true;
    },
    flush: () => {
      for (const link of links.values()) {
        if (link.lines === '' || !link.socket) continue;
        unaccepted++;
        link.socket.write(link.lines, () => {
          unaccepted--;
          if (unaccepted === 0) options.onIdle();
        });
        link.lines = '';
      }
    },
    get unaccepted() {
      return unaccepted;
    },
    listening,
  };
}

function listen(options: LinkOptions): Promise<void> {
  const server = createServer({ noDelay: true }, (socket) => {
    let from: NodeId | null = null;
    socket.on('error', () => {});
    socket.on(
      'data',
      readLines(
        (value) => {
          const line = value as Line;
          if (line.kind === 'hello') {
            // Another run's node at a reused address is no peer.
            if (line.run === options.run) from = line.node;
            else socket.destroy();
          } else if (line.kind === 'ping') socket.write(PING);
          else if (from) options.onLine(from, line);
        },
        () => socket.destroy(),
      ),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, () => resolve());
  });
}

const PING = formatLine({ kind: 'ping' } satisfies Line);
const BEAT_MS = 250;
const SILENCE_MS = 1000;
const CONNECT_MS = 250;
const RECONNECT_MS = 20;
