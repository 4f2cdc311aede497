// Writes down what is found in the recorded histories of version 1, and plants the errors of test/support/planted-errors.ts into them
// anew: `./txlab exec node test/scenarios/programs/oracle.ts`. The good histories stay as they are.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import {
  BAD,
  type Expectations,
  FINDINGS,
  GOOD,
  judgedAs,
  namesIn,
  pathOf,
  recordedText,
} from '../../support/oracle.ts';
import { PLANTED_ERRORS, plantedText } from '../../support/planted-errors.ts';

const stored = namesIn(BAD);
for (const name of stored) if (!(name in PLANTED_ERRORS)) rmSync(pathOf(BAD, name));
for (const [name, error] of Object.entries(PLANTED_ERRORS)) {
  const text = plantedText(error);
  if (!stored.includes(name) || recordedText(BAD, name) !== text) writeFileSync(pathOf(BAD, name), packed(text));
}
for (const folder of [GOOD, BAD]) {
  const found: Expectations = Object.fromEntries(
    namesIn(folder).map((name) => [name, judgedAs(folder, recordedText(folder, name))]),
  );
  writeFileSync(join(folder, FINDINGS), `${JSON.stringify(found, null, 2)}\n`);
}

function packed(text: string): Buffer {
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } });
}
