// What a coordinator has decided, for whoever asks: for ever, and so in little room.

import { addTx, hasTx, type Ranges, type TxSet } from '../tx-set.ts';
import { tableOf } from '../copy.ts';
import type { Decision, TxId } from '../../contract/ids.ts';

export type Decided = Readonly<Record<Decision, TxSet>>;

export function nothingDecided(): Decided {
  return { commit: new Map(), abort: new Map() };
}

export function decisionOn({ commit, abort }: Decided, tx: TxId): Decision | null {
  if (hasTx(commit, tx)) return 'commit';
  return hasTx(abort, tx) ? 'abort' : null;
}

export function addDecision(decided: Decided, tx: TxId, decision: Decision): void {
  addTx(decided[decision], tx);
}

/** As a checkpoint holds it. */
export type DecidedRanges = Readonly<Record<Decision, Readonly<Record<string, Ranges>>>>;

export function decidedRanges({ commit, abort }: Decided): DecidedRanges {
  return { commit: Object.fromEntries(commit), abort: Object.fromEntries(abort) };
}

/** Older checkpoints hold every decision by itself. */
export function recallDecided(held: DecidedRanges | Readonly<Record<TxId, Decision>>): Decided {
  if (isRanges(held)) return { commit: tableOf(held.commit), abort: tableOf(held.abort) };
  const decided = nothingDecided();
  for (const [tx, decision] of tableOf(held)) addDecision(decided, tx, decision);
  return decided;
}

function isRanges(held: DecidedRanges | Readonly<Record<TxId, Decision>>): held is DecidedRanges {
  return Object.hasOwn(held, 'commit') && Object.hasOwn(held, 'abort');
}
