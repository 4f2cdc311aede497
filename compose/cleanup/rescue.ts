// Saves what the nodes of a run have on their disks into the run's folder, before a watcher removes them: the lab that would have
// collected it is dead. `check` merges it into a history later.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine, LabelledObject } from '../engine/port.ts';
import { copyFiles, DISK } from '../pods/pod-files.ts';
import { NODE_LABEL, RUN_LABEL, TXLAB } from '../engine/labels.ts';

/** Never fails: what cannot be saved is told to `log`. */
export async function rescue(
  engine: Engine,
  { run, runFolder, log }: { readonly run: string; readonly runFolder: string; readonly log: (line: string) => void },
): Promise<void> {
  const found = await engine.listByLabel({ ...TXLAB, [RUN_LABEL]: run });
  const nodes = found.filter(({ kind, labels }) => kind === 'container' && labels[NODE_LABEL]);
  // All before the first is read: what one does after another was read would look as if it had no cause. Some are stopped already.
  await Promise.all(nodes.map(({ id }) => engine.pause(id).catch(() => {})));
  await Promise.all(nodes.map((container) => rescueOne(engine, container, runFolder, log)));
}

async function rescueOne(
  engine: Engine,
  { id, labels }: LabelledObject,
  runFolder: string,
  log: (line: string) => void,
): Promise<void> {
  const node = labels[NODE_LABEL] ?? id;
  const folder = join(runFolder, 'nodes', node);
  try {
    // Few have such a disk, and what fills it is no part of what they leave.
    const onDisk = await copyFiles(engine, id, DISK).catch(() => []);
    const files = [...(await copyFiles(engine, id)), ...onDisk.filter(({ name }) => name === 'log')];
    await mkdir(folder, { recursive: true });
    for (const { name, content } of files) await writeFile(join(folder, name), content);
    log(`saved ${files.length} files of ${node}`);
  } catch (error) {
    log(`could not save the files of ${node}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
