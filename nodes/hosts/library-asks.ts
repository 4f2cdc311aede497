// How a node asks a library that has its own connections: it calls it, and is told when it says something. What the library has written by
// then is with the kernel before the node goes on; what it writes later is its own affair.

import type { Socket } from 'node:net';
import type { OpId } from '../contract/ids.ts';
import type { Reply } from '../contract/machine.ts';
import type { Answer, Request } from '../contract/messages.ts';
import type { StoreClient, StoreEvents } from './store-client.ts';

export interface Library<Asked extends Request> {
  /** What it says in the end. */
  readonly call: (request: Asked) => Promise<Answer>;
  readonly sockets: () => readonly Socket[];
}

export function libraryAsks<Asked extends Request>(library: Library<Asked>, events: StoreEvents): StoreClient {
  let gathered: { readonly op: OpId; readonly request: Asked }[] = [];
  let unaccepted = 0;

  const call = ({ op, request }: (typeof gathered)[number]): void => {
    const end = (reply: Reply) => events.onReply(op, reply);
    library.call(request).then(
      (answer) => end({ kind: 'answer', answer }),
      (error: unknown) => end({ kind: 'answer', answer: failure(error) }),
    );
  };
  const accept = (socket: Socket): void => {
    if (socket.destroyed || socket.writableLength === 0) return;
    unaccepted++;
    // Written behind all that was asked: the kernel takes it last, or the connection is gone.
    socket.write(NOTHING, () => {
      unaccepted--;
      if (unaccepted === 0) events.onIdle();
    });
  };
  return {
    ask: (op, request) => void gathered.push({ op, request: request as Asked }),
    flush: () => {
      if (gathered.length === 0) return;
      const asks = gathered;
      gathered = [];
      asks.forEach(call);
      library.sockets().forEach(accept);
    },
    get unaccepted() {
      return unaccepted;
    },
  };
}

function failure(error: unknown): Answer {
  const reason = error instanceof Error ? error.message : String(error);
  return { word: 'failed', reason } as Answer;
}

const NOTHING = Buffer.alloc(0);
