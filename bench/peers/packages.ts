// What txlab is compared with comes on first use, so that a plain clone stays light: npm packages beside the bench, programs from Debian.

import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';

const BENCH = join(import.meta.dirname, '..');
let installed: Promise<void> | null = null;

/** Fails with the reason when npm cannot install the peers. The types of what comes are the caller's word. */
export async function loadPeer<Package>(name: string, say: (text: string) => void): Promise<Package> {
  installed ??= install(say);
  await installed;
  const path = createRequire(join(BENCH, 'package.json')).resolve(name);
  return (await import(pathToFileURL(path).href)) as Package;
}

/** Fails with the reason where `apt-get` cannot install it. */
export async function installFromDebian(name: string, say: (text: string) => void): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Error(`${name} is not installed, and only root of a Debian machine can install it`);
  say(`installing ${name} with apt-get`);
  await new Promise<void>((resolve, reject) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const apt = spawn('apt-get', ['install', '-y', '--no-install-recommends', name], { env, stdio: 'ignore' });
    apt.once('error', reject);
    apt.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`apt-get install ${name} ended with ${code}`)),
    );
  });
}

async function install(say: (text: string) => void): Promise<void> {
  if (existsSync(join(BENCH, 'node_modules', '.package-lock.json'))) return;
  say('installing the peers of bench/package.json with npm');
  const folder = mkdtempSync(join(tmpdir(), 'txlab-bench-'));
  const logFile = join(folder, 'npm.log');
  const log = openSync(logFile, 'w');
  await new Promise<void>((resolve, reject) => {
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const npm = spawn('npm', args, { cwd: BENCH, stdio: ['ignore', log, log] });
    npm.once('error', reject);
    npm.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`npm ci ended with ${code}; see ${logFile}`)),
    );
  }).finally(() => closeSync(log));
  rmSync(folder, { recursive: true });
}
