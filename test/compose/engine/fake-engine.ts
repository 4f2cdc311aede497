// An engine in memory with the methods that a test gives it; any other call fails the test.

import { hostname } from 'node:os';
import type { Engine, EngineFacts } from '../../../compose/engine/port.ts';

const FACTS: EngineFacts = {
  endpoint: { from: 'a test', kind: 'socket', path: '/nowhere' },
  brand: 'docker',
  version: '20.10.24',
  apiVersion: '1.41',
  kernel: '6.1',
  architecture: 'amd64',
  hostName: hostname(),
  cpus: 2,
  memoryBytes: 8e9,
  rootFolder: '/var/lib/docker',
  storageDriver: 'overlay2',
};

export function fakeEngine(parts: Partial<Engine>): Engine {
  return new Proxy({ facts: FACTS, ...parts } as Engine, {
    get(engine, name) {
      if (name in engine) return Reflect.get(engine, name) as unknown;
      return () => Promise.reject(new Error(`the test did not expect a call of ${String(name)}`));
    },
  });
}

/** Images by reference; pulling gives those that the registry has. */
export function imageEngine(present: readonly string[], registry: readonly string[] = []) {
  const images = new Set(present);
  const calls: string[] = [];
  const add = (call: string, reference: string): void => {
    calls.push(`${call} ${reference}`);
    images.add(reference);
  };
  const engine = fakeEngine({
    inspectImage: async (reference) =>
      images.has(reference)
        ? { id: `id of ${reference}`, references: [reference], labels: {}, sizeBytes: 1 }
        : undefined,
    pullImage: async (reference) => {
      if (!registry.includes(reference)) throw new Error('no such host');
      add('pull', reference);
    },
    importImage: async (root, { reference }) => {
      root.resume();
      add('import', reference);
      return `id of ${reference}`;
    },
    buildImage: async (context, { reference }) => {
      context.resume();
      add('build', reference);
      return `id of ${reference}`;
    },
  });
  return { engine, calls };
}
