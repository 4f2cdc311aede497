// Scenarios from what people write, a YAML file or a sentence on the command line, and back to a file.

import { stringify } from 'yaml';
import { formatDuration } from './duration.ts';
import { formatSentence } from './sentence-text.ts';
import { override, type Overrides } from './overrides.ts';
import { readYaml } from './yaml-source.ts';
import { splitWords } from './tokens.ts';
import { understand, type LocateIn } from './scenario-reader.ts';
import { layoutOf } from './layout.ts';
import { isOfWorkload } from './topology.ts';
import type { Parsed, Place } from './problem.ts';
import type { Scenario } from './scenario-types.ts';

export type { Overrides, Scenario };

export interface ScenarioFile {
  /** Its name, for problems. */
  readonly source: string;
  readonly overrides?: Overrides;
}

export function parseScenario(text: string, { source, overrides = {} }: ScenarioFile): Parsed<Scenario> {
  const yaml = readYaml(text, source);
  if (!yaml.ok) return yaml;
  const { data, locate } = override(yaml.value.data, yaml.value.locate, overrides);
  const locateIn: LocateIn = ({ where: { column = 1, text: sentence = '' } }, path) =>
    yaml.value.locateWord(path, splitWords(sentence).filter(({ start }) => start < column - 1).length);
  return understand(data, locate, locateIn);
}

/** A scenario with this one fault and no claim of its own: what the protocol promises is expected to hold. */
export function scenarioFromSentence(words: string | readonly string[], overrides: Overrides = {}): Parsed<Scenario> {
  const text = typeof words === 'string' ? words : words.join(' ');
  const where: Place = { source: 'sentence', line: 1, column: 1, text };
  const scenario = unclaimed({ name: 'sentence', title: 'sentence', faults: [text] }, where, overrides);
  return scenario.ok ? { ok: true, value: named(scenario.value) } : scenario;
}

export interface FaultsDraft {
  readonly name: string;
  readonly title: string;
  readonly faults: readonly string[];
  /** Fields of the workload, as in a file. */
  readonly workload?: object;
}

/** Several faults, and no claim of its own. */
export function scenarioOfFaults(draft: FaultsDraft, overrides: Overrides = {}): Parsed<Scenario> {
  return unclaimed(draft, { source: 'comparison' }, overrides);
}

/** Transfers and nothing else; what the protocol promises is expected to hold. */
export function scenarioWithoutFaults(overrides: Overrides = {}): Parsed<Scenario> {
  return unclaimed({ name: 'nothing-fails', title: 'nothing fails', faults: [] }, { source: 'options' }, overrides);
}

function unclaimed(draft: FaultsDraft, where: Place, overrides: Overrides): Parsed<Scenario> {
  const data = { version: 1, protocol: DEFAULT_PROTOCOL, ...draft };
  const changed = override(data, () => where, overrides);
  return understand(changed.data, changed.locate, (problem) => problem.where);
}

const DEFAULT_PROTOCOL = '2pc';

/** Names it after its sentence, without the counts: `kill-coordinator-during-prepare`. */
function named(scenario: Scenario): Scenario {
  const layout = layoutOf(scenario);
  const [sentence] = scenario.faults;
  if (!sentence) return scenario;
  const { fault, alike, moment } = sentence;
  const short = formatSentence({ fault, ...(alike && { alike }), ...(moment && { moment }) }, layout);
  const name = short
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, NAME_LENGTH)
    .replace(/^-+|-+$/g, '');
  return { ...scenario, name, title: formatSentence(sentence, layout) };
}

const NAME_LENGTH = 72;

/** The scenario as a file that would be read as the same scenario. */
export function formatScenario(scenario: Scenario): string {
  const {
    version,
    name,
    title,
    protocol,
    topology,
    voters,
    timeouts,
    checkpoint,
    workload,
    expect,
    okAtLeast,
    timeLimitMs,
    because,
    reference,
  } = scenario;
  const layout = layoutOf(scenario);
  const said = Object.entries(topology).filter(([size]) => !isOfWorkload(protocol, size));
  const file = {
    version,
    name,
    title,
    protocol,
    topology: { ...Object.fromEntries(said), ...(voters && { voters }) },
    timeouts: Object.fromEntries(Object.entries(timeouts).map(([timeout, ms]) => [timeout, formatDuration(ms)])),
    ...(checkpoint !== undefined && { checkpoint }),
    workload,
    faults: scenario.faults.map((sentence) => formatSentence(sentence, layout)),
    expect: { ...(expect.target && { target: expect.target }), ...expect.properties },
    ...(okAtLeast !== undefined && { okAtLeast }),
    timeLimit: formatDuration(timeLimitMs),
    ...(because !== '' && { because }),
    ...(reference !== '' && { reference }),
  };
  return stringify(file, { lineWidth: 120 });
}
