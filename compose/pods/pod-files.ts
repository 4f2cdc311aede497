// What a node has on its disk. The volume with its data belongs to the sandbox of its pod, whose shell reads it in a few milliseconds whatever
// the node's own container does: it may run, stand still, or be dead. The engine's way of copying takes ten times as long.

import { LabError } from '../errors.ts';
import type { Engine } from '../engine/port.ts';
import type { Shell } from './shell.ts';

/** Where the data is, in the sandbox and in the node's container. */
export const DATA = '/data';

/** A small disk for a log that is to have no room. */
export const DISK = '/disk';

export interface PodFile {
  readonly name: string;
  readonly content: Buffer;
}

/** All files, or those of this name. Null where one is so big that the engine copies it sooner. Fails with `object-failed`. */
export async function readFiles(shell: Shell, name = '*', folder = DATA): Promise<readonly PodFile[] | null> {
  const { code, output } = await shell.run(READ.replace('PLACE', `${folder}/${name}`));
  const files: PodFile[] = [];
  for (const [, size, file = '', base64 = ''] of output.matchAll(/^(\d+) \/\w+\/([\w.-]+)\n(.*)\n/gm)) {
    if (Number(size) > READ_MAX_BYTES) return null;
    files.push({ name: file, content: Buffer.from(base64, 'base64') });
  }
  if (code !== 0)
    throw new LabError('object-failed', `The sandbox could not read ${folder}/${name}: ${output.slice(-200)}`);
  return files;
}

const READ_MAX_BYTES = 2_097_152;

/** Of each file its size and name on a line, and on the next its content. Where there is none, the pattern stands for itself. */
const READ = `failed=; for file in PLACE; do [ -f "$file" ] || continue; size=$(stat -c %s "$file"); echo $size "$file"; \
[ $size -gt ${READ_MAX_BYTES} ] || base64 -w 0 "$file" || failed=yes; echo; done; test -z "$failed"`;

/** The same by the engine, of a container that need not be a pod's. */
export async function copyFiles(engine: Engine, container: string, folder = DATA): Promise<readonly PodFile[]> {
  const files = await engine.getArchive(container, folder);
  return files.map(({ path, content }) => ({ name: path.replace(/^\w+\//, ''), content }));
}

/** For whoever takes a pod over, with what we have put there ourselves: as a part of a shell's line. */
export const EMPTY_DATA = `rm -rf ${DATA}/* ${DATA}/.txlab-*`;
