// Whether a run showed anything at all: its faults hit their steps and were seen, something was at stake, enough went well, and
// nothing of the trace is missing. Says nothing about the protocol.

import { type EventOf, outcomeOf } from '../checkers/facts.ts';
import { inDoubt } from '../checkers/doubts.ts';
import { factsOf } from '../checkers/gather.ts';
import { isOfLocks } from '../../nodes/contract/properties.ts';
import { isMeddling } from '../../nodes/contract/meddling.ts';
import type { History } from '../findings.ts';
import type { Plan, PlannedFault } from '../plan/plan-types.ts';
import { isLess, stakeOf } from './target.ts';

/** Why the run is inconclusive, most important first; empty when it is not. */
export function missingEvidence(history: History, plan: Pick<Plan, 'faults' | 'okAtLeast'>): readonly string[] {
  return [
    ...endProblems(history),
    ...plan.faults.flatMap((planned) => faultProblems(history, planned)),
    ...unplanned(history, plan),
    ...factsOf(history).holes.values(),
    ...fewOperations(history, plan.okAtLeast),
    ...alone(history),
  ];
}

function endProblems({ events, torn }: History): readonly string[] {
  const ended = events.findLast((event) => event.kind === 'ended');
  if (ended?.kind !== 'ended') {
    return [
      torn
        ? 'The history breaks off in the middle of a line.'
        : 'The history has no end: the lab was stopped while it ran.',
    ];
  }
  const detail = ended.detail === undefined ? '' : `: ${ended.detail}`;
  switch (ended.why) {
    case 'time-limit':
      return [`The run was ended by its time limit${detail}.`];
    case 'interrupted':
      return [`The run was interrupted${detail}.`];
    case 'engine-lost':
      return [`The engine was lost${detail}.`];
    default:
      return [];
  }
}

function faultProblems(history: History, planned: PlannedFault): readonly string[] {
  const { faults } = factsOf(history);
  const [injected, ...later] = faults.filter(({ id }) => id === planned.id);
  if (injected === undefined) return [`'${planned.text}' was never injected${unreached(history)}.`];
  if (!injected.evidence.seen) return [`'${planned.text}' has no evidence: ${injected.evidence.text}.`];
  const ended = later.findLast(({ fault }) => fault === planned.then.do);
  return [
    ...ending(planned, ended),
    ...placing(planned, injected),
    ...idling(history, planned, injected),
    ...staking(history, planned, injected),
  ];
}

/** A history from elsewhere comes without a plan; its faults need their evidence all the same. */
function unplanned(history: History, plan: Pick<Plan, 'faults'>): readonly string[] {
  const others = factsOf(history).faults.filter(({ id }) => !plan.faults.some((planned) => planned.id === id));
  const unseen = others.filter(({ evidence }) => !evidence.seen);
  return unseen.map(({ fault, node, evidence }) => `The ${fault} of ${node} has no evidence: ${evidence.text}.`);
}

/** The lab knows how often the step was reached; it says so when it gives up waiting for it, or for the node to be held there. */
function unreached(history: History): string {
  const { phases } = factsOf(history);
  const details = (['healed', 'probing'] as const).flatMap(
    (name) => phases.findLast(({ phase }) => phase === name)?.detail ?? [],
  );
  return details.length === 0 ? '' : ` (${details.join('; ')})`;
}

function ending(planned: PlannedFault, ended: EventOf<'fault'> | undefined): readonly string[] {
  if (planned.then.never || planned.then.do === 'nothing' || ended?.evidence.seen) return [];
  if (ended && isMeddling(planned.fault.do)) return [`'${planned.text}' was ${ended.evidence.text}.`];
  const why = ended === undefined ? '' : `: ${ended.evidence.text}`;
  return [`'${planned.text}' was never ended by its ${planned.then.do}${why}.`];
}

function placing({ when, text }: PlannedFault, { hold }: EventOf<'fault'>): readonly string[] {
  return when.at === 'step' && hold === undefined ? [`'${text}' was injected, but not while its step was held.`] : [];
}

/** A fault that finds nothing under way shows nothing, however well it was done: no operation of a client, and nobody in doubt. */
function idling(history: History, { text, fault }: PlannedFault, { since, at }: EventOf<'fault'>): readonly string[] {
  // What was met shows that something was under way.
  if (isMeddling(fault.do)) return [];
  const facts = factsOf(history);
  const isAsked = [...facts.ops.values()].some(
    ({ invoked, completed }) => invoked !== null && invoked.at <= at && (completed === null || completed.at >= since),
  );
  const isOpen = () =>
    [...facts.txs.values()].some((transaction) =>
      inDoubt(facts, transaction).some(({ from, to }) => from <= at && (to === null || to >= since)),
    );
  return isAsked || isOpen() ? [] : [`'${text}' hit an idle system: no operation was under way.`];
}

function staking(history: History, { stake, text }: PlannedFault, injected: EventOf<'fault'>): readonly string[] {
  if (injected.hold === undefined && stake === 'none') return [];
  const found = stakeOf(history, injected);
  return isLess(found, stake) ? [`'${text}' hit when less was at stake than declared: ${found}, not ${stake}.`] : [];
}

/** A lock that nobody else wanted shows nothing of exclusion. */
function alone(history: History): readonly string[] {
  if (!isOfLocks(history.run.family)) return [];
  const spans = [...factsOf(history).ops.values()].flatMap(({ invoked, completed }) =>
    invoked ? [{ node: invoked.node, from: invoked.at, to: completed?.at ?? Number.POSITIVE_INFINITY }] : [],
  );
  const sorted = spans.toSorted((left, right) => left.from - right.from);
  const meets = sorted.some(({ node, to }, index) =>
    sorted.slice(index + 1, index + NEIGHBOURS).some((next) => next.node !== node && next.from < to),
  );
  return meets ? [] : ['No two clients wanted the same at the same time: nothing is shown of exclusion.'];
}

/** Of so many operations that begin after one, the first of another client is one. */
const NEIGHBOURS = 64;

function fewOperations(history: History, atLeast: number): readonly string[] {
  const ok = [...factsOf(history).ops.values()].filter((operation) => outcomeOf(operation) === 'ok').length;
  return ok < atLeast ? [`Only ${ok} operations ended ok; with fewer than ${atLeast} a run shows too little.`] : [];
}
