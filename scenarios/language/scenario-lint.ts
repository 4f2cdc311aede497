// Refuses what cannot work or would show nothing, before anything starts: timeouts that make outcomes a matter of luck, claims that
// their own faults rule out.

import { isOfLocks } from '../../nodes/contract/properties.ts';
import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { formatDuration } from './duration.ts';
import { lastsOf } from './lasting.ts';
import { misplaced } from '../checkers/properties.ts';
import { timeoutProblems } from './timeouts.ts';
import { momentOf } from './moment.ts';
import { isBetween, isMessageFault, type Fault, type Target } from '../../compose/faults.ts';
import { kindOf } from '../workloads/catalog.ts';
import { canTalk, notAParticipant, layoutOf } from './layout.ts';
import type { Scenario } from './scenario-types.ts';
import { hitBy, type Sentence } from './sentence.ts';
import { problemAt, type Complaint, type Problem } from './problem.ts';
import type { Locate } from './problem.ts';

export function questionable(scenario: Scenario, locate: Locate): readonly Problem[] {
  return [
    ...timeoutProblems(scenario, locate),
    ...voterProblems(scenario, locate),
    ...workloadProblems(scenario, locate),
    ...retryProblems(scenario, locate),
    ...durationProblems(scenario, locate),
    ...sameProblems(scenario, locate),
    ...linkProblems(scenario, locate),
    ...targetProblems(scenario, locate),
    ...propertyProblems(scenario, locate),
  ];
}

// ── voters ──

/** A transaction whose voters are so few that one failure leaves no majority of them. */
function voterProblems({ protocol, topology, voters, workload }: Scenario, locate: Locate): readonly Problem[] {
  const rule = findProtocol(protocol)?.voters;
  if (voters === undefined) return [];
  const where = locate(['topology', 'voters']);
  if (rule === undefined) {
    const message = `${protocol} takes no votes of a majority, so nobody can be left out of one.`;
    return [problemAt(where, { found: voters, message, hint: 'Leave voters out.' })];
  }
  // With the coordinator they are all who can vote, as where nothing is said.
  if (voters === 'all') return [];
  const { sitesOf, enlisting, words } = kindOf(workload.kind);
  const count = sitesOf(workload, layoutOf({ protocol, topology, workload }).guards.length);
  if (count >= rule.least) return [];
  const are =
    count === 1
      ? '1 participant without its coordinator is 1'
      : `${count} participants without their coordinator are ${count}`;
  const message = `${protocol} needs at least ${rule.least} voters in a transaction, but ${are}: ${rule.why}.`;
  const how = enlisting ? ` (${enlisting(rule.least)})` : '';
  const hint = `Let the coordinator vote (voters: all), or let at least ${rule.least} participants take part in every ${words.operation}${how}.`;
  return [problemAt(where, { found: voters, message, allowed: ['all'], hint })];
}

// ── workload ──

function workloadProblems({ workload: { transactions }, okAtLeast }: Scenario, locate: Locate): readonly Problem[] {
  if ((okAtLeast ?? 0) <= transactions) return [];
  const many: Complaint = {
    found: String(okAtLeast),
    message: `okAtLeast is ${okAtLeast}, but the workload has ${transactions} transactions.`,
    allowed: [`at most ${transactions}`],
  };
  return [problemAt(locate(['okAtLeast']), many)];
}

/** Where others may commit without the coordinator, it cannot say after a crash whether a request was done. */
function retryProblems({ protocol, workload }: Scenario, locate: Locate): readonly Problem[] {
  if (workload.retry !== 'commit' || findProtocol(protocol)?.answersOnce) return [];
  const message = `${protocol} cannot do a request once that comes again: its participants may commit without their coordinator, which does not know then for whom that was.`;
  const hint = `Leave retry out, or take a protocol whose coordinator alone decides, as 2pc.`;
  return [problemAt(locate(['workload', 'retry']), { found: 'commit', message, allowed: ['never', 'body'], hint })];
}

// ── faults ──

function durationProblems(scenario: Scenario, locate: Locate): readonly Problem[] {
  const { timeLimitMs, timeouts } = scenario;
  return scenario.faults.flatMap((sentence, index) => {
    const lasts = lastsOf(sentence, timeouts);
    const late = isMessageFault(sentence.fault) ? (sentence.fault.byMs ?? 0) : 0;
    const until = lasts + late + (sentence.moment?.kind === 'time' ? sentence.moment.afterMs : 0);
    if (until < timeLimitMs) return [];
    const message = `The fault would end after ${formatDuration(until)}, but the run is ended after timeLimit (${formatDuration(timeLimitMs)}).`;
    return [
      problemAt(locate(['faults', index]), {
        found: formatDuration(until),
        message,
        hint: 'Shorten the fault, or raise timeLimit.',
      }),
    ];
  });
}

/** What nobody says anything over cannot be missed. */
function linkProblems(scenario: Scenario, locate: Locate): readonly Problem[] {
  const layout = layoutOf(scenario);
  const isNamed = (target: Target) => typeof target === 'string';
  return scenario.faults.flatMap(({ fault }, index) => {
    if (!isBetween(fault)) return [];
    const [group, from] = [fault.group.filter(isNamed), fault.from.filter(isNamed)];
    const isAll = group.length === fault.group.length && from.length === fault.from.length;
    const [one, other] = [group[0], from[0]];
    if (!isAll || !one || !other || group.some((here) => from.some((there) => canTalk(layout, here, there)))) return [];
    const talker = layout.nodes.find(({ id }) => id !== one && canTalk(layout, one, id));
    const message = `${scenario.protocol} sends nothing between ${one} and ${other}: nobody would miss anything.`;
    const hint = talker ? `${one} and ${talker.id} do talk.` : '';
    return [problemAt(locate(['faults', index]), { found: other, message, ...(hint !== '' && { hint }) })];
  });
}

/** The same transaction as which? The first fault must hit one, by a count of its own. */
function sameProblems(scenario: Scenario, locate: Locate): readonly Problem[] {
  const [first, ...others] = scenario.faults;
  if (!first || !scenario.faults.some(({ nth }) => nth === 'same')) return [];
  const isAtTime = momentOf(first, layoutOf(scenario)).kind === 'time';
  if (first.nth !== 'same' && !isAtTime) return [];
  const index = first.nth === 'same' ? 0 : 1 + others.findIndex(({ nth }) => nth === 'same');
  const message = 'There is no transaction that this could be the same as: the first fault does not hit a certain one.';
  const hint = 'Let the first fault come at a step: of transaction 20.';
  return [problemAt(locate(['faults', index]), { found: 'same', message, hint })];
}

// ── claims ──

function targetProblems(scenario: Scenario, locate: Locate): readonly Problem[] {
  const { expect, faults } = scenario;
  if (!expect.target) return [];
  const layout = layoutOf(scenario);
  if (isOfLocks(layout.protocol.family)) {
    const message = `${layout.protocol.name} commits no transaction, so nothing can be claimed of one that a fault hits.`;
    const hint = 'Leave the target out, and claim properties: exclusion-service: holds';
    return [problemAt(locate(['expect', 'target'], 'key'), { found: 'target', message, hint })];
  }
  const isAtStep = faults.some((sentence) => momentOf(sentence, layout).kind !== 'time');
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

function blockedProblems(scenario: Scenario, locate: Locate): readonly Problem[] {
  const allowed: readonly string[] = layoutOf(scenario).guards;
  const living = allowed.filter((name) => stoppedTooLong(name, scenario) === null);
  const claimed = scenario.expect.target?.blocked ?? [];
  if (typeof claimed === 'number') return claimed <= living.length ? [] : [tooMany(claimed, living, locate)];
  return claimed.flatMap((node, index) => {
    const place = locate(['expect', 'target', 'blocked', index]);
    if (!allowed.includes(node)) return [problemAt(place, notAParticipant(node, allowed))];
    const stopped = stoppedTooLong(node, scenario);
    if (stopped === null) return [];
    const message = `${node} cannot be claimed as blocked: its own fault (${stopped.fault.do}) stops it, and only the living wait.`;
    return [problemAt(place, { found: node, message, allowed: living })];
  });
}

function tooMany(claimed: number, living: readonly string[], locate: Locate): Problem {
  const message = `${claimed} cannot be blocked: ${living.length === 1 ? '1 participant lives' : `${living.length} participants live`} on, and only the living wait.`;
  const allowed = Array.from({ length: living.length }, (_, index) => String(index + 1));
  return problemAt(locate(['expect', 'target', 'blocked']), { found: String(claimed), message, allowed });
}

/**
 * The fault that stops this node, if it leaves it no time to be blocked: a node that is back while another fault still lasts for longer
 * than the bound B can be.
 */
function stoppedTooLong(node: string, { faults, timeouts }: Scenario): Sentence | null {
  const isOwn = (sentence: Sentence) => stops(sentence.fault) && hitBy(sentence).some((one) => one === node);
  const own = faults.find(isOwn);
  if (own === undefined) return null;
  if (own.ends === 'never') return own;
  const others = faults.filter((sentence) => !isOwn(sentence)).map((sentence) => lastsOf(sentence, timeouts));
  return Math.max(0, ...others) - lastsOf(own, timeouts) > (timeouts['blocked'] ?? 0) ? null : own;
}

function stops(fault: Fault<Target>): boolean {
  return fault.do === 'kill' || fault.do === 'restart' || fault.do === 'pause' || fault.do === 'fill';
}

/** A pause, a cut or a full disk about as long as the wait for votes: whether the vote or the end of the wait comes first is luck. */
function luckProblems({ expect, faults, timeouts }: Scenario, locate: Locate): readonly Problem[] {
  const vote = timeouts['vote'];
  if (vote === undefined || expect.target?.decision === undefined) return [];
  return faults.flatMap((sentence, index) => {
    const lasts = lastsOf(sentence, timeouts);
    if (!['pause', 'cut', 'fill'].includes(sentence.fault.do)) return [];
    if (lasts < vote / 2 || lasts > vote * 2) return [];
    const message = `The fault lasts ${formatDuration(lasts)} and the coordinator waits ${formatDuration(vote)} for votes: which ends first is luck, and so is the claimed decision.`;
    const hint = `Let it last less than ${formatDuration(vote / 2)} or more than ${formatDuration(vote * 2)}, or claim no decision.`;
    return [problemAt(locate(['faults', index]), { found: formatDuration(lasts), message, hint })];
  });
}

function propertyProblems(scenario: Scenario, locate: Locate): readonly Problem[] {
  const { expect, faults, timeouts, workload } = scenario;
  const claimed = expect.properties['non-blocking'];
  const blocked = expect.target?.blocked ?? [];
  const isBlocking = typeof blocked === 'number' || blocked.length > 0;
  const where = claimed === 'violated' ? locate(['expect', 'non-blocking']) : locate(['expect', 'target', 'blocked']);
  const contradiction: Complaint = {
    found: 'holds',
    message: 'Somebody is claimed to be blocked, and non-blocking to hold.',
    allowed: ['violated'],
  };
  return [
    ...Object.keys(expect.properties).flatMap((name) => {
      const message = misplaced(name, { family: layoutOf(scenario).protocol.family, workload: workload.kind });
      return message === null
        ? []
        : [problemAt(locate(['expect', name], 'key'), { found: name, message, hint: 'Leave it out.' })];
    }),
    ...(isBlocking && claimed === 'holds' ? [problemAt(locate(['expect', 'non-blocking']), contradiction)] : []),
    ...(isBlocking || claimed === 'violated'
      ? windowProblems(
          faults.map((sentence) => lastsOf(sentence, timeouts)),
          timeouts,
          where,
          locate,
        )
      : []),
  ];
}

/** Nobody can be blocked for longer than the fault lasts that blocks them. */
function windowProblems(
  lasts: readonly number[],
  timeouts: Scenario['timeouts'],
  where: Problem['where'],
  locate: Locate,
): readonly Problem[] {
  const bound = timeouts['blocked'] ?? 0;
  const longest = Math.max(0, ...lasts);
  if (lasts.length === 0)
    return [
      problemAt(where, {
        found: 'no fault',
        message: 'Blocking is claimed, but there is no fault.',
        hint: 'Add the fault to faults.',
      }),
    ];
  if (longest > bound) return [];
  const message = `Blocking is claimed, but the fault lasts ${formatDuration(longest)} and only a doubt longer than timeouts.blocked (${formatDuration(bound)}) is called blocking.`;
  const hint = `Let it last longer than ${formatDuration(bound)}, or lower timeouts.blocked.`;
  return [problemAt(locate(['faults', lasts.indexOf(longest)]), { found: formatDuration(longest), message, hint })];
}
