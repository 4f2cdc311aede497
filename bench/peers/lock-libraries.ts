// Runs published Redlock clients in a container beside five Redis servers of the same image, settings and kind of network as txlab's.

import { join } from 'node:path';
import { build } from 'esbuild';
import { COLLECTOR } from '../../compose/pods/program-image.ts';
import { jainOf } from '../../scenarios/judging/lock-facts.ts';
import type { ContainerSpec } from '../../compose/engine/port.ts';
import type { StoreService } from '../../compose/pods/store-service.ts';
import type { Lab } from '../lab.ts';

export interface LibraryOrder {
  readonly library: 'redlock' | 'redis-semaphore';
  readonly servers: readonly string[];
  readonly clients: number;
  readonly locks: 'one' | 'each';
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export async function runLibrary(
  { engine, programImage, objects }: Lab,
  service: StoreService,
  order: Omit<LibraryOrder, 'servers'>,
): Promise<{ readonly perSecond: number; readonly fairness: number }> {
  const { uid, labels } = objects();
  const network = `txlab-bench-${uid}`;
  await engine.createNetwork({ name: network, labels });
  const made: string[] = [];
  const create = async (name: string, spec: Pick<ContainerSpec, 'image'> & Partial<ContainerSpec>): Promise<string> => {
    const on = { kind: 'network', name: network, aliases: [name] } as const;
    const id = await engine.createContainer({ name: `txlab-bench-${uid}-${name}`, labels, network: on, ...spec });
    made.push(id);
    return id;
  };
  const servers = Array.from({ length: SERVERS }, (_, index) => `redis-${index + 1}`);
  try {
    await Promise.all(
      servers.map(async (name) => {
        const { image, command } = service;
        const id = await create(name, { image, ...(command && { command }), user: '0:0', volume: '/data' });
        await engine.start(id);
      }),
    );
    const entryPoint = ['node', ...COLLECTOR, '/bench/library.mjs'];
    const command = [JSON.stringify({ ...order, servers })];
    const client = await create('client', { image: programImage, entryPoint, command });
    await engine.putArchive(client, '/', [
      { kind: 'folder', path: 'bench' },
      { kind: 'file', path: 'bench/library.mjs', content: await bundled() },
    ]);
    const attached = await engine.attach(client);
    attached.stderr.resume();
    await engine.start(client);
    const said: Buffer[] = [];
    for await (const chunk of attached.stdout) said.push(chunk as Buffer);
    const counts = JSON.parse(Buffer.concat(said).toString('utf8')) as number[];
    const all = counts.reduce((sum, count) => sum + count, 0);
    return { perSecond: (all * 1000) / order.measureMs, fairness: jainOf(counts) };
  } finally {
    await Promise.all(made.map((id) => engine.removeContainer(id)));
    await engine.removeNetwork(network);
  }
}

let program: Promise<Buffer> | null = null;

/** With its libraries, as nodes have theirs. */
function bundled(): Promise<Buffer> {
  program ??= build({
    entryPoints: [join(import.meta.dirname, 'lock-library.ts')],
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    write: false,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" },
  }).then(({ outputFiles: [file] }) => Buffer.from(file?.contents ?? []));
  return program;
}

const SERVERS = 5;
