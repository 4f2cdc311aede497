// Locks by `RedlockMutex` of `redis-semaphore` from npm, with its own settings. The types of the library do not leave this file.

import { RedlockMutex } from 'redis-semaphore';
import { libraryAsks } from './library-asks.ts';
import { plainRedis, socketsOf } from './plain-redis.ts';
import type { LibraryAnswer, LibraryRequest } from '../stores/lock-library.ts';
import type { OpenClient } from './store-client.ts';

interface Kept {
  readonly mutex: RedlockMutex;
  /** When it is lost, by the library's own signal, or given back. */
  readonly gone: PromiseWithResolvers<void>;
}

export const openSemaphore: OpenClient = ({ addresses }, events) => {
  const servers = plainRedis(addresses);
  const kept = new Map<string, Kept>();
  const call = async (request: LibraryRequest): Promise<LibraryAnswer> => {
    const { about, key } = request;
    const one = kept.get(about);
    switch (request.word) {
      case 'acquire': {
        const gone = Promise.withResolvers<void>();
        const mutex = new RedlockMutex(servers, key, { lockTimeout: request.ttlMs, onLockLost: () => gone.resolve() });
        kept.set(about, { mutex, gone });
        await mutex.acquire();
        return { word: 'granted' };
      }
      case 'watch':
        await one?.gone.promise;
        return { word: 'gone' };
      case 'release':
        kept.delete(about);
        await one?.mutex.release();
        one?.gone.resolve();
        return { word: 'released' };
      default:
        return { word: 'failed', reason: 'the library extends its locks by itself' };
    }
  };
  return libraryAsks<LibraryRequest>({ call, sockets: () => socketsOf(servers) }, events);
};
