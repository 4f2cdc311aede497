// The library that moves clocks is kept as it was built: of the source that lies beside it, and the same again where its compiler is.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compile, compilerVersion, sums, VERSION } from '../../../compose/clock/build.ts';
import { ARCHITECTURES, libraryName } from '../../../compose/clock/library.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const FOLDER = join(import.meta.dirname, '../../../compose/clock');

test('what is kept is what was made of this source', () => {
  expect(sums()).toBe(readFileSync(join(FOLDER, 'SHA256SUMS'), 'utf8'));
});

test.each(ARCHITECTURES.filter((one) => compilerVersion(one) === VERSION))(
  'the library for %s is built again byte for byte',
  (architecture) => {
    const file = join(tempFolder(), 'again.so');
    compile(architecture, file);
    expect(readFileSync(file).equals(readFileSync(join(FOLDER, libraryName(architecture))))).toBe(true);
  },
);

test('both are in the package', () => {
  const { files } = JSON.parse(readFileSync(join(FOLDER, '../../package.json'), 'utf8')) as {
    readonly files: readonly string[];
  };
  expect(files).toEqual(
    expect.arrayContaining(['compose/clock/*.so', 'compose/clock/clock.c', 'compose/clock/SHA256SUMS']),
  );
});
