// What a scenario claims of its target, compared with what became of it, in sentences.

import type { Decision, NodeId } from '../../nodes/contract/ids.ts';
import { count, formatMs, listed } from '../checkers/conclude.ts';
import type { ClaimedBlocked, Expectation, TargetFacts } from '../findings.ts';

type Expected = Expectation['target'];

/** One sentence for each claim that did not come true. */
export function missedTarget(expected: Expected, target: TargetFacts | null): readonly string[] {
  if (expected === undefined || target === null) return [];
  const { decision, blocked, client } = expected;
  return [
    ...(decision === undefined || decision === target.decision ? [] : [wrongDecision(decision, target)]),
    ...(blocked === undefined ? [] : wrongBlocked(blocked, target)),
    ...(client === undefined || client === target.client ? [] : [wrongClient(client, target)]),
  ];
}

export function metTarget(expected: Expected, target: TargetFacts | null): readonly string[] {
  if (expected === undefined || target === null) return [];
  const { decision, blocked, client } = expected;
  return [
    ...(decision === undefined ? [] : [`The target ${target.tx} ended in ${decision}, as claimed.`]),
    ...(blocked === undefined
      ? []
      : [`${claimsNobody(blocked) ? 'Nobody' : listed(blockedOn(target))} stayed blocked on it, as claimed.`]),
    ...(client === undefined ? [] : [`Its client was told ${client}, as claimed.`]),
  ];
}

function wrongDecision(expected: Decision, { tx, decision, decisions }: TargetFacts): string {
  const words = Object.entries(decisions).map(([node, said]) => `${node} ${said.join(' and ')}`);
  const agreed = words.length > 0 ? `all logs say ${decision}` : 'no node knows it, which means abort';
  const open = words.length > 0 ? `the logs disagree: ${listed(words)}` : 'no log holds a decision';
  const found = decision !== null ? agreed : open;
  return `Expected ${expected} for the target ${tx}, but ${found}.`;
}

function claimsNobody(blocked: ClaimedBlocked): boolean {
  return blocked === 0 || (typeof blocked !== 'number' && blocked.length === 0);
}

export function blockedOn({ doubts }: TargetFacts): readonly NodeId[] {
  return [...new Set(doubts.filter((doubt) => doubt.blocked).map(({ node }) => node))];
}

function wrongBlocked(expected: ClaimedBlocked, target: TargetFacts): readonly string[] {
  const blocked = blockedOn(target);
  if (typeof expected === 'number') return blocked.length === expected ? [] : [wrongCount(expected, target)];
  const missing = expected.filter((node) => !blocked.includes(node)).map((node) => freeSentence(node, target));
  const extra = blocked.filter((node) => !expected.includes(node));
  return [
    ...missing,
    ...extra.map(
      (node) => `${node} was blocked on the target ${target.tx}, which was not expected: ${lasted(node, target)}.`,
    ),
  ];
}

function wrongCount(expected: number, target: TargetFacts): string {
  const doubtful = [...new Set(target.doubts.flatMap(({ node, blockedMs }) => (blockedMs > 0 ? node : [])))];
  const found = doubtful.map((node) => `${node} ${lasted(node, target)}`);
  const blocked = blockedOn(target).length;
  const were = blocked <= 1 ? `${blocked === 0 ? 'none' : 1} was` : `${blocked} were`;
  const how = found.length === 0 ? 'nobody was in doubt about it while a fault lasted' : listed(found);
  return `Expected ${count(expected, 'participant')} to be blocked on the target ${target.tx}, but ${were}: ${how}.`;
}

function freeSentence(node: NodeId, target: TargetFacts): string {
  return `Expected ${node} to be blocked on the target ${target.tx}, but it was not: ${lasted(node, target)}.`;
}

function lasted(node: NodeId, { doubts }: TargetFacts): string {
  const longest = Math.max(0, ...doubts.filter((doubt) => doubt.node === node).map(({ blockedMs }) => blockedMs));
  return longest === 0
    ? 'it was never in doubt while a fault lasted'
    : `in doubt for ${formatMs(longest * 1000)} of the fault`;
}

function wrongClient(expected: string, { tx, client }: TargetFacts): string {
  const found = client === 'none' ? 'it was never told anything' : `it was told ${client}`;
  return `Expected the client of the target ${tx} to be told ${expected}, but ${found}.`;
}
