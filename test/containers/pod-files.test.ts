// What stands in a pod's data folder, read by its sandbox.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweepUntilClean } from '../../compose/cleanup/cleanup.ts';
import { newUid } from '../../compose/docker-cluster.ts';
import { runLabels } from '../../compose/engine/labels.ts';
import { currentOwner } from '../../compose/engine/owner.ts';
import { copyFiles, readFiles } from '../../compose/pods/pod-files.ts';
import { freshPods } from '../../compose/pods/pods.ts';
import { ensureImage } from '../../compose/setup/images.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { openLab } from '../support/lab.ts';
import type { PodFile } from '../../compose/pods/pod-files.ts';
import type { Lab } from '../support/lab.ts';
import type { Pod } from '../../compose/pods/pods.ts';

const uid = newUid();
const labels = runLabels(uid, currentOwner());
let lab: Lab;
let pod: Pod;
beforeAll(async () => {
  lab = await openLab();
  const sandboxImage = (await ensureImage(lab.engine, 'sandbox')).id;
  const options = { uid, labels, sandboxImage, programImage: await lab.programImage() };
  const [made] = await freshPods(lab.engine, options)([nodeId('a')], () => {});
  if (!made) throw new Error('no pod');
  pod = made;
});
afterAll(async () => {
  pod.shell.close();
  await sweepUntilClean(lab.engine, labels, { quietMs: 0 });
});

const texts = (files: readonly PodFile[] | null) =>
  files?.map(({ name, content }) => `${name} ${content.toString('latin1')}`).toSorted();

test('is nothing before a node has run', async () => {
  expect(await readFiles(pod.shell)).toEqual([]);
});

test('is what the engine copies from the container of the node, byte for byte', async () => {
  await pod.shell.run(
    String.raw`printf 'one\0\377\n' > /data/log; printf 'a\nb\n' > /data/trace.1.jsonl; : > /data/empty`,
  );
  const read = await readFiles(pod.shell);
  expect(texts(read)).toEqual(['empty ', 'log one\0\xff\n', 'trace.1.jsonl a\nb\n']);
  expect(texts(read)).toEqual(texts(await copyFiles(lab.engine, pod.container)));
  expect(texts(await readFiles(pod.shell, 'log'))).toEqual(['log one\0\xff\n']);
});

test('is left to the engine where it is more than a shell should carry', async () => {
  await pod.shell.run('head -c 3000000 /dev/zero > /data/trace.2.jsonl');
  expect(await readFiles(pod.shell)).toBeNull();
  expect(texts(await readFiles(pod.shell, 'log'))).toEqual(['log one\0\xff\n']);
});

test('that cannot be read is an error, and the next file is read', async () => {
  await pod.shell.run('echo secret > /data/hidden; chmod 0 /data/hidden');
  await expect(readFiles(pod.shell, 'hidden')).rejects.toThrow('could not read /data/hidden');
  expect(texts(await readFiles(pod.shell, 'log'))).toEqual(['log one\0\xff\n']);
});
