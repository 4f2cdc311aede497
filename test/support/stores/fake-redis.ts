// A server that speaks the protocol of Redis and holds nothing: the test says what each command is answered, and when.

import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface FakeRedis extends AsyncDisposable {
  readonly port: number;
  /** What has been asked and not answered: a command in words, with a way to answer it. */
  next(): Promise<FakeCommand>;
  /** Breaks all connections, and takes new ones unless it is closed. */
  breakAll(): void;
  close(): Promise<void>;
}

export interface FakeCommand {
  readonly words: readonly string[];
  /** In the protocol's own writing, as `+OK`. */
  answer(line: string): void;
}

export async function fakeRedis(port = 0): Promise<FakeRedis> {
  const commands: FakeCommand[] = [];
  const waiting: ((command: FakeCommand) => void)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      const read = commandsIn(rest + chunk.toString());
      ({ rest } = read);
      for (const words of read.commands) {
        const command: FakeCommand = { words, answer: (line) => void socket.write(`${line}\r\n`) };
        const waiter = waiting.shift();
        if (waiter) waiter(command);
        else commands.push(command);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.resetAndDestroy();
    });
  return {
    port: (server.address() as AddressInfo).port,
    next: () => {
      const command = commands.shift();
      return command ? Promise.resolve(command) : new Promise((resolve) => waiting.push(resolve));
    },
    breakAll: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Whole commands of a text: lists of texts, each after its length. */
function commandsIn(text: string): { readonly commands: readonly (readonly string[])[]; readonly rest: string } {
  const commands: (readonly string[])[] = [];
  let rest = text;
  for (;;) {
    const [head = '', ...lines] = rest.split('\r\n');
    const count = Number(head.slice(1));
    if (!head.startsWith('*') || lines.length < count * 2 + 1) return { commands, rest };
    commands.push(lines.slice(0, count * 2).filter((_, index) => index % 2 === 1));
    rest = lines.slice(count * 2).join('\r\n');
  }
}
