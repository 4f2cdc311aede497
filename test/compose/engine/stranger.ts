// A server that is no engine, or one whose answers are not what they should be: on a socket of its own or on a port.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { tempFolder } from '../../support/temp-folder.ts';

export interface Stranger extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly host: string;
}

export async function startStranger(kind: 'socket' | 'tcp', listener: RequestListener): Promise<Stranger> {
  const server = createServer(listener);
  const path = join(tempFolder(), 'engine.sock');
  await once(kind === 'socket' ? server.listen(path) : server.listen(0, '127.0.0.1'), 'listening');
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    host: kind === 'socket' ? `unix://${path}` : `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: stop,
  };
}

/** Enough for a connection; the fields of both first answers. */
export const FIRST_ANSWERS = {
  ApiVersion: '1.41',
  Version: '20.10.24',
  KernelVersion: '6.1',
  Arch: 'amd64',
  Name: 'a-machine',
  NCPU: 2,
  MemTotal: 8e9,
  DockerRootDir: '/var/lib/docker',
  Driver: 'overlay2',
};

/** Says so little to everything. */
export const says =
  (body: string, status = 200): RequestListener =>
  (_request, answer) =>
    void answer.writeHead(status).end(body);

/** An engine until it is connected; to everything else it says the same. */
export function engineThatSays(body: string, status = 200): RequestListener {
  return (request, answer) => {
    const isFirst = /\/(version|info)$/.test(request.url ?? '');
    void (isFirst ? answer.end(JSON.stringify(FIRST_ANSWERS)) : answer.writeHead(status).end(body));
  };
}
