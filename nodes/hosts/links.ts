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

/** All connections of a node. */
interface Net {
  readonly options: LinkOptions;
  readonly links: ReadonlyMap<NodeId, Link>;
  /** Peers of which it is not known yet that they are connected both ways, or cannot be reached. */
  readonly strangers: Set<NodeId>;
  readonly callers: Set<NodeId>;
  hasMet: boolean;
  /** What comes before the node serves. */
  early: Parameters<LinkEvents['onLine']>[] | null;
  unaccepted: number;
  tendedAt: number;
}

export function openLinks(options: LinkOptions): Links {
  const peers = Object.keys(options.peers) as NodeId[];
  const net: Net = {
    options,
    links: new Map(peers.map((peer) => [peer, { socket: null, dialling: new Set(), lines: gatherText(), heardAt: 0 }])),
    strangers: new Set(peers),
    callers: new Set(),
    hasMet: false,
    early: [],
    unaccepted: 0,
    tendedAt: performance.now(),
  };
  setTimeout(() => meet(net), MEET_MS).unref();
  listen(net);
  tend(net);
  setInterval(() => tend(net), DIAL_MS).unref();
  setInterval(() => beat(net), BEAT_MS).unref();
  return {
    send: (peer, line, json = JSON.stringify(line)) => {
      const link = net.links.get(peer);
      if (!link?.socket) return false;
      link.lines.add(`${json}\n`);
      return true;
    },
    flush: () => flush(net),
    get unaccepted() {
      return net.unaccepted;
    },
    serve: () => {
      const lines = net.early ?? [];
      net.early = null;
      for (const heard of lines) options.onLine(...heard);
    },
  };
}

function flush(net: Net): void {
  for (const link of net.links.values()) {
    if (link.lines.isEmpty || !link.socket) continue;
    net.unaccepted++;
    link.socket.write(link.lines.take(), () => {
      net.unaccepted--;
      if (net.unaccepted === 0) net.options.onIdle();
    });
    if (link.socket.writableLength > 0) link.lines.leave();
  }
}

/**
 * Dials every peer that cannot be heard, again and again, so that a healed cut is noticed within one round: also a peer whose connection
 * is merely quiet, because TCP backs off on that one. Time in which this process itself stood still is no silence of the others.
 */
function tend(net: Net): void {
  const now = performance.now();
  const asleep = now - net.tendedAt > ASLEEP_MS ? now - net.tendedAt : 0;
  net.tendedAt = now;
  for (const [peer, link] of net.links) {
    link.heardAt += asleep;
    if (link.socket && now - link.heardAt > SILENCE_MS) drop(net, peer, link, link.socket);
    if (!link.socket || now - link.heardAt > QUIET_MS) dial(net, peer, link);
  }
}

function dial(net: Net, peer: NodeId, link: Link): void {
  const [host, port] = (net.options.peers[peer] ?? '').split(':');
  const socket = connect({ host: host ?? '', port: Number(port), noDelay: true });
  link.dialling.add(socket);
  const deadline = setTimeout(() => socket.destroy(), CONNECT_MS);
  socket.on('connect', () => {
    clearTimeout(deadline);
    link.dialling.delete(socket);
    take(net, link, socket);
    know(net, peer, net.callers.has(peer));
  });
  // The other end echoes pings on this connection; anything heard shows that it lives.
  socket.on('data', () => {
    if (link.socket === socket) link.heardAt = performance.now();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    clearTimeout(deadline);
    link.dialling.delete(socket);
    if (link.socket === socket) drop(net, peer, link, socket);
    // Nobody is there, or nobody who can be reached.
    know(net, peer, link.socket === null);
  });
}

function know(net: Net, peer: NodeId, enough: boolean): void {
  if (enough) net.strangers.delete(peer);
  if (net.strangers.size === 0) meet(net);
}

function meet(net: Net): void {
  if (!net.hasMet) net.options.onMet();
  net.hasMet = true;
}

/** A new connection takes over. What the old one still carries may arrive late, as on any network, or is lost with it. */
function take(net: Net, link: Link, socket: Socket): void {
  const { self, run } = net.options;
  const old = link.socket;
  for (const other of link.dialling) other.destroy();
  const hello: Upkeep = { kind: 'hello', node: self, run };
  socket.write(formatLine(hello));
  link.heardAt = performance.now();
  link.socket = socket;
  if (!old) return announce(net);
  old.end();
  setTimeout(() => old.resetAndDestroy(), SILENCE_MS).unref();
}

/** Reset, not closed: else the kernel would go on repeating what was written, and deliver it long after it was called lost. */
function drop(net: Net, peer: NodeId, link: Link, socket: Socket): void {
  link.socket = null;
  link.lines.take();
  socket.resetAndDestroy();
  net.options.onDown(peer);
  announce(net);
}

function beat({ links }: Net): void {
  for (const { socket } of links.values()) socket?.write(PING);
}

function announce({ options, links }: Net): void {
  options.onLinked([...links].filter(([, { socket }]) => socket).map(([peer]) => peer));
}

function listen(net: Net): void {
  const { run, port, onListening } = net.options;
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
            if (line.run !== run) return end();
            from = line.node;
            return greet(net, from);
          }
        }
        if (from) hear(net, from, line, text);
      }, end),
    );
  });
  // A port that cannot be had is an error that nobody catches: it ends the node.
  server.listen({ port, backlog: BACKLOG }, onListening);
}

function greet(net: Net, from: NodeId): void {
  net.callers.add(from);
  const link = net.links.get(from);
  know(net, from, link?.socket != null);
  // Whoever calls is there: it is called back at once, not in the next round.
  if (link && !link.socket) dial(net, from, link);
}

function hear({ options, early }: Net, from: NodeId, line: Line, json: string): void {
  if (early) early.push([from, line, json]);
  else options.onLine(from, line, json);
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
