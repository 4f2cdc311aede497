import { expect, test } from 'vitest';
import { LabError } from '../../../compose/errors.ts';
import { POD_LABEL, POOL_LABEL, runLabels } from '../../../compose/engine/labels.ts';
import { currentOwner } from '../../../compose/engine/owner.ts';
import { leasedPods, poolVersion } from '../../../compose/pool/pool.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { fakeEngine } from '../engine/fake-engine.ts';
import type { LabelledObject, Labels } from '../../../compose/engine/port.ts';
import type { Pod } from '../../../compose/pods/pods.ts';
import type { StoreService } from '../../../compose/pods/store-service.ts';

const labels = { ...runLabels('pool', currentOwner()), [POOL_LABEL]: poolVersion('sha256:sandbox') };
const object = (kind: LabelledObject['kind'], id: string, more: Labels = {}): LabelledObject => ({
  kind,
  id,
  name: id,
  labels: { ...labels, ...more },
  networks: [],
});
const redis: StoreService = { image: 'redis', port: 6379, ready: 'true', dump: 'true', empty: 'true' };
const options = { uid: 'run', labels: {}, sandboxImage: 'sha256:sandbox', programImage: 'program' };

/** An engine whose pool is listed, and whose network is gone when a container is to be put on it. */
function engineWith(status: number) {
  let made = 0;
  return fakeEngine({
    listByLabel: async (wanted) =>
      [object('network', 'network'), object('container', 'pod', { [POD_LABEL]: '1' })].filter((one) =>
        Object.entries(wanted).every(([name, value]) => one.labels[name] === value),
      ),
    createContainer: async () => {
      if (++made > 1) throw new LabError('object-failed', 'no such network', { status });
      return 'lease';
    },
  });
}

const leasing = async (status: number) => {
  const fresh: readonly Pod[] = [];
  const said: string[] = [];
  const pods = leasedPods(engineWith(status), options, async () => fresh);
  const stores = new Map([[nodeId('redis'), redis]]);
  return { pods: await pods([nodeId('redis')], (text) => said.push(text), undefined, stores), fresh, said };
};

test('a run makes its own pods where the pool goes while it leases from it', async () => {
  const { pods, fresh, said } = await leasing(404);
  expect(pods).toBe(fresh);
  expect(said).toContain('the standing pool has too few free pods: fresh ones are made');
});

test('anything else that the engine refuses ends the run', async () => {
  await expect(leasing(500)).rejects.toThrow('no such network');
});
