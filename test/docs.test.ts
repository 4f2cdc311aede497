// The tables of the documents, and the JSON Schemas, are made from the code; `npm run docs` writes them anew.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

const { scenarios, errors, ...sections } = SECTIONS;
const DOCUMENTS = {
  'README.md': readFileSync(join(ROOT, 'README.md'), 'utf8'),
  'docs/scenarios.md': written('docs/scenarios.md', { scenarios }),
  'docs/commit-protocols.md': written('docs/commit-protocols.md', { 'three-phase': sections['three-phase'] }),
  'docs/configuration.md': written('docs/configuration.md', {
    settings: table(
      ['In the file', 'Variable', 'Means', 'Allowed'],
      Object.entries(SETTINGS).map(([name, { means, allowed }]) => [
        `\`${name}\``,
        `\`${variableOf(name)}\``,
        means,
        allowed,
      ]),
    ),
  }),
  'docs/commands.md': written('docs/commands.md', { 'exit-codes': sections['exit-codes'], errors }),
};
const PAGES = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const HISTORY = written('HISTORY.md', { lines: linesText(), parts: partsText() });

describe('the documents', () => {
  test.each(Object.entries(DOCUMENTS))('%s holds the tables that the code makes', async (name, text) => {
    await expect(text).toMatchFileSnapshot(join(ROOT, name));
  });

  test.each(['README.md', 'HISTORY.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...PAGES.map((page) => `docs/${page}`)])(
    '%s links to files that exist',
    (name) => {
      const text = readFileSync(join(ROOT, name), 'utf8');
      for (const [, path = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g))
        expect(existsSync(join(ROOT, dirname(name), path)), path).toBe(true);
    },
  );

  test('are all reached from the README', () => {
    expect(PAGES.filter((page) => !DOCUMENTS['README.md'].includes(`(docs/${page})`))).toEqual([]);
  });

  test('of the README fit on a screen and a half', () => {
    expect(DOCUMENTS['README.md'].split('\n').length).toBeLessThan(100);
  });

  test('name every dependency, with its reason', () => {
    const page = readFileSync(join(ROOT, 'docs', 'dependencies.md'), 'utf8');
    const about = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const packages = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
      Object.keys(about[kind] ?? {}),
    );
    expect(packages.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
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

  test.each(Object.keys(ERRORS))('%s is in the table of errors and thrown somewhere', (code) => {
    expect(DOCUMENTS['docs/commands.md']).toContain(`| \`${code}\` |`);
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
