// A store's process on an engine and a shell in memory: the test says what its lines come to.

import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createStoreProcess } from '../../compose/pods/store-process.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { fakeEngine } from './engine/fake-engine.ts';
import type { Pod } from '../../compose/pods/pods.ts';
import type { Shell } from '../../compose/pods/shell.ts';

type Result = Awaited<ReturnType<Shell['run']>>;

function store(results: readonly (Result | Error)[] = [], more: { readonly leader?: string } = {}) {
  const lines: string[] = [];
  const calls: string[] = [];
  const left = [...results];
  let streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const engine = fakeEngine({
    attach: async (id) => {
      calls.push(`attach ${id}`);
      streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
      return { ...streams, detach: () => void calls.push('detach') };
    },
    start: async (id) => void calls.push(`start ${id}`),
  });
  const shell: Shell = {
    run: async (line) => {
      lines.push(line);
      const result = left.shift() ?? { code: 1, output: '' };
      if (result instanceof Error) throw result;
      return result;
    },
    close: () => {},
  };
  const pod: Pod = { node: nodeId('redis-1'), container: 'c', address: '', shell, made: [] };
  const spoken = { ready: "echo 'ping' | nc", dump: 'echo list | nc', promote: 'echo up | nc' };
  const service = { image: 'i', port: 1, ...spoken, ...more };
  const process = createStoreProcess(engine, pod, service);
  const says = (how: 'stdout' | 'stderr', text: string) => void streams[how].emit('data', Buffer.from(text));
  return { process, lines, calls, says };
}

const ok = (output = ''): Result => ({ code: 0, output });
const no: Result = { code: 1, output: '' };

test('a store is attached before it is started, each time, and what it says on either stream is kept', async () => {
  const { process, calls, says } = store();
  await process.boot();
  says('stdout', 'listening\nhalf');
  await process.boot();
  says('stderr', 'again\n');
  expect(calls).toEqual(['attach c', 'start c', 'detach', 'attach c', 'start c']);
  expect(process.lastLines()).toEqual(['listening', 'half', 'again']);
  expect(process.allLines()).toEqual(['listening', 'half', 'again']);
});

test('a store is ready when its line ends with 0, however often it was tried', async () => {
  const { process, lines } = store([no, new Error('the shell does not answer'), ok()]);
  expect(await process.ready(60_000)).toBe(true);
  expect(lines).toHaveLength(3);
});

test('a store that never answers is not ready when its time is over, or when it is let go of', async () => {
  expect(await store().process.ready(0)).toBe(false);
  const { process } = store();
  const waiting = process.ready(60_000);
  process.detach();
  expect(await waiting).toBe(false);
});

test.each([
  [
    'one that followed and leads now is',
    'role:slave\r\nmaster_link_status:up\r\nrole:master\r\n',
    true,
    'redis-1 was role:slave, master_link_status:up, and is role:master',
  ],
  [
    'one that led before is not',
    'role:master\r\nrole:master\r\n',
    false,
    'redis-1 was role:master, and is role:master',
  ],
  ['one that still follows is not', 'role:slave\r\nrole:slave\r\n', false, 'redis-1 was role:slave, and is role:slave'],
  ['one that says nothing is not', '', false, 'redis-1 does not say what it is'],
])('seen to be promoted: %s', async (_, output, seen, text) => {
  const { process, lines } = store([ok(output)]);
  expect(await process.promote()).toEqual({ seen, text });
  expect(lines[0]).toContain('echo up | nc');
});

test('a line that hangs does not hold up the shell', async () => {
  const { process, lines } = store([no]);
  expect(await process.hears(100)).toBe(false);
  expect(lines).toEqual([String.raw`timeout 0.1 sh -c '{ echo '\''ping'\'' | nc; } >/dev/null 2>&1'`]);
});

test.each([
  ['JSON', ok('{"a":[1]}\n'), { a: [1] }],
  ['text', ok('a 1\nb 2\n'), 'a 1\nb 2'],
  ['nothing where it cannot be asked', no, undefined],
])('what a store holds is %s', async (_, result, held) => {
  expect(await store([result]).process.dump()).toEqual(held);
});

test('a store leads where its line for that ends with 0, and where it has no such line it does not', async () => {
  const leader = store([ok(), no, new Error('the shell does not answer')], { leader: 'echo srvr | nc' });
  expect([await leader.process.leads(), await leader.process.leads(), await leader.process.leads()]).toEqual([
    true,
    false,
    false,
  ]);
  expect(leader.lines[0]).toContain('echo srvr | nc');
  const alone = store([ok()]);
  expect(await alone.process.leads()).toBe(false);
  expect(alone.lines).toEqual([]);
});
