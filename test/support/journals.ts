// What a bank says of one account, rewritten: for histories that are to be bad.

import type { StateDump } from '../../nodes/contract/notes.ts';
import { accountsIn } from '../../scenarios/checkers/transfers/content.ts';
import { OPENING, type tx } from './history-builder.ts';

export type Journal = readonly { readonly tx: ReturnType<typeof tx>; readonly delta: number }[];

/** Rewrites one account's journal, and its balance with it unless one is given. */
export function rewriting(account: string, rewrite: (entries: Journal) => Journal, balance?: number) {
  return (state: StateDump): StateDump => {
    const entries = rewrite(accountsIn(state.content).get(account)?.journal ?? []);
    const sum = entries.reduce((total, { delta }) => total + delta, OPENING);
    const accounts = new Map(accountsIn(state.content)).set(account, { balance: balance ?? sum, journal: entries });
    return { ...state, content: contentOf(accounts) };
  };
}

export const contentOf = (accounts: ReturnType<typeof accountsIn>) =>
  Object.fromEntries(accounts) as unknown as StateDump['content'];
