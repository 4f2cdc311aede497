// How long promises held their locks: what blocking costs those who are not in doubt themselves. Measures; judges nothing.

import type { TxId } from '../../nodes/contract/ids.ts';
import { inDoubt } from '../checkers/doubts.ts';
import { factsOf } from '../checkers/gather.ts';
import { usesAt } from '../checkers/keys.ts';
import type { History, LockTimes } from '../findings.ts';
import { quantile } from './statistics.ts';

/** Null when nobody promised anything. A lock that is held to the end of the history counts until there. */
export function lockTimesOf(history: History): LockTimes | null {
  const facts = factsOf(history);
  const held = [...facts.txs.values()].flatMap((transaction) =>
    inDoubt(facts, transaction).map(({ from, to, opened }) => ({
      transaction,
      site: opened.site,
      ms: ((to ?? facts.end) - from) / 1000,
      open: to === null,
    })),
  );
  const [first, ...others] = held;
  if (first === undefined) return null;
  const longest = others.reduce((most, one) => (one.ms > most.ms ? one : most), first);
  const { transaction, site, ms, open } = longest;
  const keys = usesAt(facts, transaction, site).map(({ key }) => key);
  return { ...spread(held.map((one) => one.ms)), longest: { tx: transaction.tx, site, keys, ms, open } };
}

/** The records of one participant's trace, as a load without faults leaves it. */
export function lockTimesIn(trace: readonly { at: number; mark: string; about: TxId | null }[]): readonly number[] {
  const since = new Map<TxId, number>();
  const times: number[] = [];
  for (const { at, mark, about } of trace) {
    if (about === null) continue;
    const from = since.get(about);
    if (mark === 'prepared' && from === undefined) since.set(about, at);
    if (mark === 'decision' && from !== undefined) {
      since.delete(about);
      times.push((at - from) / 1000);
    }
  }
  return times.toSorted((a, b) => a - b);
}

function spread(times: readonly number[]): Pick<LockTimes, 'count' | 'p50Ms' | 'p99Ms'> {
  const ascending = times.toSorted((a, b) => a - b);
  return { count: ascending.length, p50Ms: quantile(ascending, 0.5), p99Ms: quantile(ascending, 0.99) };
}
