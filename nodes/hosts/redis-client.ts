// How a node asks a Redis server: by ioredis, which is kept from asking anything twice. The types of ioredis do not leave this file.

import { Redis, ReplyError, type RedisOptions } from 'ioredis';
import { dropWhereSilent, storeAsks } from './store-asks.ts';
import type { Reply } from '../contract/machine.ts';
import type { RedisAnswer, RedisRequest } from '../stores/redis.ts';
import type { OpenClient } from './store-client.ts';
import type { StoreWire } from './store-asks.ts';

export const openRedis: OpenClient = ({ addresses: [at = ''] }, events) => {
  const [host = '', port = ''] = at.split(':');
  const redis = withScripts(new Redis({ ...OPTIONS, host, port: Number(port) }));
  let state: StoreWire<RedisRequest>['state'] = 'new';
  /** On the connection that is open now; those that were called lost are still awaited. */
  let awaited = 0;
  let connection = 0;
  const asks = storeAsks<RedisRequest>(
    {
      get state() {
        return state;
      },
      get socket() {
        return state === 'open' ? redis.stream : undefined;
      },
      withinMs: ({ withinMs }) => withinMs,
      send: (request, end) => {
        const of = connection;
        const take = (reply: Reply): void => {
          if (of === connection) awaited--;
          end(reply);
        };
        awaited++;
        command(redis, request).then(
          (said) => take(replyOf(request, said)),
          (error: unknown) => take(isRefusal(error) ? failed(error.message) : { kind: 'lost' }),
        );
      },
    },
    events,
  );
  redis.on('ready', () => {
    connection++;
    awaited = 0;
    state = 'open';
    asks.changed();
  });
  redis.on('close', () => {
    state = 'closed';
    asks.changed();
  });
  dropWhereSilent(ROUND_MS, () => ({
    socket: state === 'open' ? redis.stream : undefined,
    rounds: awaited > 0 ? ROUNDS : Infinity,
  }));
  // It is dialled again: whoever asks hears of it.
  redis.on('error', () => {});
  return asks;
};

/**
 * Nothing is sent again, and nothing waits for a connection: a lock that was taken twice by one ask would be nobody's. A server that loads its
 * data refuses each command by itself.
 */
const OPTIONS = {
  protocol: 2,
  disableClientInfo: true,
  enableReadyCheck: false,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 250,
  retryStrategy: () => 20,
} as const satisfies RedisOptions;

const ROUND_MS = 100;
const ROUNDS = 10;

// ── commands ──

interface Scripts {
  acquireCounted(key: string, counter: string, value: string, ttlMs: number): Promise<unknown>;
  extendHeld(key: string, value: string, ttlMs: number): Promise<unknown>;
  releaseHeld(key: string, value: string): Promise<unknown>;
}

function withScripts(redis: Redis): Redis & Scripts {
  redis.defineCommand('acquireCounted', {
    numberOfKeys: 2,
    lua: `if redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return redis.call('incr', KEYS[2]) end
return false`,
  });
  redis.defineCommand('extendHeld', {
    numberOfKeys: 1,
    lua: `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
return 0`,
  });
  redis.defineCommand('releaseHeld', {
    numberOfKeys: 1,
    lua: `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0`,
  });
  return redis as Redis & Scripts;
}

function command(redis: Redis & Scripts, request: RedisRequest): Promise<unknown> {
  const { key } = request;
  switch (request.word) {
    case 'acquire':
      return request.counter === undefined
        ? redis.set(key, request.value, 'PX', request.ttlMs, 'NX')
        : redis.acquireCounted(key, request.counter, request.value, request.ttlMs);
    case 'extend':
      return redis.extendHeld(key, request.value, request.ttlMs);
    case 'release':
      return redis.releaseHeld(key, request.value);
    case 'delete':
      return redis.del(key);
    case 'expire':
      return redis.pexpire(key, request.ttlMs);
    default:
      return redis.get(key);
  }
}

/** What the server said, in the words of machines; what is none of its answers says nothing of what it did. */
function replyOf(request: RedisRequest, said: unknown): Reply {
  const answer = answerOf(request, said);
  return answer ? { kind: 'answer', answer } : { kind: 'lost' };
}

function answerOf({ word }: RedisRequest, said: unknown): RedisAnswer | null {
  switch (word) {
    case 'acquire':
      if (said === null) return { word: 'taken' };
      if (said === 'OK') return { word: 'granted' };
      return Number.isSafeInteger(said) ? { word: 'granted', token: said as number } : null;
    case 'look':
      return said === null || typeof said === 'string' ? { word: 'value', value: said } : null;
    default:
      if (said === 0) return { word: 'not-held' };
      return said === 1 ? { word: DONE[word] } : null;
  }
}

const DONE = { extend: 'extended', release: 'released', delete: 'deleted', expire: 'extended' } as const;

/** The server's own word, and not that of a client that has lost it. */
function isRefusal(error: unknown): error is Error {
  return error instanceof ReplyError;
}

function failed(reason: string): Reply {
  const answer: RedisAnswer = { word: 'failed', reason };
  return { kind: 'answer', answer };
}
