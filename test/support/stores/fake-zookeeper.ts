// A server that speaks the protocol of ZooKeeper and holds nothing: the test says who may connect, and what each request is answered.

import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface FakeRequest {
  /** By the protocol's numbers: 1 create, 2 delete, 3 exists, 12 list. */
  readonly type: number;
  readonly path: string;
  answer(payload?: Buffer, error?: number): void;
}

export interface FakeZooKeeper extends AsyncDisposable {
  readonly address: string;
  /** The id of each session that has been asked for, and 0 of a new one. */
  readonly asked: readonly bigint[];
  /** To those who connect: their session is granted, or has expired where they bring one, or they are left without an answer. */
  greets: 'granted' | 'expired' | 'silent';
  /** No ping is answered from now on. */
  isMute: boolean;
  next(): Promise<FakeRequest>;
  notify(path: string): void;
  breakAll(): void;
}

export async function fakeZooKeeper(): Promise<FakeZooKeeper> {
  const requests: FakeRequest[] = [];
  const waiting: ((request: FakeRequest) => void)[] = [];
  const sockets = new Set<Socket>();
  const asked: bigint[] = [];
  let begun = 0n;

  const greet = (socket: Socket, frame: Buffer): void => {
    const wanted = frame.readBigInt64BE(16);
    asked.push(wanted);
    if (fake.greets === 'silent') return;
    const isGranted = fake.greets === 'granted' || wanted === 0n;
    const id = wanted === 0n ? ++begun : wanted;
    socket.write(framed(int(0), int(isGranted ? frame.readInt32BE(12) : 0), long(id), buffer(Buffer.alloc(16))));
    if (!isGranted) socket.end();
  };
  const take = (socket: Socket, frame: Buffer): void => {
    const [xid, type] = [frame.readInt32BE(0), frame.readInt32BE(4)];
    const answer = (payload = NOTHING, error = 0) =>
      void socket.write(framed(int(xid), long(1n), int(error), error === 0 ? payload : NOTHING));
    if (type === PING) return fake.isMute ? undefined : answer();
    const path = frame.toString('utf8', 12, 12 + frame.readInt32BE(8));
    const waiter = waiting.shift();
    if (waiter) waiter({ type, path, answer });
    else requests.push({ type, path, answer });
  };
  const server = createServer((socket) => {
    let isGreeted = false;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onFrames(socket, (frame) => {
      if (isGreeted) take(socket, frame);
      else greet(socket, frame);
      isGreeted = true;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const fake: FakeZooKeeper = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    greets: 'granted',
    isMute: false,
    next: () => {
      const request = requests.shift();
      return request ? Promise.resolve(request) : new Promise((resolve) => waiting.push(resolve));
    },
    notify: (path) => {
      for (const socket of sockets) socket.write(framed(int(-1), long(-1n), int(0), int(DELETED), int(3), text(path)));
    },
    breakAll,
    [Symbol.asyncDispose]: async () => {
      server.close();
      breakAll();
    },
  };
  return fake;
}

/** Each message comes after its length. */
function onFrames(socket: Socket, take: (frame: Buffer) => void): void {
  let rest: Buffer = NOTHING;
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const frame = rest.subarray(4, 4 + rest.readInt32BE(0));
      rest = rest.subarray(4 + frame.length);
      take(frame);
    }
  });
}

const NOTHING = Buffer.alloc(0);
const PING = 11;
const DELETED = 2;

function framed(...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function buffer(bytes: Buffer): Buffer {
  return Buffer.concat([int(bytes.length), bytes]);
}

export function text(value: string): Buffer {
  return buffer(Buffer.from(value));
}

/** What is said of a node: made by this change, owned by this session. */
export function stat(zxid: bigint, owner: bigint): Buffer {
  const zeros = Array.from({ length: 3 }, () => long(0n));
  const counts = Array.from({ length: 3 }, () => int(0));
  return Buffer.concat([long(zxid), ...zeros, ...counts, long(owner), int(0), int(0), long(0n)]);
}

export function list(names: readonly string[]): Buffer {
  return Buffer.concat([int(names.length), ...names.map(text), stat(1n, 0n)]);
}
