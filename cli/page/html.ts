// The whole page as one text, which loads nothing: policy, style, words, drawings, data and script.

import { createHash } from 'node:crypto';
import { servedAt } from '../reports/event-text.ts';
import { chartsOf } from './charts.ts';
import { drawDiagram, heightOf } from './draw.ts';
import { escaped, scriptJson } from './escape.ts';
import {
  faultsSection,
  findingsSection,
  heldSection,
  settingSection,
  toldSection,
  verdictSection,
} from './sections.ts';
import { retold } from './retold.ts';
import { EVENTS_MOST, storyOf } from './story.ts';
import { STYLE } from './style.ts';
import type { History, Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Story } from './story-types.ts';

export interface Reported {
  readonly run: string;
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly history: History;
  readonly manifest: unknown;
  /** Without the program's own name: those that bring it back. */
  readonly commands: readonly string[];
  /** The page's own, bundled. */
  readonly script: string;
}

/** Where even the most events that are told make too large a page, fewer are. */
export function pageText(reported: Reported): string {
  for (let most = EVENTS_MOST; ; most = Math.floor(most / 2)) {
    const text = textWith(reported, most);
    if (Buffer.byteLength(text) <= BYTES_MOST || most < 100) return text;
  }
}

const BYTES_MOST = 4_900_000;

function textWith({ run, plan, verdict, history, manifest, commands, script }: Reported, most: number): string {
  const served = servedAt(history.events);
  const { story, indexOf } = storyOf(history, verdict, most);
  const linked = { served, indexOf };
  const data = scriptJson(story);
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escaped(`${plan.title}: ${verdict.word}`)}</title><style>${STYLE}</style></head><body>`,
    `<header><h1>${escaped(plan.title)}</h1><p class="note">${escaped(`${plan.protocol}, ${plan.nodes.length} nodes, seed ${plan.seed}, run ${run}, txlab ${history.run.txlab}`)}</p></header><main>`,
    verdictSection(verdict),
    history.torn ? '<p class="note">The last line of the history was cut off and is not shown.</p>' : '',
    diagramSection(story, most),
    `<section><h2>Over time</h2>${chartsOf(history, story, served)}</section>`,
    toldSection(retold(history, plan)),
    heldSection(story),
    findingsSection(verdict, plan, linked),
    faultsSection(history, plan, linked),
    settingSection({ plan, manifest, commands }),
    `</main><script type="application/json" id="story">${data}</script><script>${script}</script></body></html>\n`,
  ].join('');
}

const WIDTH = 1200;

function diagramSection(story: Story, most: number): string {
  const { focus, total, told } = story;
  const view = {
    ...focus,
    subjects: new Set(focus.subjects),
    width: WIDTH,
    isAlone: false,
    hidden: new Set<string>(),
    selected: null,
    isThin: true,
  };
  const height = heightOf(story);
  const about =
    focus.subjects.length === 0
      ? 'The whole run.'
      : `Begins with ${focus.subjects.join(', ')}; what else happened is dimmed.`;
  const sample = total > most ? ` Of ${total} events ${told} are drawn: those around the target and the findings.` : '';
  return (
    `<section><h2>What happened</h2><p class="note">${escaped(about + sample)} Shaded grey: dead, paused or held. Violet: in doubt. Red: blocked, or a lock that two believe to hold. Green above a line: a lock.</p>` +
    TOOLS +
    `<svg id="diagram" viewBox="0 0 ${WIDTH} ${height}" tabindex="0" role="application" aria-label="Space-time diagram: arrow keys move, plus and minus zoom, n and p go from event to event" aria-describedby="keys">${drawDiagram(story, view)}</svg>` +
    '<div id="data" aria-live="polite"></div></section>'
  );
}

const KINDS: readonly (readonly [kinds: string, label: string])[] = [
  ['message', 'messages'],
  ['ask,answer', 'asks'],
  ['force,promise,decision', 'forces'],
  ['note,other', 'notes'],
  ['doubt,blocked,lease,shared', 'doubts and locks'],
];

const TOOLS =
  '<div class="tools needs-script"><button data-do="in" title="+">zoom in</button><button data-do="out" title="−">zoom out</button><button data-do="left" title="←">◀</button><button data-do="right" title="→">▶</button><button data-do="all" title="0">whole run</button><button data-do="target" title="t">target</button>' +
  '<label>subject <input type="search" id="subject" list="subjects" placeholder="a transaction, /"></label><datalist id="subjects"></datalist><label><input type="checkbox" id="alone"> alone</label>' +
  KINDS.map(([kinds, label]) => `<label><input type="checkbox" data-kinds="${kinds}" checked> ${label}</label>`).join(
    '',
  ) +
  '</div><p id="keys" class="note needs-script">Keys in the diagram: ← → move, + − zoom, 0 whole run, t target, n p next and previous event, / subject, Esc nothing chosen. The wheel zooms with Ctrl; dragging moves.</p>';
