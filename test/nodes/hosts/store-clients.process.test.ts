// The clients of stores in a bundled node program, where no package can be loaded from beside it.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { STORE_CLIENTS } from '../../../nodes/hosts/stores.ts';
import { bundleProgram } from '../../support/lab.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('every client is loaded late, from within the one file of the program', async () => {
  const entry = `import { STORE_CLIENTS } from './nodes/hosts/stores.ts';
    for (const [name, { load }] of STORE_CLIENTS) console.log(name, typeof (await load()));`;
  const program = await bundleProgram(join(tempFolder(), 'clients.mjs'), entry);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout.trim().split('\n')).toEqual([...STORE_CLIENTS.keys()].map((name) => `${name} function`));
  expect(stderr).toBe('');
});
