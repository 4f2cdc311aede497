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
