// The JSON Schema that editors check scenario files with.

import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { loadCatalog } from '../../../scenarios/language/scenario-catalog.ts';
import { scenarioJsonSchema } from '../../../scenarios/language/schema.ts';
import { problemsIn, yaml } from '../../support/scenario-text.ts';

describe('the JSON Schema for editors', () => {
  test('names every key, with what it means', () => {
    const schema = scenarioJsonSchema();
    expect(Object.keys(schema.properties ?? {})).toEqual(
      expect.arrayContaining([
        'version',
        'name',
        'title',
        'protocol',
        'topology',
        'timeouts',
        'workload',
        'faults',
        'expect',
        'because',
        'reference',
      ]),
    );
    expect(schema).toMatchObject({ additionalProperties: false, required: ['version', 'name', 'title', 'protocol'] });
    expect(schema.properties?.['protocol']?.enum).toContain('2pc');
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  const editor = z.fromJSONSchema(scenarioJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);

  test('takes every scenario of the catalog as its file has it', () => {
    for (const { name, text } of loadCatalog()) expect(editor.safeParse(parseYaml(text)).error, name).toBeUndefined();
  });

  test.each([
    ['an unknown kind of workload', 'workload: { kind: queues }'],
    ['a field that its workload does not have', 'workload: { kind: transfers, queues: 2 }'],
    ['too many accounts', 'workload: { accounts: 1001 }'],
    ['half a client', 'workload: { clients: 0.5 }'],
    ['three banks for each transfer', 'workload: { between: [participant-1, participant-2, participant-3] }'],
    ['a share above one', 'workload: { reads: 1.5 }'],
  ])('refuses %s, and so does the command', (_, workload) => {
    expect(editor.safeParse(parseYaml(yaml({ workload }))).success).toBe(false);
    expect(problemsIn(yaml({ workload }))).not.toEqual([]);
  });
});
