// Runs the bare two-phase commit in containers: the same image, volume, kind of network and settings of Node as txlab's nodes, without a lab.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COLLECTOR } from '../../compose/pods/program-image.ts';
import type { ContainerSpec } from '../../compose/engine/port.ts';
import type { Lab } from '../lab.ts';

export interface BareOrder {
  readonly clients: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export async function runBare(
  { engine, programImage, objects }: Lab,
  order: BareOrder,
): Promise<{ readonly perSecond: number; readonly medianMs: number }> {
  const { uid, labels } = objects();
  const network = `txlab-bench-${uid}`;
  await engine.createNetwork({ name: network, labels });
  const made: string[] = [];
  const start = async (name: string, command: readonly string[]) => {
    const spec: ContainerSpec = {
      name: `txlab-bench-${uid}-${name}`,
      image: programImage,
      labels,
      network: { kind: 'network', name: network, aliases: [name] },
      entryPoint: ['node', ...COLLECTOR, '/bench/bare-2pc.ts'],
      command,
    };
    const id = await engine.createContainer(spec);
    made.push(id);
    await engine.putArchive(id, '/', PROGRAM);
    const attached = await engine.attach(id);
    attached.stderr.resume();
    await engine.start(id);
    return attached;
  };
  try {
    await Promise.all([
      start('participant-1', ['participant']),
      start('participant-2', ['participant']),
      start('coordinator', ['coordinator']),
    ]);
    const client = await start('client', ['client', JSON.stringify(order)]);
    const said: Buffer[] = [];
    for await (const chunk of client.stdout) said.push(chunk as Buffer);
    return JSON.parse(Buffer.concat(said).toString('utf8')) as { perSecond: number; medianMs: number };
  } finally {
    await Promise.all(made.map((id) => engine.removeContainer(id)));
    await engine.removeNetwork(network);
  }
}

const program = (name: string) => readFileSync(join(import.meta.dirname, name));
const PROGRAM = [
  { kind: 'folder', path: 'bench' },
  { kind: 'file', path: 'bench/bare-2pc.ts', content: program('bare-2pc.ts') },
  { kind: 'file', path: 'bench/group-log.ts', content: program('group-log.ts') },
] as const;
