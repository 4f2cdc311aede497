// Moving the clock of a server, by what the shell of its pod's sandbox says.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ARCHITECTURES, libraryName } from '../../../compose/clock/library.ts';
import { hasLibrary, serverClock, withLibrary } from '../../../compose/pods/clock.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';

const NOON_MS = Date.UTC(2026, 10, 28, 12);

interface Look {
  readonly since: number;
  readonly until: number;
  /** Of its own, in milliseconds after noon; what it was told where it says nothing. */
  readonly says?: number;
  readonly told?: number;
}

function lineOf({ since, until, says, told = 0 }: Look): string {
  const page = Buffer.alloc(16);
  page.writeBigInt64LE(told === 0 ? 0n : BigInt(NOON_MS + told) * 1_000_000n, 8);
  const said = says === undefined ? '' : String((NOON_MS + says) * 1000);
  return `looked ${since} ${until} [${said}] ${page.toString('base64')}\n`;
}

function clockThatShows(...looks: readonly Look[]) {
  const lines: string[] = [];
  const output = looks.map(lineOf).join('');
  const run = (line: string) => Promise.resolve(void lines.push(line)).then(() => ({ code: 0, output }));
  return { lines, clock: serverClock({ node: nodeId('redis-3'), shell: { run, close: () => {} } }, 'echo TIME') };
}

/** What the lines write into the file, in milliseconds. */
const written = (lines: readonly string[]) =>
  [...lines.join('\n').matchAll(/(?:look|echo) ([\w+/]{22}==)/g)].map(
    ([, page = '']) => Number(Buffer.from(page, 'base64').readBigInt64LE(0)) / 1e6,
  );

describe('the clock of a server', () => {
  test('has jumped when its own time went by so much more than that of its pod', async () => {
    const { clock, lines } = clockThatShows(
      { since: 7.1, until: 7.12, says: 0 },
      { since: 7.13, until: 7.2, says: 60_050 },
    );
    expect(await clock.move(60_000)).toEqual({
      seen: true,
      text: "redis-3's clock went from 12:00:00.000 to 12:01:00.050: 60 s forward",
    });
    expect(written(lines)).toEqual([0, 60_000]);
  });

  test('has jumped when its process was told so, of a server that says no time', async () => {
    const { clock } = clockThatShows({ since: 7, until: 7.01, told: 20 }, { since: 7.02, until: 7.03, told: -4960 });
    expect(await clock.move(-5000)).toEqual({
      seen: true,
      text: "redis-3's clock went from 12:00:00.020 to 11:59:55.040, as its process was told: 5 s back",
    });
  });

  test('is said in whole milliseconds where a jump is short', async () => {
    const { clock } = clockThatShows({ since: 7, until: 7.01, says: 0 }, { since: 7.02, until: 7.03, says: 270 });
    expect(await clock.move(250)).toMatchObject({
      seen: true,
      text: expect.stringContaining('0.25 s forward') as string,
    });
  });

  test.each<readonly [string, readonly Look[], number]>([
    [
      'went on as ever',
      [
        { since: 7, until: 7.01, says: 0 },
        { since: 7.02, until: 7.03, says: 20 },
      ],
      60_000,
    ],
    [
      'went by something else',
      [
        { since: 7, until: 7.01, says: 0 },
        { since: 7.02, until: 7.03, says: 30_020 },
      ],
      60_000,
    ],
    [
      'went the other way',
      [
        { since: 7, until: 7.01, says: 0 },
        { since: 7.02, until: 7.03, says: 5020 },
      ],
      -5000,
    ],
    [
      'was looked at for so long that a short jump cannot be told from none',
      [
        { since: 7, until: 7.01, says: 0 },
        { since: 7.02, until: 9, says: 520 },
      ],
      500,
    ],
    ['was looked at only once', [{ since: 7, until: 7.01, says: 0 }], 60_000],
    [
      'was never looked at',
      [
        { since: 7, until: 7.01 },
        { since: 7.02, until: 7.03 },
      ],
      60_000,
    ],
    ['cannot be asked for', [], 60_000],
  ])('has not jumped where it %s', async (_, looks, byMs) => {
    expect(await clockThatShows(...looks).clock.move(byMs)).toMatchObject({ seen: false });
  });

  test('is ahead by all moves that stand', async () => {
    const { clock, lines } = clockThatShows();
    await clock.move(60_000);
    await clock.move(-5000);
    await clock.move(-60_000);
    await clock.move(5000);
    expect(written(lines)).toEqual([0, 60_000, 60_000, 55_000, 55_000, -5000, -5000, 0]);
  });

  test('is right, and can be moved, before the server starts', async () => {
    const { clock, lines } = clockThatShows();
    await clock.load(Buffer.from('a library'));
    expect(lines.join('')).toContain(
      `echo ${Buffer.from('a library').toString('base64')} | base64 -d >/data/.txlab-clock.so`,
    );
    expect(written(lines)).toEqual([0]);
  });

  test('is said to be fixed where the pod takes no files', async () => {
    const run = () => Promise.resolve({ code: 1, output: 'Read-only file system' });
    const clock = serverClock({ node: nodeId('redis-3'), shell: { run, close: () => {} } }, 'echo TIME');
    await expect(clock.load(Buffer.from('a library'))).rejects.toThrow(
      /redis-3 cannot be moved later.*Read-only file system/,
    );
  });
});

test('a service is started with the library where it is to be moved, beside what it is told anyway', () => {
  const service = { image: 'redis', port: 1, ready: 'true', dump: 'true', env: { A: '1' } };
  expect(withLibrary(service).env).toEqual({ A: '1', LD_PRELOAD: '/data/.txlab-clock.so' });
  expect([service, withLibrary(service)].map(hasLibrary)).toEqual([false, true]);
});

test.each(ARCHITECTURES)('the library for %s reads the file that the shell writes', (architecture) => {
  const library = readFileSync(join(import.meta.dirname, '../../../compose/clock', libraryName(architecture)));
  expect(library.includes('/data/.txlab-clock\0')).toBe(true);
});
