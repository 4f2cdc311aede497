// Every word of the language has an explanation, whose example is a sentence; every error and exit code one, whose commands are taken.

import { describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../cli/exit-codes.ts';
import { codeText } from '../../cli/commands/explain-codes.ts';
import { EXPLAINED_WORDS, wordText } from '../../cli/commands/explain-words.ts';
import { ERRORS } from '../../compose/errors.ts';
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

  test.each(Object.entries(ERRORS))(
    'says what the error %s means, its exit code and what to type',
    (code, { doc, exitCode }) => {
      const text = codeText(code)?.join('\n') ?? '';
      expect(text).toContain(doc);
      expect(text).toContain(`exit code ${exitCode}`);
      expect(text).toMatch(/^try: txlab \S/m);
    },
  );

  test.each(EXIT_CODES)('says what exit code %s means and what to type', (code, meaning) => {
    for (const words of [code, `exit ${code}`, `exit code ${code}`]) {
      const text = codeText(words)?.join('\n') ?? '';
      expect(text).toContain(meaning);
      expect(text).toMatch(/^try: txlab \S/m);
    }
  });

  test('lists the exit codes, and the errors', () => {
    for (const words of ['exit codes', 'exit-codes', 'exit code'])
      for (const [code, meaning] of EXIT_CODES)
        expect(codeText(words)?.join('\n')).toMatch(`${code.padEnd(4)} ${meaning}`);
    for (const code of Object.keys(ERRORS)) expect(codeText('errors')?.join('\n')).toContain(code);
  });

  test('says nothing of a number that is no exit code', () => {
    for (const word of ['6', '1000', 'exit 6', 'constructor', '']) expect(codeText(word)).toBeNull();
  });
});
