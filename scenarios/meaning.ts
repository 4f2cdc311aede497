// From the right shape to the right meaning: nodes that exist, steps that the protocol has, numbers instead of texts.

import { findProtocol } from '../nodes/protocols/catalog.ts';
import { nodeId } from '../nodes/contract/ids.ts';
import { PROPERTIES } from '../nodes/contract/catalog.ts';
import { checkShape, type Locate, type Path } from './shape.ts';
import { nearest } from './nearest.ts';
import { parseDuration } from './duration.ts';
import { parseSentence, type Sentence } from './sentence.ts';
import { problemAt, refused, type Parsed, type Place, type Problem } from './problem.ts';
import { questionable } from './claims.ts';
import { worldOf } from './world.ts';
import type { Draft } from './schema.ts';
import type { Expectation } from './findings.ts';
import type { Scenario, Workload } from './scenario-types.ts';

/** Where a problem that a sentence has stands in the input. */
export type LocateIn = (problem: Problem, path: Path) => Place;

export function understand(data: unknown, locate: Locate, locateIn: LocateIn): Parsed<Scenario> {
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
    because,
    reference,
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

