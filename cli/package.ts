// Where the package's own files are, from the sources and from the bundle alike.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import about from '../package.json' with { type: 'json' };

export const VERSION: string = about.version;

/** The package's root: the nearest folder above this module that holds the scenario catalog. */
export function packageRoot(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'scenarios', 'catalog'))) return folder;
  }
  return process.cwd();
}

export function bundledFile(path: string): string {
  return join(packageRoot(), path);
}
