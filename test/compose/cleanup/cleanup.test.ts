import { describe, expect, test } from 'vitest';
import { cleanRun, sweepDead, sweepUntilClean } from '../../../compose/cleanup/cleanup.ts';
import { LabError } from '../../../compose/errors.ts';
import { LEASE_LABEL, runLabels, SERVERS_LABEL, SERVERS_LEASE_LABEL } from '../../../compose/engine/labels.ts';
import { currentOwner } from '../../../compose/engine/owner.ts';
import { fakeEngine } from '../engine/fake-engine.ts';
import type { LabelledObject, Labels } from '../../../compose/engine/port.ts';

const DEAD = { ...currentOwner(), boot: 'an earlier boot' };

/** An engine with these objects, which refuses to remove the stubborn one. */
function engineWith(objects: readonly LabelledObject[], stubborn = 'none') {
  const there = new Map(objects.map((object) => [object.id, object]));
  const remove = async (id: string) => {
    if (id === stubborn) throw new LabError('object-failed', `${id} has active endpoints`);
    there.delete(id);
  };
  return fakeEngine({
    listByLabel: async (wanted) =>
      [...there.values()].filter(({ labels }) =>
        Object.entries(wanted).every(([name, value]) => labels[name] === value),
      ),
    removeContainer: remove,
    removeNetwork: remove,
  });
}

const object = (kind: LabelledObject['kind'], name: string, labels: Labels): LabelledObject => ({
  kind,
  id: name,
  name,
  labels,
  networks: [],
});
const NETWORKS = ['network-1', 'network-2'].map((name) => object('network', name, runLabels('run', DEAD)));

test('what the engine refuses to remove does not keep a new run from starting', async () => {
  const engine = engineWith(NETWORKS, 'network-1');
  expect((await sweepDead(engine)).map(({ name }) => name)).toEqual(['network-2']);
});

test('everything of the dead is removed where the engine does it', async () => {
  const engine = engineWith(NETWORKS);
  expect((await sweepDead(engine)).map(({ name }) => name)).toEqual(['network-1', 'network-2']);
});

test('cleaning up after one run leaves what others have', async () => {
  const others = [object('container', 'other', runLabels('other-run', currentOwner(), true))];
  const engine = engineWith([...NETWORKS, ...others]);
  expect((await cleanRun(engine, 'run')).map(({ name }) => name)).toEqual(['network-1', 'network-2']);
  expect(await engine.listByLabel({})).toEqual(others);
});

describe('a pool whose keeper is dead', () => {
  const pool = [
    object('network', 'pool-network', runLabels('pool', DEAD)),
    object('container', 'pool-pod', runLabels('pool', DEAD)),
  ];
  const nodeOf = (labels: Labels) => object('container', 'node', { ...labels, [LEASE_LABEL]: 'pool' });

  test.each([
    ['a run that was kept', runLabels('run', DEAD, true)],
    ['a run that is under way', runLabels('run', currentOwner())],
  ])('stays as long as %s has nodes in it', async (_, labels) => {
    expect(await sweepDead(engineWith([...pool, nodeOf(labels)]))).toEqual([]);
  });

  test('goes with a run whose lab is dead', async () => {
    const removed = await sweepDead(engineWith([...pool, nodeOf(runLabels('run', DEAD))]));
    expect(removed.map(({ name }) => name)).toEqual(['pool-network', 'pool-pod', 'node']);
  });

  test('goes when only runs outside it were kept', async () => {
    const elsewhere = object('container', 'node', runLabels('run', DEAD, true));
    expect((await sweepDead(engineWith([...pool, elsewhere]))).map(({ name }) => name)).toEqual([
      'pool-network',
      'pool-pod',
    ]);
  });
});

test('servers of a living pool go with a dead run that has leased them, and no others', async () => {
  const servers = ['one', 'two'].map((group) =>
    object('container', `server-${group}`, { ...runLabels('pool', currentOwner()), [SERVERS_LABEL]: group }),
  );
  const lease = object('container', 'lease', { ...runLabels('run', DEAD), [SERVERS_LEASE_LABEL]: 'one' });
  const engine = engineWith([...servers, lease]);
  expect((await sweepDead(engine)).map(({ name }) => name)).toEqual(['lease', 'server-one']);
  expect((await engine.listByLabel({})).map(({ name }) => name)).toEqual(['server-two']);
  expect((await cleanRun(engineWith([...servers, lease]), 'run')).map(({ name }) => name)).toEqual([
    'lease',
    'server-one',
  ]);
});

describe('a container on a network', () => {
  const labels = runLabels('run', DEAD);
  const pod = { ...object('container', 'pod', labels), networks: ['network', 'of somebody else'] };
  const network = object('network', 'network', labels);

  /** What an engine is asked for and has done, in its order; it ends no process before the network has gone. */
  async function removalOf(leaveNetwork: (network: string, container: string) => Promise<void>) {
    const calls: string[] = [];
    const there = new Set<LabelledObject>([pod, network]);
    const gone = Promise.withResolvers<void>();
    const engine = fakeEngine({
      listByLabel: async () => [...there],
      leaveNetwork: async (...names) => {
        calls.push(`${names[1]} leaves ${names[0]}`);
        await leaveNetwork(...names).catch((error: unknown) => {
          gone.resolve();
          throw error;
        });
      },
      removeContainer: async (id) => {
        await gone.promise;
        there.delete(pod);
        calls.push(`${id} removed`);
      },
      removeNetwork: async (id) => {
        there.delete(network);
        calls.push(`${id} removed`);
        gone.resolve();
      },
    });
    await sweepUntilClean(engine, labels, { quietMs: 0 });
    return calls;
  }

  test('leaves it first, and the network goes while the container is being removed', async () => {
    expect(await removalOf(async () => {})).toEqual(['pod leaves network', 'network removed', 'pod removed']);
  });

  test('that cannot leave it is removed before the network is', async () => {
    const refuse = () => Promise.reject(new LabError('object-failed', 'not connected'));
    expect(await removalOf(refuse)).toEqual(['pod leaves network', 'pod removed', 'network removed']);
  });
});
