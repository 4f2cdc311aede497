// What every workload owes to those who know none of them by name.

import { describe, expect, test } from 'vitest';
import { PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { findWorkload } from '../../../nodes/workloads/catalog.ts';
import { openShell } from '../../support/shell.ts';
import { parseScenario } from '../../../scenarios/language/scenario.ts';
import { PROPERTY_TABLE } from '../../../scenarios/checkers/properties.ts';
import { WORKLOAD_KINDS, goesWith } from '../../../scenarios/workloads/catalog.ts';

describe.each(WORKLOAD_KINDS.map((kind) => [kind.name, kind] as const))('%s', (name, kind) => {
  const protocol = PROTOCOLS.find(({ family }) => goesWith(kind, family))?.name;

  test('says all of its fields where a load is to be calm', () => {
    const workload = { kind: name, clients: 8, transactions: 8, ...kind.calm(8) };
    const file = `version: 1\nname: calm\ntitle: Calm\nprotocol: ${protocol}\nworkload: ${JSON.stringify(workload)}\n`;
    const said = parseScenario(file, { source: 'calm.yaml' });
    expect(said.ok && said.value.workload).toEqual(workload);
  });

  test('is explained: what clients do, what must be true, and what to type', async () => {
    const { stdout, code } = await openShell().type(`explain ${name}`);
    expect(code).toBe(0);
    expect(stdout).toContain(`${name}: ${kind.title}\n`);
    expect(stdout).toContain(kind.summary);
    const own = [...PROPERTY_TABLE].filter(([, { workload }]) => workload === name);
    expect(own).not.toEqual([]);
    for (const [property, { means }] of own) expect(stdout).toMatch(new RegExp(`^  ${property} +${means}$`, 'm'));
    for (const word of findWorkload(name)?.words ?? ['nothing'])
      expect(stdout).toMatch(new RegExp(`^operations .*\\b${word}\\b`, 'm'));
    expect(stdout).toContain(`${kind.words.keys} of each ${kind.words.site}`);
    const [, example = ''] = stdout.match(/^try: txlab (.*)$/m) ?? [];
    const printed = await openShell().type(`${example} --print`);
    expect(printed).toMatchObject({ code: 0, error: undefined });
    expect(printed.stdout).toContain(`kind: ${name}\n`);
    if (protocol === '2pc') expect(stdout).toContain(`txlab bench 2pc --workload ${name}\n`);
  });

  test.each(ownProperties(name))('has its property %s explained, and by whom it is promised', async (property) => {
    const { stdout } = await openShell().type(`explain ${property}`);
    expect(stdout).toContain(PROPERTY_TABLE.get(property)?.means);
    expect(stdout).toMatch(/^ {2}promised by: \S/m);
  });
});

/** The workload itself is shown where one has its name. */
function ownProperties(name: string): readonly string[] {
  return [...PROPERTY_TABLE].flatMap(([property, { workload }]) =>
    workload === name && property !== name ? [property] : [],
  );
}
