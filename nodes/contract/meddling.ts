// What a host does with single messages, for a fault of the lab on words: `drop ack 2 times`, `delay prepare by 300ms`.

import type { NodeId } from './ids.ts';

export const MEDDLINGS = ['drop', 'duplicate', 'delay'] as const;
export type MeddlingHow = (typeof MEDDLINGS)[number];

export function isMeddling(word: string): word is MeddlingHow {
  return MEDDLINGS.some((how) => how === word);
}

/** What is to be done with which of the messages that a node's machine sends. */
export interface Meddling {
  /** The planned fault. */
  readonly fault: string;
  readonly how: MeddlingHow;
  readonly word: string;
  readonly to: readonly NodeId[];
  /** Only those about this transaction. */
  readonly about?: string;
  /** How much later a delayed one leaves. */
  readonly byMs?: number;
  /** So many of this node's, and no more. */
  readonly times?: number;
}

/** What was done with one. `passed-on`: a delayed message left now. `lost`: it was due, and there was no connection. */
export const MEDDLED = ['dropped', 'duplicated', 'delayed', 'passed-on', 'lost'] as const;
export type MeddledHow = (typeof MEDDLED)[number];
