// A scenario's timeouts: their names, and how they must relate, so that its outcome is not a matter of which timer is luckier.

import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { nearest } from './nearest.ts';
import { problemAt, type Complaint, type Part, type Problem } from './problem.ts';
import type { TimeoutRelation } from '../../nodes/contract/protocol.ts';
import type { Draft } from './schema.ts';
import type { Locate, Path } from './problem.ts';
import type { Scenario } from './scenario-types.ts';

/** All timeouts that the protocol has, in milliseconds: as written, or its default. */
export function readTimeouts({ protocol, timeouts }: Draft, locate: Locate): Part<Readonly<Record<string, number>>> {
  const known = findProtocol(protocol)?.timeouts ?? {};
  const allowed = Object.keys(known);
  const value = Object.fromEntries(Object.entries(known).map(([name, { ms }]) => [name, ms]));
  const problems: Problem[] = [];
  for (const [name, text] of Object.entries(timeouts)) {
    if (text === undefined) continue;
    const wait = readWait(text, ['timeouts', name], locate);
    const stranger: Complaint = {
      found: name,
      message: `${protocol} has no timeout ${name}.`,
      allowed,
      nearest: nearest(name, allowed),
    };
    if (allowed.includes(name)) problems.push(...wait.problems);
    else problems.push(problemAt(locate(['timeouts', name], 'key'), stranger));
    value[name] = wait.value;
  }
  return { value, problems };
}

/** A duration in milliseconds that is longer than nothing. */
export function readWait(text: string, path: Path, locate: Locate): Part<number> {
  const duration = parseDuration(text);
  if (!duration.ok) return { value: 0, problems: [problemAt(locate(path), duration.complaint)] };
  if (duration.ms > 0) return { value: duration.ms, problems: [] };
  const complaint = { found: text, message: `${path.join('.')} must be longer than nothing.` };
  return { value: 0, problems: [problemAt(locate(path), complaint)] };
}

const LONGER_THAN_ALL = 'a client that gives up first would call everything unknown';
const RELATIONS: readonly TimeoutRelation[] = [
  {
    small: 'inquiry',
    large: 'vote',
    times: 2,
    why: 'a participant in doubt must have asked before its coordinator gives up',
  },
  { small: 'vote', large: 'blocked', times: 2, why: 'a wait for votes must not look like blocking' },
  ...['vote', 'inquiry', 'resend', 'blocked'].map((small) => ({
    small,
    large: 'operation',
    times: 1,
    why: LONGER_THAN_ALL,
  })),
];

/** Timeouts of a protocol that has no timeout of such a name are in no relation to it. */
export function timeoutProblems({ protocol, timeouts }: Scenario, locate: Locate): readonly Problem[] {
  const relations = [...RELATIONS, ...(findProtocol(protocol)?.relations ?? [])];
  return relations.flatMap(({ small, large, times, why }) => {
    const [less, more] = [timeouts[small], timeouts[large]];
    if (less === undefined || more === undefined || more > less * times) return [];
    const multiple = times === 1 ? '' : `${times} times `;
    const message = `timeouts.${large} (${formatDuration(more)}) must be longer than ${multiple}timeouts.${small} (${formatDuration(less)}): ${why}.`;
    const hint = `Make ${large} longer than ${formatDuration(less * times)}, or ${small} shorter than ${formatDuration(more / times)}.`;
    // The one that was changed is to blame; of two that were, the large one.
    const isDefault = more === findProtocol(protocol)?.timeouts[large]?.ms;
    const [name, found] = isDefault ? [small, less] : [large, more];
    return [problemAt(locate(['timeouts', name]), { found: formatDuration(found), message, hint })];
  });
}
