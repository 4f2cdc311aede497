// AC5 of atomic commitment (Bernstein, Hadzilacos, Goodman 1987, ch. 7): once failures are repaired and no new ones come, everybody
// decides, and then nobody keeps a lock. Says nothing about the time while a fault lasts; that is non-blocking's.

import type { SiteId } from '../../nodes/contract/workload.ts';
import type { Finding, History } from '../findings.ts';
import { type Complaint, conclude, count, formatMs, listed, notApplicable } from './conclude.ts';
import { inDoubt } from './doubts.ts';
import { keptLocks } from './kept-locks.ts';
import { type EventOf, type Facts, firstCommit } from './facts.ts';
import { factsOf } from './gather.ts';
import { decidersOf, missing } from './rest.ts';
import { stands, whatStands } from './standing.ts';
import { lastHealAt } from './windows.ts';

export function termination(history: History): Finding {
  const facts = factsOf(history);
  if (facts.txs.size === 0) return notApplicable('termination', 'No transaction began.');
  const gaps = [...unsettled(facts), ...missing(history, facts, decidersOf(history)), ...facts.holes.values()];
  const states = [...facts.states].map(([site, dumped]) => ({ site, dumped }));
  const late = states.filter(({ dumped }) => hadTime(history, dumped));
  const early = states.filter((state) => isPending(state) && !late.includes(state));
  const broken = [...late.filter(isPending).map(pendingComplaint), ...forgotten(facts, late)];
  if (stands(history) && gaps.length === 0)
    return standingStill(history, [...forgotten(facts, late), ...keptLocks(facts)]);
  return conclude('termination', {
    broken: gaps.length === 0 ? [...broken, ...keptLocks(facts)] : [],
    gaps: [...gaps, ...early.map((state) => tooEarly(history, state))],
    holds: `At rest ${count(states.length, 'node')} had nothing left in doubt, unfinished or locked.`,
  });
}

/** AC5 asks for decisions once failures are repaired, and one never is; a lock without an owner is wrong all the same. */
function standingStill(history: History, broken: readonly Complaint[]): Finding {
  const holds = whatStands(history).join(' ');
  return broken.length > 0 ? conclude('termination', { broken, gaps: [], holds }) : notApplicable('termination', holds);
}

function unsettled(facts: Facts): readonly string[] {
  return facts.phases.some(({ phase }) => phase === 'settled') ? [] : ['The run never came to rest.'];
}

/** A node is given the bound B after the last heal before it is held to have had enough time. */
function hadTime(history: History, { at }: EventOf<'dumped'>): boolean {
  return at - (lastHealAt(history) ?? at) >= (history.run.timeouts['blocked'] ?? 0) * 1000;
}

interface SiteState {
  readonly site: SiteId;
  readonly dumped: EventOf<'dumped'>;
}

function isPending({ dumped: { state } }: SiteState): boolean {
  return state.inDoubt.length + state.unfinished.length > 0;
}

function pendingComplaint(state: SiteState): Complaint {
  return { reason: `${pendingText(state)} when the run had come to rest.`, events: [state.dumped] };
}

function tooEarly(history: History, state: SiteState): string {
  const { at } = state.dumped;
  return `${pendingText(state)}, but only ${formatMs(at - (lastHealAt(history) ?? at))} after the last heal.`;
}

function pendingText({ site, dumped: { state } }: SiteState): string {
  if (state.inDoubt.length === 0) return `${site} still worked on ${listed(state.unfinished)}`;
  return `${site} was still in doubt about ${listed(state.inDoubt)}`;
}

/**
 * A yes vote on disk whose decision never got there although others committed: a restart now would be in doubt about a finished
 * transaction. Without a commit anywhere the abort may rest in memory, as presumed abort allows (Mohan et al. 1986).
 */
function forgotten(facts: Facts, states: readonly SiteState[]): readonly Complaint[] {
  return [...facts.txs.values()].flatMap((transaction) => {
    const { tx } = transaction;
    const commit = firstCommit(transaction);
    const open = commit === null ? [] : inDoubt(facts, transaction).filter(({ to }) => to === null);
    return open.flatMap(({ opened }) => {
      const claimsRest = states.some(({ site, dumped }) => site === opened.site && !dumped.state.inDoubt.includes(tx));
      if (commit === null || !claimsRest) return [];
      const reason = `${opened.site} never recorded the decision of ${tx}, which ${commit.site} committed.`;
      return [{ reason, events: [opened.source, commit.source] }];
    });
  });
}
