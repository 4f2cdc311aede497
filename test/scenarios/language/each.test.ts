// Which steps `--each` goes through, and what is refused beside it.

import { expect, test } from 'vitest';
import { PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { readEach, type Each } from '../../../scenarios/language/each.ts';
import { scenarioFromSentence } from '../../../scenarios/language/scenario.ts';
import { formatProblem } from '../../../scenarios/language/problem.ts';
import { VERBS } from '../../../nodes/contract/step.ts';

function eachOf(text: string, protocol = '2pc'): Each {
  const each = readEach(text.split(' '), { protocol });
  if (!each.ok) throw new Error(each.problems.map(formatProblem).join('\n'));
  return each.value;
}

function sentencesOf(text: string, protocol?: string): readonly string[] {
  const { steps, sentenceAt } = eachOf(text, protocol);
  return steps.map((step) => sentenceAt(step));
}

test('the steps of a node are before and after each word of its role, kinds apart, and the last of a broadcast', () => {
  expect(sentencesOf('kill participant-1', '2pc-presumed-nothing')).toMatchInlineSnapshot(`
    [
      "kill participant-1 before receive prepare",
      "kill participant-1 after receive prepare",
      "kill participant-1 before receive commit",
      "kill participant-1 after receive commit",
      "kill participant-1 before receive abort",
      "kill participant-1 after receive abort",
      "kill participant-1 before receive outcome commit",
      "kill participant-1 after receive outcome commit",
      "kill participant-1 before receive outcome abort",
      "kill participant-1 after receive outcome abort",
      "kill participant-1 before receive outcome in-progress",
      "kill participant-1 after receive outcome in-progress",
      "kill participant-1 before force prepared",
      "kill participant-1 after force prepared",
      "kill participant-1 before force commit",
      "kill participant-1 after force commit",
      "kill participant-1 before force abort",
      "kill participant-1 after force abort",
      "kill participant-1 before force checkpoint",
      "kill participant-1 after force checkpoint",
      "kill participant-1 before append abort",
      "kill participant-1 after append abort",
      "kill participant-1 before send vote yes",
      "kill participant-1 after send vote yes",
      "kill participant-1 before send vote no",
      "kill participant-1 after send vote no",
      "kill participant-1 before send ack",
      "kill participant-1 after send ack",
      "kill participant-1 before send inquire",
      "kill participant-1 after send inquire",
      "kill participant-1 before expire inquiry",
      "kill participant-1 after expire inquiry",
    ]
  `);
  const coordinator = sentencesOf('kill coordinator');
  expect(coordinator).toContain('kill coordinator after send prepare to last');
  expect(coordinator).toContain('kill coordinator before receive vote no');
  expect(coordinator).toContain('kill coordinator after receive transfer');
});

test('every word that a catalog names for a role is among the steps, and every step is a sentence of its own', () => {
  for (const { name, roles } of PROTOCOLS)
    for (const [role, { words }] of Object.entries(roles)) {
      const { steps, sentenceAt } = eachOf(`pause ${role}`, name);
      const named = VERBS.flatMap((verb) =>
        (words[verb] ?? []).flatMap((word) => [`before ${verb} ${word}`, `after ${verb} ${word}`]),
      );
      const among = steps.map(({ gap: { when, verb, word } }) => `${when} ${verb} ${word}`);
      expect(among, `${name} ${role}`).toEqual(expect.arrayContaining(named));
      const sentences = steps.map((step) => sentenceAt(step));
      expect(new Set(sentences).size).toBe(sentences.length);
      for (const sentence of sentences)
        expect(scenarioFromSentence(sentence, { protocol: name })).toMatchObject({ ok: true });
    }
});

test('what the sentence says beside the moment is said at every step', () => {
  expect(sentencesOf('pause coordinator for 5s')[0]).toBe(
    'pause coordinator before receive vote yes then resume after 5s',
  );
  expect(sentencesOf('kill coordinator then restart after 300ms')[0]).toBe(
    'kill coordinator before receive vote yes then restart after 300ms',
  );
  expect(sentencesOf('kill coordinator then never')[0]).toBe('kill coordinator before receive vote yes then never');
  expect(sentencesOf('cut participant-2 from coordinator')[0]).toBe(
    'cut participant-2 from coordinator before receive prepare',
  );
});

test('the scenario of a step is the one of its sentence', () => {
  const { steps, scenarioAt } = eachOf('kill coordinator');
  const step = steps.find(({ gap }) => gap.verb === 'force' && gap.word === 'commit');
  expect(step && scenarioAt(step, 7)).toEqual(
    scenarioFromSentence('kill coordinator before force commit of transaction 7'),
  );
});

test.each([
  [
    'kill coordinator during prepare',
    'sentence:1:18: With --each the fault comes at every step',
    'kill coordinator --each',
  ],
  ['kill coordinator before force comit', 'sentence:1:18: ', 'kill coordinator --each'],
  ['pause participant-2 at 2s for 3s', 'sentence:1:21: ', 'pause participant-2 --each'],
  [
    'kill coordinator of transaction 3',
    'sentence:1:18: With --each transactions are counted',
    'kill coordinator --each',
  ],
  ['kill coordinator then restart after 2s after force commit', 'sentence:1:40: ', 'kill coordinator then restart'],
  ['kill all participants', 'sentence:1:6: With --each one node is hit', 'kill coordinator --each'],
  ['cut coordinator,participant-1', 'sentence:1:1: It is not said at whose steps', 'kill coordinator --each'],
  ['drop ack', 'sentence:1:1: It is not said at whose steps', 'kill coordinator --each'],
  ['kill coordinatr', 'sentence:1:6: There is no node', 'coordinator'],
  ['kill client then never', 'sentence:1:13: client does the workload', 'Say when it comes back'],
])('%s is refused with its place and what to type', (text, place, hint) => {
  const each = readEach(text.split(' '), {});
  const said = each.ok ? '' : each.problems.map(formatProblem).join('\n');
  expect(said).toContain(place);
  expect(said).toContain(hint);
});
