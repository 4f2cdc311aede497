// The commands of the command line. Each parses its words, calls one function of its own file, and gives back the exit code.

import yargs from 'yargs';
import { benchProtocol } from './commands/bench.ts';
import { compare } from './commands/compare.ts';
import { checkStored } from './commands/check.ts';
import { exitCodesText } from './exit-codes.ts';
import { explain } from './commands/explain.ts';
import { cleanAll, doctor, listContainers, setUp } from './commands/maintenance.ts';
import { listStoredRuns, listScenarios, showLogs } from './commands/lists.ts';
import { nearest } from '../scenarios/nearest.ts';
import { runScenarios, runSentence } from './commands/run-command.ts';
import { standPool, takePoolsDown } from './commands/pool-command.ts';
import { replayStored, reportStored } from './commands/report.ts';
import { parseDuration } from '../scenarios/duration.ts';
import { VERSION } from './package.ts';
import { Usage } from './usage.ts';
import type { BenchFlags } from './commands/bench.ts';
import type { ReportFormat } from './commands/report.ts';
import type { RunFlags } from './commands/run-once.ts';

/** What a command may touch of the world outside. */
export interface World {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly interrupted: AbortSignal;
  /** Tells whether a run is under way, which decides what Ctrl-C does. */
  readonly onRunning: (now: boolean) => void;
}

const SENTENCES = {
  kill: [
    'Kill a node at a step: kill coordinator during prepare',
    [
      'coordinator during prepare',
      'coordinator before force commit then restart after 3s',
      'participant-2 at coordinator after force commit',
    ],
  ],
  restart: ['Kill a node and start it again at once', ['participant-2 after send vote']],
  pause: ['Freeze a node for a while', ['coordinator during commit for 5s']],
  cut: [
    'Cut nodes off from others for a while',
    [
      'participant-2 from coordinator during commit for 3s',
      'participant-2 from coordinator one-way during commit for 3s',
    ],
  ],
  // Not in the help: no protocol has a store yet.
  clock: [false, []],
} as const;

/** Gives the exit code. Wrong usage, and what the environment lacks, are thrown. */
export async function commandLine(args: readonly string[], world: World): Promise<number> {
  let code = 0;
  const act = (work: () => Promise<number> | number) => async () => {
    code = await work();
  };

  const cli = yargs()
    .scriptName('txlab')
    .usage(
      '$0 <command>\n\nWhat happens to my transaction if this process dies, stops or is cut off exactly here? On real containers, with proof.',
    )
    .version(VERSION)
    .parserConfiguration({ 'parse-positional-numbers': false })
    .option('out', {
      type: 'string',
      default: world.env['TXLAB_OUT'] ?? 'runs',
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

  for (const [verb, [describe, examples]] of Object.entries(SENTENCES)) {
    cli.command({
      command: `${verb} [words..]`,
      describe,
      builder: (command) => {
        runOptions(command.positional('words', { type: 'string', array: true, describe: 'The rest of the sentence' }));
        for (const example of examples) command.example(`$0 ${verb} ${example}`, '');
        return command;
      },
      handler: (argv) =>
        act(() => runSentence([verb, ...((argv['words'] as string[] | undefined) ?? [])], flagsOf(argv), world))(),
    });
  }

  cli
    .command(
      'run [scenarios..]',
      'Run scenarios of the catalog, or YAML files',
      (command) =>
        runOptions(
          command.positional('scenarios', {
            type: 'string',
            array: true,
            describe: 'Names of txlab scenarios, or files',
          }),
        )
          .option('all', { type: 'boolean', default: false, describe: 'Every scenario of the catalog' })
          .example('$0 run coordinator-crash-before-decision', '')
          .example('$0 run ./my-scenario.yaml --seed 7', '')
          .example('$0 run --all --repeat 10', 'how often each ends in which way'),
      (argv) =>
        act(() =>
          runScenarios((argv['scenarios'] as string[] | undefined) ?? [], argv['all'] === true, flagsOf(argv), world),
        )(),
    )
    .command(
      'compare <protocols..>',
      'The same faults for each of several protocols: decisions, who was blocked, what a commit costs',
      (command) =>
        runOptions(
          command.positional('protocols', { type: 'string', array: true, demandOption: true, describe: 'Two or more' }),
        )
          .option('markdown', { type: 'boolean', default: false, describe: 'As Markdown tables on stdout' })
          // Refused, each with its reason.
          .hide('protocol')
          .hide('junit')
          .hide('keep')
          .example('$0 compare 2pc 3pc 3pc-quorum', '')
          .example('$0 compare 2pc vs 2pc-cooperative --repeat 5', 'how often each outcome comes'),
      (argv) =>
        act(() =>
          compare(argv['protocols'] as string[], { ...flagsOf(argv), markdown: argv['markdown'] === true }, world),
        )(),
    )
    .command('scenarios', 'The scenarios of the catalog, with what each expects', jsonOption, (argv) =>
      act(() => listScenarios(argv['json'] === true, world))(),
    )
    .command(
      'explain <what>',
      'A protocol, a scenario or a property, in words',
      (command) =>
        command
          .positional('what', { type: 'string', demandOption: true })
          .example('$0 explain 2pc', '')
          .example('$0 explain non-blocking', ''),
      (argv) => act(() => explain(String(argv['what']), world))(),
    )
    .command(
      'check <run>',
      'Judge a stored run again, or any history.jsonl; no engine is needed',
      (command) =>
        jsonOption(
          command.positional('run', {
            type: 'string',
            demandOption: true,
            describe: 'A run of txlab runs, its folder, latest, or a file',
          }),
        ).example('$0 check latest', ''),
      (argv) => act(() => checkStored(String(argv['run']), String(argv['out']), argv['json'] === true, world))(),
    )
    .command(
      'report <run>',
      'The verdict of a stored run as it was; check judges anew',
      (command) =>
        jsonOption(
          command.positional('run', { type: 'string', demandOption: true, describe: 'A run of txlab runs, or latest' }),
        )
          .option('markdown', { type: 'boolean', default: false, describe: 'As a table for a pull request' })
          .example('$0 report latest', '')
          .example('$0 report latest --markdown', ''),
      (argv) => act(() => reportStored(String(argv['run']), String(argv['out']), formatOf(argv), world))(),
    )
    .command(
      'replay <run>',
      'Run the scenario of a stored run once more, with its seed',
      (command) =>
        runOptions(
          command.positional('run', { type: 'string', demandOption: true, describe: 'A run of txlab runs, or latest' }),
        ).example('$0 replay latest', ''),
      (argv) => act(() => replayStored(String(argv['run']), flagsOf(argv), world))(),
    )
    .command('runs', 'The stored runs and their verdicts', jsonOption, (argv) =>
      act(() => listStoredRuns(String(argv['out']), argv['json'] === true, world))(),
    )
    .command(
      'logs <node>',
      "A node's part of a stored run, event by event",
      (command) =>
        command
          .positional('node', { type: 'string', demandOption: true })
          .option('run', { type: 'string', default: 'latest', requiresArg: true, describe: 'Which run' })
          .example('$0 logs participant-2', '')
          .example('$0 logs coordinator --run latest', ''),
      (argv) => act(() => showLogs(String(argv['node']), String(argv['run']), String(argv['out']), world))(),
    )
    .command(
      'up',
      'Leave a pool of pods standing, which runs then use instead of making their own',
      (command) =>
        command
          .option('pods', { type: 'number', default: 8, requiresArg: true, describe: 'A run takes one for each node' })
          .option('idle', {
            type: 'string',
            default: '30m',
            requiresArg: true,
            describe: 'Ends by itself when no run has used it for so long',
          })
          .example('$0 up', '')
          .example('$0 up --pods 16 --idle 10m', ''),
      (argv) =>
        act(() =>
          standPool(
            { pods: wholeNumber('pods', argv['pods']) ?? 0, idle: String(argv['idle']), yes: argv['yes'] === true },
            world,
          ),
        )(),
    )
    .command('down', 'Remove the standing pool', {}, () => act(() => takePoolsDown(world))())
    .command(
      'bench <protocol>',
      'What a protocol costs here when nothing fails: throughput, latency, forced writes, messages',
      (command) =>
        jsonOption(command.positional('protocol', { type: 'string', demandOption: true }))
          .option('clients', {
            type: 'string',
            default: '1,32,256',
            requiresArg: true,
            describe: 'How many transfers are under way at a time; each number is measured on its own',
          })
          .option('duration', {
            type: 'string',
            default: '5s',
            requiresArg: true,
            describe: 'How long each is measured',
          })
          .option('participants', { type: 'number', default: 2, requiresArg: true, describe: 'How many participants' })
          .option('seed', { type: 'number', default: 1, requiresArg: true, describe: 'Same seed, same transfers' })
          .option('image', IMAGE_OPTION)
          .example('$0 bench 2pc', '')
          .example('$0 bench 2pc --clients 1,64 --duration 10s', ''),
      (argv) => act(() => benchProtocol(String(argv['protocol']), benchFlagsOf(argv), world))(),
    )
    .command('ps', 'What of txlab is there in the engine now', jsonOption, (argv) =>
      act(() => listContainers(argv['json'] === true, world))(),
    )
    .command('clean', 'Remove everything of txlab from the engine, also what other txlabs are using', {}, () =>
      act(() => cleanAll(world))(),
    )
    .command('doctor', 'Is this machine fit for txlab?', jsonOption, (argv) =>
      act(() => doctor(argv['json'] === true, String(argv['out']), world))(),
    )
    .command(
      'setup',
      'Install and start what runs need: engine and images. Twice is harmless',
      (command) => command.example('$0 setup --yes', ''),
      (argv) => act(() => setUp(argv['yes'] === true, world))(),
    )
    .completion('completion', 'Print the shell completion script for bash or zsh')
    .demandCommand(1, 'What shall txlab do? Try: txlab kill coordinator during prepare')
    .strict()
    .recommendCommands()
    .showHelpOnFail(false)
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      if (error && error.name !== 'YError') throw error;
      throw new Usage(inOurWords(message ?? error?.message ?? '', cli, args));
    })
    .epilogue(exitCodesText())
    .wrap(Math.min(110, world.stdout.columns ?? 110));
  forgoCachedHelp(cli);
  await cli.parseAsync([...args]);
  return code;
}

/**
 * The parser makes a command's whole help before it lets the command go on, lest it be wanted later. It is not, and takes longer than
 * making the plan of a run. There is no setting for it.
 */
function forgoCachedHelp(cli: Command): void {
  const { getInternalMethods } = cli as Command & {
    readonly getInternalMethods?: () => { readonly getUsageInstance: () => { cacheHelpMessage?: () => void } };
  };
  const usage = getInternalMethods?.call(cli).getUsageInstance();
  if (usage) usage.cacheHelpMessage = () => {};
}

type Command = ReturnType<typeof yargs>;

/** What yargs found wrong, with the word that was probably meant, and where to read on. */
function inOurWords(message: string, cli: Command, args: readonly string[]): string {
  const words = cli.parsed ? cli.parsed.argv._.map(String) : [];
  const [command] = words;
  const more = command === undefined ? 'See: txlab --help' : `See: txlab ${command} --help`;
  const [, meant] = /^Did you mean (.*)\?$/s.exec(message) ?? [];
  if (meant !== undefined) return `There is no command '${command}'; did you mean ${meant}?\nSee: txlab --help`;
  if (message.startsWith('Not enough non-option')) return nothingToDo(args);
  const [, list] = /^Unknown (?:argument|command)s?: (.*)$/s.exec(message) ?? [];
  if (list === undefined) return `${message}\n${more}`;
  const flags = list.split(', ').filter((word) => !words.includes(word));
  if (flags.length > 0) return `${noOptions(flags, command, cli).join('\n')}\n${more}`;
  if (command !== undefined && list.split(', ').includes(command))
    return `There is no command '${command}'.\nSee: txlab --help`;
  return `Too many words: ${list}.\n${more}`;
}

function nothingToDo(args: readonly string[]): string {
  const command = args.find((word) => Object.hasOwn(EXAMPLES, word)) ?? 'kill';
  return `${command} what? Try: txlab ${command} ${EXAMPLES[command] ?? ''}\nSee: txlab ${command} --help`;
}

/** For commands that take a word or more. */
const EXAMPLES: Readonly<Record<string, string>> = {
  compare: '2pc 3pc 3pc-quorum',
  explain: '2pc',
  check: 'latest',
  report: 'latest',
  replay: 'latest',
  logs: 'coordinator',
  bench: '2pc',
};

function noOptions(flags: readonly string[], command: string | undefined, cli: Command): readonly string[] {
  // An option with a dash is named a second time without it: one-way, oneWay.
  const dashed = (flag: string) => flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const asTyped = flags.filter((flag) => flag === dashed(flag) || !flags.includes(dashed(flag)));
  const isSentence = command !== undefined && Object.hasOwn(SENTENCES, command);
  return asTyped.map((flag) => {
    const more =
      isSentence && SENTENCE_WORDS.includes(flag)
        ? `; it is a word of the sentence, without dashes: ${flag}`
        : guess(flag, cli);
    return `${command === undefined ? 'Before the command there is' : 'There is'} no option --${flag}${more}`;
  });
}

const SENTENCE_WORDS: readonly string[] = 'from one-way during before after at of then for'.split(' ');

function guess(flag: string, cli: Command): string {
  // Not in the types of yargs: the options of the command that is being read.
  const { key } = (cli as unknown as { getOptions: () => { readonly key: object } }).getOptions();
  const near = nearest(flag, Object.keys(key));
  return near ? `; did you mean --${near}?` : '.';
}

function jsonOption(command: Command): Command {
  return command.option('json', {
    type: 'boolean',
    default: false,
    describe: 'One JSON document on stdout, words on stderr',
  });
}

function formatOf(argv: Readonly<Record<string, unknown>>): ReportFormat {
  if (argv['json'] === true && argv['markdown'] === true) throw new Usage('Say --json or --markdown, not both.');
  if (argv['json'] === true) return 'json';
  return argv['markdown'] === true ? 'markdown' : 'text';
}

function runOptions(command: Command): Command {
  return jsonOption(command)
    .option('protocol', {
      type: 'string',
      requiresArg: true,
      describe: 'Another protocol than the scenario names, or 2pc',
    })
    .option('participants', { type: 'number', requiresArg: true, describe: 'How many participants' })
    .option('transactions', { type: 'number', requiresArg: true, describe: 'How many transfers the clients do' })
    .option('clients', { type: 'number', requiresArg: true, describe: 'How many transfers are under way at a time' })
    .option('seed', { type: 'number', requiresArg: true, describe: 'Same seed, same transfers' })
    .option('timeout', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'A timeout of the protocol, as vote=400ms',
    })
    .option('time-limit', { type: 'string', requiresArg: true, describe: 'End the run after this long, as 60s' })
    .option('image', IMAGE_OPTION)
    .option('repeat', { type: 'number', requiresArg: true, describe: 'Run it so many times, each with the next seed' })
    .option('jobs', { type: 'number', requiresArg: true, describe: 'With several runs: how many at a time' })
    .option('junit', { type: 'string', requiresArg: true, describe: 'Write the verdict to this file as JUnit XML' })
    .option('print', { type: 'boolean', default: false, describe: 'Show the scenario and start nothing' })
    .option('keep', { type: 'boolean', default: false, describe: 'Leave the containers standing' })
    .option('plain', {
      type: 'boolean',
      default: false,
      describe: 'Lines instead of the dashboard, on a terminal too',
    });
}

function flagsOf(argv: Readonly<Record<string, unknown>>): RunFlags {
  const text = (name: string) => (typeof argv[name] === 'string' ? argv[name] : undefined);
  const number = (name: string) => wholeNumber(name, argv[name]);
  return {
    out: String(argv['out']),
    json: argv['json'] === true,
    print: argv['print'] === true,
    keep: argv['keep'] === true,
    plain: argv['plain'] === true,
    yes: argv['yes'] === true,
    seed: number('seed'),
    repeat: number('repeat'),
    jobs: number('jobs'),
    junit: text('junit'),
    images: imagesOf((argv['image'] as readonly string[] | undefined) ?? []),
    overrides: {
      ...optional('protocol', text('protocol')),
      ...optional('participants', number('participants')),
      ...optional('transactions', number('transactions')),
      ...optional('clients', number('clients')),
      ...optional('timeouts', timeoutsOf((argv['timeout'] as readonly string[] | undefined) ?? [])),
      ...optional('timeLimit', text('time-limit')),
    },
  };
}

const IMAGE_OPTION = {
  type: 'string',
  array: true,
  requiresArg: true,
  describe: 'An image of your own, as node=my/node:24',
} as const;

function benchFlagsOf(argv: Readonly<Record<string, unknown>>): BenchFlags {
  const duration = parseDuration(String(argv['duration']));
  if (!duration.ok) throw new Usage(`--duration: ${duration.complaint.message} Try: --duration 5s`);
  if (duration.ms < 1000) throw new Usage(`--duration must be at least 1s; found ${String(argv['duration'])}.`);
  const clients = String(argv['clients']).split(',').map(Number);
  if (!clients.every((count) => Number.isSafeInteger(count) && count >= 1 && count <= CLIENTS_MAX))
    throw new Usage(
      `--clients must be whole numbers from 1 to ${CLIENTS_MAX}, as --clients 1,32; found '${String(argv['clients'])}'.`,
    );
  const participants = wholeNumber('participants', argv['participants']) ?? 2;
  if (participants < 2 || participants > PARTICIPANTS_MAX)
    throw new Usage(`--participants must be 2 to ${PARTICIPANTS_MAX}, as --participants 3; found ${participants}.`);
  return {
    out: String(argv['out']),
    yes: argv['yes'] === true,
    json: argv['json'] === true,
    clients,
    durationMs: duration.ms,
    participants,
    seed: wholeNumber('seed', argv['seed']) ?? 1,
    images: imagesOf((argv['image'] as readonly string[] | undefined) ?? []),
  };
}

const CLIENTS_MAX = 1000;
const PARTICIPANTS_MAX = 16;

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [key in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in Key]?: Value };
}

function wholeNumber(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new Usage(
    `--${name} must be one whole number, as --${name} 7${Number.isNaN(value) ? '; what was given is no number' : `; found ${JSON.stringify(value)}`}.`,
  );
}

const ROLES = ['node', 'sandbox', 'program'];

function imagesOf(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((text) => {
      const [role = '', reference = ''] = text.split(/=(.*)/s);
      if (!ROLES.includes(role) || reference === '')
        throw new Usage(`--image must be <role>=<image> with a role of ${ROLES.join(', ')}; found '${text}'.`);
      return [role, reference];
    }),
  );
}

function timeoutsOf(given: readonly string[]): Readonly<Record<string, string>> | undefined {
  if (given.length === 0) return undefined;
  return Object.fromEntries(
    given.map((text) => {
      const [name = '', duration = ''] = text.split(/=(.*)/s);
      if (name === '' || duration === '')
        throw new Usage(`--timeout must be <name>=<duration>, as vote=400ms; found '${text}'.`);
      return [name, duration];
    }),
  );
}
