// Containers of a peer on a network of their own, where each is found by its name, and which go with it.

import type { ContainerSpec } from '../../compose/engine/port.ts';
import type { TarEntry } from '../../compose/engine/tar.ts';
import type { Lab } from '../lab.ts';

export interface PeerNetwork {
  /** Created, not started. */
  readonly create: (name: string, spec: Pick<ContainerSpec, 'image'> & Partial<ContainerSpec>) => Promise<string>;
  /** What a program says until it ends, in a container with these files. */
  readonly run: (
    name: string,
    spec: Pick<ContainerSpec, 'image'> & Partial<ContainerSpec>,
    files: readonly TarEntry[],
  ) => Promise<string>;
}

export async function onNetwork<Result>(
  { engine, objects }: Lab,
  work: (network: PeerNetwork) => Promise<Result>,
): Promise<Result> {
  const { uid, labels } = objects();
  const network = `txlab-bench-${uid}`;
  await engine.createNetwork({ name: network, labels });
  const made: string[] = [];
  const create: PeerNetwork['create'] = async (name, spec) => {
    const on = { kind: 'network', name: network, aliases: [name] } as const;
    const id = await engine.createContainer({ name: `${network}-${name}`, labels, network: on, ...spec });
    made.push(id);
    return id;
  };
  const run: PeerNetwork['run'] = async (name, spec, files) => {
    const id = await create(name, spec);
    await engine.putArchive(id, '/', files);
    const attached = await engine.attach(id);
    attached.stderr.resume();
    await engine.start(id);
    const said: Buffer[] = [];
    for await (const chunk of attached.stdout) said.push(chunk as Buffer);
    return Buffer.concat(said).toString('utf8');
  };
  try {
    return await work({ create, run });
  } finally {
    await Promise.all(made.map((id) => engine.removeContainer(id)));
    await engine.removeNetwork(network);
  }
}
