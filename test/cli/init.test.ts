// The scenario that `init` writes runs as it is, and nothing is written over.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { PROTOCOLS } from '../../nodes/protocols/catalog.ts';
import { draftJsonSchema } from '../../scenarios/language/schema.ts';
import { findScenario } from '../../scenarios/language/scenario-catalog.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { demand } from '../../cli/usage.ts';
import { openShell, type Shell } from '../support/shell.ts';

let shell: Shell;
beforeEach(() => {
  shell = openShell();
});

const written = (file: string) => readFileSync(join(shell.out, file), 'utf8');

describe('init', () => {
  test('writes a scenario that run takes, and says what to type next', async () => {
    const { code, stdout } = await shell.type('init');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('txlab run my-scenario.yaml --print') as string,
    });
    const { code: shown, stdout: text } = await shell.type(`run ${join(shell.out, 'my-scenario.yaml')} --print`);
    expect({ shown, text }).toEqual({ shown: 0, text: expect.stringContaining('name: my-scenario') as string });
  });

  test.each(PROTOCOLS.map(({ name }) => name))(
    'writes one of %s that can be planned, and has one fault',
    async (name) => {
      await shell.type(`init Of_This.yaml --protocol ${name}`);
      const scenario = demand(findScenario(join(shell.out, 'Of_This.yaml')));
      expect(scenario).toMatchObject({ name: 'of-this', protocol: name });
      expect(makePlan(scenario, 1).faults).toHaveLength(1);
    },
  );

  test.each([
    ['2pc', 'transfers'],
    ['redlock', 'counter'],
  ])('explains every key of a scenario of %s', async (name, kind) => {
    await shell.type(`init all.yaml --protocol ${name}`);
    const text = written('all.yaml');
    const { workload, timeouts: _, ...keys } = draftJsonSchema(kind).properties ?? {};
    const rare = ['okAtLeast', 'checkpoint'];
    for (const key of Object.keys(keys).filter((one) => !rare.includes(one)))
      expect(text).toMatch(new RegExp(`^(# )?${key}:`, 'm'));
    for (const key of Object.keys(workload?.properties ?? {})) expect(text).toMatch(new RegExp(`^  (# )?${key}:`, 'm'));
  });

  test('leaves a file that is there as it is', async () => {
    writeFileSync(join(shell.out, 'mine.yaml'), 'mine');
    const { error } = await shell.type('init mine.yaml');
    expect(error).toMatchObject({
      name: 'Usage',
      message: expect.stringContaining('txlab init mine-2.yaml') as string,
    });
    expect(written('mine.yaml')).toBe('mine');
  });

  test.each([
    ['init mine', 'Try: txlab init mine.yaml'],
    ['init txlab.yaml', 'Settings are looked for in txlab.yaml'],
    ['init folder.yaml', 'folder.yaml is a folder'],
    ['init nowhere/mine.yaml', 'Try: mkdir -p nowhere'],
    ['init mine.yaml --protocol redlok', 'did you mean redlock?'],
  ])('%s is refused, and writes nothing', async (words, said) => {
    mkdirSync(join(shell.out, 'folder.yaml'));
    const { error } = await shell.type(words);
    expect(error).toMatchObject({ name: 'Usage', message: expect.stringContaining(said) as string });
    expect(shell.left()).toEqual(['folder.yaml']);
  });
});
