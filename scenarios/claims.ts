// Refuses what cannot work or would show nothing, before anything starts: timeouts that make outcomes a matter of luck, claims that
// their own faults rule out.

import { findProtocol } from '../nodes/protocols/catalog.ts';
import { formatDuration } from './duration.ts';
import { lastsOf } from './fault-plan.ts';
import { nearest } from './nearest.ts';
import { defaultMoment } from './moment.ts';
import { nodesOf, type Fault } from '../compose/faults.ts';
import { worldOf } from './world.ts';
import type { Scenario } from './scenario-types.ts';
import { problemAt, type Complaint, type Problem } from './problem.ts';
import type { Property } from '../nodes/contract/catalog.ts';
import type { Locate } from './shape.ts';

export function questionable(scenario: Scenario, locate: Locate): readonly Problem[] {
  return [
    ...timeoutProblems(scenario, locate),
    ...workloadProblems(scenario, locate),
    ...durationProblems(scenario, locate),
    ...targetProblems(scenario, locate),
    ...propertyProblems(scenario, locate),
  ];
}

// ── timeouts ──

interface Relation {
  readonly small: string;
  readonly large: string;
  /** `large` must be more than so many times `small`, or at least so many times where equal is enough. */
  readonly times: number;
  readonly why: string;
}

const LONGER_THAN_ALL = 'a client that gives up first would call everything unknown';
const RELATIONS: readonly Relation[] = [
  { small: 'inquiry', large: 'vote', times: 2, why: 'a participant in doubt must have asked before its coordinator gives up' },
  { small: 'vote', large: 'blocked', times: 2, why: 'a wait for votes must not look like blocking' },
  ...['vote', 'inquiry', 'resend', 'blocked'].map((small) => ({ small, large: 'operation', times: 1, why: LONGER_THAN_ALL })),
];

/** Timeouts of a protocol that has no timeout of such a name are in no relation to it. */
function timeoutProblems({ protocol, timeouts }: Scenario, locate: Locate): readonly Problem[] {
  return RELATIONS.flatMap(({ small, large, times, why }) => {
    const [less, more] = [timeouts[small], timeouts[large]];
    if (less === undefined || more === undefined || more > less * times) return [];
    const multiple = times === 1 ? '' : `${times} times `;
    const message = `timeouts.${large} (${formatDuration(more)}) must be longer than ${multiple}timeouts.${small} (${formatDuration(less)}): ${why}.`;
    const hint = `Make ${large} longer than ${formatDuration(less * times)}, or ${small} shorter than ${formatDuration(more / times)}.`;
    // The one that was changed is to blame; of two that were, the large one.
    const isDefault = more === findProtocol(protocol)?.timeouts[large]?.ms;
    const [name, found] = isDefault ? [small, less] : [large, more];
    return [problemAt(locate(['timeouts', name]), { found: formatDuration(found), message, hint })];
  });
}

// ── workload ──

function workloadProblems({ workload, okAtLeast }: Scenario, locate: Locate): readonly Problem[] {
  const { accounts, clients, contention, transactions } = workload;
  const own = contention > 0 ? accounts - 1 : accounts;
  const hot = contention > 0 ? ' beside the hot one' : '';
  const few: Complaint = {
    found: String(accounts),
    message: `${accounts} accounts are too few: each of the ${clients} clients needs one of its own in every bank${hot}.`,
    allowed: [`at least ${clients + accounts - own}`],
  };
  const many: Complaint = {
    found: String(okAtLeast),
    message: `okAtLeast is ${okAtLeast}, but the workload has ${transactions} transactions.`,
    allowed: [`at most ${transactions}`],
  };
  return [
    ...(own < clients ? [problemAt(locate(['workload', 'accounts']), few)] : []),
    ...((okAtLeast ?? 0) > transactions ? [problemAt(locate(['okAtLeast']), many)] : []),
  ];
}

// ── faults ──

function durationProblems(scenario: Scenario, locate: Locate): readonly Problem[] {
  const { timeLimitMs, timeouts } = scenario;
  return scenario.faults.flatMap((sentence, index) => {
    const lasts = lastsOf(sentence, timeouts);
    const until = lasts + (sentence.moment?.kind === 'time' ? sentence.moment.afterMs : 0);
    if (until < timeLimitMs) return [];
    const message = `The fault would end after ${formatDuration(until)}, but the run is ended after timeLimit (${formatDuration(timeLimitMs)}).`;
    return [problemAt(locate(['faults', index]), { found: formatDuration(until), message, hint: 'Shorten the fault, or raise timeLimit.' })];
  });
}

// ── claims ──

function targetProblems(scenario: Scenario, locate: Locate): readonly Problem[] {
  const { expect, faults } = scenario;
  if (!expect.target) return [];
  const world = worldOf(scenario);
  const isAtStep = faults.some(({ moment }) => (moment ?? defaultMoment(world)).kind !== 'time');
  const nobody: Complaint = {
    found: 'target',
    message: 'A claim about the target needs a fault at a step: a fault at a time hits no transaction in particular.',
    hint: 'Name a step or a phase in the fault, or leave the target out.',
  };
  return [
    ...(faults.length > 0 && !isAtStep ? [problemAt(locate(['expect', 'target'], 'key'), nobody)] : []),
    ...blockedProblems(scenario, locate),
    ...luckProblems(scenario, locate),
  ];
}

function blockedProblems({ expect, faults, participants }: Scenario, locate: Locate): readonly Problem[] {
  const allowed = Array.from({ length: participants }, (_, index) => `participant-${index + 1}`);
  return (expect.target?.blocked ?? []).flatMap((node, index) => {
    const place = locate(['expect', 'target', 'blocked', index]);
    if (!allowed.includes(node)) {
      return [problemAt(place, { found: node, message: `There is no participant ${node} here.`, allowed, nearest: nearest(node, allowed) })];
    }
    const hit = faults.find(({ fault }) => stops(fault) && nodesOf(fault).includes(node));
    if (!hit) return [];
    const others = allowed.filter((name) => !faults.some(({ fault }) => stops(fault) && nodesOf(fault).some((one) => one === name)));
    const message = `${node} cannot be claimed as blocked: its own fault (${hit.fault.do}) stops it, and only the living wait.`;
    return [problemAt(place, { found: node, message, allowed: others })];
  });
}

function stops(fault: Fault): boolean {
  return fault.do === 'kill' || fault.do === 'restart' || fault.do === 'pause';
}

/** A pause or cut about as long as the wait for votes: whether the vote or the end of the wait comes first is luck. */
function luckProblems({ expect, faults, timeouts }: Scenario, locate: Locate): readonly Problem[] {
  const vote = timeouts['vote'];
  if (vote === undefined || expect.target?.decision === undefined) return [];
  return faults.flatMap((sentence, index) => {
    const lasts = lastsOf(sentence, timeouts);
    if (sentence.fault.do !== 'pause' && sentence.fault.do !== 'cut') return [];
    if (lasts < vote / 2 || lasts > vote * 2) return [];
    const message = `The fault lasts ${formatDuration(lasts)} and the coordinator waits ${formatDuration(vote)} for votes: which ends first is luck, and so is the claimed decision.`;
    const hint = `Let it last less than ${formatDuration(vote / 2)} or more than ${formatDuration(vote * 2)}, or claim no decision.`;
    return [problemAt(locate(['faults', index]), { found: formatDuration(lasts), message, hint })];
  });
}

function propertyProblems(scenario: Scenario, locate: Locate): readonly Problem[] {
  const { expect, faults, timeouts } = scenario;
  const claimed = expect.properties['non-blocking'];
  const isBlocking = (expect.target?.blocked ?? []).length > 0;
  const where = claimed === 'violated' ? locate(['expect', 'non-blocking']) : locate(['expect', 'target', 'blocked']);
  const contradiction: Complaint = {
    found: 'holds',
    message: 'Somebody is claimed to be blocked, and non-blocking to hold.',
    allowed: ['violated'],
  };
  return [
    ...LOCKS_ONLY.filter((name) => name in expect.properties).map((name) => problemAt(locate(['expect', name], 'key'), aboutLocks(name))),
    ...(isBlocking && claimed === 'holds' ? [problemAt(locate(['expect', 'non-blocking']), contradiction)] : []),
    ...(isBlocking || claimed === 'violated' ? windowProblems(faults.map((sentence) => lastsOf(sentence, timeouts)), timeouts, where, locate) : []),
  ];
}

/** Nobody can be blocked for longer than the fault lasts that blocks them. */
function windowProblems(lasts: readonly number[], timeouts: Scenario['timeouts'], where: Problem['where'], locate: Locate): readonly Problem[] {
  const bound = timeouts['blocked'] ?? 0;
  const longest = Math.max(0, ...lasts);
  if (lasts.length === 0) return [problemAt(where, { found: 'no fault', message: 'Blocking is claimed, but there is no fault.', hint: 'Add the fault to faults.' })];
  if (longest > bound) return [];
  const message = `Blocking is claimed, but the fault lasts ${formatDuration(longest)} and only a doubt longer than timeouts.blocked (${formatDuration(bound)}) is called blocking.`;
  const hint = `Let it last longer than ${formatDuration(bound)}, or lower timeouts.blocked.`;
  return [problemAt(locate(['faults', lasts.indexOf(longest)]), { found: formatDuration(longest), message, hint })];
}

function aboutLocks(name: Property): Complaint {
  return { found: name, message: `${name} is about locks, and this workload makes transfers.`, hint: 'Leave it out.' };
}

const LOCKS_ONLY: readonly Property[] = ['exclusion-service', 'exclusion-belief', 'exclusion-effect', 'fencing'];
