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
import { RUN, SENTENCES } from './commands/run-command.ts';
import { completionsOf } from './completion.ts';
import { exitCodesText } from './exit-codes.ts';
import { mistakeText } from './mistakes.ts';
import { VERSION } from './package.ts';
import { readTyped } from './typed.ts';
import { Usage } from './usage.ts';
import type { Command, Given } from './commands/command.ts';
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

const COMMAND_NAMES: readonly string[] = [...COMMANDS.map(({ words }) => words.split(' ')[0] ?? ''), 'help'];

/** The options that are yes or no, in every command that has them. */
const BOOLEANS: ReadonlySet<string> = new Set([
  'yes',
  'help',
  'version',
  ...COMMANDS.flatMap(({ options = {} }) => Object.keys(options).filter((name) => options[name]?.type === 'boolean')),
]);

/** Gives the exit code. Wrong usage, and what the environment lacks, are thrown. */
export async function commandLine(typed: readonly string[], terminal: Terminal): Promise<number> {
  if (typed[0] === ASK) {
    const found = completionsOf(COMMANDS, typed.slice(1), runsFolder(terminal));
    terminal.stdout.write(found.map((one) => `${one}\n`).join(''));
    return 0;
  }
  const args = readTyped(typed, BOOLEANS);
  let code = 0;
  const parser = openParser(terminal);
  for (const command of COMMANDS)
    addCommand(parser, command, async (given) => {
      refuseSaidTwice(command, given);
      code = await command.act(given, terminal);
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
    .epilogue(exitCodesText())
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

function runsFolder({ env }: Pick<Terminal, 'env'>): string {
  return env['TXLAB_OUT'] ?? 'runs';
}

/** What all commands have in common. */
function openParser({ env }: Terminal): Parser {
  return yargs()
    .scriptName('txlab')
    .usage(
      '$0 <command>\n\nWhat happens to my transaction if this process dies, stops or is cut off exactly here? On real containers, with proof.',
    )
    .version(VERSION)
    .parserConfiguration({ 'parse-positional-numbers': false })
    .option('out', {
      type: 'string',
      default: runsFolder({ env }),
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
