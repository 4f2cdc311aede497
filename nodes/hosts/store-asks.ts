// What a node has asked a store by any client: each ask ends once, by its answer, or refused where it never left, or lost when its time is
// over or its connection breaks. What comes later is dropped.

import type { Socket } from 'node:net';
import type { OpId } from '../contract/ids.ts';
import type { Reply } from '../contract/machine.ts';
import type { Request } from '../contract/messages.ts';
import type { StoreClient, StoreEvents } from './store-client.ts';

/** A connection as asks meet it. */
export interface StoreWire<Asked extends Request> {
  /** `new`: nobody knows yet whether there is somebody to be reached. What is asked then waits until that is known. */
  readonly state: 'new' | 'open' | 'closed';
  /** Only while it is open. Calls back at any time, or never. */
  readonly send: (request: Asked, end: (reply: Reply) => void) => void;
  readonly socket: Socket | undefined;
  /** How long an ask may take; undefined: as long as its connection lasts. */
  readonly withinMs: (request: Asked) => number | undefined;
}

export interface StoreAsks extends StoreClient {
  /** The wire is open or closed now. What was sent on one that has closed is lost. */
  changed(): void;
}

interface Ask<Asked> {
  readonly op: OpId;
  readonly request: Asked;
  deadline?: NodeJS.Timeout;
  isSent: boolean;
}

export function storeAsks<Asked extends Request>(wire: StoreWire<Asked>, events: StoreEvents): StoreAsks {
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
    const withinMs = wire.withinMs(ask.request);
    open.add(ask);
    // What has come while this process stood still is read first: whether it is too late is for the machine to say.
    if (withinMs !== undefined) ask.deadline = setTimeout(() => setImmediate(endUnanswered, ask), withinMs);
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

/** What a connection looks like now; `rounds`: for so many it may be silent. */
interface Quiet {
  readonly socket: Socket | undefined;
  readonly rounds: number;
}

/**
 * Drops a connection on which nothing has come for so many rounds, lest the back-off of TCP outlast a cut. Rounds, not time: in one that
 * this process has slept through nobody was silent. What the kernel has of it is dropped, too.
 */
export function dropWhereSilent(everyMs: number, look: () => Quiet): void {
  let watched: Socket | undefined;
  let read = 0;
  let silent = 0;
  setInterval(() => {
    const { socket, rounds } = look();
    // Where nothing is awaited nobody is silent, however long.
    const isQuiet = socket === watched && socket?.bytesRead === read && Number.isFinite(rounds);
    silent = isQuiet ? silent + 1 : 0;
    watched = socket;
    read = socket?.bytesRead ?? 0;
    if (!socket || silent < rounds) return;
    silent = 0;
    if (socket.connecting) socket.destroy(new Error('nobody answers'));
    else socket.resetAndDestroy();
  }, everyMs).unref();
}

const NOTHING = Buffer.alloc(0);
