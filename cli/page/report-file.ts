// A run's report.html: read from its folder, made into a page, and put beside its history.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LabError } from '../../compose/errors.ts';
import { explainWriteFailure } from '../../scenarios/run/run-folder.ts';
import { bundledFile } from '../package.ts';
import { pageText } from './html.ts';
import type { History, Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';

export interface ReportOf {
  readonly folder: string;
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly history: History;
  /** As the user types it. */
  readonly program: string;
  /** The line that runs the same again, where it is known. */
  readonly replay?: string;
}

/** Gives the path. Whole or not at all: a page that somebody has open is replaced. */
export function writeReport({ folder, plan, verdict, history, program, replay }: ReportOf): string {
  const run = basename(folder);
  const named = existsSync(join('runs', run)) ? run : folder;
  const commands = [
    replay ?? `${program} replay ${quoted(named)}`,
    `${program} check ${quoted(named)}`,
    `${program} report ${quoted(named)} --html`,
  ];
  const page = { run, plan, verdict, history, commands, manifest: manifestIn(folder), script: pageScript() };
  const path = join(folder, REPORT_FILE);
  explainWriteFailure(path, () => {
    writeFileSync(`${path}.part`, pageText(page));
    renameSync(`${path}.part`, path);
  });
  return path;
}

export const REPORT_FILE = 'report.html';

/** Only shown: whatever it is, the page says it. */
function manifestIn(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as unknown;
  } catch {
    return null;
  }
}

export function pageScript(): string {
  const file = bundledFile(join('dist', 'report-page.js'));
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new LabError('usage', `${file} is missing.`, {
      hint: 'Reinstall txlab; in a checkout: npm run build',
      cause,
    });
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
