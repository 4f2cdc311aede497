// The whole catalog under one plant, for whoever changes a checker: `npm run sweep -- "prepares sent twice"`. A harmless plant must leave
// every scenario as expected, or inconclusive with its reason; of an error one sees which scenarios catch it. Takes about four minutes.

import { loadCatalog } from '../../../scenarios/language/scenario-catalog.ts';
import { bundlePlantedProgram, openLab, planOf } from '../../support/lab.ts';
import { HARMLESS_PLANTS } from '../../support/planted/harmless.ts';
import { planted, PLANTS, type PlantName } from '../../support/planted/plants.ts';
import { PODS, sideBySide } from '../../support/side-by-side.ts';
import { removeTempFolders } from '../../support/temp-folder.ts';

const SEED = 7;
const [plant = '', part = ''] = process.argv.slice(2);
if (!isPlant(plant)) {
  process.stderr.write(
    `There is no plant '${plant}'. The plants: ${Object.keys(PLANTS).join(', ')}. After it a part of scenarios' names may follow.\n`,
  );
  process.exit(2);
}

function isPlant(name: string): name is PlantName {
  return Object.hasOwn(PLANTS, name);
}

const names = loadCatalog()
  .map(({ name }) => name)
  .filter((name) => name.includes(part));
const lab = await openLab();
const program = await bundlePlantedProgram(lab);
const pool = await lab.standPool(PODS);
const counts = new Map<string, number>();
try {
  const resultOf = sideBySide(names, (name) => lab.run(planted(planOf(name, SEED), plant), { program }));
  for (const name of names) {
    const { verdict } = await resultOf(name);
    counts.set(verdict.word, (counts.get(verdict.word) ?? 0) + 1);
    const why = verdict.word === 'as expected' ? '' : `\n    ${verdict.reasons.join('\n    ')}`;
    process.stdout.write(`${verdict.word.padEnd(16)} ${name}${why}\n`);
  }
} finally {
  await pool.release();
  removeTempFolders();
}
process.stdout.write(`${plant}: ${[...counts].map(([word, n]) => `${n} ${word}`).join(', ')}\n`);
const isFalseAlarm = Object.hasOwn(HARMLESS_PLANTS, plant) && counts.has('not as expected');
process.exitCode = isFalseAlarm ? 1 : 0;
