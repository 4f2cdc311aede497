// From the right shape to the right meaning: nodes that exist, steps that the protocol has, numbers instead of texts.

import { nodeId } from '../nodes/contract/ids.ts';
import { PROPERTIES } from '../nodes/contract/catalog.ts';
import { checkShape, type Locate, type Path } from './shape.ts';
import { parseSentence, type Sentence } from './sentence.ts';
import { problemAt, refused, type Complaint, type Parsed, type Part, type Place, type Problem } from './problem.ts';
import { questionable } from './claims.ts';
import { readTimeouts, readWait } from './timeouts.ts';
import { notAParticipant, participantNames, worldOf } from './world.ts';
import type { Draft } from './schema.ts';
import type { Expectation } from './findings.ts';
import type { Scenario, Workload } from './scenario-types.ts';

/** Where a problem that a sentence has stands in the input. */
export type LocateIn = (problem: Problem, path: Path) => Place;

export function understand(data: unknown, locate: Locate, locateIn: LocateIn): Parsed<Scenario> {
  const shape = checkShape(data, locate);
  if (!shape.ok) return shape;
  const draft = shape.value;
  const timeouts = readTimeouts(draft, locate);
  const workload = workloadOf(draft, locate);
  const timeLimit = readWait(draft.timeLimit, ['timeLimit'], locate);
  const world = worldOf({
    protocol: draft.protocol,
    participants: draft.topology.participants,
    workload: workload.value,
  });
  const faults = draft.faults.map((text, index) =>
    relocated(parseSentence(text, world), (problem) => locateIn(problem, ['faults', index])),
  );
  const problems = [
    ...timeouts.problems,
    ...workload.problems,
    ...timeLimit.problems,
    ...faults.flatMap((fault) => (fault.ok ? [] : fault.problems)),
  ];
  if (problems.length > 0) return refused(problems);
  const scenario = assemble(draft, {
    timeouts: timeouts.value,
    workload: workload.value,
    faults: faults.flatMap((fault) => (fault.ok ? [fault.value] : [])),
    timeLimitMs: timeLimit.value,
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
    ...(topology.voters && { voters: topology.voters }),
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

function workloadOf({ workload, topology }: Draft, locate: Locate): Part<Workload> {
  const { between, ...numbers } = workload;
  if (!between) return { value: numbers, problems: [] };
  const allowed = participantNames(topology.participants);
  const complaints = between.map((found, index): Complaint | null => {
    if (!allowed.includes(found)) return notAParticipant(found, allowed);
    if (index === 0 || found !== between[0]) return null;
    const others = allowed.filter((name) => name !== found);
    return { found, message: 'A transfer is between two different participants.', allowed: others };
  });
  const problems = complaints.flatMap((complaint, index) =>
    complaint === null ? [] : [problemAt(locate(['workload', 'between', index]), complaint)],
  );
  return { value: { ...numbers, between: [nodeId(between[0]), nodeId(between[1])] }, problems };
}

function expectationOf({ expect }: Draft): Expectation {
  const { target } = expect;
  const { decision, blocked, client } = target ?? {};
  const properties = Object.fromEntries(
    PROPERTIES.flatMap((name) => (expect[name] === undefined ? [] : [[name, expect[name]]])),
  );
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
