// Findings and verdicts in words: the end of every run, of `check`, and of reports.

import { hang } from '../feed/wrap.ts';
import { heldText, longestHeldText } from '../feed/phrases.ts';
import { eventText } from './event-text.ts';
import type { Property } from '../../nodes/contract/properties.ts';
import type { Doubt, Finding, TargetFacts, Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Paint } from '../paint.ts';

const SIGN = { holds: '✓', violated: '✗', unknown: '?', 'not applicable': '–' } as const;
const STYLE = { holds: 'green', violated: 'red', unknown: 'yellow', 'not applicable': 'dim' } as const;
const WORD_STYLE = { 'as expected': 'green', 'not as expected': 'red', inconclusive: 'yellow' } as const;

export interface Shown {
  readonly paint: Paint;
  /** When the clients began, on the clock of the history: times for people count from there. */
  readonly served: number;
  /** Of the terminal; none where lines are as long as they are. */
  readonly columns?: number | undefined;
}

export function verdictLines(verdict: Verdict, plan: Plan, shown: Shown): readonly string[] {
  const { paint } = shown;
  const width = Math.max(NAME_WIDTH, ...verdict.findings.map(({ property }) => property.length + 1));
  return [
    ...(verdict.target ? ['', ...hang('target   ', targetText(verdict.target), 9, shown.columns)] : []),
    '',
    ...verdict.findings.flatMap((finding) => findingLines(finding, plan, shown, width)),
    ...(verdict.locks
      ? ['', ...hang('locks    ', `${heldText(verdict.locks)}; ${longestHeldText(verdict.locks)}`, 9, shown.columns)]
      : []),
    '',
    `${paint('bold', 'verdict')}  ${paint(['bold', WORD_STYLE[verdict.word]], verdict.word)}`,
    ...reasonsBeside(verdict).flatMap((reason) => hang(' '.repeat(9), reason, 9, shown.columns)),
  ];
}

const NAME_WIDTH = 13;

/** A reason that only repeats a finding which stands above is not said twice, unless it is why the verdict is not the expected one. */
function reasonsBeside({ word, reasons, findings }: Verdict): readonly string[] {
  if (word !== 'as expected') return reasons;
  return reasons.filter((reason) => !findings.some((finding) => reason.includes(finding.reason)));
}

function findingLines(finding: Finding, plan: Plan, shown: Shown, width: number): string[] {
  const { paint, served } = shown;
  const expected = expectedOf(finding.property, plan);
  const note =
    finding.judgement === 'violated'
      ? expected === 'violated'
        ? ' (as expected)'
        : expected === null
          ? ' (not promised)'
          : ''
      : '';
  const head = `${SIGN[finding.judgement]} ${finding.property.padEnd(width)} ${(finding.judgement + note).padEnd(14)}`;
  const [first = '', ...more] = hang(`${head}  `, finding.reason, 6, shown.columns);
  const events = finding.events.slice(0, EVENTS_SHOWN);
  return [
    paint(STYLE[finding.judgement], head) + first.slice(head.length),
    ...more,
    ...events
      .flatMap((event) => hang(' '.repeat(6), eventText(event, served), 8, shown.columns))
      .map((line) => paint('dim', line)),
  ];
}

/** What the scenario claims of a property, or else the protocol promises; null for neither. */
export function expectedOf(property: Property, { expect, promises }: Plan): 'holds' | 'violated' | null {
  return expect.properties[property] ?? (promises.includes(property) ? 'holds' : null);
}

export function targetText(target: TargetFacts): string {
  const blocked = target.doubts.filter((doubt) => doubt.blocked);
  const who = blocked.length === 0 ? 'nobody was blocked' : blocked.map(blockedText).join(', ');
  return `${target.tx}: ${target.decision ?? 'no single decision'}; the client was told ${target.client === 'none' ? 'nothing' : target.client}; ${who}`;
}

/** Both times: the blocking is what a fault accounts for, and the history shows the whole doubt. */
function blockedText({ node, blockedMs, from, to }: Doubt): string {
  const judged = Math.round(blockedMs);
  const whole = to === null ? null : Math.round((to - from) / 1000);
  const beside =
    whole === judged ? '' : whole === null ? ' (in doubt to the end)' : ` (in doubt for ${whole} ms in all)`;
  return `${node} was blocked for ${judged} ms${beside}`;
}

/** Who was blocked, without the times, which differ from run to run. */
export function blockedWords({ doubts }: TargetFacts): string {
  const blocked = [...new Set(doubts.filter((doubt) => doubt.blocked).map(({ node }) => node))].toSorted();
  return blocked.length === 0 ? 'nobody blocked' : `${blocked.join(' and ')} blocked`;
}

const EVENTS_SHOWN = 6;
