// Filling a pod's disk and making room again, by what the shell of its sandbox says.

import { describe, expect, test } from 'vitest';
import { fill, makeRoom } from '../../../compose/pods/disk.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';

const HEAD = 'Filesystem           1K-blocks      Used Available Use% Mounted on\n';
const FULL = `${HEAD}tmpfs                    12288     12288         0 100% /disk\n`;
const FREE = `${HEAD}tmpfs                    12288         8     12280   0% /disk\n`;
const REFUSED = "dd: error writing '/disk/filler': No space left on device\n";

function podThatSays(output: string) {
  const lines: string[] = [];
  const run = (line: string) => Promise.resolve(void lines.push(line)).then(() => ({ code: 0, output }));
  return { lines, node: nodeId('participant-2'), shell: { run, close: () => {} } };
}

describe('the disk of a pod', () => {
  test('is full when it refuses a write and nothing of it is free', async () => {
    expect(await fill(podThatSays(REFUSED + FULL))).toEqual({
      seen: true,
      text: 'the disk of participant-2: a write was refused (No space left on device), 0 of 12288 KiB are free',
    });
  });

  test.each([
    ['refuses nothing', FULL],
    ['still has room', REFUSED + FREE],
    ['is not there', "df: /disk: can't find mount point\n"],
  ])('is not full where it %s', async (_, output) => {
    expect(await fill(podThatSays(output))).toMatchObject({ seen: false });
  });

  test('has room again when the filler is gone', async () => {
    const pod = podThatSays(FREE);
    expect(await makeRoom(pod)).toEqual({ seen: true, text: 'the disk of participant-2: 12280 of 12288 KiB are free' });
    expect(pod.lines.join('\n')).toContain('rm -f /disk/filler');
    expect(await makeRoom(podThatSays(FULL))).toMatchObject({ seen: false });
  });
});
