/** Builds the library that moves the clock of a store's server, one file for each kind of machine, and writes down of which source. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ARCHITECTURES, libraryName, type Architecture } from './library.ts';

/** The compiler of each kind of machine, by the engine's name for it. On Debian: apt-get install gcc gcc-aarch64-linux-gnu. */
const COMPILERS: Readonly<Record<Architecture, string>> = {
  amd64: 'x86_64-linux-gnu-gcc',
  arm64: 'aarch64-linux-gnu-gcc',
};

/** What is kept was built by this one; another may put the same into other bytes. */
export const VERSION = '12.2.0';

const FLAGS = [
  '-shared',
  '-fPIC',
  '-O2',
  // Neither a C library nor its headers.
  '-ffreestanding',
  '-nostdlib',
  '-fno-stack-protector',
  // Nothing in the file that is not run.
  '-fno-asynchronous-unwind-tables',
  '-fno-unwind-tables',
  '-fno-ident',
  '-s',
  '-Wl,--build-id=none',
  '-Wl,-z,noseparate-code',
  '-Wl,-z,norelro',
  // Both loaders, old and new, find names in it.
  '-Wl,--hash-style=both',
  '-Wall',
  '-Wextra',
  '-Werror',
];

/** Undefined where there is no such compiler. */
export function compilerVersion(architecture: Architecture): string | undefined {
  try {
    return execFileSync(COMPILERS[architecture], ['-dumpfullversion'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

export function compile(architecture: Architecture, into: string): void {
  execFileSync(COMPILERS[architecture], [...FLAGS, 'clock.c', '-o', into], { cwd: import.meta.dirname });
}

/** As `sha256sum --check` reads it: of the source, and of what was made of it. */
export function sums(): string {
  const files = ['clock.c', ...ARCHITECTURES.map(libraryName)];
  const sumOf = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(import.meta.dirname, name)))
      .digest('hex');
  return files.map((name) => `${sumOf(name)}  ${name}\n`).join('');
}

if (import.meta.main) {
  for (const architecture of ARCHITECTURES) compile(architecture, libraryName(architecture));
  writeFileSync(join(import.meta.dirname, 'SHA256SUMS'), sums());
}
