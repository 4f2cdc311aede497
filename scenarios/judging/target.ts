// What became of the transaction that the fault hit. Collects facts; whether they are the expected ones is the verdict's business.

import { isOfLocks } from '../../nodes/contract/properties.ts';
import { STAKES, type Stake } from '../../nodes/contract/protocol.ts';
import { type Decision, type OpId, type TxId } from '../../nodes/contract/ids.ts';
import type { SiteId } from '../../nodes/contract/workload.ts';
import { doubtsOf, inDoubt, type Stretch } from '../checkers/doubts.ts';
import {
  type EventOf,
  type Facts,
  isReadOnly,
  operationOf,
  type Recorded,
  type Transaction,
} from '../checkers/facts.ts';
import { factsOf } from '../checkers/gather.ts';
import { leasesIn } from '../checkers/locks/leases.ts';
import { sitesAtRest, decidersOf } from '../checkers/rest.ts';
import type { History, TargetFacts } from '../findings.ts';

export interface TargetOptions {
  /** In a run without faults there is nothing hit; the so-many-th transaction that began is looked at instead. */
  readonly nthBegan: number;
}

/** Null when nothing was hit: no step was reached, or what was held there was no transaction. */
export function targetOf(history: History, options: TargetOptions = { nthBegan: 20 }): TargetFacts | null {
  if (isOfLocks(history.run.family)) return null;
  const facts = factsOf(history);
  const fault = facts.faults.find(({ hold }) => hold !== undefined);
  const tx = fault === undefined ? baseline(facts, options) : txAt(facts, fault);
  const transaction = tx === null ? undefined : facts.txs.get(tx);
  if (transaction === undefined) return null;
  const decisions = decisionsOf(facts, transaction);
  return {
    tx: transaction.tx,
    decisions,
    decision: agreed(Object.values(decisions).flat()) ?? presumed(history, transaction),
    doubts: doubtsOf(history, history.run.timeouts['blocked'] ?? Number.POSITIVE_INFINITY).filter(
      (doubt) => doubt.tx === tx,
    ),
    client: operationOf(facts, transaction)?.completed?.note.outcome ?? 'none',
    stake: fault === undefined ? 'none' : stakeAt(facts, transaction, momentOf(facts, fault)),
  };
}

/** What was really at stake when this fault was injected. */
export function stakeOf(history: History, fault: EventOf<'fault'>): Stake {
  const facts = factsOf(history);
  const tx = txAt(facts, fault);
  const transaction = tx === null ? undefined : facts.txs.get(tx);
  if (transaction && isOfLocks(history.run.family)) return lockStakeAt(facts, transaction, momentOf(facts, fault));
  return transaction === undefined ? 'none' : stakeAt(facts, transaction, momentOf(facts, fault));
}

/**
 * A node that is held when the fault comes for it does nothing any more, so its fault begins there, however long the engine takes: what the
 * others decide in the meantime they decide without it. One that was not held goes on until the fault was seen.
 */
function momentOf(facts: Facts, { hold, node, since, at }: EventOf<'fault'>): number {
  return facts.holds.some((event) => event.kind === 'held' && event.hold === hold && event.node === node) ? since : at;
}

export function isLess(stake: Stake, than: Stake): boolean {
  return STAKES.indexOf(stake) < STAKES.indexOf(than);
}

function baseline(facts: Facts, { nthBegan }: TargetOptions): TxId | null {
  if (facts.faults.length > 0) return null;
  const began = [...facts.txs.values()].filter((transaction) => transaction.began !== null);
  return began[nthBegan - 1]?.tx ?? null;
}

/** What was held is named by its transaction, or by the operation that a client asked. */
export function txAt(facts: Facts, { hold }: EventOf<'fault'>): TxId | null {
  const held = facts.holds.find((event) => event.kind === 'held' && event.hold === hold);
  const about = held?.kind === 'held' ? held.about : null;
  if (about === null) return null;
  // Who does its operations itself names what it begins as it names what it was asked.
  if (facts.txs.get(about as TxId)?.began) return about as TxId;
  return facts.ops.get(about as OpId)?.began[0]?.note.about ?? (about as TxId);
}

/** Holding: somebody believes that it has the lock. In flight: somebody wants it. */
function lockStakeAt(facts: Facts, { tx, began }: Transaction, at: number): Stake {
  const lease = leasesIn(facts).find(({ about }) => about === tx);
  const hasYielded = lease?.events.some((event) => event.note.word === 'yielded' && event.at <= at);
  if (lease && lease.from <= at && !hasYielded) return 'holding';
  return began !== null && began.at <= at ? 'in flight' : 'none';
}

/** In doubt: somebody has promised and may no longer decide alone. In flight: somebody has yet to decide. */
function stakeAt(facts: Facts, transaction: Transaction, at: number): Stake {
  const covers = ({ from, to }: Stretch) => from <= at && (to === null || to > at);
  if (inDoubt(facts, transaction).some(covers)) return 'in doubt';
  const { began, decisions, appended } = transaction;
  if (began === null || began.at > at) return 'none';
  const decided = new Set([...decisions, ...appended].filter((record) => record.at <= at).map(({ site }) => site));
  const all = [...began.note.participants.filter((site) => !transaction.readers.has(site)), facts.siteOf(began.node)];
  return all.every((site) => decided.has(site)) ? 'none' : 'in flight';
}

/** Durable decisions of each site; where there are none, what its last incarnation had in memory. */
function decisionsOf(
  facts: Facts,
  { decisions, appended }: Transaction,
): Readonly<Record<string, readonly Decision[]>> {
  const inMemory = appended.filter(({ node, at }) => !facts.boots.some((boot) => boot.node === node && boot.at > at));
  const silent = inMemory.filter(({ site }) => !decisions.some((decision) => decision.site === site));
  const bySite = Map.groupBy([...decisions, ...silent], ({ site }: Recorded): SiteId => site);
  return Object.fromEntries(
    [...bySite].map(([site, records]) => [site, [...new Set(records.flatMap(({ decision }) => decision ?? []))]]),
  );
}

function agreed(decisions: readonly Decision[]): Decision | null {
  const words = new Set(decisions);
  return words.size === 1 ? (decisions[0] ?? null) : null;
}

/** Presumed abort: at rest nobody knows anything of it, and whoever asked would be told abort (Mohan et al. 1986). */
function presumed(history: History, transaction: Transaction): Decision | null {
  const { states, phases } = factsOf(history);
  const { tx, decisions, appended, applied } = transaction;
  if (decisions.length + appended.length + applied.length > 0 || isReadOnly(transaction)) return null;
  const atRest = phases.some(({ phase }) => phase === 'settled') && sitesAtRest(history).gaps.length === 0;
  const seen = decidersOf(history).every((site) => states.has(site)) && factsOf(history).holes.size === 0;
  const open = [...states.values()].some(({ state }) => state.inDoubt.includes(tx) || state.unfinished.includes(tx));
  return atRest && seen && !open ? 'abort' : null;
}
