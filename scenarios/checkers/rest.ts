// The sites' states once the run had come to rest, and whether they may be read as one picture of the whole system.

import { parseTxId, type TxId } from '../../nodes/contract/ids.ts';
import type { SiteId } from '../../nodes/contract/workload.ts';
import type { History } from '../findings.ts';
import type { EventOf, Facts, Recorded } from './facts.ts';
import { factsOf } from './gather.ts';
import { isGoneForGood, stands } from './standing.ts';
import { lastHealAt } from './windows.ts';

export interface Rest {
  readonly dumps: ReadonlyMap<SiteId, EventOf<'dumped'>>;
  /** What keeps the dumps from being one quiet picture; empty when they are. */
  readonly gaps: readonly string[];
  /** Transactions that somebody was in doubt about, or still worked on, when it was asked. */
  readonly open: ReadonlySet<TxId>;
  /** Sites that never come back: nobody knows what they hold, and nobody ever will. */
  readonly gone: readonly SiteId[];
  /** What is open stays so: a fault is never to end. */
  readonly stands: boolean;
}

/** The last state of each site. States taken while something is being committed do not add up, and prove nothing. */
export function sitesAtRest(history: History): Rest {
  const facts = factsOf(history);
  const sites = sitesOf(history);
  const dumps = new Map([...facts.states].filter(([site]) => sites.includes(site)));
  return {
    dumps,
    gaps: [...missing(history, facts, sites), ...restless(facts, dumps)],
    open: openAt(facts),
    gone: sites.filter((site) => isGoneForGood(history, site)),
    stands: stands(history),
  };
}

export function sitesOf({ run }: History): readonly SiteId[] {
  return Object.keys(run.sites) as SiteId[];
}

/** Sites, and every coordinator that a transaction is named for. */
export function decidersOf(history: History): readonly SiteId[] {
  const named = [...factsOf(history).txs.keys()].flatMap((tx) => parseTxId(tx)?.coordinator ?? []);
  return [...new Set([...sitesOf(history), ...named])];
}

/** Sentences for sites without a state that is newer than the last heal. */
export function missing(history: History, facts: Facts, sites: readonly SiteId[]): readonly string[] {
  const healed = lastHealAt(history);
  if (healed === null) return ['A fault was never healed, so there is no state of rest.'];
  return sites.flatMap((site) => {
    if (isGoneForGood(history, site)) return [];
    const dumped = facts.states.get(site);
    if (dumped === undefined) return [`${site} did not report its state.`];
    return dumped.at < healed ? [`${site} did not report its state after the last heal.`] : [];
  });
}

/** An appended commit counts when it was appended: its effects are there from then on, whenever it becomes durable. */
function restless(facts: Facts, dumps: Rest['dumps']): readonly string[] {
  const first = Math.min(...[...dumps.values()].map(({ at }) => at));
  const isLate = ({ at, decision, source }: Recorded) =>
    decision === 'commit' &&
    at > first &&
    (source.kind === 'appended' || (source.kind === 'durable' && source.how === 'force'));
  const late = [...facts.txs.values()].find(
    ({ decisions, appended }) => decisions.some(isLate) || appended.some(isLate),
  );
  return late === undefined ? [] : [`${late.tx} was still being committed while the states were taken.`];
}

function openAt(facts: Facts): ReadonlySet<TxId> {
  return new Set([...facts.states.values()].flatMap(({ state }) => [...state.inDoubt, ...state.unfinished]));
}
