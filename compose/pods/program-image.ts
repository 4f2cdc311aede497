/** The image of the nodes: a bundled program on top of the image of Node, run by a user without rights. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Engine } from '../engine/port.ts';
import { LabError } from '../errors.ts';
import { shortHash } from '../setup/images.ts';
import type { EnsuredImage } from '../setup/images.ts';
import { TXLAB } from '../engine/labels.ts';
import type { TarEntry } from '../engine/tar.ts';

/** The nodes' user and group, who own /data and nothing else. */
export const NODE_USER = 65532;

/**
 * The image with the program at /app/node.mjs, what it imports beside it, and a volume at /data. It is named by its
 * content, so an unchanged program costs one look. Fails with `setup-needed` when the bundle is not there.
 */
export async function ensureNodeProgramImage(
  engine: Engine,
  base: EnsuredImage,
  bundle: string,
): Promise<EnsuredImage> {
  const program = readBundle(bundle);
  const reference = `txlab/program:${shortHash(`${base.id} ${CHANGES.join(' ')} ${shortHash(Buffer.concat([...program.values()]))}`)}`;
  const present = await engine.inspectImage(reference);
  if (present) return { reference, id: present.id, source: 'present' };
  return { reference, id: await putOnTop(engine, base, reference, program), source: 'built' };
}

/** A container that is never started, and an image of its files: quicker than a build, and every engine can do it. */
async function putOnTop(engine: Engine, base: EnsuredImage, reference: string, program: Files): Promise<string> {
  const id = await engine.createContainer({
    name: `txlab-build-${shortHash(reference)}-${process.pid}`,
    image: base.id,
    labels: TXLAB,
    network: { kind: 'none' },
    command: ['-'],
  });
  try {
    await engine.putArchive(id, '/', programFiles(program));
    return await engine.commit(id, reference, CHANGES);
  } finally {
    await engine.removeContainer(id);
  }
}

function programFiles(program: Files): readonly TarEntry[] {
  return [
    { kind: 'folder', path: 'app' },
    ...[...program].map(([name, content]): TarEntry => ({ kind: 'file', path: `app/${name}`, content })),
    // A new volume takes over the owner of the folder that it covers.
    { kind: 'folder', path: 'data', mode: 0o700, owner: NODE_USER },
  ];
}

/** How Node collects garbage in a node. Under load these are a third of the rate of commits. */
export const COLLECTOR = [
  // In MiB. What nodes make lives for one turn: in so little it stays in the processor's caches, in Node's 16 it does not.
  '--max-semi-space-size=4',
  // Helper threads gain nothing on so little, and take the processor from the other nodes.
  '--no-parallel-scavenge',
  // In MiB. The old is looked through when it is so much, not each time when a young heap has doubled.
  '--initial-old-space-size=64',
];

const CHANGES = [
  ...Object.entries(TXLAB).map(([name, value]) => `LABEL ${name}=${value}`),
  `USER ${NODE_USER}:${NODE_USER}`,
  'WORKDIR /data',
  'VOLUME /data',
  `ENTRYPOINT ${JSON.stringify(['node', ...COLLECTOR, '/app/node.mjs'])}`,
  'CMD []',
];

/** By name; the program itself is first. */
type Files = ReadonlyMap<string, Buffer>;

/** With all that it imports from beside it, early or late: what few nodes need is in files of its own. */
function readBundle(path: string): Files {
  const files = new Map<string, Buffer>();
  const read = (from: string, as: string): void => {
    if (files.has(as)) return;
    const content = readFileSync(from);
    files.set(as, content);
    for (const [, name = ''] of content.toString().matchAll(IMPORTED)) read(join(dirname(from), name), basename(name));
  };
  try {
    read(path, 'node.mjs');
  } catch (cause) {
    throw new LabError('setup-needed', `The node program ${path} is not built.`, { hint: 'npm run build', cause });
  }
  return files;
}

/** As the bundler writes it. */
const IMPORTED = /(?:\bfrom|\bimport)\s*\(?"\.\/(chunk-\w+\.mjs)"/g;
