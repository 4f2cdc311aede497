// What can stand where the cursor is: commands, options and their values, the words of sentences, scenarios, runs and nodes. The shells ask
// for it; what a sentence can go on with is what its own parser would have taken there.

import { basename } from 'node:path';
import { findProtocol, PROTOCOLS } from '../nodes/protocols/catalog.ts';
import { PROPERTIES } from '../scenarios/checkers/properties.ts';
import { FAULT_WORDS } from '../scenarios/language/fault.ts';
import { loadCatalog } from '../scenarios/language/scenario-catalog.ts';
import { scenarioFromSentence, type Overrides } from '../scenarios/language/scenario.ts';
import { findRun, listRuns, readPlan } from '../scenarios/run/run-folder.ts';
import { RETRIES } from '../scenarios/language/schema.ts';
import { WORKLOAD_KINDS } from '../scenarios/workloads/catalog.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { SHELLS } from './commands/completion-command.ts';
import { EXPLAINED_CODES } from './commands/explain-codes.ts';
import { EXPLAINED_WORDS } from './commands/explain-words.ts';
import { ENDINGS } from './commands/lists.ts';
import { ROLES } from './commands/options.ts';
import { isSentenceVerb } from './commands/run-command.ts';
import { nameOf, type Command } from './commands/command.ts';

/** What is known of a line: its words before the one under the cursor, by what they are. */
interface Line {
  readonly command: string;
  /** Its words without options. */
  readonly words: readonly string[];
  /** Values by the names of options. */
  readonly said: Readonly<Record<string, string>>;
  /** The option whose value stands under the cursor. */
  readonly open: string | null;
  /** The folder of runs. */
  readonly out: string;
}

/** Candidates for the last of the words, each as a whole word. Nothing where it is anybody's guess, a file, say. */
export function completionsOf(
  commands: readonly Command[],
  typed: readonly string[],
  runsFolder: string,
): readonly string[] {
  const current = typed.at(-1) ?? '';
  const shown = commands.filter(({ describe }) => describe !== false);
  const line = readLine(commands, typed.slice(0, -1), runsFolder);
  const [, option, value] = /^--([a-z-]+)=(.*)$/.exec(current) ?? [];
  if (option !== undefined && value !== undefined)
    return beginningWith(value, valuesOf(option, line)).map((one) => `--${option}=${one}`);
  if (line.open !== null) return beginningWith(current, valuesOf(line.open, line));
  if (current.startsWith('-')) return beginningWith(current, optionsOf(commands, line.command));
  if (line.command === '') return beginningWith(current, [...shown.map(nameOf), 'help']);
  if (line.command === 'help') return beginningWith(current, line.words.length === 0 ? shown.map(nameOf) : []);
  return beginningWith(current, wordsAfter(line));
}

function beginningWith(start: string, candidates: readonly string[]): readonly string[] {
  return [...new Set(candidates)].filter((one) => one.startsWith(start));
}

/** Of the command, or of any where none is named yet. */
function takesValue(commands: readonly Command[], command: string | undefined, option: string): boolean {
  const named = commands.filter((one) => nameOf(one) === command);
  const found = (named.length > 0 ? named : commands).flatMap(({ options = {} }) => options[option] ?? []);
  return option === 'out' || found.some(({ type }) => type !== 'boolean');
}

function readLine(commands: readonly Command[], typed: readonly string[], out: string): Line {
  const words: string[] = [];
  const said: Record<string, string> = {};
  let open: string | null = null;
  for (const word of typed) {
    const [, name, value] = /^--([a-z-]+)(?:=(.*))?$/.exec(word) ?? [];
    if (open !== null) {
      said[open] = word;
      open = null;
    } else if (name === undefined) words.push(word);
    else if (value !== undefined) said[name] = value;
    else if (takesValue(commands, words[0], name)) open = name;
  }
  const [command = '', ...rest] = words;
  return { command, words: rest, said, open, out: said['out'] ?? out };
}

function optionsOf(commands: readonly Command[], command: string): readonly string[] {
  const { options = {}, hidden = [] } = commands.find((one) => nameOf(one) === command) ?? {};
  const own = Object.keys(options).filter((name) => !hidden.includes(name));
  return [...own, 'out', 'yes', 'help', ...(command === '' ? ['version'] : [])].map((name) => `--${name}`);
}

function valuesOf(option: string, line: Line): readonly string[] {
  switch (option) {
    case 'protocol':
      return protocolNames();
    case 'workload':
      return workloadNames();
    case 'retry':
      return RETRIES;
    case 'fault':
      return FAULT_WORDS;
    case 'scenario':
      return scenarioNames();
    case 'verdict':
      return ENDINGS.map((ending) => ending.replaceAll(' ', '-'));
    case 'run':
      return runNames(line.out);
    case 'timeout':
      return Object.keys(findProtocol(line.said['protocol'] ?? '2pc')?.timeouts ?? {}).map((name) => `${name}=`);
    case 'image':
      return ROLES.map((role) => `${role}=`);
    default:
      return [];
  }
}

/** What the command can take as its next word. */
function wordsAfter(line: Line): readonly string[] {
  const { command, words, out } = line;
  if (isSentenceVerb(command)) return sentenceWords([command, ...words], line);
  switch (command) {
    case 'run':
    case 'scenarios':
      return scenarioNames();
    case 'runs':
      return listRuns(out).map((path) => basename(path));
    case 'compare':
      return protocolNames().filter((name) => !words.includes(name));
    case 'bench':
      return words.length === 0 ? protocolNames() : [];
    case 'explain':
      return explainable(words);
    case 'check':
    case 'report':
    case 'replay':
    case 'clean':
      return words.length === 0 ? runNames(out) : [];
    case 'logs':
      return nodesOfRun(line);
    case 'completion':
      return words.length === 0 ? SHELLS : [];
    default:
      return [];
  }
}

/** `exit codes` is two words, and `exit code 3` is three. */
function explainable(words: readonly string[]): readonly string[] {
  const said = words.join(' ');
  if (said === 'exit') return ['code', 'codes'];
  if (said === 'exit code') return EXIT_CODES.map(([code]) => code);
  if (said !== '') return [];
  const codes = EXPLAINED_CODES.map((one) => one.split(' ')[0] ?? '');
  return [...protocolNames(), ...workloadNames(), ...PROPERTIES, ...EXPLAINED_WORDS, ...codes, ...scenarioNames()];
}

/** A word that nothing means is refused with those that would do; what is a phrase there, as `1 to 200`, is none. */
function sentenceWords(
  words: readonly string[],
  { said: { protocol, workload, participants } }: Line,
): readonly string[] {
  const overrides: Overrides = {
    ...(protocol !== undefined && { protocol }),
    ...(workload !== undefined && { workload }),
    ...(participants !== undefined && { participants: Number(participants) }),
  };
  const parsed = scenarioFromSentence([...words, NO_WORD], overrides);
  if (parsed.ok) return [];
  const at = `${words.join(' ')} `.length + 1;
  return parsed.problems
    .filter(({ where }) => where.source === 'sentence' && where.column === at)
    .flatMap(({ allowed }) => allowed.filter((one) => !one.includes(' ')));
}

const NO_WORD = '?';

function protocolNames(): readonly string[] {
  return PROTOCOLS.map(({ name }) => name);
}

function workloadNames(): readonly string[] {
  return WORKLOAD_KINDS.map(({ name }) => name);
}

function scenarioNames(): readonly string[] {
  return loadCatalog().map(({ name }) => name);
}

function runNames(out: string): readonly string[] {
  const names = listRuns(out).map((path) => basename(path));
  return names.length === 0 ? [] : ['latest', ...names];
}

/** None where the run cannot be read: whoever completes a line is told nothing. */
function nodesOfRun({ said, words, out }: Line): readonly string[] {
  try {
    const { nodes } = readPlan(findRun(out, said['run'] ?? 'latest'));
    return nodes.map(({ id }): string => id).filter((id) => !words.includes(id));
  } catch {
    return [];
  }
}
