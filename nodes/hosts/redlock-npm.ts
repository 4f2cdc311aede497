// Locks by `redlock` from npm, with its own settings. The types of the library do not leave this file.

import Redlock, { type Lock } from 'redlock';
import { libraryAsks } from './library-asks.ts';
import { plainRedis, socketsOf } from './plain-redis.ts';
import type { LibraryAnswer, LibraryRequest } from '../stores/lock-library.ts';
import type { OpenClient } from './store-client.ts';

export const openRedlock: OpenClient = ({ addresses }, events) => {
  const servers = plainRedis(addresses);
  const redlock = new Redlock(servers);
  const locks = new Map<string, Lock>();
  const call = async (request: LibraryRequest): Promise<LibraryAnswer> => {
    const { about, key } = request;
    const lock = locks.get(about);
    switch (request.word) {
      case 'acquire':
        return { word: 'granted', until: keep(about, await redlock.acquire([key], request.ttlMs)) };
      case 'extend':
        if (!lock) return NOT_HELD;
        return { word: 'extended', until: keep(about, await lock.extend(request.ttlMs)) };
      case 'release':
        locks.delete(about);
        await lock?.release();
        return { word: 'released' };
      default:
        return NOT_HELD;
    }
  };
  /** When it is over by what the library says, which goes by the clock of the wall. */
  const keep = (about: string, lock: Lock): number => {
    locks.set(about, lock);
    const leftUs = (lock.expiration - Date.now()) * 1000;
    return Number(process.hrtime.bigint() / 1000n) + leftUs;
  };
  return libraryAsks<LibraryRequest>({ call, sockets: () => socketsOf(servers) }, events);
};

const NOT_HELD: LibraryAnswer = { word: 'failed', reason: 'there is no such lock' };
