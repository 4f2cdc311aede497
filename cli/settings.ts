// What holds where the line says nothing: variables TXLAB_* before the file txlab.yaml, each checked as strictly as an option.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { messageOf } from '../compose/errors.ts';
import { nearest } from '../scenarios/language/nearest.ts';
import { formatProblem, problemAt, type Path, type Place, type Problem } from '../scenarios/language/problem.ts';
import { readYaml } from '../scenarios/language/yaml-source.ts';
import { ROLES } from './commands/options.ts';
import type { Terminal } from './terminal.ts';

export const SETTINGS_FILE = 'txlab.yaml';

/** A setting is named by the way to it in the file: `jobs`, `images.node`. */
type SettingName = string;

interface Said {
  readonly value: string | number | boolean;
  /** The variable, or the file. */
  readonly from: string;
}

export interface Settings {
  /** The file in use, as seen from where the command was typed. */
  readonly file: string | null;
  readonly said: ReadonlyMap<SettingName, Said>;
  /** While there is one, nothing is started. */
  readonly problems: readonly Problem[];
}

/** Of the program that nodes run an image is made here, of a file: nothing for every command. */
const IMAGE_ROLES = ROLES.filter((role) => role !== 'program');

interface Kind {
  readonly allowed: string;
  /** Undefined for what cannot be. */
  readonly parse: (value: unknown) => string | number | boolean | undefined;
  readonly means: string;
}

const TEXT = (allowed: string, means: string): Kind => ({
  allowed,
  means,
  parse: (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
});

/** All that can be set, and what it means. */
export const SETTINGS: Readonly<Record<SettingName, Kind>> = {
  out: TEXT('the path of a folder', 'the folder that holds the folders of runs, as `--out`'),
  jobs: {
    allowed: 'a whole number from 1 to 1000',
    means: 'with several runs: how many at a time, as `--jobs`',
    parse: (value) => {
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      return typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 1000
        ? number
        : undefined;
    },
  },
  plain: {
    allowed: 'true or false',
    means: 'lines instead of the dashboard, as `--plain`',
    parse: (value) => {
      if (typeof value === 'boolean') return value;
      return value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : undefined;
    },
  },
  ...Object.fromEntries(
    IMAGE_ROLES.map((role) => [
      `images.${role}`,
      TEXT(`an image, as my/${role}:1`, `an image of your own, as \`--image ${role}=my/${role}\``),
    ]),
  ),
};

/** Reads both, and refuses nothing yet: whoever asks what is wrong must be answered. */
export function readSettings({ env, folder }: Pick<Terminal, 'env' | 'folder'>): Settings {
  const path = settingsFile(folder);
  const file = path === null ? null : relative(folder, path);
  const inFile = path === null || file === null ? NOTHING : readFile(path, file, folder);
  const inVariables = readVariables(env);
  return {
    file,
    said: new Map([...inFile.said, ...inVariables.said]),
    problems: [...inVariables.problems, ...inFile.problems],
  };
}

/** Each problem with its place, as people read it. */
export function settingsTrouble({ problems }: Settings): string {
  return problems.map(formatProblem).join('\n');
}

/** Which file is in use, and what is said where. */
export function settingsText({ file, said }: Settings): string {
  const found = file ?? `no ${SETTINGS_FILE}`;
  const rows = [...said].map(([name, { value, from }]) => `${name} ${value} (${from})`);
  return [found, ...rows].join('; ');
}

/** Of `images.<role>`, as `--image` is told them. */
export function imagesIn({ said }: Settings): readonly string[] {
  return IMAGE_ROLES.flatMap((role) => {
    const image = said.get(`images.${role}`);
    return image === undefined ? [] : [`${role}=${image.value}`];
  });
}

export function variableOf(name: SettingName): string {
  return PREFIX + name.replace('images.', 'image_').toUpperCase();
}

const PREFIX = 'TXLAB_';

interface Found {
  readonly said: readonly (readonly [SettingName, Said])[];
  readonly problems: readonly Problem[];
}

const NOTHING: Found = { said: [], problems: [] };

/** In this folder, or in one above it of the same repository: what lies outside of one may be anybody's. */
function settingsFile(folder: string): string | null {
  const root = repositoryOf(folder) ?? folder;
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, SETTINGS_FILE);
    if (existsSync(path)) return path;
    if (at === root) return null;
  }
}

function repositoryOf(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return null;
  }
}

function readFile(path: string, source: string, folder: string): Found {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const message = `This file cannot be read: ${messageOf(error)}.`;
    return { said: [], problems: [problemAt({ source }, { found: source, message })] };
  }
  const yaml = readYaml(text, source);
  if (!yaml.ok) return { said: [], problems: yaml.problems };
  const { data, locate } = yaml.value;
  return checkAll(data, [], {
    locate,
    from: source,
    home: (out) => relative(folder, resolve(dirname(path), out)) || '.',
  });
}

interface Reading {
  readonly locate: (path: Path, part?: 'key' | 'value') => Place;
  readonly from: string;
  /** A folder that the file names is meant from where the file is. */
  readonly home: (out: string) => string;
}

function checkAll(data: unknown, above: readonly string[], reading: Reading): Found {
  if (data === null && above.length === 0) return NOTHING;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    const what = above.length === 0 ? 'Settings are' : `${above.join('.')} is`;
    const complaint = { found: shown(data), message: `${what} a list of keys with values.`, allowed: keysBelow(above) };
    return { said: [], problems: [problemAt(reading.locate(above), complaint)] };
  }
  const parts = Object.entries(data).map(([key, value]) => checkOne([...above, key], value, reading));
  return { said: parts.flatMap(({ said }) => said), problems: parts.flatMap(({ problems }) => problems) };
}

function checkOne(path: readonly string[], value: unknown, reading: Reading): Found {
  const [name, key = '', above] = [path.join('.'), path.at(-1), path.slice(0, -1)];
  const allowed = keysBelow(above);
  if (!allowed.includes(key)) {
    const message = above.length === 0 ? `There is no setting ${key}.` : `${above.join('.')} has no ${key}.`;
    const hint = above.length === 0 && OF_SCENARIOS.includes(key) ? ANOTHER_NAME : '';
    const complaint = { found: key, message, allowed, nearest: nearest(key, allowed), hint };
    return { said: [], problems: [problemAt(reading.locate(path, 'key'), complaint)] };
  }
  const kind = kindOf(name);
  if (kind === undefined) return checkAll(value, path, reading);
  const parsed = kind.parse(value);
  if (parsed === undefined)
    return { said: [], problems: [problemAt(reading.locate(path), wrongValue(name, value, kind))] };
  const meant = name === 'out' ? reading.home(String(parsed)) : parsed;
  return { said: [[name, { value: meant, from: reading.from }]], problems: [] };
}

const OF_SCENARIOS = ['version', 'name', 'protocol', 'faults'];
const ANOTHER_NAME = `A scenario needs another name than ${SETTINGS_FILE}: settings are looked for there.`;

function keysBelow(above: readonly string[]): readonly string[] {
  const before = above.map((key) => `${key}.`).join('');
  const names = Object.keys(SETTINGS).filter((name) => name.startsWith(before));
  return [...new Set(names.map((name) => name.slice(before.length).split('.')[0] ?? ''))];
}

function kindOf(name: SettingName): Kind | undefined {
  return Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
}

function wrongValue(name: SettingName, value: unknown, { allowed }: Kind) {
  const found = shown(value);
  return { found, message: `${name} cannot be ${found}.`, allowed: [allowed] };
}

function shown(value: unknown): string {
  if (value === null || value === '') return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** An empty one says nothing, as usual. What is no slip of ours may be anybody's. */
function readVariables(env: NodeJS.ProcessEnv): Found {
  const names = new Map(Object.keys(SETTINGS).map((name) => [variableOf(name), name]));
  const said: [SettingName, Said][] = [];
  const problems: Problem[] = [];
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || value === undefined || value === '') continue;
    const name = names.get(variable);
    if (name === undefined) problems.push(...slipIn(variable, [...names.keys()]));
    else {
      const kind = kindOf(name);
      const parsed = kind?.parse(value);
      if (kind && parsed === undefined) problems.push(problemAt({ source: variable }, wrongValue(name, value, kind)));
      if (parsed !== undefined) said.push([name, { value: parsed, from: variable }]);
    }
  }
  return { said, problems };
}

function slipIn(variable: string, known: readonly string[]): readonly Problem[] {
  const near = nearest(
    variable.slice(PREFIX.length),
    known.map((one) => one.slice(PREFIX.length)),
  );
  if (near === undefined) return [];
  const message = `There is no variable ${variable}.`;
  return [problemAt({ source: 'environment' }, { found: variable, message, allowed: known, nearest: PREFIX + near })];
}
