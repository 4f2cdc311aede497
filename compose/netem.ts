// Whether the kernel under an engine can slow links, known before anything of a run starts.

import { removeObjects } from './cleanup/cleanup.ts';
import type { Engine } from './engine/port.ts';
import { whyNoNetem } from './pods/delays.ts';
import { type PodOptions, sandboxSpec, startSandbox } from './pods/pods.ts';

/**
 * Why the kernel of this engine cannot delay packets; undefined where it can. Tried on the loopback of a container that has no network, and is
 * removed with the run.
 */
export async function whyNoDelays(
  engine: Engine,
  options: Omit<PodOptions, 'programImage'>,
): Promise<string | undefined> {
  const name = `txlab-${options.uid}-netem`;
  const spec = { ...sandboxSpec(options), name, labels: options.labels, network: { kind: 'none' } } as const;
  const id = await engine.createContainer(spec);
  try {
    const shell = await startSandbox(engine, id, name);
    const why = await whyNoNetem(shell);
    shell.close();
    return why === null ? undefined : `The kernel of this engine delays no packets (netem): ${why}.`;
  } finally {
    await removeObjects(engine, [{ kind: 'container', id, networks: [] }]);
  }
}
