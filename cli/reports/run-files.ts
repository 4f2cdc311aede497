// The files that a command writes beside its output, for build servers and people who read a pull request: asked for before anything is started.

import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../../compose/errors.ts';
import { explainWriteFailure } from '../../scenarios/run/run-folder.ts';
import { Usage } from '../usage.ts';
import { junitText } from './junit.ts';
import { summaryText } from './summary.ts';
import type { FiledRun } from './summary.ts';

/** Where each goes; absent where it is not asked for. */
export interface RunFiles {
  /** JUnit XML. */
  readonly junit: string | undefined;
  /** Markdown. */
  readonly summary: string | undefined;
}

/** Refuses what could not be written when all is over. */
export function demandWritable({ junit, summary }: RunFiles): void {
  if (junit !== undefined) demandFile('junit', junit, 'verdict.xml');
  if (summary !== undefined) demandFile('summary', summary, 'summary.md');
}

function demandFile(option: string, file: string, example: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
  } catch (error) {
    throw new Usage(`--${option}: ${file} cannot be written: ${messageOf(error)}.`);
  }
  if (existsSync(file) && statSync(file).isDirectory())
    throw new Usage(`--${option}: ${file} is a folder. Try: --${option} ${join(file, example)}`);
}

export function writeFiles({ junit, summary }: RunFiles, runs: readonly FiledRun[]): void {
  if (junit !== undefined) writeText(junit, junitText(runs));
  if (summary !== undefined) writeText(summary, summaryText(runs));
}

/** Fails as the disk does. */
export function writeText(file: string, text: string): void {
  explainWriteFailure(file, () => writeFileSync(file, text));
}
