// Scenarios from what people write: a YAML file, or a sentence on the command line. Shape first, then meaning, then sense.

import { findProtocol } from '../nodes/protocols/catalog.ts';
import { nodeId } from '../nodes/contract/ids.ts';
import { PROPERTIES } from '../nodes/contract/catalog.ts';
import { checkShape, type Locate, type Path } from './shape.ts';
import { formatSentence } from './sentence-text.ts';
import { nearest } from './nearest.ts';
import { override, type Overrides } from './overrides.ts';
import { parseDuration } from './duration.ts';
import { parseSentence, type Sentence } from './sentence.ts';
import { problemAt, refused, type Parsed, type Place, type Problem } from './problem.ts';
import { questionable } from './claims.ts';
import { readYaml } from './yaml-source.ts';
import { splitWords } from './words.ts';
import { worldOf, type Scenario, type Workload } from './scenario.ts';
import type { Draft } from './schema.ts';
import type { Expectation } from './findings.ts';

export interface ScenarioFile {
  /** Its name, for problems. */
  readonly source: string;
  readonly overrides?: Overrides;
}

export function parseScenario(text: string, { source, overrides = {} }: ScenarioFile): Parsed<Scenario> {
  const yaml = readYaml(text, source);
  if (!yaml.ok) return yaml;
  const { data, locate } = override(yaml.value.data, yaml.value.locate, overrides);
  const locateIn = ({ where: { column = 1, text: sentence = '' } }: Problem, path: Path): Place =>
    yaml.value.locateWord(path, splitWords(sentence).filter(({ start }) => start < column - 1).length);
  return understand(data, locate, locateIn);
}

/** A scenario with this one fault and no claim of its own: what the protocol promises is expected to hold. */
export function scenarioFromSentence(words: string | readonly string[], overrides: Overrides = {}): Parsed<Scenario> {
  const text = typeof words === 'string' ? words : words.join(' ');
  const where: Place = { source: 'sentence', line: 1, column: 1, text };
  const data = { version: 1, name: 'sentence', title: 'sentence', protocol: DEFAULT_PROTOCOL, faults: [text] };
  const changed = override(data, () => where, overrides);
  const scenario = understand(changed.data, changed.locate, (problem) => problem.where);
  return scenario.ok ? { ok: true, value: named(scenario.value) } : scenario;
}

const DEFAULT_PROTOCOL = '2pc';

/** Names it after its sentence, without the counts: `kill-coordinator-during-prepare`. */
function named(scenario: Scenario): Scenario {
  const world = worldOf(scenario);
  const [sentence] = scenario.faults;
  if (!sentence) return scenario;
  const { fault, moment } = sentence;
  const short = formatSentence({ fault, ...(moment && { moment }) }, world);
  const name = short.replace(/[^a-z0-9]+/g, '-').slice(0, NAME_LENGTH).replace(/^-+|-+$/g, '');
  return { ...scenario, name, title: formatSentence(sentence, world) };
}

const NAME_LENGTH = 60;

/** Where a problem that a sentence has stands in the input. */
type LocateIn = (problem: Problem, path: Path) => Place;

function understand(data: unknown, locate: Locate, locateIn: LocateIn): Parsed<Scenario> {
  const shape = checkShape(data, locate);
  if (!shape.ok) return shape;
  const draft = shape.value;
  const timeouts = timeoutsOf(draft, locate);
  const workload = workloadOf(draft, locate);
  const timeLimit = parseDuration(draft.timeLimit);
  const world = worldOf({ protocol: draft.protocol, participants: draft.topology.participants, workload: workload.value });
  const faults = draft.faults.map((text, index) => relocated(parseSentence(text, world), (problem) => locateIn(problem, ['faults', index])));
  const problems = [...timeouts.problems, ...workload.problems, ...faults.flatMap((fault) => (fault.ok ? [] : fault.problems))];
  if (!timeLimit.ok) problems.push(problemAt(locate(['timeLimit']), timeLimit.complaint));
  if (problems.length > 0 || !timeLimit.ok) return refused(problems);
  const scenario = assemble(draft, {
    timeouts: timeouts.value,
    workload: workload.value,
    faults: faults.flatMap((fault) => (fault.ok ? [fault.value] : [])),
    timeLimitMs: timeLimit.ms,
  });
  const doubts = questionable(scenario, locate);
  return doubts.length > 0 ? refused(doubts) : { ok: true, value: scenario };
}

function assemble(draft: Draft, parts: Pick<Scenario, 'timeouts' | 'workload' | 'faults' | 'timeLimitMs'>): Scenario {
  const { version, name, title, protocol, topology, okAtLeast, because, reference } = draft;
  return {
    version,
    name,
    title,
    protocol,
    participants: topology.participants,
    ...parts,
    expect: expectationOf(draft),
    ...(okAtLeast !== undefined && { okAtLeast }),
    ...(because !== undefined && { because }),
    ...(reference !== undefined && { reference }),
  };
}

function relocated(parsed: Parsed<Sentence>, locate: (problem: Problem) => Place): Parsed<Sentence> {
  if (parsed.ok) return parsed;
  return refused(parsed.problems.map((problem) => ({ ...problem, where: locate(problem) })));
}

/** A part that was understood, as far as it could be. */
interface Part<Value> {
  readonly value: Value;
  readonly problems: readonly Problem[];
}

function timeoutsOf({ protocol, timeouts }: Draft, locate: Locate): Part<Readonly<Record<string, number>>> {
  const known = findProtocol(protocol)?.timeouts ?? {};
  const value = Object.fromEntries(Object.entries(known).map(([name, { ms }]) => [name, ms]));
  const problems: Problem[] = [];
  for (const [name, text] of Object.entries(timeouts)) {
    if (text === undefined) continue;
    const duration = parseDuration(text);
    const allowed = Object.keys(known);
    if (!allowed.includes(name)) {
      problems.push(problemAt(locate(['timeouts', name], 'key'), { found: name, message: `${protocol} has no timeout ${name}.`, allowed, nearest: nearest(name, allowed) }));
    } else if (!duration.ok) problems.push(problemAt(locate(['timeouts', name]), duration.complaint));
    else if (duration.ms === 0) problems.push(problemAt(locate(['timeouts', name]), { found: text, message: `timeouts.${name} must be longer than nothing.` }));
    else value[name] = duration.ms;
  }
  return { value, problems };
}

function workloadOf({ workload, topology }: Draft, locate: Locate): Part<Workload> {
  const { between, ...numbers } = workload;
  if (!between) return { value: numbers, problems: [] };
  const allowed = Array.from({ length: topology.participants }, (_, index) => `participant-${index + 1}`);
  const problems = between.flatMap((found, index) => {
    const place = locate(['workload', 'between', index]);
    if (!allowed.includes(found)) return [problemAt(place, { found, message: `There is no participant ${found} here.`, allowed, nearest: nearest(found, allowed) })];
    return index === 1 && found === between[0] ? [problemAt(place, { found, message: 'A transfer is between two different participants.', allowed: allowed.filter((name) => name !== found) })] : [];
  });
  return { value: { ...numbers, between: [nodeId(between[0]), nodeId(between[1])] }, problems };
}

function expectationOf({ expect }: Draft): Expectation {
  const { target } = expect;
  const { decision, blocked, client } = target ?? {};
  const properties = Object.fromEntries(PROPERTIES.flatMap((name) => (expect[name] === undefined ? [] : [[name, expect[name]]])));
  return {
    ...(target && {
      target: {
        ...(decision && { decision }),
        ...(blocked && { blocked: blocked.map(nodeId) }),
        ...(client && { client }),
      },
    }),
    properties,
  };
}

