// A gate between a client here and a server in a pod: while it is shut nobody gets through, and who was inside is out.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpGate extends AsyncDisposable {
  readonly address: string;
  shut(): void;
  open(): void;
}

/** `to` is `address:port`. */
export async function tcpGate(to: string): Promise<TcpGate> {
  const [host = '', port = ''] = to.split(':');
  const sockets = new Set<Socket>();
  let isShut = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const shut = (): void => {
    isShut = true;
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer({ noDelay: true }, (inner) => {
    if (isShut) return void inner.resetAndDestroy();
    const outer = connect({ host, port: Number(port), noDelay: true });
    keep(inner);
    keep(outer);
    inner.pipe(outer);
    outer.pipe(inner);
    inner.on('close', () => outer.destroy());
    outer.on('close', () => inner.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    shut,
    open: () => void (isShut = false),
    [Symbol.asyncDispose]: async () => {
      shut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
