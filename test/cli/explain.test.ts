// Every word of the language has an explanation, whose example is a sentence.

import { describe, expect, test } from 'vitest';
import { EXPLAINED_WORDS, wordText } from '../../cli/commands/explain-words.ts';
import { PROTOCOLS } from '../../nodes/protocols/catalog.ts';
import { FAULT_WORDS } from '../../scenarios/language/fault.ts';
import { scenarioFromSentence } from '../../scenarios/language/scenario.ts';

const PHASES = [...new Set(PROTOCOLS.flatMap(({ phases }) => Object.keys(phases)))];

describe('explain', () => {
  test.each([...new Set([...FAULT_WORDS, ...EXPLAINED_WORDS, ...PHASES, 'all', 'never'])])(
    'says what %s means, with an example that can be typed',
    (word) => {
      const text = wordText(word)?.join('\n') ?? '';
      const [, sentence = '', protocol = '2pc'] = /^try: txlab (.*?)(?: --protocol (\S+))?$/m.exec(text) ?? [];
      const parsed = scenarioFromSentence(sentence.split(' '), { protocol });
      expect(parsed.ok ? [] : parsed.problems).toEqual([]);
    },
  );

  test('says nothing of what is no word, however it is called', () => {
    for (const word of ['toString', 'constructor', 'killed', '']) expect(wordText(word)).toBeNull();
  });
});
