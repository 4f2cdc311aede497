// What a node left in its data folder: the log, and one trace an incarnation.

import { decodeLog } from '../nodes/hosts/log.ts';
import { messageOf } from './errors.ts';
import { copyFiles, DISK, readFiles } from './pods/pod-files.ts';
import type { Remains } from './cluster.ts';
import type { Engine } from './engine/port.ts';
import type { PodFile } from './pods/pod-files.ts';
import type { Pod } from './pods/pods.ts';

/** Of all files, or of those of one name. */
export async function remainsOf(engine: Engine, pod: Pod, name?: string): Promise<Remains> {
  try {
    const files = await filesOf(engine, pod, name);
    return readRemains(pod.hasDisk ? [...files, ...(await filesOf(engine, pod, 'log', DISK))] : files);
  } catch (error) {
    return { log: { incarnation: 0, records: [] }, traces: [], problem: messageOf(error) };
  }
}

async function filesOf(engine: Engine, pod: Pod, name?: string, folder?: string): Promise<readonly PodFile[]> {
  const files = await readFiles(pod.shell, name, folder).catch(() => null);
  return files ?? copyFiles(engine, pod.container, folder);
}

function readRemains(files: readonly PodFile[]): Remains {
  const traces = files
    .filter(({ name }) => /^trace\.\d+\.jsonl$/.test(name))
    .toSorted((a, b) => incarnationOf(a.name) - incarnationOf(b.name));
  const log = files.find(({ name }) => name === 'log');
  const texts = traces.map(({ content }) => content.toString('utf8'));
  try {
    const { entries } = decodeLog(log?.content ?? Buffer.alloc(0));
    return {
      log: { incarnation: entries.at(-1)?.incarnation ?? 0, records: entries.map(({ record }) => record) },
      traces: texts,
      problem: null,
    };
  } catch (error) {
    return { log: { incarnation: 0, records: [] }, traces: texts, problem: messageOf(error) };
  }
}

function incarnationOf(name: string): number {
  return Number(name.split('.')[1]);
}
