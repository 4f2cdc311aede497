// Findings and verdicts in words: the end of every run, of `check`, and of reports.

import { newsText } from '../feed/phrases.ts';
import type { Property } from '../../nodes/contract/properties.ts';
import type { Finding, TargetFacts, Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Paint } from '../paint.ts';

const SIGN = { holds: '✓', violated: '✗', unknown: '?', 'not applicable': '–' } as const;
const STYLE = { holds: 'green', violated: 'red', unknown: 'yellow', 'not applicable': 'dim' } as const;
const WORD_STYLE = { 'as expected': 'green', 'not as expected': 'red', inconclusive: 'yellow' } as const;

export function verdictLines(verdict: Verdict, plan: Plan, paint: Paint): readonly string[] {
  return [
    ...(verdict.target ? ['', `target   ${targetText(verdict.target)}`] : []),
    '',
    ...verdict.findings.flatMap((finding) => findingLines(finding, plan, paint)),
    '',
    `${paint('bold', 'verdict')}  ${paint(['bold', WORD_STYLE[verdict.word]], verdict.word)}`,
    ...reasonsBeside(verdict).map((reason) => `         ${reason}`),
  ];
}

/** A reason that only repeats a finding which stands above is not said twice, unless it is why the verdict is not the expected one. */
function reasonsBeside({ word, reasons, findings }: Verdict): readonly string[] {
  if (word !== 'as expected') return reasons;
  return reasons.filter((reason) => !findings.some((finding) => reason.includes(finding.reason)));
}

function findingLines(finding: Finding, plan: Plan, paint: Paint): string[] {
  const expected = expectedOf(finding.property, plan);
  const note =
    finding.judgement === 'violated'
      ? expected === 'violated'
        ? ' (as expected)'
        : expected === null
          ? ' (not promised)'
          : ''
      : '';
  const head = `${SIGN[finding.judgement]} ${finding.property.padEnd(13)} ${(finding.judgement + note).padEnd(14)}`;
  return [
    `${paint(STYLE[finding.judgement], head)}  ${finding.reason}`,
    ...finding.events.slice(0, EVENTS_SHOWN).map((event) => paint('dim', `      ${eventText(event)}`)),
  ];
}

/** What the scenario claims of a property, or else the protocol promises; null for neither. */
export function expectedOf(property: Property, { expect, promises }: Plan): 'holds' | 'violated' | null {
  return expect.properties[property] ?? (promises.includes(property) ? 'holds' : null);
}

export function targetText(target: TargetFacts): string {
  const blocked = target.doubts.filter((doubt) => doubt.blocked);
  const who =
    blocked.length === 0
      ? 'nobody was blocked'
      : blocked.map((doubt) => `${doubt.node} was blocked for ${Math.round(doubt.blockedMs)} ms`).join(', ');
  return `${target.tx}: ${target.decision ?? 'no single decision'}; the client was told ${target.client === 'none' ? 'nothing' : target.client}; ${who}`;
}

/** Who was blocked, without the times, which differ from run to run. */
export function blockedWords({ doubts }: TargetFacts): string {
  const blocked = [...new Set(doubts.filter((doubt) => doubt.blocked).map(({ node }) => node))].toSorted();
  return blocked.length === 0 ? 'nobody blocked' : `${blocked.join(' and ')} blocked`;
}

/** One event on one line, short enough to read beside others. */
export function eventText(event: HistoryEvent): string {
  const node = 'node' in event ? `${event.node} ` : '';
  return `${(event.at / 1000).toFixed(3)} ms  ${node}${event.kind} ${detailOf(event)}`;
}

function detailOf(event: HistoryEvent): string {
  switch (event.kind) {
    case 'durable':
    case 'appended':
      return `${event.record.word} ${event.record.about ?? ''}`;
    case 'sent':
    case 'lost':
      return `${event.message.word} ${event.message.about} to ${event.to}`;
    case 'received':
      return `${event.message.word} ${event.message.about} from ${event.from}`;
    case 'meddled':
      return `${event.did} ${event.word} ${event.about ?? ''} to ${event.to}`;
    case 'ignored':
      return `${event.word} from ${event.from}: ${event.reason.replace('-', ' ')}`;
    case 'told':
      if (event.note.word === 'elected' || event.note.word === 'terminated') return newsText(event.node, event.note);
      return `${event.note.word} ${'about' in event.note ? (event.note.about ?? '') : ''} ${'outcome' in event.note ? event.note.outcome : ''}`;
    case 'fault':
      return `${event.fault}: ${event.evidence.text}`;
    case 'held':
      return `${event.about ?? ''}`;
    default:
      return '';
  }
}

const EVENTS_SHOWN = 6;
