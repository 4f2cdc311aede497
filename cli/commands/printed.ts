// What `--print` shows: scenarios as YAML, or with `--json` as one JSON document. What a sentence leaves open stands behind it as a comment.

import { formatScenario } from '../../scenarios/language/scenario.ts';
import { formatSentence } from '../../scenarios/language/sentence-text.ts';
import { layoutOf } from '../../scenarios/language/layout.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { notesOf } from './notes.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';

/** One scenario is a document by itself; of several, YAML has documents and JSON a list. */
export function printed(scenarios: readonly Scenario[], json: boolean): string {
  if (!json) return scenarios.map((scenario) => `${formatScenario(scenario)}${defaultsText(scenario)}`).join('---\n');
  return `${JSON.stringify(scenarios.length === 1 ? scenarios[0] : scenarios, null, 2)}\n`;
}

/** The faults as they are done, where that is more than was said. */
function defaultsText(scenario: Scenario): string {
  const layout = layoutOf(scenario);
  const said = new Set(scenario.faults.map((sentence) => formatSentence(sentence, layout)));
  const { faults } = makePlan(scenario, 1);
  const notes = notesOf(scenario, faults).map((note) => `# note: ${note}\n`);
  const done = faults.filter(({ text }) => !said.has(text));
  if (done.length === 0) return notes.join('');
  const lines = ['# In full, with what the sentences leave open:', ...done.map(({ text }) => `#   ${text}`), ''];
  return lines.join('\n') + notes.join('');
}
