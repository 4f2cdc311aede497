// The npm packages that txlab is compared with: installed beside the bench on first use, so that a plain clone stays light.

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
