// An engine that can die: a socket of the test's own in front of the real one.

import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { tempFolder } from './temp-folder.ts';
import type { Socket } from 'node:net';

export interface EngineProxy {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Cuts every connection and takes no new one. */
  die(): void;
  comeBack(): Promise<void>;
}

export async function startEngineProxy(): Promise<EngineProxy> {
  const folder = tempFolder('txlab-proxy-');
  const path = join(folder, 'engine.sock');
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path: '/var/run/docker.sock', allowHalfOpen: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  const listen = async () => {
    rmSync(path, { force: true });
    server.listen(path);
    await once(server, 'listening');
  };
  await listen();
  return {
    host: `unix://${path}`,
    die: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
    comeBack: listen,
  };
}
