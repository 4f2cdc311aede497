// The run's word: as expected, not as expected, or inconclusive. In order:
//   1. not as expected, when something is proof by itself: a broken safety promise, a node that died on its own, a record that was
//      not forced and must be, or was counted on before. A violation that was seen is true however badly the fault was evidenced.
//   2. inconclusive, when the run showed nothing: a fault without evidence, less at stake, a lost trace.
//   3. inconclusive, when something is other than claimed and its setting was not there: a fault came so late, or ended so
//      early, or another copy of the message that it met passed it by.
//   4. not as expected, when a finding or the target is other than claimed.
//   5. inconclusive, when something that is claimed or promised could not be judged.
//   6. as expected.
// What the protocol does not promise and the scenario does not claim is reported, and changes nothing.

import { checkAll, judgedIn } from '../checkers/all.ts';
import { PROPERTIES, PROPERTY_TABLE } from '../checkers/properties.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Property } from '../../nodes/contract/properties.ts';
import { factsOf } from '../checkers/gather.ts';
import { missingEvidence } from './evidence.ts';
import { lockTimesOf } from './lock-times.ts';
import type { ClaimedBlocked, Expectation, Finding, History, TargetFacts, Verdict } from '../findings.ts';
import type { Plan } from '../plan/plan-types.ts';
import { whatStands } from '../checkers/standing.ts';
import { blockedOn, metTarget, missedTarget } from './target-verdict.ts';
import { lateFaults, passedBy, shortDoubts } from './setting.ts';
import { targetOf } from './target.ts';
import { toldEarly } from './told-early.ts';
import { unforced } from './forced-words.ts';

export type Claims = Pick<Plan, 'faults' | 'expect' | 'promises' | 'forced' | 'okAtLeast'>;

export function judge(history: History, plan: Claims): Verdict {
  const findings = checkAll(history, propertiesOf(history, plan));
  const target = targetOf(history);
  const locks = lockTimesOf(history);
  const claims = findings.map((finding) => ({ finding, claim: claimOn(finding.property, plan) }));
  const missed = { properties: claims.flatMap(missedClaim), target: missedTarget(plan.expect.target, target) };
  const proofs = [
    ...deaths(history),
    ...unforced(history, plan),
    ...toldEarly(history, plan),
    ...claims.filter(({ finding }) => isSafety(finding.property)).flatMap(missedSafety),
  ];
  const unseen = missingEvidence(history, plan);
  const mismatches = [...missed.properties, ...missed.target];
  const open = [...claims.flatMap(openClaim), ...openTarget(plan.expect, target !== null)];
  const verdict = (word: Verdict['word'], reasons: readonly string[]): Verdict => ({
    word,
    reasons: [...new Set(reasons)],
    findings,
    target,
    ...(locks && { locks }),
  });
  if (proofs.length > 0) return verdict('not as expected', [...proofs, ...mismatches, ...unseen]);
  if (unseen.length > 0) return verdict('inconclusive', [...unseen, ...open]);
  const late = mismatches.length > 0 ? [...lateFaults(history, plan), ...passedBy(history, plan)] : [];
  if (late.length > 0) return verdict('inconclusive', [...late, ...mismatches]);
  const short = target === null ? [] : onlyShort(history, plan, { claims, target });
  if (mismatches.length > 0 && short.length > 0) return verdict('inconclusive', [...short, ...mismatches]);
  if (mismatches.length > 0) return verdict('not as expected', [...mismatches, ...open]);
  if (open.length > 0) return verdict('inconclusive', open);
  return verdict('as expected', [
    ...metTarget(plan.expect.target, target),
    ...whatStands(history),
    ...claims.flatMap(metClaim),
  ]);
}

/** What is judged: everything that has a checker, and whatever is claimed or promised. */
function propertiesOf(history: History, { expect, promises }: Claims): readonly Property[] {
  const judged = judgedIn(history);
  return PROPERTIES.filter((name) => judged.includes(name) || name in expect.properties || promises.includes(name));
}

interface Claim {
  readonly word: 'holds' | 'violated';
  readonly by: 'scenario' | 'protocol';
}

interface Claimed {
  readonly finding: Finding;
  readonly claim: Claim | null;
}

function claimOn(property: Property, { expect, promises }: Claims): Claim | null {
  const word = expect.properties[property];
  if (word !== undefined) return { word, by: 'scenario' };
  return promises.includes(property) ? { word: 'holds', by: 'protocol' } : null;
}

/** A violation of safety is proof at any time; the others can be broken by a fault that did not end as planned. */
function isSafety(property: Property): boolean {
  return PROPERTY_TABLE.get(property)?.kind === 'safety';
}

function missedSafety(claimed: Claimed): readonly string[] {
  return claimed.claim?.word === 'holds' ? missedClaim(claimed) : [];
}

function missedClaim({ finding, claim }: Claimed): readonly string[] {
  const { property, judgement, reason } = finding;
  if (claim === null || judgement === claim.word || judgement === 'unknown' || judgement === 'not applicable')
    return [];
  if (judgement === 'holds') return [`${property}: expected a violation, but it holds: ${reason}`];
  return [
    `${property} is violated, though the ${claim.by} ${claim.by === 'protocol' ? 'promises' : 'claims'} it: ${reason}`,
  ];
}

interface Aimed {
  readonly claims: readonly Claimed[];
  readonly target: TargetFacts;
}

/** Why nobody was blocked who was to be, where nothing else is other than claimed. */
function onlyShort(history: History, plan: Claims, { claims, target }: Aimed): readonly string[] {
  const blocked = plan.expect.target?.blocked ?? [];
  const short = shortDoubts(history, plan, target);
  const others = { ...plan.expect.target, blocked: withoutShort(blocked, short, target) };
  const missed = claims.filter(
    ({ finding }) => finding.property !== 'non-blocking' || finding.judgement === 'violated',
  );
  const isElse = missedTarget(others, target).length + missed.flatMap(missedClaim).length > 0;
  if (isElse) return [];
  return typeof blocked === 'number' ? [...short.values()] : blocked.flatMap((node) => short.get(node) ?? []);
}

/** What is left of the claim without those who had no time to be blocked. */
function withoutShort(
  blocked: ClaimedBlocked,
  short: ReadonlyMap<NodeId, string>,
  target: TargetFacts,
): ClaimedBlocked {
  if (typeof blocked !== 'number') return blocked.filter((node) => !short.has(node));
  const found = blockedOn(target).length;
  return found < blocked && found + short.size >= blocked ? found : blocked;
}

/** What a scenario claims must be judged; what a protocol promises may have had no occasion. */
function openClaim({ finding, claim }: Claimed): readonly string[] {
  const { property, judgement, reason } = finding;
  if (claim === null) return [];
  if (judgement === 'unknown') return [`${property} could not be judged: ${reason}`];
  return judgement === 'not applicable' && claim.by === 'scenario'
    ? [`${property} had nothing to be judged on: ${reason}`]
    : [];
}

function openTarget({ target }: Expectation, hit: boolean): readonly string[] {
  return target === undefined || hit ? [] : ['No transaction was hit, so nothing can be said of the target.'];
}

function metClaim({ finding, claim }: Claimed): readonly string[] {
  const { property, judgement, reason } = finding;
  if (claim === null || judgement !== claim.word) return [];
  if (claim.by === 'scenario')
    return [`${property} ${judgement === 'holds' ? 'holds' : 'is violated'}, as claimed: ${reason}`];
  return [`${property} holds, as promised: ${reason}`];
}

/** A node that ended by itself, or whose own invariant broke, is a bug to be shown, not a run to be shrugged at. */
function deaths(history: History): readonly string[] {
  const ended = history.events.findLast((event) => event.kind === 'ended');
  const why = ended?.kind === 'ended' ? ended.why : 'complete';
  const exits = why === 'engine-lost' || why === 'interrupted' ? [] : factsOf(history).exits;
  const died = exits
    .filter(({ byLab, oomKilled }) => !byLab || oomKilled)
    .map((exit) => {
      const how = exit.oomKilled
        ? 'was killed for using too much memory'
        : `ended by itself with exit code ${exit.exitCode}`;
      const words =
        exit.lastLines.length === 0
          ? 'It said nothing.'
          : `Its last lines: ${exit.lastLines.slice(-LAST_LINES).join(' | ')}`;
      return `${exit.node} ${how}. ${words}`;
    });
  const bugs = history.events.flatMap((event) =>
    event.kind === 'bug' ? [`${event.node} found a bug in itself: ${event.message}`] : [],
  );
  const failed =
    died.length === 0 && ended?.kind === 'ended' && why === 'node-failed'
      ? [`A node failed: ${ended.detail ?? 'no detail'}.`]
      : [];
  return [...died, ...failed, ...bugs];
}

const LAST_LINES = 3;
