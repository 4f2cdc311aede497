// Scenario files that people write wrong: refused where it stands, in words of ours.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { refusalIn } from '../support/refusal.ts';
import { openShell, type Shell } from '../support/shell.ts';

let shell: Shell;
beforeEach(() => {
  shell = openShell();
});

describe('a scenario file', () => {
  const refused = (text: string) => {
    const file = join(shell.out, 'mine.yaml');
    writeFileSync(file, text);
    return refusalIn(shell, ['run', file]);
  };
  const HEAD = 'version: 1\nname: mine\ntitle: Mine\nprotocol: 2pc\n';

  test.each([
    ['a wrong type', `${HEAD}workload:\n  clients: many\n`, 'mine.yaml:6:12'],
    ['an unknown key', `${HEAD}workload:\n  cliens: 4\n`, 'mine.yaml:6:3'],
    ['an impossible topology', `${HEAD}topology: { participants: 99 }\n`, 'mine.yaml:5:27'],
    [
      'a node that the topology lacks',
      `${HEAD}topology: { participants: 2 }\nfaults:\n  - kill participant-3 during prepare\n`,
      'mine.yaml:7:10',
    ],
    [
      'a step that the protocol lacks',
      `${HEAD}faults:\n  - kill coordinator before force precommit\n`,
      'mine.yaml:6:35',
    ],
    ['no YAML', `${HEAD}faults: [\n`, 'mine.yaml:'],
    [
      'a text for a number',
      `${HEAD}workload: { clients: "4" }\n`,
      'cannot be the text "4"; it is a number, without quotes',
    ],
    ['a word for a number', `${HEAD}workload: { clients: true }\n`, 'workload.clients cannot be true; it is a number'],
    ['a number for a text', HEAD.replace('Mine', '5'), 'title cannot be the number 5; it is a text, in quotes: "5"'],
    ['a number for a sentence', `${HEAD}faults:\n  - 7\n`, 'number 1 of faults cannot be the number 7'],
    ['a text for a mapping', `${HEAD}workload: inventory\n`, 'allowed: a mapping with the keys kind, clients'],
    ['a very long title', HEAD.replace('Mine', 'x'.repeat(3000)), /\n {2}title: x{153}…\n {9}\^/],
    [
      'a zero byte',
      'version: 1\nname: \0\n',
      /mine\.yaml:2:7: .* Here stands a zero byte\.\n {2}allowed: a text in UTF-8/,
    ],
    [
      'zero bytes and nothing else',
      '\0\0\n\0',
      /mine\.yaml:1:1: .* It is nothing but zero bytes: 3\.\n {2}allowed: a text in UTF-8.*\n.*write it anew/,
    ],
    [
      'bytes that are no UTF-8',
      'version: \uFFFD\n',
      'mine.yaml:1:10: This file holds no text that can be read. Here stands a byte that is no UTF-8.',
    ],
    ['bytes that are no text', 'version: \0\n', 'This file holds no text that can be read.'],
  ])('with %s is refused at its line and column', async (_what, text, place) => {
    expect(await refused(text)).toEqual(
      typeof place === 'string' ? expect.stringContaining(place) : expect.stringMatching(place),
    );
  });

  test.each([
    ['a tab', `${HEAD}workload:\n\tclients: 3\n`, 'mine.yaml:6:1: This is not YAML: a tab cannot indent a line.'],
    [
      'two documents',
      `${HEAD}---\n${HEAD}`,
      'mine.yaml:5:1: This is not YAML of one scenario: a second document begins',
    ],
    ['two colons', `${HEAD}because: a: b\n`, 'mine.yaml:5:10: This is not YAML: a second colon on one line.'],
    ['an open quote', `${HEAD}because: "a\n`, 'does not end'],
    ['an open bracket', `${HEAD}faults: [a\n`, 'does not end'],
    ['an open brace', `${HEAD}topology: { participants: 2\n`, 'does not end'],
    [
      'too deep a line',
      `${HEAD}workload:\n  clients: 4\n   parts: 5\n`,
      'mine.yaml:6:12: This is not YAML: a second colon',
    ],
    [
      'too shallow a line',
      `${HEAD}workload:\n  clients: 4\n parts: 5\n`,
      'mine.yaml:7:1: This is not YAML: this line begins in',
    ],
    ['a key twice', `${HEAD}protocol: 3pc\n`, 'mine.yaml:5:1: protocol is given twice.'],
    [
      'an alias of nothing',
      `${HEAD}because: *x\n`,
      'mine.yaml:5:10: *x stands for nothing: no value before it is marked with &x.',
    ],
    ['a tag', `${HEAD}because: !mine x\n`, 'mine.yaml:5:10: This is not YAML: nobody here knows this kind of value.'],
    ['an at sign', `${HEAD}because: @x\n`, 'cannot begin with this sign'],
    ['an escape', `${HEAD}because: "\\q"\n`, 'cannot stand before this letter'],
    ['a dash', `${HEAD}-\n`, 'mine.yaml:5:1: '],
    ['a key without a colon', `${HEAD}workload\n`, 'mine.yaml:5:1: This is not YAML: '],
    ['a directive', `%YAML 9.9\n---\n${HEAD}`, 'mine.yaml:1:7: This is not YAML: a line that begins with %'],
    ['commas', '{"version":1,,}', 'mine.yaml:1:14: This is not YAML: this cannot stand here.'],
  ])('with %s is refused in words of ours', async (_what, text, said) => {
    const words = await refused(text);
    expect(words).toContain(said);
    expect(words).not.toMatch(/implicit|block|flow|compact|scalar|anchor|sequence|unresolved|nested mapping/i);
  });

  test('may be JSON, and may begin with a byte order mark', async () => {
    const file = join(shell.out, 'mine.yaml');
    for (const text of [`\uFEFF${HEAD}`, '{"version":1,"name":"mine","title":"Mine","protocol":"2pc"}']) {
      writeFileSync(file, text);
      expect(await shell.type(`run ${file} --print`)).toMatchObject({ code: 0 });
    }
  });
});
