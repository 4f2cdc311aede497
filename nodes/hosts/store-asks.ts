// What a node has asked a store by any client: each ask ends once, by its answer, or refused where it never left, or lost when its time is
// over or its connection breaks. What comes later is dropped.

import type { Socket } from 'node:net';
import type { OpId } from '../contract/ids.ts';
import type { Reply } from '../contract/machine.ts';
import type { Request } from '../contract/messages.ts';
import type { StoreClient, StoreEvents } from './store-client.ts';

/** A connection as asks meet it. */
export interface StoreWire<Asked extends Request> {
  /** `new`: nobody knows yet whether there is somebody to be reached. What is asked then waits for the end of the first attempt. */
  readonly state: 'new' | 'open' | 'closed';
  /** Only while it is open. Calls back at any time, or never. */
  readonly send: (request: Asked, end: (reply: Reply) => void) => void;
  readonly socket: Socket | undefined;
}

export interface StoreAsks extends StoreClient {
  /** The wire is open or closed now. What was sent on one that has closed is lost. */
  changed(): void;
}

/** A request says itself how long it may take, or takes as long as its connection lasts. */
interface Timed extends Request {
  readonly withinMs?: number;
}

interface Ask<Asked> {
  readonly op: OpId;
  readonly request: Asked;
  deadline?: NodeJS.Timeout;
  isSent: boolean;
}

export function storeAsks<Asked extends Timed>(wire: StoreWire<Asked>, events: StoreEvents): StoreAsks {
  let gathered: Ask<Asked>[] = [];
  const open = new Set<Ask<Asked>>();
  let unaccepted = 0;

  const end = (ask: Ask<Asked>, reply: Reply): void => {
    if (!open.delete(ask)) return;
    clearTimeout(ask.deadline);
    events.onReply(ask.op, reply);
  };
  const endUnanswered = (ask: Ask<Asked>) => end(ask, { kind: ask.isSent ? 'lost' : 'refused' });
  const send = (ask: Ask<Asked>): void => {
    ask.isSent = true;
    wire.send(ask.request, (reply) => end(ask, reply));
  };
  const take = (ask: Ask<Asked>): void => {
    // Not at once: nobody is told while he asks.
    if (wire.state === 'closed') return void setImmediate(() => events.onReply(ask.op, { kind: 'refused' }));
    const { withinMs } = ask.request;
    open.add(ask);
    if (withinMs !== undefined) ask.deadline = setTimeout(() => endUnanswered(ask), withinMs);
    if (wire.state === 'open') send(ask);
  };
  const accept = (): void => {
    const { socket } = wire;
    if (!socket || socket.writableLength === 0) return;
    unaccepted++;
    // Written behind all that was asked: the kernel takes it last, or the connection is gone.
    socket.write(NOTHING, () => {
      unaccepted--;
      if (unaccepted === 0) events.onIdle();
    });
  };
  return {
    ask: (op, request) => void gathered.push({ op, request: request as Asked, isSent: false }),
    flush: () => {
      if (gathered.length === 0) return;
      const asks = gathered;
      gathered = [];
      for (const ask of asks) take(ask);
      accept();
    },
    get unaccepted() {
      return unaccepted;
    },
    changed: () => {
      const asks = [...open];
      if (wire.state === 'closed') for (const ask of asks) endUnanswered(ask);
      if (wire.state === 'open') for (const ask of asks) if (!ask.isSent) send(ask);
    },
  };
}

/**
 * Counts rounds in which nothing was heard on a connection from which something is awaited. Rounds, not time: in one that was slept through
 * by this process nobody was silent.
 */
export function silenceWatch(everyMs: number, rounds: number, onSilence: () => void) {
  let silent = 0;
  let awaits = false;
  setInterval(() => {
    silent = awaits ? silent + 1 : 0;
    if (silent < rounds) return;
    silent = 0;
    onSilence();
  }, everyMs).unref();
  return {
    heard: () => void (silent = 0),
    awaiting: (now: boolean) => void (awaits = now),
  };
}

const NOTHING = Buffer.alloc(0);
