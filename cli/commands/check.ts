// `check`: judges a stored run again, or a history from elsewhere. Needs no engine.

import { nodeId } from '../../nodes/contract/ids.ts';
import { own } from '../../nodes/contract/own.ts';
import { existsSync, statSync } from 'node:fs';
import { readHistory } from '../../scenarios/history/history.ts';
import { findRun, readPlan, readRun } from '../../scenarios/run/run-folder.ts';
import { judge } from '../../scenarios/judging/verdict.ts';
import { verdictLines } from '../reports/describe.ts';
import { servedAt } from '../reports/event-text.ts';
import { paintFor } from '../paint.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { JSON_OPTION } from './options.ts';
import { demandReadable } from '../usage.ts';
import type { History } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Terminal } from '../terminal.ts';
import type { Command } from './command.ts';

export const CHECK: Command = {
  words: 'check <run>',
  describe: 'Judge a stored run again, or any history.jsonl; no engine is needed',
  positionals: {
    run: { type: 'string', demandOption: true, describe: 'A run of txlab runs, its folder, latest, or a file' },
  },
  options: JSON_OPTION,
  examples: [['check latest', '']],
  act: (given, terminal) => checkStored(String(given['run']), String(given['out']), given['json'] === true, terminal),
};

async function checkStored(name: string, out: string, json: boolean, terminal: Terminal): Promise<number> {
  const { history, plan } = await open(name, out);
  const verdict = judge(history, plan);
  const stream = json ? terminal.stderr : terminal.stdout;
  if (history.torn) stream.write('The last line of the history was cut off and is not judged.\n');
  const shown = { paint: paintFor(stream), served: servedAt(history.events), columns: stream.columns };
  for (const line of verdictLines(verdict, plan, shown)) stream.write(`${line}\n`);
  if (json) terminal.stdout.write(`${JSON.stringify({ run: history.run.run, verdict }, null, 2)}\n`);
  return exitCodeOf(verdict);
}

function open(name: string, out: string): Promise<{ history: History; plan: Plan }> {
  return demandReadable(name, async () => {
    if (existsSync(name) && statSync(name).isFile()) {
      const history = await readHistory(name);
      return { history, plan: claimOf(history) };
    }
    const folder = findRun(out, name);
    return { history: await readRun(folder), plan: readPlan(folder) };
  });
}

/** A history without a plan claims what its header says that the protocol promises, and forces what its header says that it forces. */
function claimOf({ run }: History): Plan {
  return {
    version: 1,
    scenario: run.run,
    title: run.run,
    protocol: run.protocol,
    seed: run.seed,
    nodes: [
      ...run.nodes.map((id) => ({ id, role: own(run.roles, id) ?? '' })),
      ...(run.stores ?? []).map((id) => ({ id, role: own(run.roles, id) ?? '', kind: 'store' as const })),
    ],
    drivers: [],
    askedNode: nodeId(''),
    sites: run.sites,
    family: run.family,
    workload: run.workload,
    initial: run.initial,
    params: null,
    timeouts: run.timeouts,
    options: {},
    faults: [],
    expect: { properties: {} },
    promises: run.promises,
    ...(run.whiles && { whiles: run.whiles }),
    ...(run.forced && { forced: run.forced }),
    okAtLeast: 1,
    timeLimitMs: 0,
    probes: [],
  };
}
