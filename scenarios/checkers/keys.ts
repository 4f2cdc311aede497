// What an operation needs of which keys, and what a refusal shows of them.

import type { Note } from '../../nodes/contract/notes.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Use } from '../../nodes/contract/workload.ts';
import { type Facts, operationOf, type Operation, type Transaction } from './facts.ts';

/** One thing that is locked by itself, at the site that guards it. */
export type Key = Pick<Use, 'site' | 'key'>;

/** What the operation said that it uses, each key once. Who writes a key also reads it. */
export function usesOf(operation: Operation | undefined): readonly Use[] {
  const { invoked = null, completed = null } = operation ?? {};
  const uses = [...(invoked?.note.uses ?? []), ...(completed?.note.uses ?? [])];
  return uses
    .filter((use, at) => uses.findIndex((other) => isSame(use, other)) === at)
    .map((use) => {
      const writes = uses.some((other) => isSame(use, other) && other.mode === 'write');
      return writes ? { ...use, mode: 'write' } : use;
    });
}

/** What this transaction uses at this site. */
export function usesAt(facts: Facts, transaction: Transaction, site: NodeId): readonly Use[] {
  return usesOf(operationOf(facts, transaction)).filter((use) => use.site === site);
}

export function formatKey({ site, key }: Key): string {
  return `${key} of ${site}`;
}

type Refusal = Extract<Note, { word: 'refused' }>;

/**
 * What a refusal by the key's own site says of its lock. A site looks at what it guards only when it is free: whoever refuses a key for a
 * reason of the resource had its lock. Of the other keys at that site nothing is shown.
 */
export function shownBy({ reason, key: named }: Refusal, { key }: Key): 'free' | 'taken' | 'nothing' {
  if (named !== undefined && named !== key) return 'nothing';
  if (['locked', 'stale', 'replaced'].includes(reason)) return 'taken';
  return named === undefined ? 'nothing' : 'free';
}

function isSame(left: Key, right: Key): boolean {
  return left.site === right.site && left.key === right.key;
}
