// The resource that a lock is for: it does what it is told, in the order in which it is told, and keeps a journal of it. Whether a token is
// too old is the workload's to say; what was taken, and the greatest token with it, is on disk before it is answered.

import { machineOf } from '../machine-of.ts';
import { hasWritten, stateOf } from '../../workloads/counter.ts';
import type { Access, Counters, Guard } from '../../workloads/counter.ts';
import type { TxId } from '../../contract/ids.ts';
import type { DumpAnswer, Effect, Machine, Setup } from '../../contract/machine.ts';
import type { LogRecord } from '../../contract/records.ts';
import type { Resource, SealedWorkload } from '../../contract/workload.ts';
import type { ToHolder, ToResource } from './messages.ts';

export interface ResourceState {
  readonly content: Counters;
}

export function guardedResource({ resource }: SealedWorkload): Machine<ResourceState> {
  // Of lock protocols the workload is counters: a scenario with another one is refused.
  const counters = resource as unknown as Resource<Access, Counters>;
  return machineOf<ResourceState, ToResource>(
    ({ initial, self }: Setup) => ({ content: counters.open(initial[self] ?? null) }),
    {
      started: ({ content }, { log }) => {
        for (const record of log) redo(counters, content, record);
        return [];
      },
      asked: ({ content }, { by: to, op }) => {
        const state = { inDoubt: [], unfinished: [], holds: [], content: counters.toJson(content) };
        const answer: DumpAnswer = { word: 'dump', state };
        return [{ do: 'answer', to, op, answer }];
      },
      received: ({ content }, { from: to, message }) => {
        const { about } = message;
        const access = accessOf(message);
        const say = (said: ToHolder): Effect => ({ do: 'send', to, message: said });
        if (access.does === 'write' && hasWritten(content, access.key, about)) return [say({ word: 'written', about })];
        const refusal = counters.refusal(content, access);
        if (refusal)
          return [{ do: 'tell', note: { word: 'refused', about, ...refusal } }, say({ word: 'stale', about })];
        counters.apply(content, about, access);
        const record: LogRecord = { mark: 'other', word: access.does, about, body: access };
        // Who only reads, and shows nothing, leaves nothing that must outlive a crash.
        const how =
          access.does === 'read' && access.token === undefined && access.lock === undefined ? 'append' : 'force';
        return [{ do: how, record }, say(answerTo(content, message))];
      },
    },
  );
}

function accessOf(message: ToResource): Access {
  const { word: does, key, token, lock } = message;
  const shown: Guard = lock === undefined ? (token === undefined ? {} : { token }) : { lock };
  if (message.word === 'read') return { does, key, ...shown };
  const { value, ifVersion } = message;
  return { does, key, value, ...shown, ...(ifVersion !== undefined && { ifVersion }) };
}

function answerTo(content: Counters, { word, about, key }: ToResource): ToHolder {
  return word === 'read' ? { word: 'value', about, ...stateOf(content, key) } : { word: 'written', about };
}

function redo(counters: Resource<Access, Counters>, content: Counters, { mark, about, body }: LogRecord): void {
  if (mark === 'other' && about !== null && body !== undefined) counters.apply(content, about as TxId, body as Access);
}
