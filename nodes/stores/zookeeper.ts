// What is asked of a ZooKeeper ensemble, and what it answers: the few operations that the lock recipe is made of. A client asks the ensemble
// by the name of its role (`ask create to zookeeper`) in one session, on whichever server it is connected to.

import type { Answer, Request } from '../contract/messages.ts';

/** `withinMs`: what is not answered by then is `lost`, and may have been done, or may be done yet. */
interface Asked extends Request {
  readonly about: string;
  readonly withinMs: number;
}

/**
 * `create`: an ephemeral, sequential node in this folder, whose name begins so; the folder is made where it is missing.
 * `list`: the names in the folder, an empty list where there is none. `look`: who made this node, and when.
 * `watch`: answered when the node is gone, at once where it is not there; `lost` when the connection breaks before. It has no deadline.
 * `heartbeat`: answered by a server that the session is alive for; the next session begins with it where none is.
 */
export type ZooKeeperRequest = Asked &
  (
    | { readonly word: 'create'; readonly folder: string; readonly name: string }
    | { readonly word: 'list'; readonly folder: string }
    | { readonly word: 'look'; readonly path: string }
    | { readonly word: 'watch'; readonly path: string }
    | { readonly word: 'delete'; readonly path: string }
    | { readonly word: 'heartbeat' }
  );

/** Every answer names the session that it was given in, 16 hexadecimal digits, and the timeout that the ensemble granted it. */
interface InSession extends Answer {
  readonly session: string;
  readonly timeoutMs: number;
}

/**
 * `expired`: this session is over, with all that was its own, and nothing was done; the next ask begins another.
 * `zxid` counts all changes of the ensemble: of two nodes the one made later has the greater.
 */
export type ZooKeeperAnswer = InSession &
  (
    | { readonly word: 'created'; readonly path: string }
    | { readonly word: 'listed'; readonly names: readonly string[] }
    | { readonly word: 'found'; readonly owner: string; readonly zxid: number }
    | { readonly word: 'missing' }
    | { readonly word: 'gone' }
    | { readonly word: 'deleted' }
    | { readonly word: 'alive' }
    | { readonly word: 'expired' }
    | { readonly word: 'failed'; readonly reason: string }
  );
