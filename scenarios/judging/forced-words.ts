// Records that a protocol forces, and that a node only kept in memory: a crash would have lost them, whether or not one came. What a protocol
// forces is what its catalog entry says of its roles; of a protocol that is not in the catalog nothing is known.

import { findProtocol } from '../../nodes/protocols/catalog.ts';
import type { History } from '../findings.ts';

/** One sentence for each word of each role. */
export function unforced({ run, events }: History): readonly string[] {
  const roles = findProtocol(run.protocol)?.roles ?? {};
  const found = new Map<string, string>();
  for (const event of events) {
    if (event.kind !== 'appended') continue;
    const role = run.roles[event.node] ?? '';
    const { word, about } = event.record;
    const key = `${role} ${word}`;
    if (found.has(key)) continue;
    const { force = [], append = [] } = roles[role]?.words ?? {};
    if (!force.includes(word) || append.includes(word)) continue;
    const whose = about === null ? '' : ` of ${about}`;
    found.set(
      key,
      `${event.node} appended its ${word} record${whose}, which ${run.protocol} forces: a crash would have lost it.`,
    );
  }
  return [...found.values()];
}
