// The entries of a node's log.

import type { Decision, TxId } from './ids.ts';

/**
 * One entry of a node's log. The mark is for the host, which knows no protocol: `prepared` opens the time in doubt of a transaction
 * at this node, `decision` ends it.
 */
export type LogRecord =
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
