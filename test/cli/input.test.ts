// What people type wrong: said with the word that was probably meant, before anything is started or written.

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { demand } from '../../cli/usage.ts';
import { dockerCluster } from '../../compose/docker-cluster.ts';
import { explainRefusals } from '../../cli/refusals.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { formatHistory } from '../../scenarios/history/history.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { explainWriteFailure, makeRunFolder } from '../../scenarios/run/run-folder.ts';
import { scenarioFromSentence } from '../../scenarios/language/scenario.ts';
import { ofCatalog } from '../support/catalog.ts';
import { LabError } from '../../compose/errors.ts';
import { refusalIn } from '../support/refusal.ts';
import { openShell, type Shell } from '../support/shell.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';

let shell: Shell;
beforeEach(() => {
  shell = openShell();
  // Whatever would start something meets no engine.
  vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/txlab-test.sock');
});
afterEach(() => vi.unstubAllEnvs());

const refusalOf = (words: string) => refusalIn(shell, words.split(' ').filter(Boolean));

describe('a slip of the fingers', () => {
  test.each([
    ['kil coordinator', "no command 'kil'", 'kill'],
    ['scenario', "no command 'scenario'", 'scenarios'],
    ['run two-phase-baselin', 'no scenario two-phase-baselin', 'two-phase-baseline'],
    ['kill coordinatr during prepare', 'sentence:1:6', 'coordinator'],
    ['kill participant-9', 'sentence:1:6', 'participant-1'],
    ['kill coordinator during prepar', 'sentence:1:25', 'prepare'],
    ['kill coordinator befor force commit', 'sentence:1:18', 'before'],
    ['kill coordinator before forc commit', 'sentence:1:25', 'force'],
    ['kill coordinator before force comit', 'sentence:1:31', 'commit'],
    ['kill coordinator before force commit --sed 7', 'no option --sed', '--seed'],
    ['--yse kill coordinator', 'no option --yse', '--yes'],
    ['runs --jsn', 'no option --jsn', '--json'],
    ['kill coordinator --protocol 2cp', '--protocol: ', '2pc'],
    ['bench 2pcc', "no protocol '2pcc'", '2pc'],
    ['bench 2pc --workload inventry', "no workload 'inventry'", 'inventory'],
    ['kill coordinator --workload inventry', '--workload: ', 'inventory'],
    ['explain nonblocking', "'nonblocking'", 'non-blocking'],
    ['explain inventry', "'inventry'", 'inventory'],
    ['explain engine-mising', "'engine-mising'", 'engine-missing'],
    ['explain exit coeds', "'exit coeds'", 'exit codes'],
    ['explain two-phase-baselin', "'two-phase-baselin'", 'two-phase-baseline'],
    ['Kill coordinator --print', "no command 'Kill'", 'kill'],
    ['crash coordinator --print', "no command 'crash'", 'kill'],
    ['stop coordinator', "no command 'stop'", 'pause'],
    ['partition coordinator --print', "no command 'partition'", 'cut'],
    ['ls', "no command 'ls'", 'runs'],
    ['cut coordinator oneway during prepare', 'sentence:1:17', 'one-way'],
    ['cut participant-2 from coordinator one_way', 'sentence:1:36', 'one-way'],
    ['cut participant-2 form coordinator', 'sentence:1:19', 'from'],
    ['kill coordinator than restart after 3s', 'sentence:1:18', 'then'],
    ['kill coordinator in prepare', 'sentence:1:18', 'during'],
    ['kill coordinator while prepare', 'sentence:1:18', 'during'],
    ['kill coordinator when prepare', 'sentence:1:18', 'during'],
    ['kill coordinator then start after 3s', 'sentence:1:23', 'restart'],
    ['kill participant 2', 'sentence:1:18', 'participant-2'],
    ['kill participant2', 'sentence:1:6', 'participant-2'],
    ['kill p2', 'sentence:1:6', 'participant-2'],
    ['kill coordinator before sending commit', 'sentence:1:25', 'send'],
    ['kill coordinator before forcing commit', 'sentence:1:25', 'force'],
    ['kill coordinator before forced commit', 'sentence:1:25', 'force'],
    ['kill coordinator after sends commit', 'sentence:1:24', 'send'],
  ])('%s', async (words, place, near) => {
    const text = await refusalOf(words);
    expect(text).toContain(place);
    expect(text.split(/did you mean:? /)[1]).toMatch(new RegExp(`^${near}\\b`));
  });
});

describe('what cannot be', () => {
  test.each([
    ['', 'What shall txlab do'],
    ['xyzzy', "no command 'xyzzy'"],
    ['ps extra', 'Too many words: extra'],
    ['run', 'Name scenarios to run, or say --all'],
    ['run --all --clients 3', '--all runs the scenarios as they are: without --clients'],
    ['run --all --protocol 3cp', "no scenario of the protocol '3cp'; did you mean 3pc?"],
    ['run --all --fault puase', "no fault 'puase'; did you mean pause?"],
    ['run --all --protocol 2pc --fault clock', /there are \d+ for --protocol 2pc, 7 for --fault clock/],
    ['run --all decsion', 'did you mean decision?'],
    ['run two-phase-baseline --fault pause', '--fault chooses from the catalog: say --all, too'],
    ['scenarios --protocol 3pc-timeout read-only', /for --protocol 3pc-timeout, \d+ for read-only/],
    ['scenarios --fault', 'Not enough arguments following: fault'],
    ['run --all --keep', '--keep is for a single run'],
    ['kill coordinator --protocol 3pc --protocol 2pc', '--protocol is said 2 times: 3pc, 2pc. Say it once.'],
    ['run two-phase-baseline --out a --out b', '--out is said 2 times: a, b'],
    ['run two-phase-baseline --time-limit 5s --time-limit 9s', '--time-limit is said 2 times: 5s, 9s'],
    ['bench 2pc --duration 5s --duration 6s', '--duration is said 2 times: 5s, 6s'],
    ['scenarios --fault kill --fault cut', '--fault is said 2 times: kill, cut'],
    ['run two-phase-baseline --repeat 0', '--repeat and --jobs are at least 1'],
    ['run two-phase-baseline --repeat 1000000', 'at most 10000 go together: --repeat 10000'],
    ['run --all --repeat 1000000', 'at most 10000 go together: --repeat '],
    ['compare 2pc 3pc --repeat 1000000', 'at most 10000 go together: --repeat '],
    ['kill coordinator during prepare -- --print', 'Nothing can stand behind --'],
    ['kill coordinator during prepare --seed=', '--seed has no value'],
    [
      'kill coordinator during prepare --plain=maybe',
      "--plain is yes or no, without a value: --plain or --no-plain; found 'maybe'",
    ],
    ['kill coordinator during prepare then restart after -3s', '-3s lies in the past'],
    ['drop vote -1 times', '-1 is less than nothing'],
    ['pause participant-1 during prepare for 0s', 'A pause that lasts no time shows nothing.'],
    ['cut participant-1 then heal after 0s', 'A cut that lasts no time shows nothing.'],
    ['fill all participants disk', 'A fill hits one node.'],
    ['up --idle 0s', '--idle must be at least 1s'],
    ['coordinator kill during prepare', 'The verb comes first: txlab kill coordinator during prepare'],
    [`kill ${'x'.repeat(100_000)}`, 'A word of 100000 characters is no word: xxxx'],
    ['run /', '/: This is a folder; a scenario is a file in it'],
    ['run ./missing.yaml', './missing.yaml: This file cannot be read: there is no such file.'],
    ['compare', 'compare what? Try: txlab compare 2pc 3pc'],
    ['bench --json', 'bench what? Try: txlab bench 2pc'],
    ['replay', 'replay what? Try: txlab replay latest'],
    ['bench 2pc 3pc', 'Too many words: 3pc.\nSee: txlab bench --help'],
    ['compare 2pc', 'A comparison takes two protocols or more; found only 2pc'],
    ['compare 2pc vs 2pc', 'A comparison takes two protocols or more; found only 2pc'],
    ['compare 2pc 3cp', "There is no protocol '3cp'; did you mean"],
    ['bench 2pc --clients 0', '--clients must be whole numbers from 1 to 1000'],
    ['bench 2pc --clients 1,many', '--clients must be whole numbers from 1 to 1000'],
    ['bench 2pc --duration 5', '--duration: 5 has no unit'],
    ['bench 2pc --duration 10ms', '--duration must be at least 1s'],
    ['bench 2pc --participants 1', '--participants must be 2 to 16'],
    ['compare 2pc 3pc --repeat 0', '--repeat and --jobs are at least 1'],
    ['compare 2pc 3pc --junit x.xml', '--junit is for runs that can fail'],
    ['compare 2pc 3pc --json --markdown', 'choose one'],
    ['compare 2pc 3pc --protocol 2pc', 'Name the protocols without --protocol'],
    ['up --pods 0', '--pods must be a whole number from 1 to 200'],
    ['up --pods many', '--pods must be one whole number'],
    ['up --idle 30', '--idle: 30 has no unit'],
    ['kill', 'The sentence ends where a node should be'],
    ['kill coordinator before force precommit', 'precommit is not something that coordinator can force (2pc)'],
    ['kill coordinator,participant-1 during prepare', 'A kill hits one node'],
    ['pause coordinator and participant-1', 'A pause hits one node'],
    ['pause coordinator 5s', 'Say for 5s, how long it lasts, or at 5s'],
    ['kill coordinator 5s', 'Say then restart after 5s, how long it lasts, or at 5s'],
    ['restart coordinator 5s', 'Say at 5s, when it comes'],
    ['cut participant-1 participant-2', 'did you mean: from participant-2'],
    ['cut participant-1 --one-way', 'no option --one-way; it is a word of the sentence, without dashes: one-way\nSee'],
    ['run coordinater-crash', 'allowed: coordinator-crash-'],
    ['kill coordinator for 3s', 'then restart after 3s'],
    ['cut participant-2 from participant-2 during commit', 'participant-2 cannot be cut off from itself'],
    ['cut coordinator,participant-1,participant-2,client', 'nobody left to cut this group off from'],
    ['cut participant-2 from coordinator for 5', '5 has no unit'],
    ['pause coordinator of the same transaction', 'no transaction that this could be the same as'],
    ['slow coordinator', 'how much later packets leave'],
    ['delay coordinator by 100ms', 'coordinator is not a message'],
    ['drop ack by 100ms', 'A drop has no length'],
    ['delay ack --by 100ms', 'it is a word of the sentence, without dashes: by'],
    ['clock redis-1 forward 10s', 'no store whose clock could be moved'],
    ['clock coordinator forward 10s', 'no store whose clock could be moved'],
    ['clock lock-client-1 back 5s --protocol redis', /only goes forward.*nobody can move that[^]*allowed: redis-1/],
    ['clock redis-1 back 0s --protocol redis', 'jumps by nothing'],
    ['kill coordinator --seed abc', '--seed must be one whole number'],
    ['kill coordinator --seed 1.5', '--seed must be one whole number'],
    ['kill coordinator --seed -1', '--seed must be one whole number'],
    ['kill coordinator --seed 1 --seed 2', '--seed is said 2 times: 1, 2. Say it once.'],
    ['kill coordinator --seed', 'Not enough arguments following: seed'],
    ['kill coordinator --image node', '--image must be <role>=<image>'],
    ['kill coordinator --image node=', '--image must be <role>=<image>'],
    ['kill coordinator --image nod=x', '--image must be <role>=<image>'],
    ['kill coordinator --participants 1000', '--participants: '],
    ['kill coordinator --time-limit soon', '--time-limit: '],
    ['kill coordinator --timeout vot=1s', /mean: vote\n  allowed: vote, inquiry, resend, operation, blocked\n/],
    ['kill coordinator --protocol 4pc', 'protocol cannot be 4pc'],
    [
      'explain toString',
      "no protocol, workload, scenario, property, word of a sentence, error or exit code 'toString'",
    ],
    ['run ./nowhere.yaml', 'cannot be read'],
    ['check nowhere', "no run 'nowhere'"],
    ['logs coordinator', "no run 'latest'"],
    ['kill coordinator too', 'Leave it out: too'],
    ['kill the coordinator', 'Leave it out: the'],
    ['kill coordinator during the prepare', 'Leave it out: the'],
    ['kill coordinator during prepare, then restart after 3s', 'Leave it out: ,'],
    [`kill ${'x'.repeat(450)}`, /^sentence:1:6: There is no node x{60}… here/],
    [`kill coordinator ${'x'.repeat(450)}`, /^sentence:1:18: x{60}… is not[^]*\n {2}kill coordinator x+…\n/],
    [`kill coordinator -seed 7`, 'There is no option -seed; options have two dashes: --seed'],
    [`kill coordinator \u2013seed 7`, 'options have two short ones: --seed'],
    ['run kill', 'kill begins a sentence, which is run without the word run'],
    ['check ./missing/history.jsonl', 'There is no file or folder ./missing/history.jsonl.'],
    ['check missing.jsonl', 'There is no file or folder missing.jsonl.'],
    ['report README.md', 'README.md is a file, and no run.'],
    ['logs coordinator --run README.md', 'README.md is a file, and no run.'],
    ['check docs', 'docs is a folder without a plan.json, and no run.'],
    ['run README.md/x.yaml', 'part of its path is a file, and no folder'],
    ['replay ./mine.yaml', 'A scenario is run with: txlab run ./mine.yaml'],
  ])('%s', async (words, said) => {
    expect(await refusalOf(words)).toMatch(said);
  });
});

test('a clock that cannot be moved is refused before anything starts, with the reason and what can be moved', () => {
  const words = 'clock redis-3 forward 10s at 1s'.split(' ');
  const plan = makePlan(demand(scenarioFromSentence(words, { protocol: 'redlock' })), 7);
  const clusterOf = (fixed: ReadonlyMap<NodeId, string>) =>
    dockerCluster({ clocks: { library: null, fixed } } as unknown as Parameters<typeof dockerCluster>[0]);
  const cluster = clusterOf(new Map([[nodeId('redis-3'), 'it is made of stone']]));
  const { message, hint } = refusalBy(() => explainRefusals(plan, cluster));
  expect(message).toBe(`The clock of redis-3 cannot be moved: it is made of stone. (${plan.faults[0]?.text})`);
  expect(hint).toContain('redis, redlock and zookeeper');
  expect(() => explainRefusals(plan, clusterOf(new Map()))).not.toThrow();
  const nothing = dockerCluster({} as Parameters<typeof dockerCluster>[0]);
  expect(() => explainRefusals(plan, nothing)).toThrow('this cluster has nothing that does it');
});

test('a slow link is refused with the reason where the kernel delays no packets, and a delay of messages is offered', () => {
  const plan = makePlan(demand(scenarioFromSentence('slow coordinator from participant-2 by 200ms'.split(' '), {})), 7);
  const noDelays = 'The kernel of this engine delays no packets (netem): Specified qdisc kind is unknown.';
  const options = { noDelays } as Parameters<typeof dockerCluster>[0];
  const refused = refusalBy(() => explainRefusals(plan, dockerCluster(options)));
  expect(refused.message).toBe(`${noDelays} (${plan.faults[0]?.text})`);
  expect(refused.hint).toContain('txlab delay prepare to participant-2 by 200ms');
  expect(() => explainRefusals(plan, dockerCluster({} as typeof options))).not.toThrow();
});

function refusalBy(act: () => void): LabError {
  try {
    act();
  } catch (error) {
    if (error instanceof LabError) return error;
  }
  throw new Error('nothing was refused');
}

describe('check and logs', () => {
  const HEADER = {
    at: 0,
    kind: 'run',
    version: 1,
    txlab: '0.1.0',
    run: 'planted',
    protocol: '2pc',
    seed: 7,
    nodes: ['coordinator', 'participant-1', 'participant-2', 'client'],
    participants: ['participant-1', 'participant-2'],
    timeouts: { blocked: 1000 },
    promises: ['atomicity'],
    opening: {},
  } as unknown as HistoryEvent;

  /** A stored run that did nothing. */
  function storeRun(history = formatHistory([HEADER])): string {
    const folder = join(shell.out, 'planted');
    mkdirSync(folder);
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(makePlan(ofCatalog('two-phase-baseline'), 7)));
    writeFileSync(join(folder, 'history.jsonl'), history);
    return join(folder, 'history.jsonl');
  }

  test('a history of a newer version is refused, with what can read it', async () => {
    const file = storeRun(formatHistory([{ ...HEADER, version: 99 } as unknown as HistoryEvent]));
    for (const name of [file, 'planted'])
      expect(await refusalOf(`check ${name}`)).toMatch(/Line 1: this history has version 99[^]*newer one/);
  });

  test('what is no history, a damaged line and a damaged plan are refused with their place', async () => {
    const file = storeRun(`${formatHistory([HEADER])}{"kind":\n{}\n`);
    expect(await refusalOf(`check ${file}`)).toContain('Line 2: this is not JSON');
    writeFileSync(file, '');
    expect(await refusalOf(`check ${file}`)).toContain('no run event');
    writeFileSync(file, formatHistory([HEADER]));
    writeFileSync(join(shell.out, 'planted', 'plan.json'), '{"version":');
    expect(await refusalOf('check planted')).toContain('planted is damaged');
    expect(await refusalOf('logs coordinator --run planted')).toContain('planted is damaged');
  });

  test('a history may begin with a byte order mark', async () => {
    const file = storeRun(`\uFEFF${formatHistory([HEADER])}`);
    expect(await shell.type(`check ${file}`)).toMatchObject({ code: 3, error: undefined });
  });

  test('a latest whose run is gone is said to point at it', async () => {
    storeRun();
    symlinkSync('gone', join(shell.out, 'latest'));
    for (const words of ['check latest', 'report latest', 'replay latest', 'logs coordinator'])
      expect(await refusalOf(words)).toMatch(
        /latest points at gone, which is not there any more\.\n.*newest is: planted/,
      );
  });

  test('a last line that was cut off is said and not judged', async () => {
    const file = storeRun(`${formatHistory([HEADER])}{"at":12,"kind":"pha`);
    const { error, stdout, code } = await shell.type(`check ${file}`);
    expect(error).toBeUndefined();
    expect(stdout).toContain('The last line of the history was cut off and is not judged.');
    expect(code).toBe(3);
  });

  test('a node that the run does not have is refused with the nearest', async () => {
    storeRun();
    expect(await refusalOf('logs participant-3 --run planted')).toMatch(
      /no node 'participant-3'; did you mean participant-1\?.*Its nodes: coordinator/,
    );
  });

  test('one damaged run does not hide the others', async () => {
    storeRun();
    mkdirSync(join(shell.out, 'torn'));
    writeFileSync(join(shell.out, 'torn', 'plan.json'), '');
    mkdirSync(join(shell.out, 'unjudged'));
    writeFileSync(join(shell.out, 'unjudged', 'plan.json'), readFileSync(join(shell.out, 'planted', 'plan.json')));
    writeFileSync(join(shell.out, 'unjudged', 'verdict.json'), '{"wor');
    const { stdout, code } = await shell.type('runs --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { run: 'planted', verdict: 'not finished' },
      { run: 'torn', verdict: 'damaged' },
      { run: 'unjudged', verdict: 'damaged' },
    ]);
  });
});

test('what is empty is refused', async () => {
  expect(await refusalIn(shell, [''])).toContain('The command is empty');
  expect(await refusalIn(shell, ['kill', 'coordinator', '--out', ''])).toContain("--out has no value: '' is nothing");
});

describe('a folder of runs', () => {
  test('that is a file holds no runs', async () => {
    expect(await shell.type('runs --out package.json')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('No run is stored in package.json') as string,
    });
  });

  test.skipIf(!existsSync('/proc/self'))('that nobody can make is refused, and not tried for ever', () => {
    const run = { scenario: 'any', seed: 1, now: new Date() };
    expect(() => makeRunFolder('/proc/nowhere', run)).toThrow(/^\/proc\/nowhere cannot be written: ENOENT/);
  });
});

describe('a full disk', () => {
  test.skipIf(!existsSync('/dev/full'))('is said in words, with what to do', () => {
    let error: unknown;
    try {
      explainWriteFailure('/dev/full', () => writeFileSync('/dev/full', 'text'));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      name: 'LabError',
      code: 'run-folder',
      exitCode: 4,
      message: expect.stringContaining('disk is full') as string,
      hint: expect.stringContaining('--out') as string,
    });
  });
});
