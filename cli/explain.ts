// `explain`: a protocol, a scenario or a property in words.

import { PROPERTY_MEANINGS } from '../nodes/contract/catalog.ts';
import { formatGap } from '../nodes/contract/step.ts';
import { PROTOCOLS, findProtocol } from '../nodes/protocols/catalog.ts';
import { findScenario, loadCatalog } from '../scenarios/catalog.ts';
import { nearest } from '../scenarios/nearest.ts';
import { formatScenario } from '../scenarios/scenario.ts';
import { expectationText } from './lists.ts';
import { Usage, demand } from './usage.ts';
import type { Property, Protocol } from '../nodes/contract/catalog.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { World } from './commands.ts';

export function explain(what: string, { stdout }: World): number {
  stdout.write(`${textOf(what).join('\n')}\n`);
  return 0;
}

function textOf(what: string): readonly string[] {
  const protocol = findProtocol(what);
  if (protocol) return protocolText(protocol);
  if (Object.hasOwn(PROPERTY_MEANINGS, what))
    return [what, `  ${PROPERTY_MEANINGS[what as Property]}`, `  promised by: ${promisers(what as Property)}`];
  const names = loadCatalog().map(({ name }) => name);
  if (names.includes(what)) return scenarioText(demand(findScenario(what)));
  const known = [...PROTOCOLS.map(({ name }) => name), ...Object.keys(PROPERTY_MEANINGS), ...names];
  const near = nearest(what, known);
  throw new Usage(
    `There is no protocol, scenario or property '${what}'${near ? `; did you mean ${near}?` : '.'}\nKnown: ${known.join(', ')}`,
  );
}

function promisers(property: Property): string {
  return (
    PROTOCOLS.filter(({ promises }) => promises.includes(property))
      .map(({ name }) => name)
      .join(', ') || 'no protocol here'
  );
}

function protocolText(protocol: Protocol): string[] {
  const { commit, abort } = protocol.cost(2);
  return [
    `${protocol.name}: ${protocol.title}`,
    '',
    `  ${protocol.summary}`,
    `  ${protocol.reference}`,
    '',
    'phases (txlab kill coordinator during <phase>)',
    ...Object.entries(protocol.phases).map(
      ([name, { role, gap, means }]) => `  ${name.padEnd(10)} ${role} ${formatGap(gap)}: ${means}`,
    ),
    '',
    'words of steps (<node> before|after <verb> <word>)',
    ...Object.entries(protocol.roles).flatMap(([role, { words }]) =>
      Object.entries(words).map(([verb, list]) => `  ${role.padEnd(12)} ${verb.padEnd(8)} ${list.join(', ')}`),
    ),
    '',
    'stakes',
    ...protocol.stakes.map(({ role, gap, stake, means }) => `  ${role} ${formatGap(gap)}: ${stake} (${means})`),
    '',
    `promises   ${protocol.promises.join(', ')}`,
    '',
    'timeouts',
    ...Object.entries(protocol.timeouts).map(
      ([name, { ms, means }]) => `  ${name.padEnd(10)} ${String(ms).padStart(5)} ms  ${means}`,
    ),
    '',
    'cost of one transaction with two participants, without faults',
    `  commit     ${commit.forcedWrites} forced writes, ${commit.messages} messages`,
    `  abort      ${abort.forcedWrites} forced writes, ${abort.messages} messages (one no among yes votes)`,
  ];
}

function scenarioText(scenario: Scenario): string[] {
  return [
    `${scenario.name}: ${scenario.title}`,
    '',
    `  expects: ${expectationText(scenario)}`,
    `  because: ${scenario.because}`,
    `  reference: ${scenario.reference}`,
    '',
    formatScenario(scenario).trimEnd(),
  ];
}
