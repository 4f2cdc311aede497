// What a node has on its disk. The volume with its data belongs to the sandbox of its pod, whose shell reads it in a few milliseconds whatever
// the node's own container does: it may run, stand still, or be dead. The engine's way of copying takes ten times as long.

import { LabError } from './errors.ts';
import type { Engine } from './engine-port.ts';
import type { Shell } from './shell.ts';

/** Where the data is, in the sandbox and in the node's container. */
export const DATA = '/data';

export interface PodFile {
  readonly name: string;
  readonly content: Buffer;
}

/** All files, or those of this name. Null where they are so big that the engine copies them sooner. Fails with `object-failed`. */
export async function readFiles(shell: Shell, name = '*'): Promise<readonly PodFile[] | null> {
  const listed = await shell.run(`stat -c '%s %n' ${DATA}/${name}`);
  // In an empty folder the pattern stands for itself, and there is no such file.
  const sizes = new Map(
    [...listed.output.matchAll(/^(\d+) (\/data\/[\w.-]+)$/gm)].map(([, size, path = '']) => [path, Number(size)]),
  );
  const paths = [...sizes.keys()];
  if ([...sizes.values()].reduce((sum, size) => sum + size, 0) > READ_MAX_BYTES) return null;
  if (paths.length === 0) return [];
  const { code, output } = await shell.run(
    `failed=; for path in ${paths.join(' ')}; do base64 -w 0 $path || failed=yes; echo; done; test -z "$failed"`,
  );
  const lines = output.split('\n');
  if (code !== 0)
    throw new LabError('object-failed', `The sandbox could not read ${paths.join(', ')}: ${output.slice(-200)}`);
  return paths.map((path, index) => ({
    name: path.slice(DATA.length + 1),
    content: Buffer.from(lines[index] ?? '', 'base64'),
  }));
}

/** The same by the engine, of a container that need not be a pod's. */
export async function copyFiles(engine: Engine, container: string): Promise<readonly PodFile[]> {
  const files = await engine.getArchive(container, DATA);
  return files.map(({ path, content }) => ({ name: path.replace(/^data\//, ''), content }));
}

/** For whoever takes a pod over: as a part of a shell's line. */
export const EMPTY_DATA = `rm -rf ${DATA}/*`;

const READ_MAX_BYTES = 2_097_152;
