// The entries of a node's log.

import type { Decision, TxId } from './ids.ts';

/** A replica's record has a place in the log of its site, and says under whose lead it was put there. */
export interface Entry {
  readonly slot: number;
  /** `round.replica`, as 3.participant-2b: of two ballots that with the greater round is the later. One ballot has one leader. */
  readonly ballot: string;
}

/**
 * One entry of a node's log. The mark is for the host, which knows no protocol: `prepared` opens the time in doubt of a transaction
 * at this node, `decision` ends it.
 */
export type LogRecord = Marked & {
  /** Only of a site that lives on several nodes: replicas whose entries and marks are equal hold one record. A checkpoint stands for all up to it. */
  readonly entry?: Entry;
};

type Marked =
  | { readonly mark: 'prepared'; readonly word: string; readonly about: TxId; readonly body?: unknown }
  | {
      readonly mark: 'decision';
      readonly word: string;
      readonly about: TxId;
      readonly decision: Decision;
      readonly body?: unknown;
    }
  | { readonly mark: 'other'; readonly word: string; readonly about: TxId | null; readonly body?: unknown }
  /** Stands for every record before it: once it is durable the host drops those. */
  | { readonly mark: 'checkpoint'; readonly word: 'checkpoint'; readonly about: null; readonly body: unknown };
