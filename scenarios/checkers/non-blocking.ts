// Non-blocking: no live participant stays in doubt longer than the bound B while a fault lasts, whoever it can reach. A node that is
// itself dead or paused blocks nobody. Where it is promised only while a quorum or a store is up, other time does not count. In doubt past B without any fault is a violation too.

import type { Finding, History } from '../findings.ts';
import { type Complaint, conclude, formatMs, listed, notApplicable, unknown } from './conclude.ts';
import { doubtsOf, type MeasuredDoubt } from './doubts.ts';
import { excusedFrom } from './conditions.ts';
import { factsOf } from './gather.ts';
import { holeOf } from './sites.ts';
import { faultWindows, unreadLogs } from './windows.ts';

export function nonBlocking(history: History): Finding {
  const facts = factsOf(history);
  const boundMs = history.run.timeouts['blocked'];
  if (boundMs === undefined) return unknown('non-blocking', 'The run names no bound: timeouts.blocked is missing.');
  if (![...facts.txs.values()].some(({ prepared }) => prepared.length > 0)) {
    return notApplicable('non-blocking', 'No participant was ever in doubt.');
  }
  const holes = facts.holes;
  const doubts = doubtsOf(history, boundMs, excusedFrom(history, 'non-blocking'));
  const seen = doubts.filter(({ blocked, node }) => blocked && holeOf(facts, node) === undefined);
  const hit = new Set(facts.holds.flatMap((event) => (event.kind === 'held' ? [event.about] : [])));
  // Of the transaction that the fault was aimed at first, then the longest.
  const worst = seen.toSorted((a, b) => Number(hit.has(b.tx)) - Number(hit.has(a.tx)) || b.blockedMs - a.blockedMs);
  return conclude('non-blocking', {
    broken: worst.map((doubt) => blockedComplaint(history, doubt, boundMs)),
    gaps: [...holes.values(), ...unreadLogs(history), ...undecided(doubts, boundMs)],
    holds: `No live participant stayed in doubt longer than the bound of ${boundMs} ms${whileText(history)}.`,
  });
}

/** Time without what the promise needs is left out. */
function whileText({ run }: History): string {
  const condition = run.whiles?.['non-blocking'];
  return condition === undefined ? '' : ` while a ${condition} was up`;
}

/** Neither blocked nor decided in time: the fault did not last long enough to tell. */
function undecided(doubts: readonly MeasuredDoubt[], boundMs: number): readonly string[] {
  return doubts
    .filter(({ blocked, aliveMs }) => !blocked && aliveMs > boundMs)
    .map(({ node, tx, blockedMs }) => {
      const lasted = formatMs(blockedMs * 1000);
      return `${node} was in doubt about ${tx} until the heal, but only for ${lasted} of the fault (bound ${boundMs} ms).`;
    });
}

function blockedComplaint(history: History, doubt: MeasuredDoubt, boundMs: number): Complaint {
  const { from, to, opened } = doubt;
  const faults = faultWindows(history).filter(
    (window) => window.from < (to ?? Number.POSITIVE_INFINITY) && window.to > from,
  );
  const told = decisionsOf(history, doubt);
  const events = [opened.source, ...faults.map(({ injected }) => injected), ...told.map(({ source }) => source)];
  return { reason: describeDoubt(history, doubt, boundMs), events: events.sort((a, b) => a.at - b.at) };
}

/** Who, about what, how long, what it locked, and who could have told. */
function describeDoubt(history: History, doubt: MeasuredDoubt, boundMs: number): string {
  const { node, tx, keys } = doubt;
  const locks = keys.length === 0 ? '' : `, locking ${listed(keys)}`;
  const stayed = `${node} stayed in doubt about ${tx} for ${howLong(doubt)} (bound ${boundMs} ms)${locks}`;
  return `${stayed}; ${whoKnew(history, doubt)}.`;
}

/** What is judged is the part that a fault, or the node's own life, accounts for; who looks into the history finds the whole. */
function howLong({ wholeMs, blockedMs, inWindow }: MeasuredDoubt): string {
  const judged = formatMs(blockedMs * 1000);
  const whole = formatMs(wholeMs * 1000);
  if (whole === judged) return judged;
  return `${whole}, ${judged} of it ${inWindow ? 'while a fault lasted and it was up' : 'while it was up'}`;
}

function whoKnew(history: History, doubt: MeasuredDoubt): string {
  const known = decisionsOf(history, doubt);
  if (known.length === 0) return 'no node had logged a decision by then';
  const words = known.map(({ site, decision, at }) => `the log of ${site} held ${decision} ${since(at, doubt.from)}`);
  return listed(words);
}

function since(at: number, from: number): string {
  return at <= from ? 'already' : `since ${formatMs(at - from)} into the doubt`;
}

function decisionsOf(history: History, { tx, couldHaveTold }: MeasuredDoubt) {
  const decisions = factsOf(history).txs.get(tx)?.decisions ?? [];
  return couldHaveTold.flatMap((site) => decisions.find((one) => one.site === site) ?? []);
}
