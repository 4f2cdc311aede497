import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { openLinks } from '../../../nodes/hosts/links.ts';
import type { NodeId, TxId } from '../../../nodes/contract/ids.ts';
import type { Line } from '../../../nodes/hosts/line.ts';
import type { Links } from '../../../nodes/hosts/links.ts';

const [A, B, C] = [nodeId('a'), nodeId('b'), nodeId('c')];
const hello: Line = { word: 'hello', about: 'coordinator.1.1' as TxId };

/** Below the range that the kernel gives from, and other for each process: nobody is given it between the look and its use. */
let nextPort = 20_000 + ((process.pid * 16) % 10_000);

async function freePort(): Promise<number> {
  const port = nextPort++;
  const server = createServer().listen(port);
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('listening', () => resolve(true)).once('error', () => resolve(false));
  });
  if (!isFree) return freePort();
  server.close();
  await once(server, 'close');
  return port;
}

interface Heard {
  readonly links: Links;
  readonly lines: (readonly [NodeId, Line])[];
  readonly texts: string[];
  /** Resolves with the next line. */
  readonly next: () => Promise<void>;
  /** Who was told to be down, and who is linked now. */
  readonly downs: NodeId[];
  readonly linked: () => readonly NodeId[];
  /** Resolves when who is linked has changed. */
  readonly changed: () => Promise<void>;
  readonly listening: Promise<void>;
  readonly met: Promise<void>;
}

function open(self: NodeId, ports: ReadonlyMap<NodeId, number>): Heard {
  const lines: (readonly [NodeId, Line])[] = [];
  const texts: string[] = [];
  let wake = () => {};
  let change = () => {};
  const downs: NodeId[] = [];
  let linked: readonly NodeId[] = [];
  const { promise: listening, resolve: onListening } = Promise.withResolvers<void>();
  const { promise: met, resolve: onMet } = Promise.withResolvers<void>();
  const peers = Object.fromEntries(
    [...ports].filter(([id]) => id !== self).map(([id, port]) => [id, `127.0.0.1:${port}`]),
  );
  const links = openLinks({
    self,
    run: 'test',
    port: ports.get(self) ?? 0,
    peers,
    onLine: (from, line, text) => {
      lines.push([from, line]);
      texts.push(text);
      wake();
    },
    onDown: (peer) => void downs.push(peer),
    onLinked: (peers) => {
      linked = peers;
      change();
    },
    onIdle: () => {},
    onListening,
    onMet,
  });
  return {
    links,
    lines,
    texts,
    next: () => new Promise((resolve) => (wake = resolve)),
    downs,
    linked: () => linked,
    changed: () => new Promise((resolve) => (change = resolve)),
    listening,
    met,
  };
}

/** B serves, and A has met it; nobody is there for the `absent`. */
async function meet(
  ...absent: readonly NodeId[]
): Promise<{ readonly there: Heard; readonly early: Heard; readonly ports: ReadonlyMap<NodeId, number> }> {
  const ports = new Map<NodeId, number>();
  for (const id of [A, B, ...absent]) ports.set(id, await freePort());
  const there = open(B, ports);
  there.links.serve();
  await there.listening;
  const early = open(A, ports);
  await early.met;
  return { there, early, ports };
}

// The bound never comes: what is waited for is what happens.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout'] }));
afterEach(() => void vi.useRealTimers());

test('a node has met its peers when it hears them and they hear it; one that is not there is not waited for', async () => {
  const { there, early } = await meet(C);
  expect(early.links.send(B, hello)).toBe(true);
  expect(there.links.send(A, hello)).toBe(true);
  expect(early.links.send(C, hello)).toBe(false);
  const heard = there.next();
  early.links.flush();
  await heard;
  expect(there.lines).toEqual([[A, hello]]);
});

test('what comes before a node serves is handed over when it does', async () => {
  const { there, early } = await meet();
  there.links.send(A, hello);
  there.links.flush();
  early.links.send(B, hello);
  const answered = there.next();
  early.links.flush();
  await answered;
  expect(early.lines).toEqual([]);
  const heard = early.next();
  early.links.serve();
  await heard;
  expect(early.lines).toEqual([[B, hello]]);
  expect(early.texts).toEqual([JSON.stringify(hello)]);
});

test('a line that is JSON already arrives like any other, with its text', async () => {
  const { there, early } = await meet();
  const request: Line = { kind: 'request', op: opId('client.1.1'), request: { word: 'transfer' } };
  early.links.send(B, hello, JSON.stringify(hello));
  early.links.send(B, request);
  const heard = there.next();
  early.links.flush();
  await heard;
  expect(there.lines).toEqual([
    [A, hello],
    [A, request],
  ]);
  expect(there.texts).toEqual([JSON.stringify(hello), JSON.stringify(request)]);
});

const greeting = `{"kind":"hello","node":"a","run":"test"}\n`;
const good = JSON.stringify(hello);

test.each([
  '5',
  'null',
  '"hello"',
  '{',
  '[]',
  '{}',
  '{"kind":"gossip"}',
  '{"kind":"hello","node":5,"run":"test"}',
  '{"kind":"hello","node":"a","run":"another"}',
  `${greeting}{"word":"prepare"}`,
  `${greeting}{"word":5,"tx":"coordinator.1.1"}`,
  `${greeting}{"word":"prepare","tx":null}`,
  `${greeting}{"kind":"request","op":"client.1.1"}`,
  `${greeting}{"kind":"request","op":5,"request":{"word":"transfer"}}`,
  `${greeting}{"kind":"request","op":"client.1.1","request":{"word":null}}`,
  `${greeting}{"kind":"answer","op":"client.1.1","answer":"ok"}`,
])('a line that is %s ends its connection, with what stands behind it, and no other', async (line) => {
  const { there, early, ports } = await meet();
  const stranger = connect(ports.get(B) ?? 0);
  stranger.write(`${line}\n${good}\n`);
  await once(stranger, 'close');
  early.links.send(B, hello);
  const heard = there.next();
  early.links.flush();
  await heard;
  expect(there.lines).toEqual([[A, hello]]);
});

/** A peer that is not ours: it takes connections, and says what it is told to. */
async function stub(port: number) {
  const server = createServer().listen(port);
  await once(server, 'listening');
  const taken = async () => ((await once(server, 'connection')) as [Socket])[0];
  return { server, taken };
}

test('a peer whose connection breaks is down, is sent nothing, and is dialled until it is back', async () => {
  const ports = new Map([
    [A, await freePort()],
    [B, await freePort()],
  ]);
  const first = await stub(ports.get(B) ?? 0);
  const taken = first.taken();
  const early = open(A, ports);
  const socket = await taken;
  while (early.linked().length === 0) await early.changed();
  expect(early.linked()).toEqual([B]);
  const broken = early.changed();
  first.server.close();
  socket.resetAndDestroy();
  await broken;
  expect({ downs: early.downs, linked: early.linked() }).toEqual({ downs: [B], linked: [] });
  expect(early.links.send(B, hello)).toBe(false);

  const there = open(B, ports);
  there.links.serve();
  while (early.linked().length === 0) await early.changed();
  expect(early.links.send(B, hello)).toBe(true);
  const heard = there.next();
  early.links.flush();
  await heard;
  expect(there.lines).toEqual([[A, hello]]);
});

test('a peer that says nothing any more, and takes no new connection, is given up', async () => {
  const ports = new Map([
    [A, await freePort()],
    [B, await freePort()],
  ]);
  const mute = await stub(ports.get(B) ?? 0);
  const taken = mute.taken();
  const early = open(A, ports);
  const socket = await taken;
  while (early.linked().length === 0) await early.changed();
  mute.server.close();
  socket.pause();
  while (early.linked().length > 0) await early.changed();
  expect(early.downs).toEqual([B]);
  socket.destroy();
});

test('a node of another run at the address of a peer hears nothing and is not heard', async () => {
  const ports = new Map([
    [A, await freePort()],
    [B, await freePort()],
  ]);
  const there = open(B, ports);
  there.links.serve();
  await there.listening;
  const other = openLinks({
    self: A,
    run: 'another',
    port: ports.get(A) ?? 0,
    peers: { [B]: `127.0.0.1:${ports.get(B)}` },
    onLine: () => {},
    onDown: () => down(),
    onLinked: () => {},
    onIdle: () => {},
    onListening: () => {},
    onMet: () => {},
  });
  let down = () => {};
  await new Promise<void>((resolve) => (down = resolve));
  other.send(B, hello);
  other.flush();
  await new Promise<void>((resolve) => (down = resolve));
  expect(there.lines).toEqual([]);
});
