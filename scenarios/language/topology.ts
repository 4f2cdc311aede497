// How many nodes of what a scenario has: what it says, or what its protocol takes by itself.

import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { nearest } from './nearest.ts';
import { problemAt, type Complaint, type Locate, type Part, type Problem } from './problem.ts';
import type { Size, Topology } from '../../nodes/contract/protocol.ts';
import type { Draft } from './schema.ts';

/** What a protocol takes by itself. */
export function defaultsOf(sizes: Readonly<Record<string, Size>>): Topology {
  return Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, size.default]));
}

/** All numbers that the protocol has. */
export function readTopology(
  { protocol, topology: { voters: _voters, ...said }, workload: { clients } }: Draft,
  locate: Locate,
): Part<Topology> {
  const known = findProtocol(protocol)?.topology ?? {};
  const value: Record<string, number> = { ...defaultsOf(known) };
  // Where each client is a node, the workload says how many there are.
  if (known['clients']) value['clients'] = clients;
  const problems: Problem[] = [];
  for (const [name, number] of Object.entries(said)) {
    if (typeof number !== 'number') continue;
    const size = known[name];
    value[name] = number;
    if (size && isOfWorkload(protocol, name))
      problems.push(problemAt(locate(['topology', name], 'key'), saidThere(protocol)));
    else if (!size)
      problems.push(problemAt(locate(['topology', name], 'key'), stranger(protocol, name, Object.keys(known))));
    else if (number < size.least || number > size.most)
      problems.push(problemAt(locate(['topology', name]), outside(protocol, name, number, size)));
  }
  return { value, problems };
}

/** Whether the workload says this number: where each client of it is a node. */
export function isOfWorkload(protocol: string, name: string): boolean {
  return name === 'clients' && findProtocol(protocol)?.topology['clients'] !== undefined;
}

function saidThere(protocol: string): Complaint {
  const message = `The clients of ${protocol} are those of its workload, which says how many there are.`;
  return { found: 'clients', message, hint: 'Say it there: workload: { clients: 3 }' };
}

function stranger(protocol: string, found: string, allowed: readonly string[]): Complaint {
  return { found, message: `${protocol} has no ${found}.`, allowed, nearest: nearest(found, allowed) };
}

function outside(protocol: string, name: string, number: number, { least, most, means }: Size): Complaint {
  return {
    found: String(number),
    message: `${protocol} cannot have ${number} ${name}.`,
    allowed: [`a whole number from ${least} to ${most}: ${means}`],
  };
}
