// Run folders that are not as a run leaves them: each is named with the reason, and hides no other.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Usage } from '../../cli/usage.ts';
import { LabError } from '../../compose/errors.ts';
import { loadCatalog } from '../../scenarios/language/scenario-catalog.ts';
import { parseHistory } from '../../scenarios/history/history.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { readPlan, readVerdict } from '../../scenarios/run/run-folder.ts';
import { judge } from '../../scenarios/judging/verdict.ts';
import { ofCatalog } from '../support/catalog.ts';
import { RECORDED } from '../support/history-doc.ts';
import { openShell, type Shell } from '../support/shell.ts';

const plan = makePlan(ofCatalog('two-phase-baseline'), 7);
const verdict = judge(parseHistory(RECORDED), plan);
const TRACE =
  '{"node":"coordinator","incarnation":1}\n[12,1]\n{"kind":"booted","wallMs":1,"logBytes":0,"cutBytes":0}\n';

let shell: Shell;
beforeEach(() => {
  shell = openShell();
  for (const run of ['bad', 'good']) {
    put(run, 'plan.json', JSON.stringify(plan));
    put(run, 'verdict.json', JSON.stringify(verdict));
    put(run, 'history.jsonl', RECORDED);
  }
});

/** Null stands for a folder in the place of the file. */
function put(run: string, file: string, text: string | null): void {
  const path = join(shell.out, run, file);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(text === null ? path : dirname(path), { recursive: true });
  if (text !== null) writeFileSync(path, text);
}

/** In the place of the history, as of a run whose lab was killed. */
function putRemains(lab: string | null, trace: string | null): void {
  rmSync(join(shell.out, 'bad', 'history.jsonl'), { recursive: true, force: true });
  put('bad', 'lab.jsonl', lab);
  put('bad', 'nodes/coordinator/trace.1', trace);
}

async function refusalOf(words: string): Promise<string> {
  const { error, stdout, runs } = await shell.type(words);
  expect(error instanceof Usage || (error instanceof LabError && error.exitCode === 2), String(error)).toBe(true);
  expect({ stdout, runs }).toEqual({ stdout: '', runs: 0 });
  return (error as Error).message;
}

const DAMAGE: readonly (readonly [what: string, text: string | null, reason: string])[] = [
  ['{}', '{}', 'expected'],
  ['[]', '[]', 'expected object, received array'],
  ['null', 'null', 'expected object, received null'],
  ['a number', '7', 'expected object, received number'],
  ['a cut line', '{"wor', 'this is not JSON'],
  ['nothing', '', 'this is not JSON'],
  ['a folder', null, 'this is a folder'],
];

describe.each(DAMAGE)('%s', (_what, text, reason) => {
  test.each(['check bad', 'report bad', 'report bad --html', 'logs coordinator --run bad', 'replay bad --print'])(
    'in the place of the plan is refused by %s',
    async (words) => {
      put('bad', 'plan.json', text);
      expect(await refusalOf(words)).toMatch(new RegExp(`^bad is damaged: plan\\.json: .*${reason}`));
    },
  );

  test('in the place of the verdict is refused by report', async () => {
    put('bad', 'verdict.json', text);
    expect(await refusalOf('report bad')).toMatch(new RegExp(`^bad is damaged: verdict\\.json: .*${reason}`));
  });

  test.each(['plan.json', 'verdict.json'])('in the place of %s is named by runs, beside the good one', async (file) => {
    put('bad', file, text);
    const { stdout, code } = await shell.type('runs --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      {
        run: 'bad',
        scenario: '',
        protocol: '',
        seed: null,
        verdict: 'damaged',
        reason: expect.stringContaining(reason) as string,
      },
      { run: 'good', scenario: 'two-phase-baseline', protocol: '2pc', seed: 7, verdict: verdict.word },
    ]);
    const lines = (await shell.type('runs')).stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(new RegExp(`^damaged +bad: ${file.replace('.', '\\.')}: .*${reason}`));
    expect(lines[1]).toMatch(/ 2pc good$/);
  });

  test.each(['check bad', 'logs coordinator --run bad'])(
    'in the place of the history, of the lab, or of a trace is refused by %s',
    async (words) => {
      put('bad', 'history.jsonl', text);
      expect(await refusalOf(words)).toMatch(/^bad(:| is damaged:) /);
      putRemains(text === null ? null : `${text}\n`, TRACE);
      expect(await refusalOf(words)).toMatch(/^bad(:| is damaged:) /);
      const [header] = RECORDED.split('\n');
      putRemains(`${header}\n`, text === null ? null : `${text}\n[12,1]\n`);
      expect(await refusalOf(words)).toMatch(/^bad is damaged: trace\.1: /);
    },
  );
});

test('a line of a trace that is no event is refused with its number', async () => {
  const [header] = RECORDED.split('\n');
  for (const line of ['null', '{}', '["posted",1]', '7']) {
    putRemains(`${header}\n`, `${TRACE}${line}\n`);
    expect(await refusalOf('check bad'), line).toMatch(/^bad is damaged: trace\.1: (event 2|this is no trace)/);
  }
});

test('a folder in the place of what a node said is refused', async () => {
  put('bad', 'nodes/coordinator.log', null);
  expect(await refusalOf('logs coordinator --run bad')).toContain('bad is damaged: coordinator.log: this is a folder');
});

test('a file in the place of the nodes is refused', async () => {
  putRemains(RECORDED, TRACE);
  put('bad', 'nodes', 'text');
  expect(await refusalOf('check bad')).toContain('bad is damaged: nodes: this is no folder');
});

test('a field of the wrong kind is named with its place', async () => {
  put('bad', 'plan.json', JSON.stringify({ ...plan, nodes: [{ id: 'coordinator' }] }));
  expect(await refusalOf('report bad')).toContain('plan.json: nodes.0.role: ');
  put('bad', 'plan.json', JSON.stringify(plan));
  const [finding] = verdict.findings;
  put('bad', 'verdict.json', JSON.stringify({ ...verdict, findings: [{ ...finding, events: [{ kind: 'durable' }] }] }));
  expect(await refusalOf('report bad')).toContain('verdict.json: findings.0.events.0: this is no event of a history');
});

test('the plan of every scenario, and a verdict, are read back as they were written', () => {
  for (const { name } of loadCatalog()) {
    const made = makePlan(ofCatalog(name), 7);
    put('good', 'plan.json', JSON.stringify(made));
    expect(readPlan(join(shell.out, 'good')), name).toEqual(JSON.parse(JSON.stringify(made)));
  }
  expect(readVerdict(join(shell.out, 'good'))).toEqual(JSON.parse(JSON.stringify(verdict)));
});

describe('logs of a stored run', () => {
  const linesOf = async (words: string) => (await shell.type(words)).stdout.trimEnd().split('\n');

  test('count the seconds since the clients began', async () => {
    expect(await linesOf('logs --run good')).toContain('  0.000000 s  txlab phase serving');
  });

  test('are those of the nodes that are named, in one order', async () => {
    const lines = await linesOf('logs participant-1 coordinator --run good');
    expect(new Set(lines.map((line) => line.split(/ +/)[3]))).toEqual(new Set(['participant-1', 'coordinator']));
    const times = lines.map((line) => Number.parseFloat(line));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('about a transaction show it at all nodes, with what decided, and the faults between', async () => {
    const lines = await linesOf('logs --about coordinator.1.2 --run good');
    const text = lines.join('\n');
    expect(text).toContain('participant-1 sent vote coordinator.1.2 to coordinator (vote yes)');
    expect(text).toContain('fault kill: ');
    expect(text).not.toContain('coordinator.1.1 ');
  });

  test('about what is not in the run are refused with the nearest', async () => {
    expect(await refusalOf('logs --about cordinator.1.2 --run good')).toBe(
      "Nothing in this run is about 'cordinator.1.2'; did you mean coordinator.1.2?",
    );
  });
});
