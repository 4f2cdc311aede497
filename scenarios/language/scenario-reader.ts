// From the right shape to the right meaning: nodes that exist, steps that the protocol has, numbers instead of texts.

import { nodeId, type NodeId } from '../../nodes/contract/ids.ts';
import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { PROPERTIES } from '../checkers/properties.ts';
import { checkShape } from './schema-problems.ts';
import { parseSentence, type Sentence } from './sentence.ts';
import { problemAt, refused, type Parsed, type Place, type Locate, type Problem, type Path } from './problem.ts';
import { questionable } from './scenario-lint.ts';
import { readTimeouts, readWait } from './timeouts.ts';
import { layoutOf } from './layout.ts';
import { readTopology } from './topology.ts';
import { WORKLOAD_KINDS, goesWith, kindOf } from '../workloads/catalog.ts';
import type { Draft } from './schema.ts';
import type { Expectation } from '../findings.ts';
import type { Scenario } from './scenario-types.ts';

/** Where a problem that a sentence has stands in the input. */
export type LocateIn = (problem: Problem, path: Path) => Place;

export function understand(data: unknown, locate: Locate, locateIn: LocateIn): Parsed<Scenario> {
  const shape = checkShape(data, locate);
  if (!shape.ok) return shape;
  const draft = shape.value;
  const timeouts = readTimeouts(draft, locate);
  const topology = readTopology(draft, locate);
  const timeLimit = readWait(draft.timeLimit, ['timeLimit'], locate);
  const layout = layoutOf({
    protocol: draft.protocol,
    topology: topology.value,
    workload: draft.workload,
  });
  const faults = draft.faults.map((text, index) =>
    relocated(parseSentence(text, layout), (problem) => locateIn(problem, ['faults', index])),
  );
  const problems = [
    ...topology.problems,
    ...timeouts.problems,
    ...workloadProblems(draft, layout.guards, locate),
    ...timeLimit.problems,
    ...faults.flatMap((fault) => (fault.ok ? [] : fault.problems)),
  ];
  if (problems.length > 0) return refused(problems);
  const scenario = assemble(draft, {
    topology: topology.value,
    timeouts: timeouts.value,
    workload: draft.workload,
    faults: faults.flatMap((fault) => (fault.ok ? [fault.value] : [])),
    timeLimitMs: timeLimit.value,
  });
  const doubts = questionable(scenario, locate);
  return doubts.length > 0 ? refused(doubts) : { ok: true, value: scenario };
}

function assemble(
  draft: Draft,
  parts: Pick<Scenario, 'topology' | 'timeouts' | 'workload' | 'faults' | 'timeLimitMs'>,
): Scenario {
  const { version, name, title, protocol, topology, checkpoint, okAtLeast, because, reference } = draft;
  return {
    version,
    name,
    title,
    protocol,
    ...(topology.voters && { voters: topology.voters }),
    ...(checkpoint !== undefined && { checkpoint }),
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

function workloadProblems({ protocol, workload }: Draft, sites: readonly NodeId[], locate: Locate): readonly Problem[] {
  const kind = kindOf(workload.kind);
  const family = findProtocol(protocol)?.family ?? 'commit';
  if (!goesWith(kind, family)) {
    const message = `${protocol} is a ${family} protocol, and ${workload.kind} are not what its clients do.`;
    const allowed = WORKLOAD_KINDS.filter((other) => goesWith(other, family)).map(({ name }) => name);
    return [problemAt(locate(['workload', 'kind']), { found: workload.kind, message, allowed })];
  }
  const problems = kind.impossible(workload, sites, family);
  return problems.map(({ path, complaint }) => problemAt(locate(['workload', ...path]), complaint));
}

function expectationOf({ expect }: Draft): Expectation {
  const { target } = expect;
  const { decision, blocked, client } = target ?? {};
  const claims = expect as unknown as Readonly<Record<string, 'holds' | 'violated' | undefined>>;
  const properties = Object.fromEntries(
    PROPERTIES.flatMap((name) => (claims[name] === undefined ? [] : [[name, claims[name]]])),
  );
  return {
    ...(target && {
      target: {
        ...(decision && { decision }),
        ...(blocked !== undefined && { blocked: typeof blocked === 'number' ? blocked : blocked.map(nodeId) }),
        ...(client && { client }),
      },
    }),
    properties,
  };
}
