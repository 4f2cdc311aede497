import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatEndpoint, resolveEndpoint } from '../../../compose/engine/endpoint.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** A home folder with two contexts: one remote with certificates, one that is a socket. */
function home(currentContext?: string): string {
  const folder = tempFolder('txlab-home-');
  const docker = join(folder, '.docker');
  const put = (path: string, content: string): void => {
    mkdirSync(join(docker, path, '..'), { recursive: true });
    writeFileSync(join(docker, path), content);
  };
  const context = (name: string, host: string): string => {
    const id = createHash('sha256').update(name).digest('hex');
    put(`contexts/meta/${id}/meta.json`, JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
    return id;
  };
  const remote = context('remote', 'tcp://build-box:2376');
  for (const name of ['ca', 'cert', 'key']) put(`contexts/tls/${remote}/docker/${name}.pem`, `the ${name}`);
  context('desktop', 'unix:///home/me/.docker/desktop/docker.sock');
  context('far', 'ssh://me@far');
  put('config.json', JSON.stringify({ auths: {}, ...(currentContext && { currentContext }) }));
  return folder;
}

const where = (env: Record<string, string>, options = {}): string =>
  formatEndpoint(resolveEndpoint({ env, ...options }));

test.each<[string, Record<string, string>, string]>([
  ['the default context is the system socket', { HOME: home() }, 'unix:///var/run/docker.sock'],
  ['DOCKER_HOST as a socket', { HOME: home('remote'), DOCKER_HOST: 'unix:///tmp/d.sock' }, 'unix:///tmp/d.sock'],
  ['DOCKER_HOST as host and port', { HOME: home(), DOCKER_HOST: 'tcp://10.0.0.1:2375' }, 'tcp://10.0.0.1:2375'],
  ['DOCKER_HOST without a scheme', { HOME: home(), DOCKER_HOST: 'box:99' }, 'tcp://box:99'],
  ['the current context', { HOME: home('desktop') }, 'unix:///home/me/.docker/desktop/docker.sock'],
  [
    'DOCKER_CONTEXT over the current context',
    { HOME: home('desktop'), DOCKER_CONTEXT: 'remote' },
    'tcp://build-box:2376',
  ],
  [
    'DOCKER_HOST over DOCKER_CONTEXT',
    { HOME: home(), DOCKER_CONTEXT: 'remote', DOCKER_HOST: 'unix:///x' },
    'unix:///x',
  ],
  [
    'DOCKER_CONFIG for another folder',
    { HOME: '/nowhere', DOCKER_CONFIG: join(home('desktop'), '.docker') },
    'unix:///home/me/.docker/desktop/docker.sock',
  ],
])('%s', (_, env, expected) => {
  expect(where(env)).toBe(expected);
});

test('an explicit context or host wins over the environment', () => {
  const env = { HOME: home(), DOCKER_HOST: 'unix:///x' };
  expect(where(env, { context: 'desktop' })).toBe('unix:///home/me/.docker/desktop/docker.sock');
  expect(where(env, { host: 'tcp://a:1', context: 'desktop' })).toBe('tcp://a:1');
});

test('a context brings its certificates', () => {
  expect(resolveEndpoint({ context: 'remote', env: { HOME: home() } })).toMatchObject({
    from: 'context remote',
    tls: { ca: 'the ca', cert: 'the cert', key: 'the key' },
  });
});

test.each<[string, Record<string, string>, object]>([
  ['a context that does not exist', { DOCKER_CONTEXT: 'nope' }, { code: 'engine-missing' }],
  [
    'an address over ssh',
    { DOCKER_CONTEXT: 'far' },
    { code: 'engine-refused', hint: expect.stringContaining('ssh -fNL') as string },
  ],
  [
    'a pipe of Windows',
    { DOCKER_HOST: 'npipe:////./pipe/docker_engine' },
    {
      code: 'engine-refused',
      message: expect.stringContaining('is a named pipe of Windows') as string,
      hint: expect.stringContaining('unset DOCKER_HOST') as string,
    },
  ],
  ['an address of no known kind', { DOCKER_HOST: 'carrier-pigeon://loft' }, { code: 'engine-refused' }],
])('%s is refused in words', (_, env, expected) => {
  expect(() => resolveEndpoint({ env: { HOME: home(), ...env } })).toThrow(expect.objectContaining(expected) as Error);
});
