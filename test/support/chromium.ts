// A Chromium for tests of pages: that of CHROME_PATH or of the PATH, else the package of this Debian where we may install it. Users of txlab
// never get one. Where there is none, the tests are told why.

import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

export interface Chromium {
  /** Null where there is none. */
  readonly path: string | null;
  readonly why: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly chromium: Chromium;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide('chromium', await findOrGet());
}

async function findOrGet(): Promise<Chromium> {
  const path = found();
  if (path !== null) return { path, why: '' };
  if (!mayInstall())
    return { path, why: 'no Chromium or Chrome is on the PATH or in CHROME_PATH, and none can be installed here' };
  const why = await install();
  return { path: found(), why };
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

function found(): string | null {
  const named = process.env['CHROME_PATH'];
  if (named !== undefined && named !== '') return isProgram(named) ? named : null;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mayInstall(): boolean {
  const isDebian = existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  return process.getuid?.() === 0 && isDebian && !process.env['CHROME_PATH'];
}

/** Gives why it did not come. Where the lists of packages are old or missing, they are made new, once. */
async function install(): Promise<string> {
  const apt = (...args: readonly string[]) =>
    promisify(execFile)('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 64 * 1024 * 1024,
    });
  const get = () => apt('install', '-y', '--no-install-recommends', 'chromium');
  try {
    await get().catch(async () => {
      await apt('update');
      await get();
    });
    return '';
  } catch (error) {
    return `Debian's chromium could not be installed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
