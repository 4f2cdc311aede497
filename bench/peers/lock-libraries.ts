// Runs published Redlock clients in a container beside five Redis servers of the same image, settings and kind of network as txlab's.

import { join } from 'node:path';
import { build } from 'esbuild';
import { COLLECTOR } from '../../compose/pods/program-image.ts';
import { jainOf } from '../../scenarios/judging/lock-facts.ts';
import { onNetwork } from './on-network.ts';
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

export function runLibrary(
  lab: Lab,
  service: StoreService,
  order: Omit<LibraryOrder, 'servers'>,
): Promise<{ readonly perSecond: number; readonly fairness: number }> {
  const servers = Array.from({ length: SERVERS }, (_, index) => `redis-${index + 1}`);
  return onNetwork(lab, async ({ create, run }) => {
    const { image, command } = service;
    await Promise.all(
      servers.map(async (name) => {
        const id = await create(name, { image, ...(command && { command }), user: '0:0', volume: '/data' });
        await lab.engine.start(id);
      }),
    );
    const said = await run(
      'client',
      {
        image: lab.programImage,
        entryPoint: ['node', ...COLLECTOR, '/bench/library.mjs'],
        command: [JSON.stringify({ ...order, servers })],
      },
      [
        { kind: 'folder', path: 'bench' },
        { kind: 'file', path: 'bench/library.mjs', content: await bundled() },
      ],
    );
    const counts = JSON.parse(said) as number[];
    const all = counts.reduce((sum, count) => sum + count, 0);
    return { perSecond: (all * 1000) / order.measureMs, fairness: jainOf(counts) };
  });
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
