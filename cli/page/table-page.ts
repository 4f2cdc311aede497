// Many runs on one page: a table whose cells are coloured by what came of them, each linked to the page of its run.

import { createHash } from 'node:crypto';
import { escaped } from './escape.ts';
import { STYLE } from './style.ts';

/** `good`: as it should be. `wait`: somebody waited, or a guard was needed. `bad`: a promise was broken. `unknown`: nothing was shown. */
export type Tone = 'good' | 'wait' | 'bad' | 'unknown';

export interface PageCell {
  readonly tone: Tone;
  readonly text: string;
  /** Of the run's own page, from where this one is. */
  readonly href: string;
}

export interface TablePage {
  readonly title: string;
  /** Under the title. */
  readonly about: string;
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly title: string;
    /** By column: every run that belongs there; null where there can be none. */
    readonly cells: readonly (readonly PageCell[] | null)[];
  }[];
  /** The same in words, as the command prints it. */
  readonly words: string;
}

/** It loads nothing, and runs nothing. */
export function tablePageText({ title, about, columns, rows, words }: TablePage): string {
  const hash = createHash('sha256').update(PAGE_STYLE).digest('base64');
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escaped(title)}</title><style>${PAGE_STYLE}</style></head><body>`,
    `<header><h1>${escaped(title)}</h1><p class="note">${escaped(about)}</p></header><main>`,
    `<p class="legend">${TONES.map(([tone, says]) => `<span class="${tone}">${says}</span>`).join(' ')}</p>`,
    `<table class="heat"><thead><tr><th scope="col"></th>${columns.map((name) => `<th scope="col">${escaped(name)}</th>`).join('')}</tr></thead><tbody>`,
    ...rows.map((row) => `<tr><th scope="row">${escaped(row.title)}</th>${row.cells.map(cellText).join('')}</tr>`),
    `</tbody></table><section><h2>In words</h2><pre>${escaped(words)}</pre></section></main></body></html>\n`,
  ].join('');
}

/** A cell with several runs is as bad as the worst of them, and has a link for each. */
function cellText(runs: readonly PageCell[] | null): string {
  if (runs === null) return '<td class="none">n/a</td>';
  if (runs.length === 0) return '<td class="none">not run</td>';
  const worst = WORST_FIRST.find((tone) => runs.some((run) => run.tone === tone)) ?? 'unknown';
  const alike = [...Map.groupBy(runs, ({ text }) => text)];
  const says = alike.map(([text, some]) => {
    const times = runs.length === 1 ? '' : `${some.length}/${runs.length} `;
    const links = some.map(({ href }, index) => linkTo(href, some.length === 1 ? text : String(index + 1)));
    return some.length === 1 ? `${times}${links.join('')}` : `${times}${escaped(text)} ${links.join(' ')}`;
  });
  return `<td class="${worst}">${says.join('<br>')}</td>`;
}

function linkTo(href: string, text: string): string {
  return `<a href="${escaped(href)}">${escaped(text)}</a>`;
}

const WORST_FIRST: readonly Tone[] = ['bad', 'unknown', 'wait', 'good'];

const TONES: readonly (readonly [Tone, string])[] = [
  ['good', '✓ as it should be'],
  ['wait', '◐ somebody waited, or was refused'],
  ['bad', '✗ broken'],
  ['unknown', '? nothing was shown'],
];

const PAGE_STYLE = `${STYLE}
.heat td,.heat th{border:1px solid var(--edge);padding:6px 10px;max-width:26em}.heat th[scope=row]{font-weight:500;max-width:22em}
.good{background:color-mix(in srgb,var(--green) 16%,transparent)}.wait{background:color-mix(in srgb,var(--amber) 18%,transparent)}.bad{background:color-mix(in srgb,var(--red) 20%,transparent)}.unknown{background:var(--rise)}.none{color:var(--faint)}
.heat .good::before{content:"✓ "}.heat .wait::before{content:"◐ "}.heat .bad::before{content:"✗ "}.heat .unknown::before{content:"? "}
.legend span{padding:2px 10px;margin-right:6px}pre{white-space:pre-wrap}`;
