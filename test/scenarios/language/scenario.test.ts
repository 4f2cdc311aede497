// Scenario files: what they mean, and what is refused, with the line and column of what is wrong.

import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../../scenarios/language/problem.ts';
import { formatScenario } from '../../../scenarios/language/scenario.ts';
import { loadCatalog } from '../../../scenarios/language/scenario-catalog.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { WORKLOAD_KINDS } from '../../../scenarios/workloads/catalog.ts';
import { ofCatalog } from '../../support/catalog.ts';
import { drawnLists } from '../../support/drawn.ts';
import { problemsIn, scenarioOf, yaml } from '../../support/scenario-text.ts';

describe('a scenario file', () => {
  test('is complete when it is read: what it leaves out has a default', () => {
    expect(scenarioOf('version: 1\nname: bare\ntitle: Bare\nprotocol: 2pc')).toEqual({
      version: 1,
      name: 'bare',
      title: 'Bare',
      protocol: '2pc',
      topology: { participants: 2 },
      timeouts: { vote: 400, inquiry: 150, resend: 150, operation: 5000, blocked: 1000 },
      workload: {
        kind: 'transfers',
        accounts: 16,
        balance: 1000,
        clients: 4,
        transactions: 200,
        contention: 0,
        reads: 0,
        poor: 0,
        parts: 2,
        enlist: 'two',
      },
      faults: [],
      expect: { properties: {} },
      timeLimitMs: 60_000,
      because: '',
      reference: '',
    });
  });

  test('says what it says', () => {
    const more = 'okAtLeast: 12\ncheckpoint: 50\ntimeLimit: 1.5m\nbecause: So it is.\nreference: A book';
    const workload =
      'workload: { accounts: 20, balance: 5, clients: 2, transactions: 50, between: [participant-2, participant-1], contention: 0.5 }';
    expect(scenarioOf(yaml({ workload, more }))).toMatchObject({
      timeouts: { vote: 400, blocked: 1000, operation: 5000 },
      workload: {
        accounts: 20,
        balance: 5,
        clients: 2,
        transactions: 50,
        between: ['participant-2', 'participant-1'],
        contention: 0.5,
      },
      faults: [{ fault: { do: 'kill', node: 'coordinator' }, lastsMs: 3000 }],
      expect: { target: { decision: 'abort', blocked: ['participant-1'] }, properties: { 'non-blocking': 'violated' } },
      okAtLeast: 12,
      checkpoint: 50,
      timeLimitMs: 90_000,
      because: 'So it is.',
      reference: 'A book',
    });
  });

  test('is written as a file that is read as the same scenario', () => {
    for (const { name } of loadCatalog()) {
      const scenario = ofCatalog(name);
      expect(scenarioOf(formatScenario(scenario))).toEqual(scenario);
    }
    const bare = scenarioOf('version: 1\nname: bare\ntitle: "Bare: #1"\nprotocol: 2pc');
    expect(scenarioOf(formatScenario(bare))).toEqual(bare);
  });
});

describe('a scenario of three-phase commit', () => {
  const file = (protocol: string, more: string) =>
    `version: 1\nname: mine\ntitle: Mine\nprotocol: ${protocol}\n${more}\n`;

  test.each([
    [
      '3pc-timeout',
      'delay: 300ms',
      'timeouts.termination (700ms) must be longer than 3 times timeouts.delay (300ms): the termination must not start before a message can have travelled.',
    ],
    ['3pc', 'termination: 100ms', 'timeouts.termination (100ms) must be longer than 3 times timeouts.delay (50ms)'],
    ['3pc-quorum', 'vote: 400ms', 'timeouts.termination (700ms) must be longer than 2 times timeouts.vote (400ms)'],
    ['3pc', 'ack: 600ms', 'timeouts.termination (700ms) must be longer than 2 times timeouts.ack (600ms)'],
    ['3pc', 'election: 120ms', 'timeouts.election (120ms) must be longer than 3 times timeouts.delay (50ms)'],
  ])('%s is refused with timeouts { %s }', (protocol, timeouts, message) => {
    expect(
      problemsIn(file(protocol, `timeouts: { ${timeouts} }`))
        .map((problem) => problem.message)
        .join('\n'),
    ).toContain(message);
  });

  test('is refused when two participants vote without their coordinator, with how many voters it needs', () => {
    expect(problemsIn(file('3pc-quorum', 'topology: { participants: 2, voters: participants }'))).toMatchObject([
      {
        where: { line: 5, column: 38 },
        found: 'participants',
        message:
          '3pc-quorum needs at least 3 voters in a transaction, but 2 participants without their coordinator are 2: one failure would leave no majority, and block.',
        allowed: ['all'],
      },
    ]);
  });

  test.each([
    ['three participants of which two take part', 'topology: { participants: 3, voters: participants }', 1],
    [
      'three participants that all take part',
      'topology: { participants: 3, voters: participants }\nworkload: { enlist: all }',
      0,
    ],
    ['two participants and their coordinator', 'topology: { participants: 2, voters: all }', 0],
  ])('with the votes of %s has so many problems', (_, more, count) => {
    expect(problemsIn(file('3pc-quorum', more))).toHaveLength(count);
  });

  test('of orders that may be of one warehouse is refused without the coordinator’s vote, with the fields that would make them larger', () => {
    const text = file(
      '3pc-quorum',
      'topology: { participants: 3, voters: participants }\nworkload: { kind: inventory }',
    );
    expect(problemsIn(text)).toMatchObject([
      {
        where: { line: 5, column: 38 },
        message: expect.stringContaining('but 1 participant without its coordinator is 1') as string,
        hint: 'Let the coordinator vote (voters: all), or let at least 3 participants take part in every order (fewest: 3, most: 3, restocks: 0, moves: 0).',
      },
    ]);
    const larger = 'workload: { kind: inventory, fewest: 3, most: 3, restocks: 0, moves: 0 }';
    expect(problemsIn(file('3pc-quorum', `topology: { participants: 3, voters: participants }\n${larger}`))).toEqual(
      [],
    );
    expect(problemsIn(file('3pc-quorum', 'topology: { voters: all }\nworkload: { kind: inventory }'))).toEqual([]);
  });

  test('that has no quorum refuses to hear who votes', () => {
    expect(problemsIn(file('3pc', 'topology: { participants: 3, voters: all }'))).toMatchObject([
      { message: '3pc takes no votes of a majority, so nobody can be left out of one.' },
    ]);
  });

  test('gives its voters, and those who only look on, to the plan, and comes back from its own text', () => {
    const scenario = scenarioOf(
      file(
        '3pc-quorum',
        'topology: { participants: 3, voters: participants }\nworkload: { enlist: all, between: [participant-1, participant-2] }',
      ),
    );
    expect(scenarioOf(formatScenario(scenario))).toEqual(scenario);
    const plan = makePlan(scenario, 1);
    expect(plan.options['voters']).toBe('participants');
    expect(
      new Set(
        drawnLists(plan)
          .flat()
          .flatMap(({ reads = [] }) => reads.map(({ bank }) => bank)),
      ),
    ).toEqual(new Set(['participant-3']));
  });
});

describe('a scenario file is refused', () => {
  type Row = readonly [
    title: string,
    text: string,
    line: number,
    column: number,
    found: string,
    nearest: string | undefined,
    says: string,
  ];
  test.each<Row>(
    // prettier-ignore
    [
      ['an unknown key', yaml({ topology: 'topologie: { participants: 2 }' }), 5, 1, 'topologie', 'topology', 'no topologie'],
      ['an unknown key below', yaml({ topology: 'topology: { participant: 2 }' }), 5, 13, 'participant', 'participants', 'topology has no participant'],
      ['an unknown property', yaml({ expect: 'expect: { nonblocking: holds }' }), 9, 11, 'nonblocking', 'non-blocking', 'expect has no nonblocking'],
      ['a missing key', yaml({ title: '' }), 1, 1, 'nothing', undefined, 'title is missing'],
      ['a missing value', yaml({ title: 'title:' }), 3, 7, 'nothing', undefined, 'title cannot be nothing'],
      ['an unknown protocol', yaml({ protocol: 'protocol: 2cp' }), 4, 11, '2cp', '2pc', 'protocol cannot be 2cp'],
      ['another version', yaml({ version: 'version: 2' }), 1, 10, '2', undefined, 'version cannot be 2'],
      ['a name with blanks', yaml({ name: 'name: My scenario' }), 2, 7, 'My scenario', undefined, 'name cannot be My scenario'],
      ['one participant', yaml({ topology: 'topology: { participants: 1 }' }), 5, 27, '1', undefined, 'topology.participants cannot be 1'],
      ['too many participants', yaml({ topology: 'topology: { participants: 17 }' }), 5, 27, '17', undefined, 'topology.participants cannot be 17'],
      ['half a participant', yaml({ topology: 'topology: { participants: 2.5 }' }), 5, 27, '2.5', undefined, 'topology.participants cannot be 2.5'],
      ['words for a number', yaml({ topology: 'topology: { participants: two }' }), 5, 27, 'two', undefined, 'topology.participants cannot be two'],
      ['a number in quotes', yaml({ topology: 'topology: { participants: "2" }' }), 5, 27, '2', undefined, 'cannot be the text "2"; it is a number, without quotes'],
      ['a list for a mapping', yaml({ topology: 'topology: [2]' }), 5, 11, 'a list of 1', undefined, 'topology cannot be a list of 1'],
      ['a text for a list', yaml({ faults: 'faults: kill coordinator' }), 8, 9, 'kill coordinator', undefined, 'faults cannot be kill coordinator'],
      ['an unknown timeout', yaml({ timeouts: 'timeouts: { votes: 400ms }' }), 6, 13, 'votes', 'vote', 'timeouts has no votes'],
      ['a duration without a unit', yaml({ timeouts: 'timeouts: { vote: 400 }' }), 6, 19, '400', undefined, '400 has no unit'],
      ['a duration in words', yaml({ timeouts: 'timeouts: { vote: soon }' }), 6, 19, 'soon', undefined, 'soon is not a duration'],
      ['a duration of nothing', yaml({ timeouts: 'timeouts: { vote: 0ms }' }), 6, 19, '0ms', undefined, 'longer than nothing'],
      ['a duration over an hour', yaml({ timeouts: 'timeouts: { operation: 2000m }' }), 6, 24, '2000m', undefined, 'longer than an hour'],
      ['a run of no time', yaml({ more: 'timeLimit: 0s' }), 10, 12, '0s', undefined, 'longer than nothing'],
      ['a share above 1', yaml({ workload: 'workload: { contention: 2 }' }), 7, 25, '2', undefined, 'workload.contention cannot be 2'],
      ['an unknown kind of workload', yaml({ workload: 'workload: { kind: transfer, clients: 4 }' }), 7, 19, 'transfer', 'transfers', 'workload.kind cannot be transfer'],
      ['a kind of workload that is no word', yaml({ workload: 'workload: { kind: 5 }' }), 7, 19, '5', undefined, 'workload.kind cannot be 5'],
      ['a transfer within one bank', yaml({ workload: 'workload: { parts: 1 }' }), 7, 20, '1', undefined, 'workload.parts cannot be 1'],
      ['half a part', yaml({ workload: 'workload: { parts: 2.5 }' }), 7, 20, '2.5', undefined, 'workload.parts cannot be 2.5'],
      ['a word for all parts', yaml({ workload: 'workload: { parts: al }' }), 7, 20, 'al', 'all', 'workload.parts cannot be al'],
      ['more parts than banks', yaml({ workload: 'workload: { parts: 3 }' }), 7, 20, '3', '2', 'there are 2 participants'],
      ['more parts than the two named', yaml({ topology: 'topology: { participants: 3 }', workload: 'workload: { between: [participant-1, participant-2], parts: all }' }), 7, 61, 'all', '2', 'where between names the two'],
      ['a transfer of nothing', yaml({ workload: 'workload: { largest: 0 }' }), 7, 22, '0', undefined, 'workload.largest cannot be 0'],
      ['more than any account holds', yaml({ workload: 'workload: { balance: 50, largest: 51 }' }), 7, 35, '51', '50', 'No account could pay 51'],
      ['a share of the poor above 1', yaml({ workload: 'workload: { poor: 1.5 }' }), 7, 19, '1.5', undefined, 'workload.poor cannot be 1.5'],
      ['an unknown bank', yaml({ workload: 'workload: { between: [participant-1, participant-3] }' }), 7, 38, 'participant-3', 'participant-1', 'no participant participant-3'],
      ['a bank with itself', yaml({ workload: 'workload: { between: [participant-1, participant-1] }' }), 7, 38, 'participant-1', undefined, 'two different'],
      ['three banks', yaml({ workload: 'workload: { between: [a, b, c] }' }), 7, 22, 'a list of 3', undefined, 'workload.between cannot be'],
      ['a stock below nothing', yaml({ workload: 'workload: { kind: inventory, stock: -1 }' }), 7, 37, '-1', undefined, 'workload.stock cannot be -1'],
      ['a share of scarce items above 1', yaml({ workload: 'workload: { kind: inventory, scarce: 1.5 }' }), 7, 38, '1.5', undefined, 'workload.scarce cannot be 1.5'],
      ['a field of another workload', yaml({ workload: 'workload: { kind: inventory, accounts: 16 }' }), 7, 30, 'accounts', undefined, 'workload has no accounts'],
      ['a slip in a field of its workload', yaml({ workload: 'workload: { kind: inventory, item: 16 }' }), 7, 30, 'item', 'items', 'workload has no item'],
      ['an unknown decision', yaml({ expect: 'expect: { target: { decision: aborts } }' }), 9, 31, 'aborts', 'abort', 'cannot be aborts'],
      ['an unknown word for a property', yaml({ expect: 'expect: { atomicity: hold }' }), 9, 22, 'hold', 'holds', 'cannot be hold'],
      ['a key given twice', yaml({ more: 'name: another' }), 10, 1, 'name', undefined, 'name is given twice'],
      ['an unclosed mapping', yaml({ topology: 'topology: { participants: 2' }), 6, 1, 'timeouts', undefined, 'not YAML'],
      ['a tab as indent', 'version: 1\ntopology:\n\tparticipants: 2', 3, 1, '', undefined, 'not YAML'],
      ['an alias to nowhere', yaml({ title: 'title: *nowhere' }), 0, 0, '', undefined, ''],
      ['nothing at all', '', 1, 1, 'nothing', undefined, 'A scenario cannot be nothing'],
      ['a list', '- 1', 1, 1, 'a list of 1', undefined, 'A scenario cannot be a list'],
      ['two documents', 'version: 1\n---\nversion: 1', 2, 1, '---', undefined, 'not YAML'],
    ],
  )('for %s', (_title, text, line, column, found, nearest, says) => {
    const [problem] = problemsIn(text);
    expect(problem).toBeDefined();
    if (line === 0) return;
    expect(problem?.where).toMatchObject({ source: 'my.yaml', line, column, text: text.split('\n')[line - 1] });
    if (found !== '') expect(problem?.found).toBe(found);
    expect(problem?.nearest).toBe(nearest);
    expect(problem?.message).toContain(says);
  });

  test('with all that is wrong at once', () => {
    const text = yaml({
      protocol: 'protocol: 9pc',
      topology: 'topology: { participants: 99, banks: 2 }',
      more: 'becuase: so',
    });
    expect(problemsIn(text).map(({ found, nearest }) => [found, nearest])).toEqual(
      expect.arrayContaining([
        ['9pc', '2pc'],
        ['99', undefined],
        ['banks', undefined],
        ['becuase', 'because'],
      ]),
    );
  });

  test('with what is allowed there', () => {
    const allowed = (text: string) => problemsIn(text)[0]?.allowed;
    expect(allowed(yaml({ topology: 'topology: { banks: 2 }' }))).toEqual(['participants', 'voters']);
    const timeouts = 'timeouts: { votes: 400ms }';
    expect(allowed(yaml({ timeouts }))).toEqual(['vote', 'inquiry', 'resend', 'operation', 'blocked']);
    expect(allowed(yaml({ timeouts, protocol: 'protocol: 3pc' }))).toContain('termination');
    expect(allowed(yaml({ expect: 'expect: { target: { decision: maybe } }' }))).toEqual(['commit', 'abort']);
    expect(allowed(yaml({ topology: 'topology: { participants: 1 }' }))?.[0]).toContain('from 2 to 16');
    expect(allowed(yaml({ timeouts: 'timeouts: { vote: 400 }' }))).toEqual(['400ms', '400s', '400m']);
    expect(allowed(yaml({ protocol: 'protocol: xyz' }))).toContain('2pc');
    const stocked = (fields: string) => allowed(yaml({ workload: `workload: { kind: inventory, ${fields} }` }));
    expect(stocked('stock: -1')?.[0]).toContain('from 0 to 1000000000');
    expect(stocked('accounts: 3')).toEqual(expect.arrayContaining(['items', 'stock', 'scarce', 'pieces', 'hot']));
    expect(stocked('items: 3')).toEqual(['at least 6']);
    expect(stocked('restocks: 0.6, moves: 0.5')).toEqual(['a share that leaves the sum at 1 or below']);
    expect(stocked('fewest: 3')).toEqual(['at most 2']);
    expect(allowed(yaml({ workload: 'workload: { kind: queues }' }))).toEqual(WORKLOAD_KINDS.map(({ name }) => name));
  });
});

describe('a sentence in a scenario file is refused at its word', () => {
  const place = (faults: string) => {
    const [problem] = problemsIn(yaml({ faults, expect: '' }));
    return [problem?.where.line, problem?.where.column, problem?.found, problem?.where.text];
  };

  test.each(
    // prettier-ignore
    [
      ['plain', 'faults:\n  - kill coordinator before froce commit', 9, 29, 'froce'],
      ['in single quotes', "faults: ['kill coordinator before froce commit']", 8, 35, 'froce'],
      ['in double quotes', 'faults: ["kill coordinator before froce commit"]', 8, 35, 'froce'],
      ['over two lines', 'faults:\n  - kill coordinator\n    before froce commit', 10, 12, 'froce'],
      ['folded', 'faults:\n  - >-\n    kill coordinator\n    before froce commit', 11, 12, 'froce'],
      ['as a block', 'faults:\n  - |\n    kill coordinator before froce commit', 10, 29, 'froce'],
      ['the second of two', 'faults:\n  - kill coordinator\n  - kill participant-9', 10, 10, 'participant-9'],
      ['that ends too early', 'faults:\n  - kill coordinator before force\n  - kill client', 9, 34, 'the end'],
      ['that is empty', "faults: ['']", 8, 10, 'the end'],
    ],
  )('%s', (_title, faults, line, column, found) => {
    expect(place(faults)).toEqual([line, column, found, yaml({ faults, expect: '' }).split('\n')[line - 1]]);
  });

  test('with the line and a caret', () => {
    const [problem] = problemsIn(yaml({ faults: 'faults:\n  - kill coordinator before froce commit', expect: '' }));
    expect(problem && formatProblem(problem).split('\n').slice(0, 4)).toEqual([
      'my.yaml:9:29: froce is not something that coordinator does (2pc).',
      '    - kill coordinator before froce commit',
      '                              ^^^^^',
      '  did you mean: force',
    ]);
  });
});

test('requests that are done once are refused where participants commit without their coordinator', () => {
  const asking = (protocol: string, retry: string) =>
    problemsIn(`version: 1\nname: mine\ntitle: Mine\nprotocol: ${protocol}\nworkload: { retry: ${retry} }\n`);
  expect(asking('3pc', 'commit')).toMatchObject([
    { message: expect.stringContaining('3pc cannot do a request once') as string, allowed: ['never', 'body'] },
  ]);
  expect(asking('3pc', 'body')).toEqual([]);
  expect(asking('2pc', 'commit')).toEqual([]);
});

describe('a scenario that makes no sense is refused before anything starts', () => {
  type Row = readonly [title: string, changes: Parameters<typeof yaml>[0], line: number, column: number, says: string];
  test.each<Row>(
    // prettier-ignore
    [
      ['blocking claimed in a window shorter than the bound', { faults: 'faults: [kill coordinator before force commit then restart after 1s]' }, 8, 10, 'the fault lasts 1s'],
      ['blocking claimed of a restart', { faults: 'faults: [restart coordinator before force commit]' }, 8, 10, 'the fault lasts 0ms'],
      ['blocking claimed as a property only', { faults: 'faults: [kill coordinator then restart after 400ms]', expect: 'expect: { non-blocking: violated }' }, 8, 10, 'Blocking is claimed'],
      ['blocking claimed without a fault', { faults: 'faults: []', expect: 'expect: { non-blocking: violated }' }, 9, 25, 'there is no fault'],
      ['the same transaction as none', { faults: 'faults: [kill coordinator before force commit of the same transaction]' }, 8, 10, 'no transaction that this could be the same as'],
      ['the same transaction as at a time', { faults: 'faults: [kill coordinator at 1s, pause participant-2 before send vote of the same transaction]', expect: 'expect: {}' }, 8, 34, 'the first fault does not hit a certain one'],
      ['an unknown node claimed as blocked', { expect: 'expect: { target: { blocked: [participant-4] } }' }, 9, 31, 'no participant participant-4'],
      ['a coordinator claimed as blocked', { expect: 'expect: { target: { blocked: [coordinator] } }' }, 9, 31, 'no participant coordinator'],
      ['the fault’s own node claimed as blocked', { faults: 'faults: [kill participant-1 after send vote]' }, 9, 48, 'participant-1 cannot be claimed'],
      ['more blocked than there are', { expect: 'expect: { target: { blocked: 3 }, non-blocking: violated }' }, 9, 30, '3 cannot be blocked: 2 participants live on'],
      ['more blocked than live on', { faults: 'faults: [kill participant-1 after send vote]', expect: 'expect: { target: { blocked: 2 } }' }, 9, 30, '2 cannot be blocked: 1 participant lives on'],
      ['none blocked, as a number', { expect: 'expect: { target: { blocked: 0 } }' }, 9, 30, 'expect.target.blocked cannot be 0'],
      ['a number among those blocked', { expect: 'expect: { target: { blocked: [participant-1, 7] } }' }, 9, 46, 'number 2 of expect.target.blocked cannot be the number 7'],
      ['some blocked and non-blocking', { expect: 'expect: { target: { blocked: 1 }, non-blocking: holds }' }, 9, 49, 'non-blocking to hold'],
      ['somebody blocked and non-blocking', { expect: 'expect: { target: { blocked: [participant-1] }, non-blocking: holds }' }, 9, 63, 'non-blocking to hold'],
      ['a target without a step', { faults: 'faults: [kill coordinator at 1s]', expect: 'expect: { target: { decision: abort } }' }, 9, 11, 'a fault at a step'],
      ['a claim about locks', { expect: 'expect: { fencing: holds }' }, 9, 11, 'about locks'],
      ['inquiries slower than the votes', { timeouts: 'timeouts: { inquiry: 200ms }' }, 6, 22, 'timeouts.vote (400ms) must be longer than 2 times timeouts.inquiry (200ms)'],
      ['a bound that a vote can reach', { timeouts: 'timeouts: { blocked: 800ms }' }, 6, 22, 'timeouts.blocked (800ms) must be longer than 2 times timeouts.vote (400ms)'],
      ['votes near the bound', { timeouts: 'timeouts: { vote: 600ms }' }, 6, 19, 'timeouts.blocked (1s) must be longer than 2 times timeouts.vote (600ms)'],
      ['an impatient client', { timeouts: 'timeouts: { operation: 1s }' }, 6, 24, 'timeouts.operation (1s) must be longer than timeouts.blocked (1s)'],
      ['an unknown kind of repeating', { workload: 'workload: { retry: always }' }, 7, 20, 'retry cannot be always'],
      ['fewer accounts than clients', { workload: 'workload: { accounts: 3, clients: 4 }' }, 7, 23, '3 accounts are too few'],
      ['no account beside the hot one', { workload: 'workload: { accounts: 4, clients: 4, contention: 0.1 }' }, 7, 23, 'beside the hot one'],
      ['fewer items than clients', { workload: 'workload: { kind: inventory, items: 3, contention: 0 }' }, 7, 37, '3 items are too few: each of the 4 clients needs one of its own.'],
      ['no item beside the hot ones', { workload: 'workload: { kind: inventory, items: 5 }' }, 7, 37, '5 items are too few: each of the 4 clients needs one of its own beside the 2 hot ones.'],
      ['more restocks and moves than operations', { workload: 'workload: { kind: inventory, restocks: 0.6, moves: 0.5 }' }, 7, 52, 'restocks are a share of 0.6, so moves cannot be one of 0.5'],
      ['orders from more warehouses than there are', { workload: 'workload: { kind: inventory, fewest: 3, most: 3 }' }, 7, 38, 'An order cannot take from 3 warehouses at least: there are 2 warehouses.'],
      ['orders from fewer warehouses than the fewest', { workload: 'workload: { kind: inventory, fewest: 2, most: 1 }' }, 7, 38, 'An order cannot take from 2 warehouses at least: most is 1.'],
      ['a claim about money where there are orders', { workload: 'workload: { kind: inventory }', expect: 'expect: { conservation: holds }' }, 9, 11, 'conservation is about transfers, and the workload is inventory'],
      ['a claim about stock where there is money', { expect: 'expect: { stock: holds }' }, 9, 11, 'stock is about inventory, and the workload is transfers'],
      ['more demanded than asked', { more: 'okAtLeast: 201' }, 10, 12, 'okAtLeast is 201'],
      ['a fault longer than the run', { more: 'timeLimit: 3s' }, 8, 10, 'the run is ended after timeLimit'],
      ['a pause as long as the wait for votes', { faults: 'faults: [pause participant-2 after force prepared for 400ms]', expect: 'expect: { target: { decision: abort } }' }, 8, 10, 'is luck'],
    ],
  )('%s', (_title, changes, line, column, says) => {
    const [problem] = problemsIn(yaml(changes));
    expect(problem?.message).toContain(says);
    expect(problem?.where).toMatchObject({ line, column });
  });

  test('a restarted participant can be blocked only while another fault outlasts its own by more than the bound', () => {
    const claims = (coordinator: string, own: string) =>
      problemsIn(
        yaml({
          faults: `faults:\n  - kill coordinator before force commit then restart after ${coordinator}\n  - kill participant-1 before send inquire of transaction 1 then restart after ${own}`,
        }),
      );
    expect(claims('2.5s', '500ms')).toEqual([]);
    expect(claims('1.5s', '500ms')).toMatchObject([{ found: 'participant-1', allowed: ['participant-2'] }]);
  });

  test('and a longer window, other timeouts or another claim are accepted', () => {
    expect(
      problemsIn(yaml({ faults: 'faults: [kill coordinator before force commit then restart after 1.1s]' })),
    ).toEqual([]);
    expect(problemsIn(yaml({ timeouts: 'timeouts: { vote: 600ms, blocked: 1.5s }' }))).toEqual([]);
    expect(
      problemsIn(
        yaml({
          faults: 'faults: [kill participant-2 after send vote then restart after 100ms]',
          expect: 'expect: { target: { decision: commit, blocked: [] } }',
        }),
      ),
    ).toEqual([]);
    expect(
      problemsIn(
        yaml({
          faults: 'faults: [cut participant-1 during commit]',
          expect: 'expect: { target: { blocked: [participant-1] } }',
        }),
      ),
    ).toEqual([]);
  });
});
