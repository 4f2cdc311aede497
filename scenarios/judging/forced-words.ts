// Records that a protocol forces, and that a node only kept in memory: a crash would have lost them, whether or not one came.

import { own } from '../../nodes/contract/own.ts';
import type { History } from '../findings.ts';
import type { Plan } from '../plan/plan-types.ts';

/** One sentence for each word of each role; none where nobody says what is forced. */
export function unforced({ run, events }: History, { forced = {} }: Pick<Plan, 'forced'>): readonly string[] {
  const found = new Map<string, string>();
  for (const event of events) {
    if (event.kind !== 'appended') continue;
    const role = own(run.roles, event.node) ?? '';
    const { word, about } = event.record;
    if (found.has(`${role} ${word}`) || !own(forced, role)?.includes(word)) continue;
    const whose = about === null ? '' : ` of ${about}`;
    found.set(
      `${role} ${word}`,
      `${event.node} appended its ${word} record${whose}, which ${run.protocol} forces: a crash would have lost it.`,
    );
  }
  return [...found.values()];
}
