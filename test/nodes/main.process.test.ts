// The node program as a process of its own: what it is told on stdin, what it says, and how it ends.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parseReport } from '../../nodes/contract/control.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { formatLine, readLines } from '../../nodes/hosts/lines.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { ChildProcess } from 'node:child_process';
import type { Command, Report } from '../../nodes/contract/control.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'nodes', 'main.ts');
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

function startNode() {
  const child = spawn(process.execPath, [MAIN], { stdio: 'pipe' });
  running.add(child);
  const closed = once(child, 'close').finally(() => running.delete(child));
  const reports: Report[] = [];
  const wrong: unknown[] = [];
  let complaint = '';
  let look = () => {};
  const read = readLines(
    (value) => {
      const report = parseReport(value);
      if ('value' in report) reports.push(report.value);
      else wrong.push(report.wrong);
      look();
    },
    (why) => wrong.push(why),
  );
  child.stdout.on('data', read);
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  return {
    reports,
    wrong,
    give: (command: Command) => void child.stdin.write(formatLine(command)),
    write: (text: string) => void child.stdin.write(text),
    until: (say: Report['say']) =>
      new Promise<void>((resolve) => {
        look = () => reports.some((report) => report.say === say) && resolve();
        look();
      }),
    ended: async () => {
      const [code, signal] = (await closed) as [number | null, string | null];
      return { end: code ?? signal, complaint };
    },
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

const configure = (data: string): Command => ({
  do: 'configure',
  run: 'test',
  protocol: '2pc',
  role: 'coordinator',
  setup: {
    self: nodeId('coordinator'),
    nodes: [nodeId('coordinator')],
    seed: 1,
    timeouts: {},
    workload: 'transfers',
    initial: {},
    params: {},
    options: {},
  },
  peers: {},
  port: 0,
  data,
});

test.each([
  ['null', 'The lab sent a line that is no object: null'],
  ['{', 'The lab sent a line that is no JSON: {'],
  ['{"do":"dance"}', 'The lab sent a line with an unknown word in its field do: "dance"'],
  ['{"do":"mark"}', 'The lab sent a line with the word "mark" and a wrong field id: nothing'],
  ['{"do":"configure","run":"r"}', 'The lab sent a line with the word "configure" and a wrong field protocol: nothing'],
])('a node that is told %s says what, and fails', async (line, message) => {
  const node = startNode();
  node.write(`${line}\n`);
  const { end, complaint } = await node.ended();
  expect(end).toBe(70);
  expect(complaint).toContain(message);
  expect(node.reports).toMatchObject([{ say: 'failed', message }]);
});

test('a node serves, answers the lab, and in its next life knows that it has lived before', async () => {
  const data = tempFolder('txlab-node-');
  for (const incarnation of [1, 2]) {
    const node = startNode();
    node.give(configure(data));
    await node.until('ready');
    node.give({ do: 'mark', id: 'mark-1' });
    node.give({ do: 'finish' });
    await node.until('finished');
    await node.kill();
    expect(node.wrong).toEqual([]);
    const said = node.reports.filter(({ say }) => say !== 'status' && say !== 'linked');
    expect(said.map(({ say }) => say)).toEqual(['ready', 'marked', 'finished']);
    expect(new Set(said.map((report) => report.incarnation))).toEqual(new Set([incarnation]));
  }
});

test('a node that is configured twice, or for a role that it does not know, fails', async () => {
  const twice = startNode();
  const data = tempFolder('txlab-node-');
  twice.give(configure(data));
  await twice.until('ready');
  twice.give(configure(data));
  expect(await twice.ended()).toMatchObject({ end: 70, complaint: expect.stringContaining('twice') as string });

  const judge = startNode();
  judge.write(formatLine({ ...configure(data), role: 'judge' }));
  expect(await judge.ended()).toMatchObject({
    end: 70,
    complaint: expect.stringContaining('no role judge of 2pc') as string,
  });
});
