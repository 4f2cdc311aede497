// `scenarios` and `runs`: what there is to run, and what has run.

import { basename } from 'node:path';
import { findScenario, loadCatalog } from '../../scenarios/language/scenario-catalog.ts';
import { listRuns, readPlan, readVerdict } from '../../scenarios/run/run-folder.ts';
import { DamagedFile } from '../../scenarios/history/stored-file.ts';
import { nearest } from '../../scenarios/language/nearest.ts';
import { demand, Usage } from '../usage.ts';
import { FAULT_OPTION, faultOf, filtered, type CatalogFilter } from './catalog-filter.ts';
import { JSON_OPTION, listOf } from './options.ts';
import { fatesOf, prune, PRUNE_OPTIONS, pruneRuleOf } from './prune.ts';
import type { ClaimedBlocked } from '../../scenarios/findings.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';
import type { Terminal } from '../terminal.ts';
import type { Command, Given } from './command.ts';

/** How the list says that a run ended. */
export const ENDINGS: readonly string[] = ['as expected', 'not as expected', 'inconclusive', 'not finished', 'damaged'];

export const SCENARIOS: Command = {
  words: 'scenarios [words..]',
  describe: 'The scenarios of the catalog, with what each expects',
  positionals: { words: { type: 'string', array: true, describe: 'Those with these words in name or title' } },
  options: {
    ...JSON_OPTION,
    protocol: { type: 'string', requiresArg: true, describe: 'Those of this protocol' },
    ...FAULT_OPTION,
  },
  examples: [['scenarios --protocol 3pc --fault pause', '']],
  act: (given, terminal) => {
    const protocol = typeof given['protocol'] === 'string' ? given['protocol'] : undefined;
    const filter = { protocol, fault: faultOf(given), words: listOf(given['words']) };
    return listScenarios(filter, given['json'] === true, terminal);
  },
};

export const RUNS: Command = {
  words: 'runs [words..]',
  describe: 'The stored runs and their verdicts; with --prune remove old ones',
  positionals: { words: { type: 'string', array: true, describe: 'Those with these words in run or scenario' } },
  options: {
    ...JSON_OPTION,
    scenario: { type: 'string', requiresArg: true, describe: 'Those of this scenario' },
    protocol: { type: 'string', requiresArg: true, describe: 'Those of this protocol' },
    verdict: { type: 'string', requiresArg: true, describe: `Those that ended so: ${ENDINGS.join(', ')}` },
    ...PRUNE_OPTIONS,
  },
  examples: [
    ['runs coordinator crash', ''],
    ['runs --verdict inconclusive', ''],
    ['runs --prune --keep 20', 'what would go'],
    ['runs --prune --older 7d --yes', 'removes them'],
  ],
  act: (given, terminal) => {
    const [out, filter, json] = [String(given['out']), runFilter(given), given['json'] === true];
    const rule = pruneRuleOf(given);
    if (rule === null) return listStoredRuns(out, filter, json, terminal);
    const chosen = listRuns(out).filter((path) => isMeant(summaryOf(path), filter));
    return prune({ out, fates: fatesOf(out, chosen, rule, Date.now()), yes: given['yes'] === true, json }, terminal);
  },
};

interface RunFilter {
  readonly scenario: string | undefined;
  readonly protocol: string | undefined;
  readonly verdict: string | undefined;
  readonly words: readonly string[];
}

function runFilter(given: Given): RunFilter {
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : undefined);
  // The shell makes three words of it where nobody has quoted it, and a hyphen saves the quotes.
  const verdict = text('verdict')?.replaceAll('-', ' ');
  if (verdict !== undefined && !ENDINGS.includes(verdict)) {
    const near = nearest(verdict, ENDINGS);
    throw new Usage(
      `No run ends '${verdict}'${near ? `; did you mean ${near}?` : '.'}\nThere are: ${ENDINGS.join(', ')}.`,
    );
  }
  return { scenario: text('scenario'), protocol: text('protocol'), verdict, words: listOf(given['words']) };
}

function isMeant(run: RunSummary, { scenario, protocol, verdict, words }: RunFilter): boolean {
  const text = `${run.run} ${run.scenario}`.toLowerCase();
  return (
    (scenario === undefined || run.scenario === scenario) &&
    (protocol === undefined || run.protocol === protocol) &&
    (verdict === undefined || run.verdict === verdict) &&
    words.every((word) => text.includes(word.toLowerCase()))
  );
}

function listScenarios(filter: CatalogFilter, json: boolean, { stdout }: Terminal): number {
  const scenarios = filtered(
    loadCatalog().map(({ name }) => demand(findScenario(name))),
    filter,
  );
  if (json) stdout.write(`${JSON.stringify(scenarios, null, 2)}\n`);
  else {
    const [name, protocol] = [widthOf(scenarios, 'name'), widthOf(scenarios, 'protocol')];
    for (const scenario of scenarios)
      stdout.write(
        `${scenario.name.padEnd(name)}  ${scenario.protocol.padEnd(protocol)}  ${expectationText(scenario)}\n    ${scenario.title}\n`,
      );
  }
  return 0;
}

function widthOf<Key extends string>(rows: readonly Readonly<Record<Key, string>>[], key: Key): number {
  return Math.max(0, ...rows.map((row) => row[key].length));
}

/** The claim in a few words: `target aborts; participant-1 blocked`. */
export function expectationText({ expect }: Scenario): string {
  const { decision, blocked, client } = expect.target ?? {};
  const properties = Object.entries(expect.properties).filter(([, word]) => word === 'violated');
  const claims = [
    decision ? `target ${decision === 'commit' ? 'commits' : 'aborts'}` : '',
    blocked === undefined ? '' : blockedText(blocked),
    client ? `client told ${client}` : '',
    ...properties.map(([property]) => `${property} violated`),
  ].filter((part) => part !== '');
  return claims.length === 0 ? 'as the protocol promises' : claims.join('; ');
}

function blockedText(blocked: ClaimedBlocked): string {
  if (typeof blocked === 'number') return `${blocked} participant${blocked === 1 ? '' : 's'} blocked`;
  return blocked.length === 0 ? 'nobody blocked' : `${blocked.join(', ')} blocked`;
}

function listStoredRuns(out: string, filter: RunFilter, json: boolean, { stdout }: Terminal): number {
  const all = listRuns(out).map(summaryOf);
  const runs = all.filter((run) => isMeant(run, filter));
  if (json) stdout.write(`${JSON.stringify(runs, null, 2)}\n`);
  else if (runs.length === 0 && all.length > 0)
    stdout.write(`None of the ${all.length} runs in ${out} is one of those.\n`);
  else if (runs.length === 0) stdout.write(`No run is stored in ${out}. Try: txlab run two-phase-baseline\n`);
  else {
    const width = widthOf(runs, 'protocol');
    for (const { run, protocol, verdict, reason } of runs)
      stdout.write(
        `${verdict.padEnd(16)} ${protocol.padEnd(width)} ${run}${reason === undefined ? '' : `: ${reason}`}\n`,
      );
  }
  return 0;
}

interface RunSummary {
  readonly run: string;
  readonly scenario: string;
  readonly protocol: string;
  readonly seed: number | null;
  readonly verdict: string;
  /** Why it cannot be read. */
  readonly reason?: string;
}

/** One damaged folder does not hide the others. */
function summaryOf(path: string): RunSummary {
  const run = basename(path);
  try {
    const { scenario, protocol, seed } = readPlan(path);
    return { run, scenario, protocol, seed, verdict: readVerdict(path)?.word ?? 'not finished' };
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    return { run, scenario: '', protocol: '', seed: null, verdict: 'damaged', reason: error.message };
  }
}
