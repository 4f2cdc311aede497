// A store as a world of locks meets it: asked at a time, it tells clients something at once or later.

import type { NodeId, OpId } from '../../nodes/contract/ids.ts';
import type { Reply } from '../../nodes/contract/machine.ts';
import type { Request } from '../../nodes/contract/messages.ts';

/** What a client is told by a store, at once or later. */
export interface WorldReply {
  readonly to: NodeId;
  readonly op: OpId;
  readonly reply: Reply;
}

/** A store as a world meets it. Times are in microseconds; `by` is one life of a client, which has a session of its own. */
export interface WorldStore {
  readonly ask: (
    asked: { readonly by: NodeId; readonly op: OpId; readonly request: Request },
    at: number,
  ) => readonly WorldReply[];
  /** Time has passed. */
  readonly pass?: (at: number) => readonly WorldReply[];
  /** A client is not heard any more, is heard again, is dead. */
  readonly part?: (by: NodeId, at: number) => readonly WorldReply[];
  readonly meet?: (by: NodeId, at: number) => readonly WorldReply[];
  readonly kill?: (by: NodeId, at: number) => readonly WorldReply[];
}
