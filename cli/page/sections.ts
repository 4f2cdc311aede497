// The parts of the page that are words: the verdict, what each property rests on, the faults, who was in doubt, the configuration, and the
// commands that run it again. All of it escaped.

import { heldText, longestHeldText, verdictHeadline } from '../feed/phrases.ts';
import { expectedOf, targetText } from '../reports/describe.ts';
import { eventText } from '../reports/event-text.ts';
import { escaped } from './escape.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Finding, History, Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Line } from '../feed/model.ts';
import type { Stretch, Story } from './story-types.ts';

export interface Linked {
  readonly served: number;
  readonly indexOf: (event: HistoryEvent) => number | null;
}

const SIGN = { holds: '✓', violated: '✗', unknown: '?', 'not applicable': '–' } as const;

export function verdictSection(verdict: Verdict): string {
  const { word, reasons, target, locks } = verdict;
  const { text } = verdictHeadline(verdict);
  return [
    `<section class="verdict ${word.replaceAll(' ', '-')}" aria-label="Verdict"><p class="word">${escaped(text)}</p>`,
    `<ul>${reasons.map((reason) => `<li>${escaped(reason)}</li>`).join('')}</ul>`,
    target ? `<p><b>Target</b> ${escaped(targetText(target))}</p>` : '',
    locks ? `<p><b>Locks</b> ${escaped(`${heldText(locks)}; ${longestHeldText(locks)}`)}</p>` : '',
    '</section>',
  ].join('');
}

export function findingsSection({ findings }: Verdict, plan: Plan, linked: Linked): string {
  return `<section><h2>Evidence by property</h2>${findings.map((finding) => findingText(finding, plan, linked)).join('')}</section>`;
}

function findingText({ property, judgement, reason, events }: Finding, plan: Plan, linked: Linked): string {
  const expected = expectedOf(property, plan);
  const claim = expected === null ? 'not promised' : `expected: ${expected}`;
  const links = events.map((event) => `<li>${eventLink(event, linked)}</li>`);
  return (
    `<article class="finding ${judgement.replaceAll(' ', '-')}"><h3><span class="sign">${SIGN[judgement]}</span> ${escaped(property)} <small>${escaped(judgement)}, ${escaped(claim)}</small></h3>` +
    `<p>${escaped(reason)}</p>${links.length === 0 ? '' : `<ol class="events">${links.join('')}</ol>`}</article>`
  );
}

function eventLink(event: HistoryEvent, { served, indexOf }: Linked): string {
  const [text, index] = [escaped(eventText(event, served).trim()), indexOf(event)];
  return index === null ? text : `<a href="#diagram" data-event="${index}">${text}</a>`;
}

export function faultsSection({ events }: History, plan: Plan, linked: Linked): string {
  const faults = events.filter((event) => event.kind === 'fault' || event.kind === 'exited');
  if (plan.faults.length + faults.length === 0) return '';
  const planned = plan.faults.map(({ text }) => `<li>${escaped(text)}</li>`).join('');
  const done = faults.map((event) => `<li>${eventLink(event, linked)}</li>`).join('');
  return `<section><h2>Faults</h2><p>As planned:</p><ul>${planned}</ul><p>As they came, with what shows it:</p><ol class="events">${done}</ol></section>`;
}

/** Stretches in doubt, or leases of a lock that two had: what the diagram shades, in words. */
export function heldSection({ stretches, lanes }: Story): string {
  const doubts = stretches.filter(({ kind }) => kind === 'doubt' || kind === 'blocked');
  const shared = stretches.filter(({ kind }) => kind === 'shared');
  const rows = [...doubts, ...shared];
  if (rows.length === 0) return '';
  const title = doubts.length > 0 ? 'Locks held in doubt' : 'Holders of one lock at the same time';
  const cells = rows.slice(0, ROWS_MOST).map((row) => rowText(row, lanes[row.lane]?.name ?? ''));
  const more = rows.length > ROWS_MOST ? `<p>${rows.length - ROWS_MOST} more are in the diagram.</p>` : '';
  return `<section><h2>${title}</h2><table><thead><tr><th>From</th><th>To</th><th>For</th><th>Where</th><th>What</th></tr></thead><tbody>${cells.join('')}</tbody></table>${more}</section>`;
}

const ROWS_MOST = 100;

function rowText({ from, to, text, about, kind }: Stretch, where: string): string {
  const time = (at: number) => `${(at / 1e6).toFixed(6)} s`;
  return `<tr class="${kind}"><td>${time(from)}</td><td>${time(to)}</td><td>${Math.round((to - from) / 1000)} ms</td><td>${escaped(where)}</td><td><a href="#diagram" data-subject="${escaped(about ?? '')}">${escaped(text)}</a></td></tr>`;
}

/** The lines that a view has shown, or would have; a time leads to its moment in the diagram. */
export function toldSection(lines: readonly Line[]): string {
  const told = lines.filter(({ isSetup }) => !isSetup);
  if (told.length === 0) return '';
  const rows = told
    .slice(0, LINES_MOST)
    .map(
      ({ ms, word, text, style }) =>
        `<tr class="${style}"><td><a href="#diagram" data-at="${Math.round(ms * 1000)}">${(ms / 1000).toFixed(3)} s</a></td><th>${escaped(word)}</th><td>${escaped(text)}</td></tr>`,
    );
  const more = told.length > LINES_MOST ? `<p>${told.length - LINES_MOST} more lines are left out.</p>` : '';
  return `<section><h2>As it was told</h2><table class="told"><tbody>${rows.join('')}</tbody></table>${more}</section>`;
}

const LINES_MOST = 300;

export interface Setting {
  readonly plan: Plan;
  /** As the run's folder keeps it; null where it does not. */
  readonly manifest: unknown;
  readonly commands: readonly string[];
}

export function settingSection({ plan, manifest, commands }: Setting): string {
  const { protocol, workload, seed, nodes, timeouts, options, sites, timeLimitMs } = plan;
  const who = nodes.map(({ id, role, kind }) => `${id} (${kind === 'store' ? 'store, ' : ''}${role})`).join(', ');
  const facts: readonly (readonly [string, unknown])[] = [
    ['protocol', protocol],
    ['workload', workload],
    ['seed', seed],
    ['nodes', who],
    ['sites', sites],
    ['timeouts, ms', timeouts],
    ['time limit, ms', timeLimitMs],
    ['options', options],
    ...Object.entries(typeof manifest === 'object' && manifest !== null ? manifest : {}),
  ];
  const rows = facts.map(([name, value]) => `<tr><th>${escaped(name)}</th><td>${valueText(value)}</td></tr>`);
  return (
    `<section><h2>Configuration</h2><table class="facts"><tbody>${rows.join('')}</tbody></table></section>` +
    `<section><h2>Commands</h2><pre>${commands.map(escaped).join('\n')}</pre></section>`
  );
}

function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return escaped(String(value));
  const lines = Object.entries(value).map(
    ([name, inner]) => `${name}: ${typeof inner === 'object' ? JSON.stringify(inner) : String(inner)}`,
  );
  return lines.map(escaped).join('<br>');
}
