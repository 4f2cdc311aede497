import { expect, test } from 'vitest';
import { connectFailure } from '../../../compose/engine/failure.ts';
import { resolveEndpoint } from '../../../compose/engine/endpoint.ts';

const HOME = '/nowhere';

test.each([
  ['where setup starts one', {}, 'txlab setup'],
  ['where setup starts one, by name', { DOCKER_HOST: 'unix:///var/run/docker.sock' }, 'txlab setup'],
  ['at a host of DOCKER_HOST', { DOCKER_HOST: 'tcp://127.0.0.1:1' }, 'unset DOCKER_HOST, or correct the address in it'],
  ['at a socket of DOCKER_HOST', { DOCKER_HOST: 'unix:///tmp/x' }, 'unset DOCKER_HOST, or correct the address in it'],
])('no engine %s: what to try', (_where, env, hint) => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const failure = connectFailure(refused, resolveEndpoint({ env: { HOME, ...env } }));
  expect(failure).toMatchObject({ code: 'engine-missing', hint });
});

test('no engine in a Docker context: what to try', () => {
  const endpoint = { from: 'context remote', kind: 'tcp', host: 'build-box', port: 2376 } as const;
  expect(connectFailure(new Error('no answer within 5000 ms'), endpoint).hint).toMatch(/docker context use default$/);
});

test.each([
  ['ENOENT', 'connect ENOENT /tmp/x', 'there is no such socket (connect ENOENT /tmp/x)'],
  ['ECONNREFUSED', 'connect ECONNREFUSED', 'nothing listens there (connect ECONNREFUSED)'],
  ['ENOTFOUND', 'getaddrinfo ENOTFOUND box', 'no host of this name is known (getaddrinfo ENOTFOUND box)'],
  ['EOTHER', 'something else', 'something else'],
])('no engine because of %s: the cause and the address are said', (code, message, cause) => {
  const endpoint = resolveEndpoint({ env: { HOME, DOCKER_HOST: 'unix:///tmp/x' } });
  expect(connectFailure(Object.assign(new Error(message), { code }), endpoint).message).toBe(
    `No container engine answers at unix:///tmp/x (DOCKER_HOST): ${cause}.`,
  );
});

test.each(['', '[object Object]'])('an engine that refuses with no words (%j) is told by its status', (words) => {
  const endpoint = resolveEndpoint({ env: { HOME, DOCKER_HOST: 'unix:///tmp/x' } });
  const refused = Object.assign(new Error(`(HTTP code 403) unexpected - ${words}`), { statusCode: 403 });
  expect(connectFailure(refused, endpoint).message).toBe(
    'The engine at unix:///tmp/x (DOCKER_HOST) refused: HTTP 403 without a word',
  );
});
