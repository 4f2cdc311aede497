// What the command line changes in a scenario, before it is checked: other numbers of nodes give sentences other meanings.

import type { Family } from '../../nodes/contract/properties.ts';
import { PROTOCOLS } from '../../nodes/protocols/catalog.ts';
import { defaultWorkload } from '../workloads/catalog.ts';
import type { Locate, Path } from './problem.ts';

export interface Overrides {
  readonly protocol?: string | undefined;
  readonly workload?: string | undefined;
  readonly participants?: number | undefined;
  readonly transactions?: number | undefined;
  readonly clients?: number | undefined;
  readonly retry?: string | undefined;
  /** As written: `{ vote: '400ms' }`. */
  readonly timeouts?: Readonly<Record<string, string>> | undefined;
  /** As written: `60s`. */
  readonly timeLimit?: string | undefined;
}

interface Change {
  readonly path: Path;
  readonly value: unknown;
  /** The option that said it. */
  readonly option: string;
}

export interface Overridden {
  readonly data: unknown;
  readonly locate: Locate;
}

/** The data with what was asked for changed; problems in those parts point at the option. */
export function override(data: unknown, locate: Locate, overrides: Overrides): Overridden {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return { data, locate };
  const changes = changesOf(overrides);
  const kept = keptOf(data as Tree, overrides);
  const optionOf = (path: Path) =>
    changes.find((change) => change.path.every((key, index) => key === path[index]))?.option;
  return {
    data: changes.reduce((changed, { path, value }) => set(changed, path, value), kept),
    locate: (path, part) => {
      const option = optionOf(path);
      return option === undefined ? locate(path, part) : { source: option };
    },
  };
}

function changesOf({
  protocol,
  workload,
  participants,
  transactions,
  clients,
  retry,
  timeouts = {},
  timeLimit,
}: Overrides): readonly Change[] {
  const all: readonly Change[] = [
    { path: ['protocol'], value: protocol, option: '--protocol' },
    { path: ['workload', 'kind'], value: workload, option: '--workload' },
    { path: ['topology', 'participants'], value: participants, option: '--participants' },
    { path: ['workload', 'transactions'], value: transactions, option: '--transactions' },
    { path: ['workload', 'clients'], value: clients, option: '--clients' },
    { path: ['workload', 'retry'], value: retry, option: '--retry' },
    { path: ['timeLimit'], value: timeLimit, option: '--time-limit' },
    ...Object.entries(timeouts).map(([name, value]) => ({ path: ['timeouts', name], value, option: '--timeout' })),
  ];
  return all.filter(({ value }) => value !== undefined);
}

/** A claim is about one protocol; of another one nothing is known but what it promises. */
function isAnotherProtocol(data: Tree, { protocol }: Overrides): boolean {
  return protocol !== undefined && protocol !== data['protocol'] && PROTOCOLS.some(({ name }) => name === protocol);
}

function familyOf(protocol: unknown): Family {
  return PROTOCOLS.find(({ name }) => name === protocol)?.family ?? 'commit';
}

/** Of what the file says, what still has a meaning: another workload has other fields, and other things that must be true. */
function keptOf(data: Tree, overrides: Overrides): Tree {
  if (!isAnotherWorkload(data, overrides))
    return isAnotherProtocol(data, overrides) ? withoutTimeouts(withoutClaim(data)) : data;
  const common = Object.fromEntries(Object.entries(data['workload'] ?? {}).filter(([field]) => COMMON.includes(field)));
  return { ...withoutClaim(data), workload: common };
}

/** Of every workload. */
const COMMON: readonly string[] = ['clients', 'transactions', 'retry'];

function isAnotherWorkload({ workload = {}, protocol }: Tree, { workload: wanted }: Overrides): boolean {
  const named = typeof workload === 'object' && workload !== null ? (workload as Tree)['kind'] : undefined;
  return wanted !== undefined && wanted !== (named ?? defaultWorkload(familyOf(protocol)).name);
}

/** Their names and relations are the protocol's: another one has its own. */
function withoutTimeouts(data: Tree): Tree {
  return Object.fromEntries(Object.entries(data).filter(([key]) => key !== 'timeouts'));
}

function withoutClaim(data: Tree): Tree {
  return Object.fromEntries(Object.entries(data).filter(([key]) => key !== 'expect'));
}

type Tree = Readonly<Record<string, unknown>>;

/** A copy with one value set; mappings on the way are made, anything else on the way is left for the schema to refuse. */
function set(tree: Tree, [key, ...rest]: Path, value: unknown): Tree {
  if (key === undefined) return tree;
  const below = tree[key] ?? {};
  if (rest.length === 0) return { ...tree, [key]: value };
  if (typeof below !== 'object' || Array.isArray(below)) return tree;
  return { ...tree, [key]: set(below as Tree, rest, value) };
}
