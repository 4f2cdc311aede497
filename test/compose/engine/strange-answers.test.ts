// Answers that no engine gives: each is an error of the environment that says what came, from where, and what to type.

import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectEngine } from '../../../compose/engine/engine.ts';
import type { Engine } from '../../../compose/engine/port.ts';
import { LabError } from '../../../compose/errors.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { engineThatSays, FIRST_ANSWERS, says, startStranger } from './stranger.ts';

const PAGE = '<!DOCTYPE html>\n<html><body>Welcome</body></html>';
const CORRECT = 'unset DOCKER_HOST, or correct the address in it';

async function failureOf(work: Promise<unknown>): Promise<LabError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof LabError) return thrown;
  throw new Error('no LabError', { cause: thrown });
}

const connectTo = (host: string): Promise<Engine> => connectEngine({ env: { DOCKER_HOST: host } });

describe.each(['socket', 'tcp'] as const)('at a %s, what answers the first questions with', (kind) => {
  test.each<[string, number, string]>([
    ['{}', 200, 'Version in its answer to /version is missing'],
    ['[]', 200, 'its answer to /version is a list, not an object'],
    ['null', 200, 'its answer to /version is the text "null", not an object'],
    ['', 200, 'its answer to /version is empty, not an object'],
    [PAGE, 200, 'its answer to /version is the text "<!DOCTYPE html> <html><body>Welcome</bod…", not an object'],
    [PAGE, 404, 'it answers HTTP 404'],
    ['', 404, 'it answers HTTP 404'],
    ['', 302, 'it answers HTTP 302'],
    [
      JSON.stringify({ ...FIRST_ANSWERS, ApiVersion: 141 }),
      200,
      'ApiVersion in its answer to /version is the number 141',
    ],
    [JSON.stringify({ ...FIRST_ANSWERS, ApiVersion: 'new' }), 200, 'is the text "new", not a version such as 1.41'],
    [JSON.stringify({ ...FIRST_ANSWERS, NCPU: null }), 200, 'NCPU in its answer to /info is null, not a number'],
  ])('%j, HTTP %d, is no engine', async (body, status, reason) => {
    await using stranger = await startStranger(kind, says(body, status));
    const failure = await failureOf(connectTo(stranger.host));
    expect(failure).toMatchObject({ code: 'engine-strange', exitCode: 4, hint: CORRECT });
    expect(failure.message).toContain(`What answers at ${stranger.host} (DOCKER_HOST) is no container engine: `);
    expect(failure.message).toContain(reason);
  });
});

test('what speaks no HTTP is no engine', async () => {
  const path = join(tempFolder(), 'engine.sock');
  const server = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.2\r\n'));
  await once(server.listen(path), 'listening');
  const failure = await failureOf(connectTo(`unix://${path}`));
  server.close();
  expect(failure).toMatchObject({ code: 'engine-strange', hint: CORRECT });
  expect(failure.message).toContain('it does not speak HTTP');
});

test.each<[number, string, string]>([
  [403, '', 'HTTP 403 without a word'],
  [500, '{}', 'HTTP 500 without a word'],
  [502, PAGE, 'HTTP 502 with a web page'],
  [403, '{"message":"not for you"}', 'not for you'],
])('an engine that refuses with HTTP %d and %j is quoted, or its status is', async (status, body, words) => {
  await using stranger = await startStranger('socket', says(body, status));
  const failure = await failureOf(connectTo(stranger.host));
  expect(failure).toMatchObject({ code: 'engine-refused', hint: CORRECT, status });
  expect(failure.message).toBe(`The engine at ${stranger.host} (DOCKER_HOST) refused: ${words}`);
});

test('an engine that wants TLS and is spoken to without: the hint says how', async () => {
  await using stranger = await startStranger('tcp', says('Client sent an HTTP request to an HTTPS server.\n', 400));
  expect((await failureOf(connectTo(stranger.host))).hint).toMatch(/^export DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=/);
});

const CALLS: Readonly<Record<string, (engine: Engine) => Promise<unknown>>> = {
  'inspect a container': (engine) => engine.inspect('x'),
  'wait for an exit': (engine) => engine.waitExit('x', 5_000),
  'create a container': (engine) =>
    engine.createContainer({ name: 'x', image: 'x', labels: {}, network: { kind: 'none' } }),
  'create a network': (engine) => engine.createNetwork({ name: 'x', labels: {} }),
  'commit a container': (engine) => engine.commit('x', 'x', []),
  'list objects': (engine) => engine.listByLabel({}),
  'list images': (engine) => engine.listImages({}),
  'inspect an image': (engine) => engine.inspectImage('x'),
};

describe.each(Object.entries(CALLS))('asked to %s', (_name, call) => {
  test.each(['{}', '[]', '[{}]', 'null', '[null]', '', PAGE, '{"Id":7,"State":{}}'])(
    '%j is told from an answer',
    async (body) => {
      await using stranger = await startStranger('socket', engineThatSays(body));
      const engine = await connectTo(stranger.host);
      const isFine = body === '[]' && call === CALLS['list images'];
      if (isFine) return expect(await call(engine)).toEqual([]);
      const failure = await failureOf(call(engine));
      expect(failure).toMatchObject({ code: 'engine-strange', exitCode: 4, hint: CORRECT });
      expect(failure.message).toContain(`that is no answer of an engine, at ${stranger.host} (DOCKER_HOST).`);
    },
  );
});

test.each(['[]', 'null', '7', PAGE])('progress of a pull that is %j is told from an answer', async (body) => {
  await using stranger = await startStranger('socket', engineThatSays(body));
  const engine = await connectTo(stranger.host);
  const failure = await failureOf(engine.pullImage('x', { idleMs: 5_000 }));
  expect(failure).toMatchObject({ code: 'engine-strange', hint: CORRECT });
});

test.each([
  '{}',
  '[]',
  PAGE,
  '{"Action":"die"}',
  '{"Action":"die","Actor":{"ID":"x","Attributes":{}},"timeNano":"late"}',
])('events that are %j end their watch with the reason', async (body) => {
  await using stranger = await startStranger('socket', engineThatSays(`${body}\n`));
  const engine = await connectTo(stranger.host);
  await using watch = await engine.watchEvents({}, () => {});
  expect(await failureOf(watch.ended)).toMatchObject({ code: 'engine-strange', hint: CORRECT });
});

test('streams that are no streams of a container end', async () => {
  await using stranger = await startStranger('socket', engineThatSays(PAGE));
  const engine = await connectTo(stranger.host);
  const { stdin, stdout, stderr } = await engine.attach('x');
  stdin.end();
  expect(await Promise.all([stdout.toArray(), stderr.toArray()])).toEqual([[], []]);
});

test('a call that is refused without a word names the status', async () => {
  await using stranger = await startStranger('socket', engineThatSays('', 500));
  const engine = await connectTo(stranger.host);
  const failure = await failureOf(engine.start('x'));
  expect(failure).toMatchObject({ code: 'object-failed', message: 'start container x: HTTP 500 without a word' });
});
