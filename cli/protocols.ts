// The protocols that a command line names.

import { findProtocol, PROTOCOLS } from '../nodes/protocols/catalog.ts';
import { nearest } from '../scenarios/nearest.ts';
import { Usage } from './usage.ts';
import type { Protocol } from '../nodes/contract/catalog.ts';

export function demandProtocol(name: string): Protocol {
  const protocol = findProtocol(name);
  if (protocol) return protocol;
  const known = PROTOCOLS.map((one) => one.name);
  const near = nearest(name, known);
  throw new Usage(
    `There is no protocol '${name}'${near ? `; did you mean ${near}?` : '.'}\nKnown: ${known.join(', ')}`,
  );
}
