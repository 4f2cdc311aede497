// The barest two-phase commit (presumed abort) that still forces what must be forced: one client process with closed loops, one
// coordinator, two participants, newline JSON over TCP. No recovery, no timeouts, no locks, no trace, no lab: the limit that
// txlab's nodes are held against. Runs in a container as `node bare-2pc.ts <role>`; peers are found by name.

import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { openGroupLog } from './group-log.ts';

const PORT = 7400;
const PARTICIPANTS = ['participant-1', 'participant-2'];

interface Line {
  readonly word: string;
  readonly tx?: string;
  readonly op?: number;
  readonly account?: string;
  readonly participants?: readonly string[];
  readonly changes?: readonly { readonly account: string; readonly delta: number }[];
}

interface Peer {
  send(line: Line): void;
}

const dirty = new Set<() => void>();

/** What was written while one chunk or group was worked on leaves in one write for each peer. */
function flushAll(): void {
  for (const flush of dirty) flush();
  dirty.clear();
}

function peerOn(socket: Socket): Peer {
  let lines = '';
  const flush = () => {
    socket.write(lines);
    lines = '';
  };
  return {
    send: (line) => {
      lines += `${JSON.stringify(line)}\n`;
      dirty.add(flush);
    },
  };
}

function listenLines(socket: Socket, onLine: (line: Line) => void): void {
  let rest = '';
  socket.setNoDelay(true);
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(JSON.parse(line) as Line);
    flushAll();
  });
  socket.on('error', () => {});
}

function reach(host: string, onLine: (line: Line) => void): Promise<Peer> {
  return new Promise((resolve) => {
    const attempt = () => {
      const socket = connect({ host, port: PORT });
      socket.once('connect', () => {
        listenLines(socket, onLine);
        resolve(peerOn(socket));
      });
      socket.once('error', () => setTimeout(attempt, 20));
    };
    attempt();
  });
}

function serve(onLine: (line: Line, peer: Peer) => void): void {
  createServer((socket) => {
    const peer = peerOn(socket);
    listenLines(socket, (line) => onLine(line, peer));
  }).listen(PORT);
}

function participant(): void {
  const log = openGroupLog('/data/log', flushAll);
  serve((line, coordinator) => {
    if (line.word === 'prepare') log.force(line, () => coordinator.send({ word: 'vote', tx: line.tx ?? '' }));
    if (line.word === 'commit') log.force(line, () => coordinator.send({ word: 'ack', tx: line.tx ?? '' }));
  });
}

async function coordinator(): Promise<void> {
  const log = openGroupLog('/data/log', flushAll);
  const underWay = new Map<string, { readonly client: Peer; readonly op: number; votes: number; acks: number }>();
  let counter = 0;
  const onLine = ({ word, tx = '' }: Line): void => {
    const one = underWay.get(tx);
    if (!one) return;
    if (word === 'ack' && ++one.acks === PARTICIPANTS.length) underWay.delete(tx);
    if (word === 'vote' && ++one.votes === PARTICIPANTS.length)
      log.force({ word: 'commit', tx }, () => {
        for (const peer of peers) peer.send({ word: 'commit', tx });
        one.client.send({ word: 'ok', tx, op: one.op });
      });
  };
  const peers = await Promise.all(PARTICIPANTS.map((host) => reach(host, onLine)));
  serve(({ op = 0, account = '' }, client) => {
    const tx = `coordinator.1.${++counter}`;
    underWay.set(tx, { client, op, votes: 0, acks: 0 });
    for (const peer of peers)
      peer.send({ word: 'prepare', tx, participants: PARTICIPANTS, changes: [{ account, delta: 1 }] });
  });
}

interface Order {
  readonly clients: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Each loop asks again when it is answered, and the window counts what ends in it. */
async function client({ clients, warmUpMs, measureMs }: Order): Promise<void> {
  const since = new Map<number, number>();
  const taken: number[] = [];
  let operations = 0;
  let isCounting = false;
  const ask = () => {
    since.set(++operations, performance.now());
    peer.send({ word: 'transfer', op: operations, account: `a${operations % clients}` });
  };
  const peer = await reach('coordinator', ({ op = 0 }) => {
    if (isCounting) taken.push(performance.now() - (since.get(op) ?? 0));
    since.delete(op);
    ask();
  });
  for (let loop = 0; loop < clients; loop++) ask();
  flushAll();
  setTimeout(() => {
    isCounting = true;
    const opened = performance.now();
    setTimeout(() => {
      const seconds = (performance.now() - opened) / 1000;
      taken.sort((a, b) => a - b);
      const result = { perSecond: taken.length / seconds, medianMs: taken[Math.floor(taken.length / 2)] };
      process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
    }, measureMs);
  }, warmUpMs);
}

const role = process.argv[2];
if (role === 'participant') participant();
if (role === 'coordinator') await coordinator();
if (role === 'client') await client(JSON.parse(process.argv[3] ?? '{}') as Order);
