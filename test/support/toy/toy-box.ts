// The server of the toy store as a service: what runs in the pods of its boxes, the node program that knows it, and a plan of its faults.

import { join } from 'node:path';
import type { StoreService } from '../../../compose/pods/store-service.ts';
import { parseScenario } from '../../../scenarios/language/scenario.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import type { Plan } from '../../../scenarios/plan/plan-types.ts';
import { bundleProgram, type Lab } from '../lab.ts';

const SERVER = `read word key value
case $word in
  put) echo $key $value >> /data/box; echo stored;;
  get) grep -q "^$key " /data/box 2>/dev/null && echo found || echo missing;;
  list) cat /data/box;;
esac`;

export function toyBox(image: string, more: Partial<StoreService> = {}): StoreService {
  return {
    image,
    entryPoint: ['/bin/sh'],
    command: ['-c', 'echo a box opens >&2; exec nc -ll -p 7000 -e /bin/sh -c "$SERVER"'],
    env: { SERVER },
    port: 7000,
    ready: 'echo get it | nc 127.0.0.1 7000 | grep -q missing',
    dump: 'echo list | nc 127.0.0.1 7000',
    ...more,
  };
}

export function bundleToyStore({ folder }: Pick<Lab, 'folder'>): Promise<string> {
  return bundleProgram(
    join(folder, 'toy.mjs'),
    `import { addToyStore } from './test/support/toy/toy-store.ts';
     addToyStore();
     await import('./nodes/main.ts');`,
  );
}

const FAULTS = `
version: 1
name: boxes
title: boxes
protocol: toy-store
workload: { clients: 2, transactions: 20 }
faults:
  - kill box-1 at 300ms then restart after 700ms
  - pause box-2 at 2500ms for 700ms
  - cut box-1 from teller at 5s for 700ms
`;

/** Each box is hit: one dies and comes back, one is frozen, one is cut off. The toy store must have been added. */
export function planOfBoxes(): Plan {
  const scenario = parseScenario(FAULTS, { source: 'boxes' });
  if (!scenario.ok) throw new Error(scenario.problems.map(({ message }) => message).join('\n'));
  return makePlan(scenario.value, 1);
}
