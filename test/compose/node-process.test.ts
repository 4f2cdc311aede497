// A node's process on an engine in memory: the test writes what the node would say.

import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNodeProcess } from '../../compose/pods/node-process.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { fakeEngine } from './engine/fake-engine.ts';
import type { Pod } from '../../compose/pods/pods.ts';
import type { Report, ReportBody } from '../../nodes/contract/control.ts';

async function booted() {
  const heard: Report[] = [];
  const nonsense: string[] = [];
  let streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const engine = fakeEngine({
    attach: async () => {
      streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
      return { ...streams, detach: () => {} };
    },
    start: async () => {},
  });
  const pod: Pod = { node: nodeId('p'), container: 'c', address: '', shell: null as never, made: [] };
  const process = createNodeProcess(engine, pod, {
    onReport: (report) => heard.push(report),
    onNonsense: (why) => nonsense.push(why),
  });
  await process.boot();
  const write = (text: string) => void streams.stdout.emit('data', Buffer.from(text));
  const complain = (text: string) => void streams.stderr.emit('data', Buffer.from(text));
  return { process, heard, nonsense, write, complain };
}

const line = (body: ReportBody): string => `${JSON.stringify({ node: 'p', incarnation: 1, seq: 1, ...body })}\n`;

test('what a node reports is heard, however it is cut', async () => {
  const { heard, nonsense, write } = await booted();
  for (const letter of line({ say: 'linked', peers: [nodeId('ä')] })) write(letter);
  write(line({ say: 'ready' }) + line({ say: 'finished' }));
  expect(heard.map(({ say }) => say)).toEqual(['linked', 'ready', 'finished']);
  expect(nonsense).toEqual([]);
});

test.each([
  ['null', 'a line that is no object: null'],
  ['5', 'a line that is no object: 5'],
  ['[]', 'a line that is no object: []'],
  ['{"say":"boo"}', 'a line with an unknown word in its field say: "boo"'],
  [
    '{"node":"p","incarnation":1,"seq":1,"say":"marked"}',
    'a line with the word "marked" and a wrong field id: nothing',
  ],
  ['Debugger attached', 'a line that is no JSON: Debugger attached'],
])('a node that says %s has failed, with what it said; once in a life', async (said, why) => {
  const { process, heard, nonsense, write, complain } = await booted();
  complain('oh\n');
  write(`${said}\n${said}\n`);
  expect(nonsense).toEqual([why]);
  expect(process.lastLines()).toEqual(['oh', `(txlab: stdout carried ${why})`]);
  expect(heard).toEqual([]);
  await process.boot();
  write(`${said}\n`);
  expect(nonsense).toEqual([why, why]);
});

test('what is a report is heard after nonsense that is JSON, so that the run can come to its end', async () => {
  const { heard, write } = await booted();
  write(`null\n${line({ say: 'finished' })}`);
  expect(heard.map(({ say }) => say)).toEqual(['finished']);
});

test('whatever a node says, the lab is not thrown at', async () => {
  const { heard, write } = await booted();
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ say: fc.string(), node: fc.jsonValue() })), (value) => {
      write(`${JSON.stringify(value)}\n`);
    }),
  );
  expect(heard).toEqual([]);
});

test('the last lines of standard error are whole, over all lives, and without the frames of a stack', async () => {
  const { process, complain } = await booted();
  complain('Error: no ro');
  complain('om\n    at append (log.ts:5)\nbye');
  await process.boot();
  complain('again\n');
  expect(process.lastLines()).toEqual(['Error: no room', 'bye', 'again']);
  expect(process.allLines()).toEqual(['Error: no room', '    at append (log.ts:5)', 'bye', 'again']);
});
