// Every command that README, docs and help show is one that txlab takes. What needs an engine meets none here, which comes after all that
// could be wrong with the words.

import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { COMMANDS } from '../cli/command-line.ts';
import { codeText } from '../cli/commands/explain-codes.ts';
import { EXIT_CODES } from '../cli/exit-codes.ts';
import { readSettings } from '../cli/settings.ts';
import { demand, Usage } from '../cli/usage.ts';
import { ERRORS, LabError } from '../compose/errors.ts';
import { findScenario } from '../scenarios/language/scenario-catalog.ts';
import { formatScenario, parseScenario } from '../scenarios/language/scenario.ts';
import { judge } from '../scenarios/judging/verdict.ts';
import { makePlan } from '../scenarios/plan/plan.ts';
import { parseHistory } from '../scenarios/history/history.ts';
import { RECORDED } from './support/history-doc.ts';
import { openShell, type Shell } from './support/shell.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'HISTORY.md',
  'ARCHITECTURE.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map((name) => ({ name, text: readFileSync(join(ROOT, name), 'utf8') }));

const names = COMMANDS.map(({ words }) => words.split(' ')[0] ?? '');

/** In backticks, at the beginning of a line of a block, or behind a prompt. */
function commandsIn(text: string): readonly string[] {
  const found = text.matchAll(
    /`(?:\.\/)?txlab ([^`\n]+)`|^(?:\$ )?\.\/txlab ([^\n]+)$|^ *- run: npx txlab ([^\n]+)$|<\(txlab ([^)\n]+)\)/gm,
  );
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block).join('');
  const lines = [...blocks.matchAll(/^txlab ([^\n]+)$/gm)].map(([, line = '']) => line);
  return [...found, ...lines.map((line) => ['', line])].map(([, quoted, typed, built, fed]) =>
    (quoted ?? typed ?? built ?? fed ?? '').replace(/\s+#.*$/, '').replace(/ (?:[>|]|\|\|) .*$/, ''),
  );
}

const shown = [
  ...PAGES.flatMap(({ name, text }) => commandsIn(text).map((words) => ({ where: name, words }))),
  ...COMMANDS.flatMap(({ examples = [] }) => examples.map(([words]) => ({ where: 'help', words }))),
  ...[...Object.keys(ERRORS), ...EXIT_CODES.map(([code]) => code), 'errors', 'exit codes'].flatMap((what) =>
    (codeText(what) ?? []).flatMap((line) => {
      const [, words] = /^(?:try:| {4}) txlab (.*)$/.exec(line) ?? [];
      return words === undefined ? [] : [{ where: `explain ${what}`, words }];
    }),
  ),
];

/** A tool of the checkout, a help text, and a command that is only named. */
function isRun(words: string): boolean {
  return (
    !words.startsWith('exec ') && !words.includes('--help') && !['run', 'check', 'report', 'bench'].includes(words)
  );
}

let shell: Shell;
beforeEach(() => {
  vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/txlab-test.sock');
  shell = openShell();
  const scenario = demand(findScenario('two-phase-baseline'));
  const [plan, folder] = [makePlan(scenario, 7), join(shell.out, 'stored')];
  mkdirSync(folder);
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  writeFileSync(join(folder, 'scenario.yaml'), formatScenario(scenario));
  writeFileSync(join(folder, 'history.jsonl'), RECORDED);
  writeFileSync(join(folder, 'manifest.json'), '{"uid":"stored"}');
  writeFileSync(join(folder, 'verdict.json'), JSON.stringify(judge(parseHistory(RECORDED), plan)));
  writeFileSync(join(shell.out, 'mine.yaml'), formatScenario(scenario));
  symlinkSync('stored', join(shell.out, 'latest'));
});
afterEach(() => vi.unstubAllEnvs());

/** As it is typed in a folder that has what the command speaks of; runs are shown and not started. */
function typed(words: string): string {
  const command = words.split(' ').find((word) => names.includes(word)) ?? '';
  const isOfRuns = (COMMANDS.find(({ words: one }) => one.split(' ')[0] === command)?.options ?? {})['print'];
  const filled = words
    .replace('<protocol>', '2pc')
    .replace('coordinator.1.20', 'coordinator.1.2') // which the stored run has
    .replace('<name>', 'two-phase-baseline')
    .replace('<file>', join(shell.out, 'stored', 'history.jsonl'))
    .replace(/(?<!^init )(?:\.\/)?(?:mine|my|my-scenario|transfer)\.yaml/, join(shell.out, 'mine.yaml'));
  return isOfRuns && !words.includes('--print') ? `${filled} --print` : filled;
}

describe('a command that is shown', () => {
  test('is found where one is', () => {
    expect(shown.filter(({ where }) => where === 'docs/commands.md').length).toBeGreaterThan(25);
    expect(shown.filter(({ where }) => where === 'help').length).toBeGreaterThan(35);
    expect(shown.some(({ where }) => where === 'docs/workloads.md')).toBe(true);
  });

  test.each([...new Map(shown.filter(({ words }) => isRun(words)).map((one) => [one.words, one])).values()])(
    '$where: txlab $words',
    async ({ words }) => {
      const { error, code, runs } = await shell.type(typed(words));
      expect(error, String(error)).not.toBeInstanceOf(Usage);
      const lacksEngine = error instanceof LabError && error.exitCode === 4;
      expect({ isFit: code !== null || lacksEngine, runs }, String(error)).toEqual({ isFit: true, runs: 0 });
    },
  );
});

const isSettings = (yaml: string) => yaml.startsWith('# txlab.yaml\n');

test('the file of settings that is shown is one', () => {
  const shownFiles = PAGES.flatMap(({ text }) =>
    [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml = '']) => yaml),
  );
  const files = shownFiles.filter(isSettings);
  expect(files).not.toEqual([]);
  for (const yaml of files) {
    writeFileSync(join(shell.out, 'txlab.yaml'), yaml);
    expect(readSettings({ folder: shell.out, env: {} }).problems).toEqual([]);
  }
});

test.each(
  PAGES.flatMap(({ name, text }) =>
    [...text.matchAll(/^```yaml\n(.*?)^```/gms)]
      .map(([, yaml = '']) => ({ name, yaml }))
      // A workflow of a build server is none.
      .filter(({ yaml }) => !/^jobs:$/m.test(yaml) && !isSettings(yaml)),
  ),
)('the YAML in $name is a scenario, or part of one', ({ name, yaml }) => {
  const head = yaml.startsWith('version:') ? '' : 'version: 1\nname: part\ntitle: Part\nprotocol: 2pc\n';
  expect(parseScenario(head + yaml, { source: name })).toMatchObject({ ok: true });
});
