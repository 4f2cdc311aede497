// One Redis for a world of locks, by the model of it.
import type { OpId, NodeId } from '../../nodes/contract/ids.ts';
import type { Answer, Request } from '../../nodes/contract/messages.ts';
import type { RedisAnswer, RedisRequest } from '../../nodes/stores/redis.ts';
import type { WorldStore } from './lock-world.ts';

interface Entry {
  readonly value: string;
  readonly until: number;
}

export function worldRedis(): WorldStore {
  let keys = new Map<string, Entry>();
  let counters = new Map<string, number>();
  const answer = (request: RedisRequest, at: number): RedisAnswer => {
    const { key } = request;
    const entry = keys.get(key);
    if (entry && entry.until <= at) keys.delete(key);
    const held = keys.get(key);
    switch (request.word) {
      case 'acquire': {
        if (held) return { word: 'taken' };
        keys.set(key, { value: request.value, until: at + request.ttlMs * 1000 });
        if (request.counter === undefined) return { word: 'granted' };
        const token = (counters.get(request.counter) ?? 0) + 1;
        counters.set(request.counter, token);
        return { word: 'granted', token };
      }
      case 'extend':
        if (held?.value !== request.value) return { word: 'not-held' };
        keys.set(key, { value: request.value, until: at + request.ttlMs * 1000 });
        return { word: 'extended' };
      case 'release':
        if (held?.value !== request.value) return { word: 'not-held' };
        keys.delete(key);
        return { word: 'released' };
      case 'delete':
        return keys.delete(key) ? { word: 'deleted' } : { word: 'not-held' };
      case 'expire':
        if (!held) return { word: 'not-held' };
        keys.set(key, { value: held.value, until: at + request.ttlMs * 1000 });
        return { word: 'extended' };
      case 'look':
        return { word: 'value', value: held?.value ?? null };
    }
  };
  return {
    ask: (_op: OpId, request: Request, _asker: NodeId, at: number): Answer => answer(request as RedisRequest, at),
    due: () => [],
    restart: () => {
      keys = new Map();
      counters = new Map();
    },
  };
}
