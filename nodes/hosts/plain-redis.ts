// Connections to Redis as most programs make them: by ioredis as it comes, for libraries that want such.

import { Redis } from 'ioredis';
import type { Socket } from 'node:net';

export function plainRedis(addresses: readonly string[]): Redis[] {
  return addresses.map((address) => {
    const [host = '', port = ''] = address.split(':');
    const redis = new Redis({ host, port: Number(port) });
    // It is dialled again: whoever asks hears of it.
    redis.on('error', () => {});
    return redis;
  });
}

export function socketsOf(servers: readonly Redis[]): readonly Socket[] {
  return servers.flatMap(({ status, stream }) => (status === 'ready' ? [stream] : []));
}
