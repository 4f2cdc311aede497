// The protocols and workloads that a command line names.

import { findProtocol, PROTOCOLS } from '../nodes/protocols/catalog.ts';
import { nearest } from '../scenarios/language/nearest.ts';
import { findKind, WORKLOAD_KINDS } from '../scenarios/workloads/catalog.ts';
import { Usage } from './usage.ts';
import type { Protocol } from '../nodes/contract/protocol.ts';

export function demandProtocol(name: string): Protocol {
  return (
    findProtocol(name) ??
    unknown(
      'protocol',
      name,
      PROTOCOLS.map((one) => one.name),
    )
  );
}

/** Its name. */
export function demandWorkload(name: string): string {
  if (findKind(name)) return name;
  return unknown(
    'workload',
    name,
    WORKLOAD_KINDS.map((one) => one.name),
  );
}

function unknown(what: string, name: string, known: readonly string[]): never {
  const near = nearest(name, known);
  throw new Usage(`There is no ${what} '${name}'${near ? `; did you mean ${near}?` : '.'}\nKnown: ${known.join(', ')}`);
}
