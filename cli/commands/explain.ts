// `explain`: a protocol, a workload, a scenario, a property, a word of sentences, an error or an exit code, in words.

import { PROPERTY_TABLE, promisesOf } from '../../scenarios/checkers/properties.ts';
import { WORKLOAD_KINDS, findKind, goesWith } from '../../scenarios/workloads/catalog.ts';
import { findWorkload } from '../../nodes/workloads/catalog.ts';
import { promisedIn, type Promised, type Property } from '../../nodes/contract/properties.ts';
import type { WorkloadKind } from '../../scenarios/workloads/workload-kind.ts';
import { needOf } from '../../nodes/contract/protocol.ts';
import { formatGap, VERBS, type Gap } from '../../nodes/contract/step.ts';
import { COMMIT_PROTOCOLS, PROTOCOLS, findProtocol, isCommitProtocol } from '../../nodes/protocols/catalog.ts';
import { findScenario, loadCatalog } from '../../scenarios/language/scenario-catalog.ts';
import { nearest } from '../../scenarios/language/nearest.ts';
import { formatScenario } from '../../scenarios/language/scenario.ts';
import { workloadFields } from '../../scenarios/language/schema.ts';
import { codeText, EXPLAINED_CODES } from './explain-codes.ts';
import { EXPLAINED_WORDS, wordText } from './explain-words.ts';
import { expectationText } from './lists.ts';
import { listOf } from './options.ts';
import { Usage, demand } from '../usage.ts';
import { rehearse } from '../../nodes/protocols/cost-count.ts';
import type { Cost, CommitProtocol, Protocol } from '../../nodes/contract/protocol.ts';
import type { Ending } from '../../nodes/protocols/cost-count.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';
import type { Terminal } from '../terminal.ts';
import type { Command } from './command.ts';

export const EXPLAIN: Command = {
  words: 'explain <what..>',
  describe: 'A protocol, a workload, a scenario, a property, a fault, a phase, an error or an exit code, in words',
  positionals: { what: { type: 'string', array: true, demandOption: true } },
  examples: [
    ['explain 2pc', ''],
    ['explain inventory', ''],
    ['explain non-blocking', ''],
    ['explain pause', ''],
    ['explain engine-missing', 'an error'],
    ['explain 3', 'an exit code; all of them: explain exit codes'],
  ],
  act: (given, terminal) => explain(listOf(given['what']).join(' '), terminal),
};

function explain(what: string, { stdout }: Terminal): number {
  stdout.write(`${textOf(what).join('\n')}\n`);
  return 0;
}

function textOf(what: string): readonly string[] {
  const protocol = findProtocol(what);
  if (protocol) return protocolText(protocol);
  // Before its properties, one of which may have its name: it says what they mean.
  const kind = findKind(what);
  if (kind) return workloadText(kind);
  const property = PROPERTY_TABLE.get(what);
  if (property) return [what, `  ${property.means}`, `  promised by: ${promisers(what)}`];
  const names = loadCatalog().map(({ name }) => name);
  if (names.includes(what)) return scenarioText(demand(findScenario(what)));
  const words = wordText(what) ?? codeText(what);
  if (words) return words;
  const known = [
    ...PROTOCOLS.map(({ name }) => name),
    ...WORKLOAD_KINDS.map(({ name }) => name),
    ...PROPERTY_TABLE.keys(),
    ...EXPLAINED_WORDS,
    ...EXPLAINED_CODES,
  ];
  const near = nearest(what, [...known, ...names]);
  throw new Usage(
    `There is no protocol, workload, scenario, property, word of a sentence, error or exit code '${what}'${near ? `; did you mean ${near}?` : '.'}\nKnown: ${known.join(', ')}, and what txlab scenarios lists`,
  );
}

/** Of a workload's property, those whose promises it rests on. */
function promisers(property: Property): string {
  const workload = PROPERTY_TABLE.get(property)?.workload ?? '';
  const promising = PROTOCOLS.filter(({ promises, family }) =>
    workload === ''
      ? promises.some((promised) => promisedIn(promised) === property)
      : promisesOf(promises, { family, workload }).includes(property),
  );
  return promising.map(({ name }) => name).join(', ') || 'no protocol here';
}

function workloadText(kind: WorkloadKind): string[] {
  const { name, title, summary, reference, words } = kind;
  const isCommit = goesWith(kind, 'commit');
  const properties = [...PROPERTY_TABLE].filter(([, { workload }]) => workload === name);
  return [
    `${name}: ${title}`,
    '',
    `  ${summary}`,
    `  ${reference}`,
    '',
    'what must be true',
    ...properties.map(([property, { means }]) => `  ${property.padEnd(14)} ${means}`),
    '',
    `operations   ${(findWorkload(name)?.words ?? []).join(', ')}${stepsOf(name, isCommit)}`,
    `keys         ${words.keys} of each ${words.site}`,
    '',
    'what a scenario file can say below workload:',
    ...workloadFields(name).map(({ field, means, byDefault }) => `  ${field.padEnd(14)} ${means}${byDefault}`),
    '',
    ...(isCommit ? triesWith(name) : TRIES_OF_LOCKS),
  ];
}

function stepsOf(name: string, isCommit: boolean): string {
  return isCommit ? ` (steps: client after ask ${findWorkload(name)?.words[0] ?? ''})` : '';
}

function triesWith(name: string): readonly string[] {
  return [`try: txlab kill coordinator during prepare --workload ${name}`, `     txlab bench 2pc --workload ${name}`];
}

const TRIES_OF_LOCKS = [
  'try: txlab pause lock-client-1 during write for 3s --protocol redis',
  '     txlab explain redlock',
];

function protocolText(protocol: Protocol): string[] {
  return [
    `${protocol.name}: ${protocol.title}`,
    '',
    `  ${protocol.summary}`,
    `  ${protocol.reference}`,
    '',
    ...namesakesText(protocol),
    `phases (txlab ${exampleOf(protocol)})`,
    ...Object.entries(protocol.phases).map(
      ([name, { role, gap, means }]) =>
        `  ${name.padEnd(10)} ${role} ${formatGap(gap)}: ${means}${onlyWhen(protocol, gap)}`,
    ),
    '',
    'words of steps (<node> before|after <verb> <word>)',
    ...Object.entries(protocol.roles).flatMap(([role, { words }]) =>
      Object.entries(words).map(([verb, list]) => `  ${role.padEnd(12)} ${verb.padEnd(8)} ${list.join(', ')}`),
    ),
    '',
    ...needsText(protocol),
    ...kindsText(protocol),
    'stakes',
    ...protocol.stakes.map(({ role, gap, stake, means }) => `  ${role} ${formatGap(gap)}: ${stake} (${means})`),
    '',
    `promises   ${protocol.promises.map(promiseText).join(', ') || 'nothing'}`,
    '',
    'timeouts',
    ...Object.entries(protocol.timeouts).map(
      ([name, { ms, means }]) => `  ${name.padEnd(10)} ${String(ms).padStart(5)} ms  ${means}`,
    ),
    '',
    ...(isCommitProtocol(protocol) ? costText(protocol) : []),
  ];
}

function onlyWhen(protocol: Protocol, gap: Gap): string {
  const need = needOf(protocol, gap);
  return need === undefined ? '' : `; comes only ${need.means}`;
}

/** Steps that do not come by themselves, by what they need. */
function needsText(protocol: Protocol): readonly string[] {
  const rare = Object.values(protocol.roles).flatMap(({ words }) =>
    VERBS.flatMap((verb) =>
      (words[verb] ?? []).flatMap((word) => {
        const need = needOf(protocol, { verb, word });
        return need === undefined ? [] : [{ step: `${verb} ${word}`, needs: need.means }];
      }),
    ),
  );
  if (rare.length === 0) return [];
  const rows = [...Map.groupBy(rare, ({ needs }) => needs)].map(
    ([needs, steps]) => `  ${[...new Set(steps.map(({ step }) => step))].join(', ')}: only ${needs}`,
  );
  return ['steps that do not come by themselves (the first of them is meant where no count is said)', ...rows, ''];
}

/** What some words can say, by which steps tell them apart. */
function kindsText({ kinds = {} }: Protocol): readonly string[] {
  const rows = Object.entries(kinds).map(([word, { says }]) => `  ${word.padEnd(12)} ${says.join(', ')}`);
  return rows.length === 0 ? [] : ['kinds of words (after send vote yes)', ...rows, ''];
}

function promiseText(promised: Promised): string {
  return typeof promised === 'string' ? promised : `${promised.property} (while a ${promised.while} is up)`;
}

/** What is published beside what the machines were just seen to do; the protocol that was asked for comes first. */
function costText(protocol: CommitProtocol): string[] {
  const others = COMMIT_PROTOCOLS.filter(({ name }) => name !== protocol.name);
  const width = Math.max(...COMMIT_PROTOCOLS.map(({ name }) => name.length));
  const cell = (text: string) => text.padEnd(COST_WIDTH);
  const row = (name: string, cells: readonly string[]) =>
    `  ${name.padEnd(width)}  ${cells.map(cell).join('')}`.trimEnd();
  const endings: readonly Ending[] = ['commit', 'abort', 'readOnly'];
  const published = (one: CommitProtocol) =>
    endings.map((ending) => formulaOf((participants) => one.cost(participants)[ending]));
  const counted = (one: CommitProtocol) => endings.map((ending) => countedText(one, ending));
  return [
    'cost of one transaction without faults: forced writes / messages, acknowledgements included',
    row('', ['commit', 'abort (one no)', 'read-only']),
    ...[protocol, ...others].map((one) => row(one.name, published(one))),
    'counted here, with two participants',
    ...[protocol, ...others].map((one) => row(one.name, counted(one))),
  ];
}

function countedText(protocol: CommitProtocol, ending: Ending): string {
  const counted = rehearse(protocol, ending);
  if (!counted) return 'not counted';
  const published = protocol.cost(2)[ending];
  const agrees = !published || sameCost(published, counted);
  return `${counted.forcedWrites} / ${counted.messages}${agrees ? '' : ' (!)'}`;
}

/** Published costs are linear in the number N of participants: `2N+1 / 4N`. */
function formulaOf(cost: (participants: number) => Cost | undefined): string {
  const [two, three] = [cost(2), cost(3)];
  if (!two || !three) return 'as commit';
  const linear = (at2: number, at3: number) => {
    const [slope, rest] = [at3 - at2, at2 - 2 * (at3 - at2)];
    if (slope === 0) return String(rest);
    const sign = rest > 0 ? '+' : '';
    return `${slope === 1 ? '' : slope}N${rest === 0 ? '' : `${sign}${rest}`}`;
  };
  return `${linear(two.forcedWrites, three.forcedWrites)} / ${linear(two.messages, three.messages)}`;
}

const sameCost = (one: Cost, other: Cost) => one.forcedWrites === other.forcedWrites && one.messages === other.messages;
const COST_WIDTH = 18;

/** What people mean by one name, side by side. */
function namesakesText({ namesakes = [] }: Protocol): string[] {
  return namesakes.flatMap(({ name, rule, promise, price }) => [
    name,
    `  rule      ${rule}`,
    `  promise   ${promise}`,
    `  price     ${price}`,
    '',
  ]);
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

/** A sentence of this protocol's own words. */
function exampleOf({ name, roles, phases }: Protocol): string {
  if (roles['coordinator']) return 'kill coordinator during <phase>';
  const [role = ''] = Object.values(phases).map((phase) => phase.role);
  const node = roles[role]?.count === 'one' ? role : `${role}-1`;
  return `kill ${node} during <phase> --protocol ${name}`;
}
