// A client of stores as a test asks it: each ask is a promise of its end.

import { nodeId, opId, type OpId } from '../../../nodes/contract/ids.ts';
import type { OpenClient } from '../../../nodes/hosts/store-client.ts';
import type { Reply } from '../../../nodes/contract/machine.ts';
import type { Request } from '../../../nodes/contract/messages.ts';

export interface TestClient<Asked extends Request> {
  ask(request: Asked): Promise<Reply>;
  /** So many answers came for asks that had ended, or for none. */
  readonly strays: number;
}

export function openClient<Asked extends Request>(
  open: OpenClient,
  addresses: readonly string[],
  { self = 'client-1', timeouts = {} }: { readonly self?: string; readonly timeouts?: Record<string, number> } = {},
): TestClient<Asked> {
  const ends = new Map<OpId, (reply: Reply) => void>();
  let asked = 0;
  let strays = 0;
  const client = open(
    { addresses, setup: { self: nodeId(self), timeouts } },
    {
      onReply: (op, reply) => {
        const end = ends.get(op);
        if (!end || !ends.delete(op)) strays++;
        end?.(reply);
      },
      onIdle: () => {},
    },
  );
  return {
    ask: (request) => {
      const op = opId(`ask-${++asked}`);
      return new Promise((resolve) => {
        ends.set(op, resolve);
        client.ask(op, request);
        client.flush();
      });
    },
    get strays() {
      return strays;
    },
  };
}

/** The answer of an ask that must have one. */
export function answerIn(reply: Reply): unknown {
  return reply.kind === 'answer' ? reply.answer : reply.kind;
}

/** Until it is answered: a server that has come back is dialled every few milliseconds. */
export async function answered(ask: () => Promise<Reply>): Promise<unknown> {
  for (;;) {
    const reply = await ask();
    if (reply.kind === 'answer') return reply.answer;
  }
}
