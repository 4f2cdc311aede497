// What one node says to another, a line each, and the check of what has come: the other end may be anybody.

import type { Answer, Message, Request } from '../contract/messages.ts';
import type { NodeId, OpId } from '../contract/ids.ts';

/** A message is a line as it is, and the only one that has a word. */
export type Line =
  | Message
  | { readonly kind: 'request'; readonly op: OpId; readonly request: Request }
  | { readonly kind: 'answer'; readonly op: OpId; readonly answer: Answer };

/** What keeps a connection up, and goes no further. */
export type Upkeep =
  | { readonly kind: 'hello'; readonly node: NodeId; readonly run: string }
  | { readonly kind: 'ping' };

export function isMessage(line: Line | Upkeep): line is Message {
  return 'word' in line;
}

/** The line that this is, or null. What a message carries beside its word and transaction is for its machine alone. */
export function parseLine(value: unknown): Line | Upkeep | null {
  return isLine(value as { readonly [field: string]: unknown } | null) ? (value as Line | Upkeep) : null;
}

function isLine(value: { readonly [field: string]: unknown } | null): boolean {
  if (typeof value !== 'object' || value === null) return false;
  // Messages come far more often than all others.
  if ('word' in value) return typeof value['word'] === 'string' && isSubject(value['about']);
  switch (value['kind']) {
    case 'request':
      return typeof value['op'] === 'string' && hasWord(value['request']);
    case 'answer':
      return typeof value['op'] === 'string' && hasWord(value['answer']);
    case 'hello':
      return typeof value['node'] === 'string' && typeof value['run'] === 'string';
    default:
      return value['kind'] === 'ping';
  }
}

function hasWord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'word' in value && typeof value.word === 'string';
}

function isSubject(value: unknown): boolean {
  return typeof value === 'string' || value === null;
}
