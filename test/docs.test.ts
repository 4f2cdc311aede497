// The tables of README and HISTORY.md, and the JSON Schemas, are made from the code; `npm run docs` writes them anew.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentsJsonSchema } from '../cli/documents.ts';
import { EXIT_CODES } from '../cli/exit-codes.ts';
import { expectationText } from '../cli/commands/lists.ts';
import { SETTINGS, variableOf } from '../cli/settings.ts';
import { ERRORS } from '../compose/errors.ts';
import { findProtocol } from '../nodes/protocols/catalog.ts';
import { loadCatalog } from '../scenarios/language/scenario-catalog.ts';
import { historyJsonSchema } from '../scenarios/history/history-shape.ts';
import { scenarioJsonSchema } from '../scenarios/language/schema.ts';
import { ofCatalog } from './support/catalog.ts';
import { linesText, partsText } from './support/history-doc.ts';

const ROOT = join(import.meta.dirname, '..');
const LOCKS_PAGE = readFileSync(join(ROOT, 'docs', 'locks.md'), 'utf8');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const SECTIONS = {
  scenarios: table(
    ['Scenario', 'Protocol', 'Expects', 'What happens'],
    loadCatalog()
      .map(({ name }) => ofCatalog(name))
      .map((scenario) => [`\`${scenario.name}\``, scenario.protocol, expectationText(scenario), scenario.title]),
  ),
  'three-phase': table(
    ['Protocol', 'Rule', 'Promise', 'Price'],
    (findProtocol('3pc')?.namesakes ?? []).map(({ name, rule, promise, price }) => [
      `\`${name}\``,
      rule,
      promise,
      price,
    ]),
  ),
  'exit-codes': table(['Code', 'Meaning'], EXIT_CODES),
  errors: table(
    ['Error', 'Exit code', 'Meaning'],
    Object.entries(ERRORS).map(([code, { exitCode, doc }]) => [`\`${code}\``, String(exitCode), doc]),
  ),
};

/** The text with the part between the section's markers replaced. */
function withSection(text: string, [name, content]: readonly [string, string]): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`A document lacks the markers ${open} and ${close}.`);
  return `${text.slice(0, start + open.length)}\n${content}\n${text.slice(end)}`;
}

/** The document as it ought to be. */
function written(file: string, sections: Readonly<Record<string, string>>): string {
  return Object.entries(sections).reduce(withSection, readFileSync(join(ROOT, file), 'utf8'));
}

const README = written('README.md', SECTIONS);
const HISTORY = written('HISTORY.md', { lines: linesText(), parts: partsText() });

const SETTINGS_PAGE = written('docs/configuration.md', {
  settings: table(
    ['In the file', 'Variable', 'Means', 'Allowed'],
    Object.entries(SETTINGS).map(([name, { means, allowed }]) => [
      `\`${name}\``,
      `\`${variableOf(name)}\``,
      means,
      allowed,
    ]),
  ),
});

test('the page about settings holds all that can be set', async () => {
  await expect(SETTINGS_PAGE).toMatchFileSnapshot(join(ROOT, 'docs', 'configuration.md'));
});

describe('the README', () => {
  test('holds the tables that the code makes', async () => {
    await expect(README).toMatchFileSnapshot(join(ROOT, 'README.md'));
  });

  test('links to files that exist', () => {
    const links = [...(README + HISTORY).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path);
    expect(links).not.toEqual([]);
    for (const path of links) expect(readFileSync(join(ROOT, path), 'utf8'), path).not.toBe('');
  });

  test('names every dependency, with its reason', () => {
    const about = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const packages = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
      Object.keys(about[kind] ?? {}),
    );
    expect(packages.filter((name) => !README.includes(`\`${name}\``))).toEqual([]);
  });
});

test('HISTORY.md describes every line that a history may hold', async () => {
  await expect(HISTORY).toMatchFileSnapshot(join(ROOT, 'HISTORY.md'));
});

test.each([
  ['scenarios/history.schema.json', historyJsonSchema()],
  ['scenarios/scenario.schema.json', scenarioJsonSchema()],
  ['cli/output.schema.json', documentsJsonSchema()],
])('%s is what the code checks, and is in the package', async (name, schema) => {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly files: readonly string[];
  };
  expect(files).toContain(name);
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(join(ROOT, name));
});

describe('the error codes', () => {
  const sources = ['cli', 'compose', 'scenarios', 'nodes']
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

  test.each(Object.keys(ERRORS))('%s is in the README and thrown somewhere', (code) => {
    expect(README).toContain(`| \`${code}\` |`);
    expect(sources).toMatch(new RegExp(`LabError\\(\\s*'${code}'`));
  });

  test('end in exit codes that the table of exit codes has', () => {
    const known = EXIT_CODES.map(([code]) => code);
    for (const { exitCode } of Object.values(ERRORS)) expect(known).toContain(String(exitCode));
  });
});

describe('the page of locks', () => {
  /** `service, belief`, by the scenario that a cell names. */
  const cells = new Map(
    [...LOCKS_PAGE.matchAll(/\| (?:✓|\*\*([a-z, ]+)\*\*) `([a-z-]+)`/g)].map(
      ([, violated = '', name = '']) => [name, violated] as const,
    ),
  );
  const ofLocks = loadCatalog()
    .map(({ name }) => ofCatalog(name))
    .filter(({ protocol }) => findProtocol(protocol)?.family !== 'commit');

  test.each(ofLocks)('has the cell of $name, with what is violated there', ({ name, expect: { properties } }) => {
    const violated = ['service', 'belief', 'effect'].filter((kind) => properties[`exclusion-${kind}`] === 'violated');
    expect(cells.get(name)).toBe(violated.join(', '));
  });

  test('names no other scenario', () => {
    expect([...cells.keys()].toSorted()).toEqual(ofLocks.map(({ name }) => name).toSorted());
  });
});
