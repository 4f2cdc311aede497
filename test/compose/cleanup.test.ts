import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { sweepDead } from '../../compose/cleanup.ts';
import { LabError } from '../../compose/errors.ts';
import { runLabels } from '../../compose/labels.ts';
import { currentOwner } from '../../compose/owner.ts';
import { fakeEngine } from './fake-engine.ts';
import type { EngineInfo, LabelledObject } from '../../compose/engine-port.ts';

const DEAD = { ...currentOwner(), boot: 'an earlier boot' };

/** An engine with these networks, which refuses to remove the stubborn one. */
function engineWith(names: readonly string[], stubborn: string) {
  const networks = new Map(
    names.map((name): [string, LabelledObject] => [
      name,
      { kind: 'network', id: name, name, labels: runLabels('run', DEAD) },
    ]),
  );
  return fakeEngine({
    listByLabel: async () => [...networks.values()],
    info: async () => ({ hostName: hostname() }) as EngineInfo,
    removeNetwork: async (id) => {
      if (id === stubborn) throw new LabError('object-failed', `network ${id} has active endpoints`);
      networks.delete(id);
    },
  });
}

test('what the engine refuses to remove does not keep a new run from starting', async () => {
  const engine = engineWith(['network-1', 'network-2'], 'network-1');
  expect((await sweepDead(engine)).map(({ name }) => name)).toEqual(['network-2']);
});

test('everything of the dead is removed where the engine does it', async () => {
  const engine = engineWith(['network-1', 'network-2'], 'none');
  expect((await sweepDead(engine)).map(({ name }) => name)).toEqual(['network-1', 'network-2']);
});
