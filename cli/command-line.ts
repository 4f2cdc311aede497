// The command line: reads the words into a command of the table, has it act, and gives back its exit code. The only file that knows the
// parser.

import yargs from 'yargs';
import { BENCH } from './commands/bench.ts';
import { CHECK } from './commands/check.ts';
import { COMPARE } from './commands/compare.ts';
import { ASK, COMPLETION } from './commands/completion-command.ts';
import { EXPLAIN } from './commands/explain.ts';
import { INIT } from './commands/init.ts';
import { RUNS, SCENARIOS } from './commands/lists.ts';
import { LOGS } from './commands/logs.ts';
import { CLEAN, DOCTOR, PS, SETUP } from './commands/maintenance.ts';
import { DOWN, UP } from './commands/pool-command.ts';
import { REPLAY, REPORT } from './commands/report.ts';
import { listOf } from './commands/options.ts';
import { RUN, SENTENCES } from './commands/run-command.ts';
import { nameOf } from './commands/command.ts';
import { completionsOf } from './completion.ts';
import { exitCodesText } from './exit-codes.ts';
import { mistakeText } from './mistakes.ts';
import { VERSION } from './package.ts';
import { imagesIn, readSettings, settingsText, settingsTrouble } from './settings.ts';
import { readTyped } from './typed.ts';
import { Usage } from './usage.ts';
import type { Command, Given } from './commands/command.ts';
import type { Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...SENTENCES,
  RUN,
  COMPARE,
  SCENARIOS,
  INIT,
  EXPLAIN,
  CHECK,
  REPORT,
  REPLAY,
  RUNS,
  LOGS,
  UP,
  DOWN,
  BENCH,
  PS,
  CLEAN,
  DOCTOR,
  SETUP,
  COMPLETION,
];

const COMMAND_NAMES: readonly string[] = [...COMMANDS.map(nameOf), 'help'];

/** The options that are yes or no in the command that is named; where none is, in any. */
function booleansOf(typed: readonly string[]): ReadonlySet<string> {
  const words = typed.filter((_, index) => typed[index - 1] !== '--out').flatMap((word) => word.trim().split(/\s+/));
  const [named] = words.flatMap((word) => COMMANDS.filter((command) => nameOf(command) === word));
  const options = (named ? [named] : COMMANDS).flatMap((command) => Object.entries(command.options ?? {}));
  return new Set([
    'yes',
    'help',
    'version',
    ...options.filter(([, { type }]) => type === 'boolean').map(([name]) => name),
  ]);
}

/** Gives the exit code. Wrong usage, and what the environment lacks, are thrown. */
export async function commandLine(typed: readonly string[], terminal: Terminal): Promise<number> {
  const settings = readSettings(terminal);
  if (typed[0] === ASK) {
    const found = completionsOf(COMMANDS, typed.slice(1), runsFolder(settings));
    terminal.stdout.write(found.map((one) => `${one}\n`).join(''));
    return 0;
  }
  const args = readTyped(typed, booleansOf(typed));
  let code = 0;
  const parser = openParser(settings);
  for (const command of COMMANDS)
    addCommand(parser, withSettings(command, settings), async (given) => {
      refuseSaidTwice(command, given);
      if (settings.problems.length > 0 && !REGARDLESS.has(command)) throw new Usage(settingsTrouble(settings));
      code = await command.act(withImages(command, given, settings), terminal);
    });
  parser
    .demandCommand(1, 'What shall txlab do? Try: txlab kill coordinator during prepare')
    .strict()
    .showHelpOnFail(false)
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      if (error && error.name !== 'YError') throw error;
      const read = { args, words: wordsOf(parser), options: optionsOf(parser), commands: COMMAND_NAMES };
      throw new Usage(mistakeText(message ?? error?.message ?? '', read));
    })
    .epilogue(
      `${exitCodesText()}\n\nSettings: ${settingsText(settings)}. ${settings.problems.length === 0 ? 'An option says otherwise' : 'Wrong: txlab doctor says what'}.`,
    )
    .wrap(Math.min(110, terminal.stdout.columns ?? 110));
  forgoCachedHelp(parser);
  await parser.parseAsync([...args]);
  return code;
}

/** The parser makes a list of an option that is said twice; which of the two was meant nobody knows. */
function refuseSaidTwice({ options = {} }: Command, given: Given): void {
  for (const name of [...Object.keys(options), 'out', 'yes']) {
    const value = given[name];
    if (!Array.isArray(value) || options[name]?.array === true) continue;
    throw new Usage(`--${name} is said ${value.length} times: ${value.join(', ')}. Say it once.`);
  }
}

type Parser = ReturnType<typeof yargs>;

function runsFolder({ said }: Settings): string {
  return String(said.get('out')?.value ?? 'runs');
}

/** They run nothing, or say what is wrong with the settings. */
const REGARDLESS: ReadonlySet<Command> = new Set([DOCTOR, EXPLAIN, COMPLETION]);

/** The settings are the defaults of the options that they are for. */
function withSettings(command: Command, { said }: Settings): Command {
  const { options = {} } = command;
  const meant = Object.entries(options).map(([name, option]) => {
    const value = SET_OPTIONS.includes(name) ? said.get(name)?.value : undefined;
    return [name, value === undefined ? option : { ...option, default: value }] as const;
  });
  return { ...command, options: Object.fromEntries(meant) };
}

const SET_OPTIONS: readonly string[] = ['jobs', 'plain'];

/** Of each role the last counts: that of the line. */
function withImages({ options = {} }: Command, given: Given, settings: Settings): Given {
  const images = imagesIn(settings);
  if (options['image'] === undefined || images.length === 0) return given;
  return { ...given, image: [...images, ...listOf(given['image'])] };
}

/** What all commands have in common. */
function openParser(settings: Settings): Parser {
  return yargs()
    .scriptName('txlab')
    .usage(
      '$0 <command>\n\nWhat happens to my transaction if this process dies, stops or is cut off exactly here? On real containers, with proof.',
    )
    .version(VERSION)
    .parserConfiguration({ 'parse-positional-numbers': false })
    .option('out', {
      type: 'string',
      default: runsFolder(settings),
      describe: 'Folder that holds the folders of runs',
      requiresArg: true,
      global: true,
    })
    .option('yes', {
      type: 'boolean',
      default: false,
      describe: 'Install and start what is missing without asking',
      global: true,
    });
}

function addCommand(parser: Parser, command: Command, act: (given: Given) => Promise<void>): void {
  const { words, describe, positionals = {}, options = {}, hidden = [], examples = [] } = command;
  parser.command({
    command: words,
    describe,
    builder: (own) => {
      for (const [name, positional] of Object.entries(positionals)) own.positional(name, positional);
      own.options(options);
      for (const name of hidden) own.hide(name);
      for (const [line, means] of examples) own.example(`$0 ${line}`, means);
      return own;
    },
    handler: act,
  });
}

function wordsOf({ parsed }: Parser): readonly string[] {
  return parsed ? parsed.argv._.map(String) : [];
}

/** Not in the types of yargs: the options of the command that is being read. */
function optionsOf(parser: Parser): readonly string[] {
  const { key } = (parser as unknown as { getOptions: () => { readonly key: object } }).getOptions();
  return Object.keys(key);
}

/**
 * The parser makes a command's whole help before it lets the command go on, lest it be wanted later. It is not, and takes longer than
 * making the plan of a run. There is no setting for it.
 */
function forgoCachedHelp(parser: Parser): void {
  const { getInternalMethods } = parser as Parser & {
    readonly getInternalMethods?: () => { readonly getUsageInstance: () => { cacheHelpMessage?: () => void } };
  };
  const usage = getInternalMethods?.call(parser).getUsageInstance();
  if (usage) usage.cacheHelpMessage = () => {};
}
