// The system works again: after the last heal every key that the lab asked for could be used. The lab asks by itself, for all that the
// fault may have hit, lest a run whose workload was over by then prove nothing, and a lock that nobody gives back go unseen.

import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Json } from '../../nodes/contract/messages.ts';
import type { SiteId } from '../../nodes/contract/workload.ts';
import type { Finding, History } from '../findings.ts';
import { readerOf } from './contents.ts';
import { type Complaint, conclude, count, formatMs, listed, notApplicable, unknown } from './conclude.ts';
import { isConditional, timeWithout } from './conditions.ts';
import { countersIn } from './counter/content.ts';
import { type Facts, type Operation, outcomeOf, type Told } from './facts.ts';
import { factsOf } from './gather.ts';
import { formatKey, type Key, shownBy, usesOf } from './keys.ts';
import { stands } from './standing.ts';
import { intersect } from './spans.ts';
import { lastChangeAt, lastHealAt } from './windows.ts';

export function progress(history: History): Finding {
  const facts = factsOf(history);
  const healed = lastHealAt(history) ?? (isConditional(history, 'progress') ? lastChangeAt(history) : null);
  if (healed === null) return unknown('progress', 'A fault was never healed.');
  const holes = [...facts.holes.values()];
  const after = invokedSince(facts, healed);
  const ok = after.filter((operation) => outcomeOf(operation) === 'ok');
  if (stands(history)) return notApplicable('progress', `A fault is never to end. ${firstWord(ok, healed)}`);
  const probing = facts.phases.find(({ phase }) => phase === 'probing');
  if (probing === undefined) {
    const gaps = ok.length > 0 ? [] : [...holes, 'No operation asked after the last heal could show progress.'];
    return conclude('progress', { broken: [], gaps, holds: firstWord(ok, healed) });
  }
  const probes = invokedSince(facts, Math.max(healed, probing.at));
  const without = timeWithout(history, 'progress');
  const due = probes.filter((probe) => !isExcused(facts, probe, without));
  if (probes.length > 0 && due.length === 0) return notApplicable('progress', 'Nothing was up that could be used.');
  const trials = trialsOf(facts, due);
  const stuck = trials.filter((trial) => trial.end === 'stuck');
  const untried = trials.filter((trial) => trial.end === 'untried');
  return conclude('progress', {
    broken: holes.length > 0 || stuck.length === 0 ? [] : [stuckComplaint(stuck, trials.length)],
    gaps: [
      ...holes,
      ...(trials.length === 0 ? ['Nothing was asked for after the last heal.'] : []),
      ...untried.map(({ key }) => `No probe shows whether ${formatKey(key)} can be used again.`),
    ],
    holds: `${firstWord(ok, healed)} All of ${count(trials.length, 'probed key')} could be used.`,
  });
}

function firstWord(ok: readonly Operation[], healed: number): string {
  if (ok.length === 0) return 'No operation asked after the last heal ended ok.';
  const first = Math.min(...ok.map(({ completed }) => completed?.at ?? Number.POSITIVE_INFINITY));
  if (healed === 0) return `${count(ok.length, 'operation')} ended ok; no fault came between.`;
  return `${count(ok.length, 'operation')} asked after the last heal ended ok, the first ${formatMs(first - healed)} after it.`;
}

function invokedSince(facts: Facts, at: number): readonly Operation[] {
  return [...facts.ops.values()].filter(({ invoked }) => invoked !== null && invoked.at >= at);
}

/** It came to nothing while what the promise needs was not up. */
function isExcused({ end }: Facts, probe: Operation, without: ReturnType<typeof timeWithout>): boolean {
  if (outcomeOf(probe) === 'ok' || probe.invoked === null) return false;
  const asked = [{ from: probe.invoked.at, to: probe.completed?.at ?? end + 1 }];
  const sites = usesOf(probe).map(({ site }) => site);
  return intersect(asked, without(sites)).length > 0;
}

/** What the probes show of one key. */
type Shown = { readonly end: 'usable' | 'untried' } | Stuck;
interface Stuck {
  readonly end: 'stuck';
  readonly why: string;
  readonly events: readonly HistoryEvent[];
}
type Trial<End extends Shown = Shown> = End & { readonly key: Key };

function trialsOf(facts: Facts, probes: readonly Operation[]): readonly Trial[] {
  const isCut = wasCutShort(facts);
  const asked = probes.flatMap((probe) => usesOf(probe).map((key) => ({ key, probe })));
  const byKey = Map.groupBy(asked, ({ key }) => formatKey(key));
  return [...byKey.values()].flatMap((tries) => {
    const shown = tries.map(({ key, probe }): Trial => ({ key, ...lookAt(facts, key, probe, isCut) }));
    const best = shown.find(({ end }) => end === 'usable') ?? shown.find(({ end }) => end === 'stuck') ?? shown[0];
    return best ?? [];
  });
}

/** A probe that another node refused, or that the end of the run cut off, says nothing of this key. */
function lookAt(facts: Facts, key: Key, probe: Operation, isCut: boolean): Shown {
  if (outcomeOf(probe) === 'ok' || wasAgreedTo(facts, key, probe) || wasHad(facts, key, probe))
    return { end: 'usable' };
  const refusals = refusalsOf(facts, probe);
  const own = refusals.filter(({ by }) => by === key.site);
  const shown = own.map(({ note }) => (note === null ? silentlyShown(facts, key, probe) : shownBy(note, key)));
  if (shown.includes('free')) return { end: 'usable' };
  const blame = own[shown.indexOf('taken')];
  if (blame !== undefined) return stuckAt(probe, refusalText(key, blame), blame.event);
  const isOver = probe.completed !== null || !isCut;
  return refusals.length === 0 && isOver
    ? stuckAt(probe, `${formatKey(key)} could not be used, ${endText(probe)}`)
    : { end: 'untried' };
}

/** The promise took the lock: it had been free. */
function wasAgreedTo(facts: Facts, { site }: Key, { began }: Operation): boolean {
  return began.some(({ note }) => {
    const { prepared = [], votes = [], readers } = facts.txs.get(note.about) ?? {};
    const hasVoted = votes.some(({ voter, ballot }) => voter === site && ballot !== 'no');
    return hasVoted || readers?.has(site) === true || prepared.some((promise) => promise.site === site);
  });
}

/** A lock was granted and its resource answered: work that was too slow for its lease after that is no lock that cannot be had. */
function wasHad({ grants, states }: Facts, { site, key }: Key, { began }: Operation): boolean {
  const content = states.get(site)?.state.content;
  const accesses = content === undefined ? [] : (countersIn(content).get(key)?.accesses ?? []);
  return began.some(({ note: { about } }) => {
    const granted = grants.some(({ note }) => note.word === 'granted' && note.about === about && note.key === key);
    return granted && accesses.some((access) => access.about === about);
  });
}

interface Refused {
  readonly by: SiteId;
  readonly note: Told<'refused'>['note'] | null;
  readonly event: HistoryEvent;
}

/** Those told by a note, and votes of no by nodes that told none. */
function refusalsOf(facts: Facts, { began }: Operation): readonly Refused[] {
  return began.flatMap(({ note: { about: tx } }) => {
    const { excuses = [], votes = [] } = facts.txs.get(tx) ?? {};
    const told = excuses.flatMap((event) =>
      event.note.word === 'refused' ? [{ by: facts.siteOf(event.node), note: event.note, event }] : [],
    );
    const silent = votes.filter(({ voter, ballot }) => ballot === 'no' && told.every(({ by }) => by !== voter));
    return [...told, ...silent.map(({ voter, source }) => ({ by: voter, note: null, event: source }))];
  });
}

/**
 * A no without a reason is held against the key, unless it was free at rest and the resource itself gives ground to refuse: an account that
 * is empty, a customer that is gone.
 */
function silentlyShown({ history, states }: Facts, key: Key, { invoked }: Operation): ReturnType<typeof shownBy> {
  const state = states.get(key.site)?.state;
  if (state === undefined || state.holds.some((hold) => hold.key === key.key)) return 'taken';
  const request = invoked?.note.request as Json | undefined;
  return readerOf(history.run.workload).mayRefuse?.(state.content, request, key) === true ? 'free' : 'taken';
}

function refusalText(key: Key, { by, note }: Refused): string {
  if (note?.reason !== 'locked')
    return `${formatKey(key)} could not be used, ${by} voted no${note ? `: ${note.reason}` : ''}`;
  return `${formatKey(key)} is still locked${note.holder === undefined ? '' : ` by ${note.holder}`}`;
}

function endText({ op, completed }: Operation): string {
  return completed === null ? `${op} got no answer` : `${op} ended ${completed.note.outcome}`;
}

function stuckAt({ invoked, completed }: Operation, why: string, refusal: HistoryEvent | null = null): Stuck {
  return { end: 'stuck', why, events: [invoked, refusal, completed].filter((event) => event !== null) };
}

function stuckComplaint(stuck: readonly Trial<Stuck>[], probed: number): Complaint {
  const events = [...new Set(stuck.flatMap((trial) => trial.events))].sort((a, b) => a.at - b.at);
  const whole = `${stuck.length} of ${count(probed, 'probed key')}`;
  return { reason: `After the last heal ${whole} cannot be used: ${listed(stuck.map(({ why }) => why))}.`, events };
}

/** Not by its own end, nor by its time limit: then whoever has no answer yet might have got one. */
function wasCutShort({ history }: Facts): boolean {
  const ended = history.events.findLast((event) => event.kind === 'ended');
  return ended?.kind === 'ended' && ended.why !== 'complete' && ended.why !== 'time-limit';
}
