// What each protocol made of the same faults, and what a commit cost it: the facts of a comparison, without the words.

import type { CommitProtocol } from '../../nodes/contract/protocol.ts';
import type { Row } from '../../scenarios/plan/comparison.ts';
import type { TargetFacts, Verdict } from '../../scenarios/findings.ts';
import type { Price } from '../../scenarios/judging/measured-cost.ts';

/** One run of a comparison. */
export interface ComparedRun {
  /** The number of its fault among the rows; the first row has none, and is what costs are counted on. */
  readonly row: number;
  readonly protocol: string;
  readonly price: Price | null;
  readonly verdict: Verdict;
}

/** What became of one fault in one protocol. */
export interface Ending {
  /** One decision, or who decided what. */
  readonly decision: string;
  readonly diverged: boolean;
  readonly blocked: readonly { readonly node: string; readonly ms: number }[];
  /** The longest that a living participant stood in doubt while the fault lasted. */
  readonly doubtMs: number;
  readonly client: string;
  /** Properties beside non-blocking that did not hold. */
  readonly broken: readonly string[];
  readonly verdict: Verdict['word'];
  readonly reason: string;
}

export interface Table {
  readonly protocols: readonly string[];
  readonly costs: readonly Cost[];
  readonly faults: readonly {
    readonly title: string;
    /** By protocol; null where the protocol has no such phase. */
    readonly outcomes: Readonly<Record<string, readonly Ending[] | null>>;
  }[];
}

/** Of one commit without faults, one at a time; the published number beside what was counted. */
interface Cost {
  readonly protocol: string;
  readonly forcedWrites: Counted;
  readonly messages: Counted;
  readonly delays: Counted;
  readonly latencyMs: number | null;
}

export interface Counted {
  readonly counted: number | null;
  readonly published: number;
}

export function tableOf(
  protocols: readonly CommitProtocol[],
  rows: readonly Row[],
  participants: number,
  done: readonly ComparedRun[],
): Table {
  const cell = (row: number, protocol: string) => done.filter((one) => one.row === row && one.protocol === protocol);
  return {
    protocols: protocols.map(({ name }) => name),
    costs: protocols.map(({ name, cost, delays }) => {
      const price = cell(0, name)[0]?.price ?? null;
      const published = cost(participants).commit;
      return {
        protocol: name,
        forcedWrites: { counted: price?.forcedWrites ?? null, published: published.forcedWrites },
        messages: { counted: price?.messages ?? null, published: published.messages },
        delays: { counted: price?.delays ?? null, published: delays },
        latencyMs: price?.latencyMs ?? null,
      };
    }),
    faults: rows.map(({ title, scenarios }, row) => {
      const outcomes = Object.fromEntries(
        protocols.map(({ name }) => {
          const hasMoment = scenarios.get(name) !== null;
          return [name, hasMoment ? cell(row, name).map(({ verdict }) => endingOf(verdict)) : null];
        }),
      );
      return { title, outcomes };
    }),
  };
}

export function endingOf({ target, findings, word, reasons }: Verdict): Ending {
  return {
    decision: decisionOf(target),
    diverged: new Set(Object.values(target?.decisions ?? {}).flat()).size > 1,
    blocked: blockedOf(target),
    doubtMs: Math.round(Math.max(0, ...(target?.doubts ?? []).map(({ blockedMs }) => blockedMs))),
    client: target === null || target.client === 'none' ? 'nothing' : target.client,
    broken: findings
      .filter(({ property, judgement }) => judgement === 'violated' && property !== 'non-blocking')
      .map(({ property }) => property),
    verdict: word,
    reason: reasons[0] ?? '',
  };
}

function decisionOf(target: TargetFacts | null): string {
  if (target === null) return 'no target';
  if (target.decision !== null) return target.decision;
  const said = Object.entries(target.decisions).map(([node, decisions]) => `${node} ${decisions.join(' then ')}`);
  return said.length === 0 ? 'none' : said.toSorted().join(', ');
}

function blockedOf(target: TargetFacts | null): Ending['blocked'] {
  const longest = new Map<string, number>();
  for (const { node, blocked, blockedMs } of target?.doubts ?? [])
    if (blocked) longest.set(node, Math.max(longest.get(node) ?? 0, Math.round(blockedMs)));
  return [...longest].map(([node, ms]) => ({ node, ms })).toSorted((a, b) => a.node.localeCompare(b.node));
}
