// The scenarios that come with txlab: YAML files in the folder `catalog` beside this module, and beside the bundle's package too.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LabError, messageOf } from '../../compose/errors.ts';
import { FAULT_WORDS } from './fault.ts';
import { nearest, slipsBetween } from './nearest.ts';
import { parseScenario } from './scenario.ts';
import { problemAt, refused, type Parsed, type Problem } from './problem.ts';
import type { Overrides } from './overrides.ts';
import type { Scenario } from './scenario-types.ts';

export interface CatalogEntry {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** All of them, by name. */
export function loadCatalog(folder: string = catalogFolder()): readonly CatalogEntry[] {
  return namesIn(folder).map((name) => {
    const file = join(folder, `${name}${ENDING}`);
    return { name, file, text: readFileSync(file, 'utf8') };
  });
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(ENDING))
    .toSorted()
    .map((file) => file.slice(0, -ENDING.length));
}

const ENDING = '.yaml';

/** A scenario by its name in the catalog, or by the path of a file. */
export function findScenario(name: string, overrides: Overrides = {}): Parsed<Scenario> {
  if (/[/\\]|\.ya?ml$/.test(name)) return readScenario(name, overrides);
  const [verb = ''] = name.split(/\s/);
  if (FAULT_WORDS.some((word) => word === verb))
    return refused([
      problemAt(
        { source: 'scenario' },
        {
          found: name,
          message: `${verb} begins a sentence, which is run without the word run.`,
          hint: `txlab ${verb} …`,
        },
      ),
    ]);
  const folder = catalogFolder();
  const file = join(folder, `${name}${ENDING}`);
  if (existsSync(file)) return readScenario(file, overrides);
  const slips = (candidate: string) => slipsBetween(name, candidate.slice(0, name.length));
  const allowed = namesIn(folder).toSorted((a, b) => slips(a) - slips(b));
  const message = `There is no scenario ${name}.`;
  const hint = 'A scenario of your own is named by its file: ./my-scenario.yaml';
  return refused([
    problemAt({ source: 'scenario' }, { found: name, message, allowed, nearest: nearest(name, allowed), hint }),
  ]);
}

function readScenario(path: string, overrides: Overrides): Parsed<Scenario> {
  try {
    const text = readFileSync(path, 'utf8');
    const unreadable = text.search(/[\0\uFFFD]/);
    if (unreadable >= 0) return refused([noText(text, unreadable, path)]);
    return parseScenario(text, { source: path, overrides });
  } catch (error) {
    return refused([problemAt({ source: path }, { found: path, message: whyUnread(path, error) })]);
  }
}

/** Where the first byte stands that is no text, and what it is. The line is not shown: terminals do not show such bytes. */
function noText(text: string, at: number, source: string): Problem {
  const before = text.slice(0, at).split('\n');
  const where = { source, line: before.length, column: (before.at(-1) ?? '').length + 1 };
  const isZero = text[at] === '\0';
  const found = isZero ? 'a zero byte' : 'a byte that is no UTF-8';
  const isAll = isZero && /^[\0\s]*$/.test(text);
  const what = isAll ? `It is nothing but zero bytes: ${text.split('\0').length - 1}.` : `Here stands ${found}.`;
  const message = `This file holds no text that can be read. ${what}`;
  const hint = isAll ? 'Whatever wrote it did not end: write it anew.' : 'Save it as UTF-8.';
  return problemAt(where, { found, message, allowed: ['a text in UTF-8, which is a scenario in YAML'], hint });
}

function whyUnread(path: string, error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EISDIR':
      return `This is a folder; a scenario is a file in it: ${join(path, 'my-scenario.yaml')}.`;
    case 'ENOENT':
      return 'This file cannot be read: there is no such file.';
    case 'EACCES':
      return 'This file cannot be read: this user may not.';
    case 'ELOOP':
      return 'This file cannot be read: it is a link that leads back to itself.';
    case 'ENOTDIR':
      return 'This file cannot be read: part of its path is a file, and no folder.';
    default:
      return `This file cannot be read: ${messageOf(error)}.`;
  }
}

/** The bundle lies elsewhere than this module, so the folder is looked for from here upwards. */
function catalogFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    for (const candidate of [join(folder, 'catalog'), join(folder, 'scenarios', 'catalog')]) {
      if (existsSync(join(candidate, BASELINE))) return candidate;
    }
    if (folder === dirname(folder)) break;
  }
  throw new LabError('bug', 'The scenarios that belong to txlab are missing.', {
    hint: 'Install txlab again: its package holds scenarios/catalog.',
  });
}

const BASELINE = 'two-phase-baseline.yaml';
