// Which servers a name means that says what they are, as `zookeeper leader`: they are asked themselves.

import { roleOf } from '../nodes/contract/ids.ts';
import { unreachable } from '../nodes/contract/invariant.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { DockerState } from './docker-state.ts';
import type { Selected } from './faults.ts';

/** None where no server says that it leads, or more than one does: an old leader may not know yet that it is none. */
export async function resolveNow(state: DockerState, { role, select }: Selected): Promise<readonly NodeId[]> {
  const servers = [...state.stores].filter(([id]) => roleOf(id) === role);
  const asked = servers.filter(([id]) => !state.still.has(id));
  const said = await Promise.all(asked.map(async ([id, store]) => ((await store.leads()) ? [id] : [])));
  const [leader, ...others] = said.flat();
  if (leader === undefined || others.length > 0) return [];
  const all = servers.map(([id]) => id);
  const led = [leader, ...all.filter((id) => id !== leader)];
  const majority = Math.floor(all.length / 2) + 1;
  switch (select) {
    case 'leader':
      return [leader];
    case 'others':
      return led.slice(1);
    case 'majority':
      return led.slice(0, majority);
    case 'minority':
      return led.slice(majority);
    default:
      return unreachable(select);
  }
}
