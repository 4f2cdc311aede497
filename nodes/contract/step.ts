// Steps: one name for a moment, in every world. A step is a gap between two effects (or an input and its first effect) of one node.

import { hasKind, type Kind } from './kind.ts';
import type { Message } from './messages.ts';
import type { NodeId } from './ids.ts';

export const VERBS = ['force', 'append', 'send', 'receive', 'ask', 'answer', 'expire'] as const;
export type Verb = (typeof VERBS)[number];

/** Whom a send or receive concerns; `first` and `last` count within one broadcast of one transaction. */
export type Peer = NodeId | 'first' | 'last';

export interface Gap {
  readonly when: 'before' | 'after';
  readonly verb: Verb;
  readonly word: string;
  /** Only messages that say this count. */
  readonly kind?: Kind;
  readonly peer?: Peer;
}

export interface Step {
  readonly node: NodeId;
  readonly gap: Gap;
}

const PREPOSITION: Readonly<Partial<Record<Verb, string>>> = { send: 'to', ask: 'to', answer: 'to', receive: 'from' };

export function formatGap(gap: Gap): string {
  const peer = gap.peer === undefined ? '' : ` ${PREPOSITION[gap.verb] ?? 'to'} ${gap.peer}`;
  const kind = gap.kind === undefined ? '' : ` ${gap.kind.is}`;
  return `${gap.when} ${gap.verb} ${gap.word}${kind}${peer}`;
}

export function formatStep(step: Step): string {
  return `${step.node} ${formatGap(step.gap)}`;
}

/** A gap as a host reaches it: every effect and input has one on either side. */
export interface ReachedGap {
  readonly when: 'before' | 'after';
  readonly verb: Verb;
  readonly word: string;
  /** Of a send or a receive: what is sent. */
  readonly message?: Message;
  readonly peer?: NodeId;
  /** Position among the sends of this word and transaction in one broadcast; absent where there is only one thing. */
  readonly place?: { readonly first: boolean; readonly last: boolean };
}

export function gapMatches(gap: Gap, reached: ReachedGap): boolean {
  if (gap.when !== reached.when || gap.verb !== reached.verb || gap.word !== reached.word) return false;
  if (gap.kind !== undefined && !(reached.message && hasKind(reached.message, gap.kind))) return false;
  if (gap.peer === undefined) return true;
  if (gap.peer === 'first') return reached.place?.first ?? true;
  if (gap.peer === 'last') return reached.place?.last ?? true;
  return gap.peer === reached.peer;
}
