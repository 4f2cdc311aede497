// What a watcher saves of nodes whose lab is dead: their data, and the log where it is on a disk of its own.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rescue } from '../../../compose/cleanup/rescue.ts';
import { NODE_LABEL, runLabels, STORE_LABEL } from '../../../compose/engine/labels.ts';
import { currentOwner } from '../../../compose/engine/owner.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { fakeEngine } from '../engine/fake-engine.ts';
import type { LabelledObject } from '../../../compose/engine/port.ts';

type Files = Readonly<Record<string, string>>;

const labels = runLabels('run', currentOwner());
const container = (id: string, more: Readonly<Record<string, string>>): LabelledObject => ({
  kind: 'container',
  id,
  name: id,
  labels: { ...labels, ...more },
  networks: [],
});
const nodeOf = (node: string) => container(`${node} container`, { [NODE_LABEL]: node });

/** Containers with these files in these folders; a folder that is not there cannot be copied. */
async function rescued(
  objects: readonly LabelledObject[],
  disks: Readonly<Record<string, Readonly<Record<string, Files>>>>,
) {
  const runFolder = tempFolder();
  const lines: string[] = [];
  const engine = fakeEngine({
    listByLabel: async () => objects,
    getArchive: async (id, path) => {
      const files = disks[id]?.[path];
      if (!files) throw new Error(`no ${path} in ${id}`);
      return Object.entries(files).map(([name, text]) => ({
        path: `${path.slice(1)}/${name}`,
        content: Buffer.from(text),
      }));
    },
  });
  await rescue(engine, { run: 'run', runFolder, log: (line) => lines.push(line) });
  const contentOf = (node: string): Files => {
    const folder = join(runFolder, 'nodes', node);
    return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  };
  return { lines, contentOf };
}

test('a log on a small disk is saved beside the trace, and what fills the disk is not', async () => {
  const { lines, contentOf } = await rescued([nodeOf('participant-2')], {
    'participant-2 container': {
      '/data': { 'trace.1.jsonl': 'what it saw' },
      '/disk': { log: 'what it promised', filler: 'zeros' },
    },
  });
  expect(contentOf('participant-2')).toEqual({ 'trace.1.jsonl': 'what it saw', log: 'what it promised' });
  expect(lines).toEqual(['saved 2 files of participant-2']);
});

test('a node without such a disk is saved as ever, and one that cannot be copied is named', async () => {
  const { lines, contentOf } = await rescued([nodeOf('coordinator'), nodeOf('participant-1')], {
    'coordinator container': { '/data': { log: 'its log', 'trace.1.jsonl': 'what it saw' } },
  });
  expect(contentOf('coordinator')).toEqual({ log: 'its log', 'trace.1.jsonl': 'what it saw' });
  expect(lines.toSorted()).toEqual([
    'could not save the files of participant-1: no /data in participant-1 container',
    'saved 2 files of coordinator',
  ]);
});

test('nothing is saved of sandboxes, stores and networks', async () => {
  const others = [
    container('sandbox', {}),
    container('store', { [STORE_LABEL]: 'redis-1' }),
    { ...nodeOf('network'), kind: 'network' as const },
  ];
  expect((await rescued(others, {})).lines).toEqual([]);
});
