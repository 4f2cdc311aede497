// Row 16: the nodes' log with 64 committers, against one writer that appends and waits for the disk, in C and in Node.

import { execFile, spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { openLog } from '../../nodes/hosts/log.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import type { Benchmark } from '../contest.ts';
import type { Lab } from '../lab.ts';

const COMMITTERS = 64;
const WINDOW_MS = 1000;

export const log: Benchmark = {
  name: 'log',
  rows: [
    {
      number: '16',
      what: 'durable appends, 64 committers',
      unit: '/s',
      ours: 'log',
      peer: { name: 'append and fdatasync in C, 1 writer', quantity: 'c' },
      bar: { at: 'least', required: 6, goal: 12 },
    },
    {
      number: '16',
      what: 'durable appends, 64 committers',
      unit: '/s',
      ours: 'log',
      peer: { name: 'append and fdatasync in Node, 1 writer', quantity: 'node' },
    },
  ],
  open: async (lab) => {
    const program = compile(lab);
    let files = 0;
    const file = () => join(lab.folder, `appends-${++files}`);
    return {
      absent: program === null ? { c: 'there is no C compiler (cc)' } : {},
      sides: [
        { name: 'txlab', round: async () => ({ log: await groupCommit(file()) }) },
        ...(program === null
          ? []
          : [
              {
                name: 'C',
                round: async () => {
                  const { stdout } = await promisify(execFile)(program, [file(), String(WINDOW_MS)]);
                  return { c: Number(stdout) };
                },
              },
            ]),
        { name: 'Node', round: async () => ({ node: appendInNode(file()) }) },
      ],
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

function compile({ folder }: Lab): string | null {
  const program = join(folder, 'append');
  const source = join(import.meta.dirname, '..', 'peers', 'append.c');
  return spawnSync('cc', ['-O2', '-o', program, source]).status === 0 ? program : null;
}

/** Each committer writes its next record when the last one is durable. */
async function groupCommit(path: string): Promise<number> {
  let done = 0;
  let isOpen = true;
  const log = openLog(path, 1, 0, (group) => {
    done += group.length;
    if (!isOpen) return;
    for (let index = 0; index < group.length; index++) log.write(RECORD, 'force');
    log.flush();
  });
  const opened = performance.now();
  for (let committer = 0; committer < COMMITTERS; committer++) log.write(RECORD, 'force');
  log.flush();
  await delay(WINDOW_MS);
  isOpen = false;
  return (done / (performance.now() - opened)) * 1000;
}

function appendInNode(path: string): number {
  const file = openSync(path, 'a');
  const record = Buffer.alloc(200, 'x');
  const opened = performance.now();
  let done = 0;
  for (; performance.now() < opened + WINDOW_MS; done++) {
    writeSync(file, record);
    fdatasyncSync(file);
  }
  closeSync(file);
  return (done / (performance.now() - opened)) * 1000;
}

/** With its frame about 200 bytes on disk. */
const RECORD: LogRecord = { mark: 'other', word: 'append', about: null, body: 'x'.repeat(110) };
