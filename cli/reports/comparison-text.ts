// A comparison in words: for people, and as Markdown tables.

import { formatDuration } from '../../scenarios/language/duration.ts';
import type { Counted, Ending, Table } from './comparison-table.ts';

export function comparisonText({ protocols, costs, faults }: Table): string {
  const width = Math.max(...protocols.map((name) => name.length));
  const cost = (label: string, texts: readonly string[]) =>
    `  ${label.padEnd(16)}${texts.map((text) => text.padEnd(Math.max(width, 12) + 2)).join('')}`.trimEnd();
  const lines = [
    'one commit without faults: counted (published)',
    cost('', protocols),
    cost(
      'forced writes',
      costs.map(({ forcedWrites }) => countedText(forcedWrites)),
    ),
    cost(
      'messages',
      costs.map(({ messages }) => countedText(messages)),
    ),
    cost(
      'message delays',
      costs.map(({ delays }) => countedText(delays)),
    ),
    cost(
      'latency, median',
      costs.map(({ latencyMs }) => latencyText(latencyMs)),
    ),
    '',
  ];
  for (const { title, outcomes } of faults) {
    lines.push(title);
    for (const name of protocols)
      for (const text of countedEndings(outcomes[name] ?? null)) lines.push(`  ${name.padEnd(width)}  ${text}`);
    lines.push('');
  }
  return lines.join('\n');
}

export function comparisonMarkdown({ protocols, costs, faults }: Table): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(['One commit without faults: counted (published)', ...protocols]),
    row(['---', ...protocols.map(() => '---')]),
    row(['forced writes', ...costs.map(({ forcedWrites }) => countedText(forcedWrites))]),
    row(['messages', ...costs.map(({ messages }) => countedText(messages))]),
    row(['message delays', ...costs.map(({ delays }) => countedText(delays))]),
    row(['latency, median', ...costs.map(({ latencyMs }) => latencyText(latencyMs))]),
    '',
    row(['Fault', ...protocols]),
    row(['---', ...protocols.map(() => '---')]),
    ...faults.map(({ title, outcomes }) =>
      row([title, ...protocols.map((name) => countedEndings(outcomes[name] ?? null).join('<br>'))]),
    ),
    '',
  ].join('\n');
}

/** Outcomes that read alike are counted; how long somebody was blocked is the longest of them. */
function countedEndings(outcomes: readonly Ending[] | null): readonly string[] {
  if (outcomes === null) return ['n/a (no such phase)'];
  if (outcomes.length === 0) return ['not run'];
  const alike = Map.groupBy(outcomes, kindOf);
  return [...alike].map(([kind, some]) => {
    const times = outcomes.length === 1 ? '' : `${some.length}/${outcomes.length}  `;
    const ms = Math.max(...some.map(({ doubtMs }) => doubtMs));
    return `${times}${kind}; in doubt ${formatDuration(ms)} at most`;
  });
}

/** One run in words; how long somebody was in doubt is left out, since it differs from run to run. */
export function kindOf({ decision, diverged, blocked, client, broken, verdict, reason }: Ending): string {
  if (verdict === 'inconclusive') return `inconclusive: ${reason}`;
  const who = blocked.length === 0 ? 'nobody blocked' : `${blocked.map(({ node }) => node).join(' and ')} blocked`;
  const also = broken.filter((property) => property !== 'atomicity' || !diverged);
  return [
    diverged ? `DIVERGED: ${decision}` : decision,
    who,
    `client told ${client}`,
    ...(also.length > 0 ? [`${also.join(', ')} broken`] : []),
  ].join('; ');
}

function countedText({ counted, published }: Counted): string {
  if (counted === null) return `not counted (${published})`;
  return `${counted} (${published})${counted === published ? '' : ' !'}`;
}

function latencyText(ms: number | null): string {
  return ms === null ? 'not measured' : `${ms.toFixed(1)} ms`;
}
