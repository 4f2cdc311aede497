// Connections between nodes: TCP, one JSON value a line. Each node opens one connection to every other and sends only on that;
// what it receives comes on connections that others opened. A connection that stays silent is dropped and opened again quickly,
// lest the back-off of TCP look like the blocking of a protocol.

import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { NodeId } from '../contract/ids.ts';
import { formatLine, readLines } from './lines.ts';
import { gatherText } from './bytes.ts';
import { isMessage, parseLine } from './line.ts';
import type { Line, Upkeep } from './line.ts';
import type { TextBytes } from './bytes.ts';

/** What whoever opens links is told; never while they are being opened. */
export interface LinkEvents {
  /** `json` is the line as it came. */
  readonly onLine: (from: NodeId, line: Line, json: string) => void;
  /** A connection of ours to this peer is gone: what was asked on it may or may not have arrived. */
  readonly onDown: (peer: NodeId) => void;
  readonly onLinked: (peers: readonly NodeId[]) => void;
  /** Everything written so far has been accepted by the kernel, or its connection is gone. */
  readonly onIdle: () => void;
  /** Once: others can call this node. */
  readonly onListening: () => void;
  /** Once: there is a connection from and to every peer that can be reached now. */
  readonly onMet: () => void;
}

interface LinkOptions extends LinkEvents {
  readonly self: NodeId;
  readonly run: string;
  readonly port: number;
  readonly peers: Readonly<Record<string, string>>;
}

export interface Links {
  /** The line leaves with {@link flush}; `json` is that of it, where it has been made already. False without an open connection: it is lost. */
  send(peer: NodeId, line: Line, json?: string): boolean;
  flush(): void;
  readonly unaccepted: number;
  /** Hands over what has come in until now, and from now on what comes. */
  serve(): void;
}

interface Link {
  /** The open connection, if there is one. */
  socket: Socket | null;
  /** Attempts to open one. A lost SYN is repeated by the kernel only after a second, so each is given up soon and others are made. */
  readonly dialling: Set<Socket>;
  /** What leaves with the next flush. */
  readonly lines: TextBytes;
  heardAt: number;
}

export function openLinks(options: LinkOptions): Links {
  const links = new Map<NodeId, Link>();
  let unaccepted = 0;
  let tendedAt = performance.now();

  const strangers = new Set(Object.keys(options.peers) as NodeId[]);
  const callers = new Set<NodeId>();
  let hasMet = false;
  const meet = () => {
    if (!hasMet) options.onMet();
    hasMet = true;
  };
  setTimeout(meet, MEET_MS).unref();
  let early: Parameters<LinkEvents['onLine']>[] | null = [];
  const onHello = (from: NodeId) => {
    callers.add(from);
    const link = links.get(from);
    know(from, link?.socket != null);
    // Whoever calls is there: it is called back at once, not in the next round.
    if (link && !link.socket) dial(from, link);
  };
  const onLine = (from: NodeId, line: Line, json: string) => {
    if (early) early.push([from, line, json]);
    else options.onLine(from, line, json);
  };

  listen(options, onHello, onLine);
  for (const peer of Object.keys(options.peers) as NodeId[])
    links.set(peer, { socket: null, dialling: new Set(), lines: gatherText(), heardAt: 0 });
  tend();
  setInterval(tend, DIAL_MS).unref();
  setInterval(beat, BEAT_MS).unref();

  /**
   * Dials every peer that cannot be heard, again and again, so that a healed cut is noticed within one round: also a peer whose connection
   * is merely quiet, because TCP backs off on that one. Time in which this process itself stood still is no silence of the others.
   */
  function tend(): void {
    const now = performance.now();
    const asleep = now - tendedAt > ASLEEP_MS ? now - tendedAt : 0;
    tendedAt = now;
    for (const [peer, link] of links) {
      link.heardAt += asleep;
      if (link.socket && now - link.heardAt > SILENCE_MS) drop(peer, link, link.socket);
      if (!link.socket || now - link.heardAt > QUIET_MS) dial(peer, link);
    }
  }

  function dial(peer: NodeId, link: Link): void {
    const [host, port] = (options.peers[peer] ?? '').split(':');
    const socket = connect({ host: host ?? '', port: Number(port), noDelay: true });
    link.dialling.add(socket);
    const deadline = setTimeout(() => socket.destroy(), CONNECT_MS);
    socket.on('connect', () => {
      clearTimeout(deadline);
      link.dialling.delete(socket);
      take(link, socket);
      know(peer, callers.has(peer));
    });
    // The other end echoes pings on this connection; anything heard shows that it lives.
    socket.on('data', () => {
      if (link.socket === socket) link.heardAt = performance.now();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(deadline);
      link.dialling.delete(socket);
      if (link.socket === socket) drop(peer, link, socket);
      // Nobody is there, or nobody who can be reached.
      know(peer, link.socket === null);
    });
  }

  function know(peer: NodeId, enough: boolean): void {
    if (enough) strangers.delete(peer);
    if (strangers.size === 0) meet();
  }

  /** A new connection takes over. What the old one still carries may arrive late, as on any network, or is lost with it. */
  function take(link: Link, socket: Socket): void {
    const old = link.socket;
    for (const other of link.dialling) other.destroy();
    const hello: Upkeep = { kind: 'hello', node: options.self, run: options.run };
    socket.write(formatLine(hello));
    link.heardAt = performance.now();
    link.socket = socket;
    if (!old) return announce();
    old.end();
    setTimeout(() => old.resetAndDestroy(), SILENCE_MS).unref();
  }

  /** Reset, not closed: else the kernel would go on repeating what was written, and deliver it long after it was called lost. */
  function drop(peer: NodeId, link: Link, socket: Socket): void {
    link.socket = null;
    link.lines.take();
    socket.resetAndDestroy();
    options.onDown(peer);
    announce();
  }

  function beat(): void {
    for (const { socket } of links.values()) socket?.write(PING);
  }

  function announce(): void {
    options.onLinked([...links].filter(([, { socket }]) => socket).map(([peer]) => peer));
  }

  return {
    send: (peer, line, json = JSON.stringify(line)) => {
      const link = links.get(peer);
      if (!link?.socket) return false;
      link.lines.add(`${json}\n`);
      return true;
    },
    flush: () => {
      for (const link of links.values()) {
        if (link.lines.isEmpty || !link.socket) continue;
        unaccepted++;
        link.socket.write(link.lines.take(), () => {
          unaccepted--;
          if (unaccepted === 0) options.onIdle();
        });
        if (link.socket.writableLength > 0) link.lines.leave();
      }
    },
    get unaccepted() {
      return unaccepted;
    },
    serve: () => {
      const lines = early ?? [];
      early = null;
      for (const heard of lines) options.onLine(...heard);
    },
  };
}

function listen(options: LinkOptions, onHello: (from: NodeId) => void, onLine: LinkEvents['onLine']): void {
  const server = createServer({ noDelay: true }, (socket) => {
    let from: NodeId | null = null;
    /** Nothing is heard of what stands behind in the same piece. */
    const end = () => {
      from = null;
      socket.destroy();
    };
    socket.on('error', () => {});
    socket.on(
      'data',
      readLines((value, text) => {
        const line = parseLine(value);
        if (!line) return end();
        if (!isMessage(line)) {
          if (line.kind === 'ping') return void socket.write(PING);
          if (line.kind === 'hello') {
            // Another run's node at a reused address is no peer.
            if (line.run !== options.run) return end();
            from = line.node;
            return onHello(from);
          }
        }
        if (from) onLine(from, line, text);
      }, end),
    );
  });
  // A port that cannot be had is an error that nobody catches: it ends the node.
  server.listen({ port: options.port, backlog: BACKLOG }, options.onListening);
}

const PING = formatLine({ kind: 'ping' } satisfies Upkeep);
const BEAT_MS = 100;
const SILENCE_MS = 1000;
const QUIET_MS = 400;
const CONNECT_MS = 250;
const DIAL_MS = 20;
/** Whoever is cut off answers nothing, and is not waited for. */
const MEET_MS = 100;
const ASLEEP_MS = 100;
/** Where only answers are cut off, every attempt of the others stays half open here for up to a minute. */
const BACKLOG = 4096;
