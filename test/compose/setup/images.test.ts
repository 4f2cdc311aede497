import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { absentHint } from '../../../compose/setup/doctor.ts';
import { ensureImage, IMAGE_ROLES, IMAGES, localReference } from '../../../compose/setup/images.ts';
import type { HostPlatform } from '../../../compose/setup/host-platform.ts';
import { imageEngine } from '../engine/fake-engine.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const DEBIAN: HostPlatform = { platform: 'linux', arch: 'x64', distribution: 'debian 12' };
const FEDORA: HostPlatform = { platform: 'linux', arch: 'x64', distribution: undefined };
const MAC: HostPlatform = { platform: 'darwin', arch: 'arm64', distribution: undefined };

const local = localReference('redis', DEBIAN);

beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', tempFolder());
});

describe('the image of a role', () => {
  test.each([
    ['the one made here before', [local], local],
    ['the official one', ['redis:7'], 'redis:7'],
    ['the one made here before rather than the official one', ['redis:7', local], local],
  ])('is %s when that is present, and nothing is pulled', async (_, present, reference) => {
    const { engine, calls } = imageEngine(present);
    expect(await ensureImage(engine, 'redis', { host: DEBIAN })).toEqual({
      reference,
      id: `id of ${reference}`,
      source: 'present',
    });
    expect(calls).toEqual([]);
  });

  test('is pulled when a registry has it', async () => {
    const { engine, calls } = imageEngine([], ['redis:7']);
    expect(await ensureImage(engine, 'redis', { host: MAC })).toMatchObject({
      reference: 'redis:7',
      source: 'pulled',
    });
    expect(calls).toEqual(['pull redis:7']);
  });

  test('is built on the official one where a role has no image of its own', async () => {
    const { engine, calls } = imageEngine([], ['alpine:3.22']);
    const image = await ensureImage(engine, 'sandbox', { host: MAC });
    expect(image.reference).toMatch(/^txlab\/sandbox:official-/);
    expect(calls).toEqual(['pull alpine:3.22', `build ${image.reference}`]);
    expect(await ensureImage(engine, 'sandbox', { host: MAC })).toMatchObject({ source: 'present' });
  });

  test.skipIf(process.platform !== 'linux')(
    'is made here without a registry, and named by what it is made of',
    async () => {
      const { engine, calls } = imageEngine([]);
      const said: string[] = [];
      const image = await ensureImage(engine, 'node', { host: DEBIAN, onProgress: (line) => said.push(line) });
      expect(image).toMatchObject({ reference: localReference('node', DEBIAN), source: 'built' });
      expect(calls).toEqual([`import ${image.reference}`]);
      expect(said[0]).toContain('no registry');
    },
  );

  test.each([
    ['another distribution', FEDORA],
    ['another system', MAC],
  ])('is missing without a registry on %s, and the hint says what to type', async (_, host) => {
    const { engine } = imageEngine([]);
    await expect(ensureImage(engine, 'redis', { host })).rejects.toMatchObject({
      code: 'image-missing',
      exitCode: 4,
      hint: expect.stringContaining('docker pull redis:7') as string,
    });
  });

  test('is not made here for an engine of another architecture', async () => {
    const { engine } = imageEngine([]);
    const arm = { ...engine, facts: { ...engine.facts, architecture: 'arm64' } };
    await expect(ensureImage(arm, 'node', { host: DEBIAN })).rejects.toMatchObject({ code: 'image-missing' });
  });

  test('is the one the user names, or none', async () => {
    const { engine } = imageEngine(['mine:1', 'redis:7'], ['mine:2']);
    expect(await ensureImage(engine, 'redis', { override: 'mine:1' })).toMatchObject({
      reference: 'mine:1',
      source: 'present',
    });
    expect(await ensureImage(engine, 'redis', { override: 'mine:2' })).toMatchObject({
      reference: 'mine:2',
      source: 'pulled',
    });
    await expect(ensureImage(engine, 'redis', { override: 'mine:3' })).rejects.toMatchObject({ code: 'image-missing' });
  });

  test('made by two at once is made once', async () => {
    const { engine, calls } = imageEngine([], ['redis:7']);
    const both = await Promise.all([1, 2].map(() => ensureImage(engine, 'redis', { host: MAC })));
    expect(calls).toEqual(['pull redis:7']);
    expect(both.map(({ source }) => source).toSorted()).toEqual(['present', 'pulled']);
  });
});

test('the compose file of the stores names the official images', () => {
  const file = parse(readFileSync(new URL('../../../compose/stores.yml', import.meta.url), 'utf8')) as {
    services: Record<string, { image: string }>;
  };
  expect(file.services['redis']?.image).toBe(IMAGES.redis.official);
  expect(file.services['zookeeper']?.image).toBe(IMAGES.zookeeper.official);
});

test('an image that is absent is hinted at setup only where setup gets it', () => {
  expect(IMAGE_ROLES.map((role) => [role, absentHint(role)])).toEqual([
    ['node', 'txlab setup'],
    ['sandbox', 'txlab setup'],
    ['redis', 'docker pull redis:7'],
    ['zookeeper', 'docker pull zookeeper:3.9'],
  ]);
});
