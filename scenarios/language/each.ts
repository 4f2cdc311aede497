// One fault at every step of the node that it hits: which steps these are, and the scenario for each. Knows not which of them ever come.

import { formatSentence } from './sentence-text.ts';
import { isMessageFault, nodesOf } from '../../compose/faults.ts';
import { isStore, peersOf, wordsAt, layoutOf, type Layout } from './layout.ts';
import { kindOf, kindsOf } from '../../nodes/contract/kind.ts';
import { MOMENT_WORDS } from './moment.ts';
import { parseSentence, type Sentence } from './sentence.ts';
import { problemAt, refused, type Complaint, type Parsed } from './problem.ts';
import { readWords } from './tokens.ts';
import { scenarioFromSentence, scenarioWithoutFaults, type Overrides, type Scenario } from './scenario.ts';
import { VERBS, type Gap, type Step, type Verb } from '../../nodes/contract/step.ts';

export interface Each {
  readonly steps: readonly Step[];
  /** The same without a fault: which steps come, and how often. */
  readonly baseline: Scenario;
  /** The sentence for this step of the so-many-th transaction that reaches it, or of the usual one. */
  readonly sentenceAt: (step: Step, nth?: number) => string;
  readonly scenarioAt: (step: Step, nth: number) => Parsed<Scenario>;
}

/** A sentence that says no moment, to be done at every step of its node. */
export function readEach(words: readonly string[], overrides: Overrides): Parsed<Each> {
  const text = words.join(' ').replace(/\s/g, ' ');
  const baseline = scenarioWithoutFaults(overrides);
  if (!baseline.ok) return baseline;
  const layout = layoutOf(baseline.value);
  const parsed = parseSentence(text, layout);
  const said = momentWord(text);
  // A moment that is said is in the way, however well it is said.
  if (said !== null) return refusedAt(text, said.start, said.complaint);
  if (!parsed.ok) return parsed;
  const whose = whoseSteps(parsed.value, layout);
  if ('message' in whose) return refusedAt(text, text.indexOf(whose.found), whose);
  const sentenceAt = (step: Step, nth?: number) =>
    formatSentence({ ...parsed.value, moment: { kind: 'step', step }, ...(nth !== undefined && { nth }) }, layout);
  return {
    ok: true,
    value: {
      steps: whose.steps,
      baseline: baseline.value,
      sentenceAt,
      scenarioAt: (step, nth) => scenarioFromSentence(sentenceAt(step, nth), overrides),
    },
  };
}

function refusedAt(text: string, start: number, complaint: Complaint): Parsed<never> {
  const where = { source: 'sentence', line: 1, column: Math.max(0, start) + 1, text };
  return refused([problemAt(where, complaint)]);
}

function momentWord(text: string): { readonly start: number; readonly complaint: Complaint } | null {
  const { words } = readWords(text);
  // The after of `then restart after 2s` is none.
  const isEnd = (index: number) => words[index]?.text === 'after' && words[index - 2]?.text === 'then';
  const found = words.find(({ text: word }, index) => [...MOMENT_WORDS, 'of'].includes(word) && !isEnd(index));
  if (found === undefined) return null;
  const complaint = {
    found: found.text,
    message:
      found.text === 'of'
        ? 'With --each transactions are counted at every step by itself.'
        : 'With --each the fault comes at every step, and no moment is said.',
    hint: `Leave it out: ${text.slice(0, found.start).trim()} --each. Or leave out --each, for this one.`,
  };
  return { start: found.start, complaint };
}

function whoseSteps(sentence: Sentence, layout: Layout): { readonly steps: readonly Step[] } | Complaint {
  const { fault, alike = [] } = sentence;
  if (alike.length > 0) return { found: 'all', message: 'With --each one node is hit, at its own steps.', hint: HINT };
  const hit = isMessageFault(fault) ? [] : nodesOf(fault);
  const [node, ...others] = layout.nodes.filter(({ id }) => hit.includes(id));
  if (node === undefined || others.length > 0)
    return { found: fault.do, message: `It is not said at whose steps this ${fault.do} is to come.`, hint: HINT };
  if (isStore(node)) return { found: node.id, message: `${node.id} is a store, which has no steps.`, hint: HINT };
  return { steps: gapsOf(node.id, layout).map((gap) => ({ node: node.id, gap })) };
}

const HINT = 'Name one node: kill coordinator --each';

/** Before and after each effect and input that the catalog names for this node; a broadcast has a last one, too. */
function gapsOf(node: Step['node'], layout: Layout): readonly Gap[] {
  const words = wordsAt(layout, node) ?? {};
  return ORDER.flatMap((verb) =>
    (words[verb] ?? []).flatMap((word): readonly Gap[] => {
      const isMessage = verb === 'send' || verb === 'receive';
      const { kinds = {} } = layout.protocol;
      const says = isMessage ? kindsOf(kinds, word) : [];
      const whole = says.length > 0 ? says.flatMap((is) => kindOf(kinds, word, is) ?? []) : [undefined];
      const around = whole.flatMap((kind) =>
        (['before', 'after'] as const).map((when): Gap => ({ when, verb, word, ...(kind && { kind }) })),
      );
      const isBroadcast = verb === 'send' && says.length === 0 && peersOf(layout, node, verb, word).length > 1;
      return isBroadcast ? [...around, { when: 'after', verb, word, peer: 'last' }] : around;
    }),
  );
}

/** As they mostly come: what is taken, what is written, what is said. */
const ORDER: readonly Verb[] = [
  ...(['receive', 'force', 'append'] as const),
  ...VERBS.filter((verb) => !['receive', 'force', 'append'].includes(verb)),
];
