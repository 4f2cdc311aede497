// The barest two-phase commit (presumed abort) that does what the protocol asks of it while nothing fails: records forced where they
// must be, strict locks and balances, a timer for whatever is waited for. One client process with closed loops, one coordinator, two
// participants, newline JSON over TCP. No recovery, no trace, no lab: the limit that txlab's nodes are held against.
// Runs in a container as `node bare-2pc.ts <role>`; peers are found by name.

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
  const balances = new Map<string, number>();
  const locks = new Map<string, string>();
  const promised = new Map<string, { readonly changes: Line['changes'] & {}; readonly inquiry: NodeJS.Timeout }>();
  serve((line, coordinator) => {
    const { word, tx = '', changes = [] } = line;
    if (word === 'prepare') {
      const isFree = ({ account, delta }: (typeof changes)[number]) =>
        !locks.has(account) && (balances.get(account) ?? OPENING) + delta >= 0;
      if (!changes.every(isFree)) return coordinator.send({ word: 'no', tx });
      for (const { account } of changes) locks.set(account, tx);
      log.force(line, () => {
        promised.set(tx, {
          changes,
          inquiry: setTimeout(() => coordinator.send({ word: 'inquire', tx }), PATIENCE_MS),
        });
        coordinator.send({ word: 'vote', tx });
      });
    }
    const end = promised.get(tx);
    if (word === 'commit' && end) {
      clearTimeout(end.inquiry);
      promised.delete(tx);
      for (const { account, delta } of end.changes) {
        balances.set(account, (balances.get(account) ?? OPENING) + delta);
        locks.delete(account);
      }
      log.force(line, () => coordinator.send({ word: 'ack', tx }));
    }
  });
}

interface UnderWay {
  readonly client: Peer;
  readonly op: number;
  votes: number;
  acks: number;
  /** For the votes, then for the acknowledgements. */
  timer: NodeJS.Timeout;
}

async function coordinator(): Promise<void> {
  const log = openGroupLog('/data/log', flushAll);
  const underWay = new Map<string, UnderWay>();
  let counter = 0;
  const giveUp = (tx: string) => {
    const one = underWay.get(tx);
    clearTimeout(one?.timer);
    underWay.delete(tx);
    one?.client.send({ word: 'failed', tx, op: one.op });
  };
  const onLine = ({ word, tx = '' }: Line): void => {
    const one = underWay.get(tx);
    if (!one) return;
    if (word === 'no') giveUp(tx);
    if (word === 'ack' && ++one.acks === PARTICIPANTS.length) {
      clearTimeout(one.timer);
      underWay.delete(tx);
      log.append({ word: 'end', tx });
    }
    if (word === 'vote' && ++one.votes === PARTICIPANTS.length) {
      clearTimeout(one.timer);
      log.force({ word: 'commit', tx, participants: PARTICIPANTS }, () => {
        const tell = () => {
          for (const peer of peers) peer.send({ word: 'commit', tx });
        };
        tell();
        one.client.send({ word: 'ok', tx, op: one.op });
        one.timer = setTimeout(tell, PATIENCE_MS);
      });
    }
  };
  const peers = await Promise.all(PARTICIPANTS.map((host) => reach(host, onLine)));
  serve(({ op = 0, account = '' }, client) => {
    const tx = `coordinator.1.${++counter}`;
    underWay.set(tx, { client, op, votes: 0, acks: 0, timer: setTimeout(() => giveUp(tx), PATIENCE_MS) });
    for (const peer of peers)
      peer.send({ word: 'prepare', tx, participants: PARTICIPANTS, changes: [{ account, delta: 1 }] });
  });
}

interface Order {
  readonly clients: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Each loop has an account of its own and asks again when it is answered; the window counts the commits that are told in it. */
async function client({ clients, warmUpMs, measureMs }: Order): Promise<void> {
  const since = new Map<number, { readonly loop: number; readonly at: number; readonly timer: NodeJS.Timeout }>();
  const taken: number[] = [];
  let operations = 0;
  let isCounting = false;
  const ask = (loop: number) => {
    const op = ++operations;
    since.set(op, { loop, at: performance.now(), timer: setTimeout(() => since.delete(op), PATIENCE_MS) });
    peer.send({ word: 'transfer', op, account: `a${loop}` });
  };
  const peer = await reach('coordinator', ({ word, op = 0 }) => {
    const asked = since.get(op);
    if (!asked) return;
    if (isCounting && word === 'ok') taken.push(performance.now() - asked.at);
    clearTimeout(asked.timer);
    since.delete(op);
    ask(asked.loop);
  });
  for (let loop = 0; loop < clients; loop++) ask(loop);
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

const OPENING = 1e9;
/** Nothing fails here. */
const PATIENCE_MS = 10_000;

const role = process.argv[2];
if (role === 'participant') participant();
if (role === 'coordinator') await coordinator();
if (role === 'client') await client(JSON.parse(process.argv[3] ?? '{}') as Order);
