// The options of everything that runs scenarios, and their values.

import { Usage } from '../usage.ts';
import { IMAGE_OPTION, imagesOf, JSON_OPTION, listOf, wholeNumber } from './options.ts';
import type { Overrides } from '../../scenarios/language/scenario.ts';
import type { RunFiles } from '../reports/run-files.ts';
import type { Given, Option } from './command.ts';

export interface RunFlags {
  readonly out: string;
  readonly json: boolean;
  readonly print: boolean;
  readonly keep: boolean;
  readonly plain: boolean;
  readonly yes: boolean;
  readonly seed: number | undefined;
  /** Absent: once. */
  readonly repeat: number | undefined;
  /** Absent: as many as this machine has use for. */
  readonly jobs: number | undefined;
  readonly files: RunFiles;
  /** The page of each run, report.html in its folder. */
  readonly report: boolean;
  readonly images: Readonly<Record<string, string>>;
  readonly overrides: Overrides;
}

/** In the order of the help. */
export const RUN_OPTIONS: Readonly<Record<string, Option>> = {
  ...JSON_OPTION,
  protocol: { type: 'string', requiresArg: true, describe: 'Another protocol than the scenario names, or 2pc' },
  workload: { type: 'string', requiresArg: true, describe: 'What the clients do, as inventory; or transfers' },
  participants: { type: 'number', requiresArg: true, describe: 'How many participants' },
  transactions: { type: 'number', requiresArg: true, describe: 'How many operations the clients do, at least' },
  clients: { type: 'number', requiresArg: true, describe: 'How many operations are under way at a time' },
  retry: { type: 'string', requiresArg: true, describe: 'What clients do without an answer: commit, body or never' },
  seed: { type: 'number', requiresArg: true, describe: 'Same seed, same operations' },
  timeout: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'A timeout of the protocol, as vote=400ms',
  },
  'time-limit': { type: 'string', requiresArg: true, describe: 'End the run after this long, as 60s' },
  ...IMAGE_OPTION,
  repeat: { type: 'number', requiresArg: true, describe: 'Number of runs, each with the next seed' },
  jobs: { type: 'number', requiresArg: true, describe: 'With several runs: how many at a time' },
  junit: { type: 'string', requiresArg: true, describe: 'Write the verdict to this file as JUnit XML' },
  summary: { type: 'string', requiresArg: true, describe: 'Write what came of it to this file as Markdown' },
  report: { type: 'boolean', default: false, describe: "Write report.html, the run's page, to its folder" },
  print: { type: 'boolean', default: false, describe: 'Show the scenario and start nothing' },
  keep: { type: 'boolean', default: false, describe: 'Leave the containers standing' },
  plain: { type: 'boolean', default: false, describe: 'Lines instead of the dashboard, on a terminal too' },
};

export function flagsOf(given: Given): RunFlags {
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : undefined);
  const number = (name: string) => wholeNumber(name, given[name]);
  return {
    out: String(given['out']),
    json: given['json'] === true,
    print: given['print'] === true,
    keep: given['keep'] === true,
    plain: given['plain'] === true,
    yes: given['yes'] === true,
    seed: number('seed'),
    repeat: number('repeat'),
    jobs: number('jobs'),
    files: { junit: text('junit'), summary: text('summary') },
    report: given['report'] === true,
    images: imagesOf(listOf(given['image'])),
    overrides: {
      ...optional('protocol', text('protocol')),
      ...optional('workload', text('workload')),
      ...optional('participants', number('participants')),
      ...optional('transactions', number('transactions')),
      ...optional('clients', number('clients')),
      ...optional('retry', text('retry')),
      ...optional('timeouts', timeoutsOf(listOf(given['timeout']))),
      ...optional('timeLimit', text('time-limit')),
    },
  };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [key in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in Key]?: Value };
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
