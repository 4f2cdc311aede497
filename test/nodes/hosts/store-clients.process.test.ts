// The clients of stores in a bundled node program, which has no packages.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { STORE_CLIENTS } from '../../../nodes/hosts/stores.ts';
import { bundleProgram } from '../../support/lab.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('every client is loaded late, from a file beside the program', async () => {
  const entry = `import { STORE_CLIENTS } from './nodes/hosts/stores.ts';
    for (const [name, { load }] of STORE_CLIENTS) console.log(name, typeof (await load()));`;
  const program = await bundleProgram(join(tempFolder(), 'clients.mjs'), entry);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout.trim().split('\n')).toEqual([...STORE_CLIENTS.keys()].map((name) => `${name} function`));
  expect(stderr).toBe('');
  expect(readFileSync(program, 'utf8')).not.toContain('maxRetriesPerRequest');
});
