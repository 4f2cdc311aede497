// What an operation needs the locks of, and what a refusal shows of them. Here alone checkers know that a key is an account of a bank.

import type { Note, Transfer } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import { type Facts, operationOf, requestOf, type Transaction } from './facts.ts';

/** One thing that is locked by itself, at the node that guards it. */
export interface Key {
  readonly site: NodeId;
  readonly name: string;
}

/** Each once, in the order in which the request names them. */
export function keysOf({ from, to, reads = [] }: Transfer): readonly Key[] {
  const keys = [from, to, ...reads].map(({ bank, account }) => ({ site: bank, name: account }));
  return keys.filter((key, at) => keys.findIndex((other) => isSame(key, other)) === at);
}

/** Names of the keys that this transaction needs at this node. */
export function keysAt(facts: Facts, transaction: Transaction, site: NodeId): readonly string[] {
  const request = requestOf(operationOf(facts, transaction));
  return request === null ? [] : keysOf(request).flatMap((key) => (key.site === site ? [key.name] : []));
}

export function formatKey({ site, name }: Key): string {
  return `${name} of ${site}`;
}

type Refusal = Extract<Note, { about: 'refused' }>;

/**
 * What a refusal by the key's own node says of its lock. Only the account that is paid from can be overdrawn, and nobody looks at the
 * balance of an account that is locked: that one was free. Of the others at this node, and of one that is not there, nothing is shown.
 */
export function shownBy({ reason }: Refusal, key: Key, { from }: Transfer): 'free' | 'taken' | 'nothing' {
  switch (reason) {
    case 'overdraft':
      return isSame(key, { site: from.bank, name: from.account }) ? 'free' : 'nothing';
    case 'unknown-account':
      return 'nothing';
    case 'locked':
    case 'stale':
      return 'taken';
  }
}

function isSame(left: Key, right: Key): boolean {
  return left.site === right.site && left.name === right.name;
}
