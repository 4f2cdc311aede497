// Sentences: what they mean, and what is refused and where.

import { describe, expect, test } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { layoutOf, type Layout } from '../../../scenarios/language/layout.ts';
import { formatProblem } from '../../../scenarios/language/problem.ts';
import { formatSentence } from '../../../scenarios/language/sentence-text.ts';
import { parseSentence, type Sentence } from '../../../scenarios/language/sentence.ts';
import { planFaults } from '../../../scenarios/plan/fault-plan.ts';
import { bank, LAYOUT, withStores } from '../../support/bank-layout.ts';
import type { Fault } from '../../../compose/faults.ts';
import type { Gap } from '../../../nodes/contract/step.ts';
import type { Moment } from '../../../scenarios/language/moment.ts';

function parsed(text: string, layout: Layout = bank): Sentence {
  const result = parseSentence(text, layout);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.value;
}

const own = (node: string, gap: object): Moment => ({ kind: 'step', step: { node: nodeId(node), gap: gap as Gap } });
const P1 = nodeId('participant-1');
const P2 = nodeId('participant-2');
const C = nodeId('coordinator');
const kill = (node: string): Fault => ({ do: 'kill', node: nodeId(node) });

describe('a sentence', () => {
  test.each<[string, Sentence]>(
    // prettier-ignore
    [
      ['kill coordinator', { fault: kill('coordinator') }],
      ['kill coordinator during prepare', { fault: kill('coordinator'), moment: { kind: 'phase', phase: 'prepare' } }],
      ['Kill  COORDINATOR\tduring prepare ', { fault: kill('coordinator'), moment: { kind: 'phase', phase: 'prepare' } }],
      ['kill participant', { fault: kill('participant-1') }],
      ['kill coordinator before force commit', { fault: kill('coordinator'), moment: own('coordinator', { when: 'before', verb: 'force', word: 'commit' }) }],
      ['kill coordinator before send commit to last of transaction 20 then restart after 2.5s', { fault: kill('coordinator'), moment: own('coordinator', { when: 'before', verb: 'send', word: 'commit', peer: 'last' }), nth: 20, lastsMs: 2500 }],
      ['kill coordinator after send prepare to participant', { fault: kill('coordinator'), moment: own('coordinator', { when: 'after', verb: 'send', word: 'prepare', peer: 'participant-1' }) }],
      ['kill coordinator after receive vote from participant-2', { fault: kill('coordinator'), moment: own('coordinator', { when: 'after', verb: 'receive', word: 'vote', peer: 'participant-2' }) }],
      ['kill participant-2 at coordinator after force commit', { fault: kill('participant-2'), moment: own('coordinator', { when: 'after', verb: 'force', word: 'commit' }) }],
      ['kill participant-1 after send vote yes', { fault: kill('participant-1'), moment: own('participant-1', { when: 'after', verb: 'send', word: 'vote', kind: { field: 'vote', is: 'yes' } }) }],
      ['kill coordinator after receive vote no from participant-2 of transaction 3', { fault: kill('coordinator'), moment: own('coordinator', { when: 'after', verb: 'receive', word: 'vote', kind: { field: 'vote', is: 'no' }, peer: 'participant-2' }), nth: 3 }],
      ['kill coordinator before send outcome in-progress', { fault: kill('coordinator'), moment: own('coordinator', { when: 'before', verb: 'send', word: 'outcome', kind: { field: 'outcome', is: 'in-progress' } }) }],
      ['kill coordinator at 400ms', { fault: kill('coordinator'), moment: { kind: 'time', afterMs: 400 } }],
      ['fill participant-2 disk for 3s', { fault: { do: 'fill', node: P2 }, lastsMs: 3000 }],
      ['fill coordinator disk before force commit then heal', { fault: { do: 'fill', node: C }, moment: own('coordinator', { when: 'before', verb: 'force', word: 'commit' }) }],
      ['kill coordinator then restart', { fault: kill('coordinator') }],
      ['kill coordinator during voted then never', { fault: kill('coordinator'), moment: { kind: 'phase', phase: 'voted' }, ends: 'never' }],
      ['cut client then never', { fault: { do: 'cut', group: [nodeId('client')], from: ['coordinator', 'participant-1', 'participant-2'].map(nodeId), oneWay: false }, ends: 'never' }],
      ['kill coordinator then restart after 2m of transaction 3', { fault: kill('coordinator'), nth: 3, lastsMs: 120_000 }],
      ['cut participant-1 from participant-2 at participant-1 before send vote of the same transaction', { fault: { do: 'cut', group: [nodeId('participant-1')], from: [nodeId('participant-2')], oneWay: false }, moment: own('participant-1', { when: 'before', verb: 'send', word: 'vote' }), nth: 'same' }],
      ['restart participant-2 after send vote', { fault: { do: 'restart', node: nodeId('participant-2') }, moment: own('participant-2', { when: 'after', verb: 'send', word: 'vote' }) }],
      ['pause participant-1 for 1.5s', { fault: { do: 'pause', node: nodeId('participant-1') }, lastsMs: 1500 }],
      ['pause participant-1 for 2s then resume', { fault: { do: 'pause', node: nodeId('participant-1') }, lastsMs: 2000 }],
      ['pause participant-1 then resume after 2s', { fault: { do: 'pause', node: nodeId('participant-1') }, lastsMs: 2000 }],
      ['cut participant-2,participant-1 from coordinator one-way', { fault: { do: 'cut', group: [nodeId('participant-1'), nodeId('participant-2')], from: [nodeId('coordinator')], oneWay: true } }],
      ['cut participant-1 and participant-2 from coordinator , client for 3s', { fault: { do: 'cut', group: [nodeId('participant-1'), nodeId('participant-2')], from: [nodeId('coordinator'), nodeId('client')], oneWay: false }, lastsMs: 3000 }],
      ['cut coordinator after force commit', { fault: { do: 'cut', group: [nodeId('coordinator')], from: ['participant-1', 'participant-2', 'client'].map(nodeId), oneWay: false }, moment: own('coordinator', { when: 'after', verb: 'force', word: 'commit' }) }],
      ['drop ack', { fault: { do: 'drop', word: 'ack', from: [P1, P2], to: [C] } }],
      ['drop ack from participant-1 2 times', { fault: { do: 'drop', word: 'ack', from: [P1], to: [C], times: 2 } }],
      ['drop ack 1 time from participant', { fault: { do: 'drop', word: 'ack', from: [P1], to: [C], times: 1 } }],
      ['duplicate vote from participant-2 and participant-1 for 2s', { fault: { do: 'duplicate', word: 'vote', from: [P1, P2], to: [C] }, lastsMs: 2000 }],
      ['duplicate prepare to participant-1, participant-2 then heal', { fault: { do: 'duplicate', word: 'prepare', from: [C], to: [P1, P2] } }],
      ['delay commit to participant-2 by 3s', { fault: { do: 'delay', word: 'commit', from: [C], to: [P2], byMs: 3000 } }],
      ['delay commit by 3s to participant-2 during commit', { fault: { do: 'delay', word: 'commit', from: [C], to: [P2], byMs: 3000 }, moment: { kind: 'phase', phase: 'commit' } }],
      ['delay prepare to participant-2 by 500ms 1 times at 1s', { fault: { do: 'delay', word: 'prepare', from: [C], to: [P2], byMs: 500, times: 1 }, moment: { kind: 'time', afterMs: 1000 } }],
      ['drop commit to participant-2 after force commit of transaction 3', { fault: { do: 'drop', word: 'commit', from: [C], to: [P2] }, moment: own('coordinator', { when: 'after', verb: 'force', word: 'commit' }), nth: 3 }],
      ['drop vote from participant-1 of the same transaction', { fault: { do: 'drop', word: 'vote', from: [P1], to: [C] }, nth: 'same' }],
    ],
  )('%s', (text, expected) => {
    expect(parsed(text)).toEqual(expected);
  });

  const several = (first: string, ...others: string[]) => ({ fault: kill(first), alike: others.map(nodeId) });

  test.each<[string, Sentence]>(
    // prettier-ignore
    [
      ['kill all', several('coordinator', 'participant-1', 'participant-2')],
      ['kill all participants at 1s then restart after 2s', { ...several('participant-1', 'participant-2'), moment: { kind: 'time', afterMs: 1000 }, lastsMs: 2000 }],
      ['kill all participant', several('participant-1', 'participant-2')],
      ['kill all coordinators', { fault: kill('coordinator') }],
      ['kill all others during voted', { ...several('participant-1', 'participant-2'), moment: { kind: 'phase', phase: 'voted' } }],
      ['kill all others at participant-1 after send vote', { ...several('coordinator', 'participant-2'), moment: own('participant-1', { when: 'after', verb: 'send', word: 'vote' }) }],
      ['cut coordinator from all participants at 1s for 2s', { fault: { do: 'cut', group: [nodeId('coordinator')], from: ['participant-1', 'participant-2'].map(nodeId), oneWay: false }, moment: { kind: 'time', afterMs: 1000 }, lastsMs: 2000 }],
      ['cut participant-1 from all others', { fault: { do: 'cut', group: [nodeId('participant-1')], from: ['coordinator', 'participant-2', 'client'].map(nodeId), oneWay: false } }],
      ['cut participant-1 from all one-way', { fault: { do: 'cut', group: [nodeId('participant-1')], from: ['coordinator', 'participant-2', 'client'].map(nodeId), oneWay: true } }],
      ['cut all participants from client and coordinator', { fault: { do: 'cut', group: ['participant-1', 'participant-2'].map(nodeId), from: ['coordinator', 'client'].map(nodeId), oneWay: false } }],
      ['cut participant-1 from all participants', { fault: { do: 'cut', group: [nodeId('participant-1')], from: [nodeId('participant-2')], oneWay: false } }],
    ],
  )('of several nodes: %s', (text, expected) => {
    expect(parsed(text)).toEqual(expected);
    expect(parsed(formatSentence(expected, bank))).toEqual(expected);
  });

  test('may slow what is between two groups', () => {
    const sides = { group: [nodeId('participant-1')], from: [nodeId('coordinator')] };
    const expected: Sentence = { fault: { do: 'slow', ...sides, byMs: 200 }, lastsMs: 3000 };
    expect(parsed('slow participant-1 from coordinator by 200ms for 3s')).toEqual(expected);
    expect(formatSentence(expected, bank)).toBe('slow participant-1 from coordinator by 200ms then heal after 3s');
    expect(formatSentence(parsed('slow coordinator by 1s then never'), bank)).toBe('slow coordinator by 1s then never');
  });

  test('may move the clock of a store', () => {
    expect(parsed('clock redis back 3s at 1s', withStores)).toEqual({
      fault: { do: 'clock', node: 'redis-1', byMs: -3000 },
      moment: { kind: 'time', afterMs: 1000 },
    });
    expect(parsed('clock redis-2 forward 400ms then heal after 1s', withStores).fault).toEqual({
      do: 'clock',
      node: 'redis-2',
      byMs: 400,
    });
  });

  test('means the same as words of a shell and as one text', () => {
    const words = ['kill', 'coordinator', 'during', 'prepare', 'then restart after 3s'];
    expect(parseSentence(words, bank)).toEqual(parseSentence(words.join(' '), bank));
  });
});

describe('a sentence is refused', () => {
  test.each<[text: string, column: number, found: string, nearest: string | undefined, says: string]>(
    // prettier-ignore
    [
      ['', 1, 'the end', undefined, 'where a fault should be'],
      ['slow participant-1', 20, 'the end', undefined, 'how much later packets leave'],
      ['slow participant-1 from coordinator 200ms', 37, '200ms', undefined, 'how much later packets leave'],
      ['slow participant-1 by 0s', 23, '0s', undefined, 'Nothing is later by nothing'],
      ['slow participant-1 coordinator by 1s', 20, 'coordinator', 'from coordinator', 'two sides of a slow link'],
      ['slow coordinator,participant-1,participant-2,client by 1s', 6, 'coordinator,participant-1,participant-2,client', undefined, 'nobody left'],
      ['kill', 6, 'the end', undefined, 'where a node should be'],
      ['kil coordinator', 1, 'kil', 'kill', 'kil is not a fault'],
      ['kill coordinater', 6, 'coordinater', 'coordinator', 'no node coordinater'],
      ['kill participant-3', 6, 'participant-3', 'participant-1', 'no node participant-3'],
      ['kill coordinator during', 25, 'the end', undefined, 'where a phase of 2pc should be'],
      ['kill coordinator during prepar', 25, 'prepar', 'prepare', 'prepar is not a phase of 2pc'],
      ['kill coordinator whenever', 18, 'whenever', undefined, 'whenever is not'],
      ['kill coordinator befor force commit', 18, 'befor', 'before', 'befor is not'],
      ['kill coordinator before froce commit', 25, 'froce', 'force', 'something that coordinator does'],
      ['kill participant-1 before ask transfer', 27, 'ask', undefined, 'something that participant-1 does'],
      ['kill coordinator before force precommit', 31, 'precommit', 'commit', 'something that coordinator can force'],
      ['kill coordinator before force prepared', 31, 'prepared', undefined, 'something that coordinator can force'],
      ['kill coordinator before force', 31, 'the end', undefined, 'something that coordinator can force'],
      ['kill coordinator before force commit to last', 38, 'to', undefined, 'Nobody is at the other end of a force'],
      ['kill coordinator before send commit from last', 37, 'from', 'to', 'send to somebody'],
      ['kill coordinator before send commit to client', 40, 'client', undefined, 'whom coordinator can send commit to'],
      ['kill coordinator before send commit to coordinator', 40, 'coordinator', undefined, 'whom coordinator can send commit to'],
      ['kill coordinator before send commit to lsat', 40, 'lsat', 'last', 'whom coordinator can send commit to'],
      ['kill coordinator before send commit to', 40, 'the end', undefined, 'where somebody whom'],
      ['kill participant-1 after send vote yse', 36, 'yse', 'yes', 'not what a vote says (2pc)'],
      ['kill participant-1 after send vote maybe to coordinator', 36, 'maybe', undefined, 'not what a vote says (2pc)'],
      ['kill participant-1 after send vote yes no', 40, 'no', undefined, 'is not the beginning of'],
      ['kill coordinator after send prepare yes', 37, 'yes', undefined, 'is not the beginning of'],
      ['kill participant-1 after force prepared yes', 41, 'yes', undefined, 'is not the beginning of'],
      ['kill coordinator after receive vote from last', 42, 'last', undefined, 'not known in advance'],
      ['kill participant-2 at coordinater after force commit', 23, 'coordinater', 'coordinator', 'no node coordinater'],
      ['kill participant-2 at coordinator during prepare', 35, 'during', undefined, 'before or after'],
      ['kill coordinator at', 21, 'the end', undefined, 'a node or a duration'],
      ['kill coordinator at 400', 21, '400', undefined, 'no unit'],
      ['kill coordinator at 3h', 21, '3h', undefined, 'not a duration'],
      ['kill coordinator at 0.5ms', 21, '0.5ms', undefined, 'finer than a millisecond'],
      ['kill coordinator at 61m', 21, '61m', undefined, 'longer than an hour'],
      ['kill coordinator then restart after 3', 37, '3', undefined, 'no unit'],
      ['kill coordinator then restart after', 37, 'the end', undefined, 'where a duration should be'],
      ['kill coordinator then heal after 3s', 23, 'heal', 'restart', 'not what ends a kill'],
      ['pause coordinator then restart after 3s', 24, 'restart', 'resume', 'not what ends a pause'],
      ['cut coordinator then resume', 22, 'resume', 'heal', 'not what ends a cut'],
      ['kill coordinator then', 23, 'the end', 'restart', 'what ends a kill'],
      ['kill coordinator then nevr', 23, 'nevr', 'never', 'not what ends a kill'],
      ['kill coordinator then never after 3s', 29, 'after', undefined, 'no time after which it does'],
      ['pause coordinator for 3s then never', 19, 'for', undefined, 'said twice'],
      ['restart coordinator then never', 21, 'then', undefined, 'ends by itself'],
      ['kill client then never', 13, 'then', undefined, 'client does the workload'],
      ['pause all clients at 1s then never', 25, 'then', undefined, 'client does the workload'],
      ['kill coordinator for 3s', 18, 'for', undefined, 'does not come back by itself'],
      ['restart coordinator for 3s', 21, 'for', undefined, 'ends by itself'],
      ['restart coordinator then restart', 21, 'then', undefined, 'ends by itself'],
      ['pause coordinator for 3s then resume after 2s', 19, 'for', undefined, 'said twice'],
      ['pause coordinator for 3s for 3s', 26, 'for', undefined, 'said twice'],
      ['kill coordinator at 1s during prepare', 24, 'during', undefined, 'said twice'],
      ['kill coordinator of transaction 3 at 2s', 18, 'of', undefined, 'counted at a step'],
      ['kill coordinator of transactions 3', 21, 'transactions', 'transaction', 'what is counted'],
      ['kill coordinator of transaction 0', 33, '0', undefined, 'number of a transaction'],
      ['kill coordinator of transaction 20th', 33, '20th', undefined, 'number of a transaction'],
      ['cut participant-1, from coordinator', 20, 'from', undefined, 'no node from'],
      ['cut participant-1,participant-1', 19, 'participant-1', undefined, 'named twice'],
      ['cut participant-1 from participant-1', 24, 'participant-1', undefined, 'cut off from itself'],
      ['cut participant-2 for 5', 23, '5', undefined, 'no unit'],
      ['kill coordinator of the last transaction', 25, 'last', undefined, 'a transaction that is known'],
      ['kill coordinator of the same prepare', 30, 'prepare', undefined, 'what is meant'],
      ['cut coordinator,participant-1,participant-2,client', 5, 'coordinator,participant-1,participant-2,client', undefined, 'nobody left'],
      ['cut participant-1,participant-2 before force prepared', 33, 'before', undefined, 'Whose step is this?'],
      ['drop', 6, 'the end', undefined, 'where a message'],
      ['drop ak', 6, 'ak', 'ack', 'not a message that nodes send to each other (2pc)'],
      ['drop precommit', 6, 'precommit', 'commit', 'not a message that nodes send'],
      ['drop transfer', 6, 'transfer', undefined, 'asked or answered, not sent'],
      ['duplicate ok', 11, 'ok', undefined, 'a host can duplicate only messages between nodes'],
      ['drop ack from coordinator', 15, 'coordinator', undefined, 'coordinator sends no ack'],
      ['drop ack from participnt-1', 15, 'participnt-1', 'participant-1', 'no node participnt-1'],
      ['drop ack to client', 13, 'client', undefined, 'client is sent no ack'],
      ['drop ack from participant-1,participant-1', 29, 'participant-1', undefined, 'named twice'],
      ['drop ack to', 13, 'the end', undefined, 'where a node should be'],
      ['drop ack from participant-1 from participant-2', 29, 'from', undefined, 'said twice'],
      ['drop ack by 3s', 10, 'by', undefined, 'only a delay is by so much'],
      ['delay ack', 11, 'the end', undefined, 'by how much'],
      ['delay ack from participant-1 for 3s', 30, 'for', undefined, 'by how much'],
      ['delay ack 3s', 11, '3s', undefined, 'not said of anything'],
      ['delay ack by', 14, 'the end', undefined, 'where a duration should be'],
      ['delay ack by 3', 14, '3', undefined, 'no unit'],
      ['delay ack by 0ms', 14, '0ms', undefined, 'no delay'],
      ['drop ack from participant-1 2', 31, 'the end', undefined, 'where what 2 counts should be'],
      ['drop ack from participant-1 2 tmes', 31, 'tmes', 'times', 'not what 2 counts'],
      ['drop ack from participant-1 0 times', 29, '0', undefined, 'not a number of times'],
      ['drop ack from participant-1 1001 times', 29, '1001', undefined, 'not a number of times'],
      ['drop ack 2 times', 10, '2', undefined, 'Each host counts what its own node sends'],
      ['drop ack of transaction 3', 10, 'of', undefined, 'not said at whose step'],
      ['drop ack before send ack', 10, 'before', undefined, 'several nodes can send this'],
      ['drop ack then resume', 15, 'resume', 'heal', 'not what ends a drop'],
      ['drop ack then never', 15, 'never', undefined, 'hosts say then what they did'],
      ['drop vote yes', 11, 'yes', undefined, 'yes is not'],
      ['kill all particpants', 10, 'particpants', 'participants', 'not a group of nodes'],
      ['pause all other during voted', 11, 'other', 'others', 'not a group of nodes'],
      ['pause all others at 1s', 7, 'all', undefined, 'whom the others are other than'],
      ['kill all participants before send vote', 23, 'before', undefined, 'this fault hits several nodes'],
      ['cut all from client', 5, 'all', undefined, 'Nobody is left beside all'],
      ['cut all others from client', 5, 'all others', undefined, 'Nobody is left beside all others'],
      ['cut all participants from all participants', 27, 'all', undefined, 'left on the other side'],
      ['cut coordinator from all others,client', 22, 'all others', undefined, 'Nobody is left beside all others'],
      ['fill participant-3 disk', 6, 'participant-3', 'participant-1', 'no node'],
      ['fill client disk', 6, 'client', undefined, 'keeps no log of ours'],
      ['fill participant-2 dsik', 20, 'dsik', 'disk', 'not what of a node can be filled'],
      ['fill participant-2', 20, 'the end', undefined, 'what of a node can be filled'],
      ['fill participant-2 disk then resume', 30, 'resume', 'heal', 'not what ends a fill'],
      ['fill participant-2 disk then never', 30, 'never', undefined, 'gets room again'],
      ['clock redis forward 3s', 7, 'redis', undefined, 'no store'],
    ],
  )('%j at column %d, because of %j', (text, column, found, nearest, says) => {
    const result = parseSentence(text, bank);
    expect(result).toMatchObject({
      ok: false,
      problems: [{ where: { source: 'sentence', line: 1, column, text }, found }],
    });
    const [problem] = result.ok ? [] : result.problems;
    expect(problem?.nearest).toBe(nearest);
    expect(problem?.message).toContain(says);
  });

  test('with what is allowed there', () => {
    const allowed = (text: string, layout = bank) => {
      const result = parseSentence(text, layout);
      return result.ok ? [] : result.problems[0]?.allowed;
    };
    expect(allowed('kill coordinator before force precommit')).toEqual(['commit', 'checkpoint']);
    expect(allowed('kill coordinator before think commit')).toEqual([
      'force',
      'append',
      'send',
      'receive',
      'answer',
      'expire',
    ]);
    expect(allowed('kill nobody')).toEqual(['coordinator', 'participant-1', 'participant-2', 'client']);
    expect(allowed('kill coordinator during sleep')).toEqual(['prepare', 'voted', 'decide', 'commit']);
    expect(allowed('kill coordinator before send commit to nobody')).toEqual([
      'first',
      'last',
      'participant-1',
      'participant-2',
    ]);
    expect(allowed('kill coordinator at 400')).toEqual(['400ms', '400s', '400m']);
    expect(allowed('kill coordinator of transaction zero')).toEqual(['1 to 200']);
    const messages = ['prepare', 'commit', 'abort', 'outcome', 'vote', 'ack', 'inquire'];
    expect(allowed('drop ak')).toEqual(messages);
    expect(allowed('drop transfer')).toEqual(messages);
    expect(allowed('drop ack from client')).toEqual(['participant-1', 'participant-2']);
    expect(allowed('drop ack to redis-1', withStores)).toEqual(['coordinator']);
    expect(allowed('drop ack from participant-1 0 times')).toEqual(['1 to 1000']);
    expect(allowed('clock coordinator back 3s', withStores)).toEqual(['redis-1', 'redis-2']);
    expect(allowed('clock redis-1 back 0s', withStores)).toEqual(['1ms and more']);
  });

  test('when it waits for the last message to arrive, naming the step that follows', () => {
    const result = parseSentence('kill coordinator after receive vote from last', bank);
    expect(!result.ok && result.problems[0]?.hint).toContain('before force commit');
  });

  test('when it names a step of a store', () => {
    expect(parseSentence('kill redis-1 before force commit', withStores)).toMatchObject({
      ok: false,
      problems: [{ where: { column: 14 } }],
    });
  });

  test('when it is about messages of a store', () => {
    const result = parseSentence('drop vote to redis-1', withStores);
    expect(!result.ok && result.problems[0]?.message).toContain('only messages between nodes');
  });

  test('when one node is to send something to itself', () => {
    const apart = layoutOf({ ...LAYOUT, protocol: '2pc-cooperative' });
    const result = parseSentence('drop inquire from participant-1 to participant-1', apart);
    expect(!result.ok && result.problems[0]?.message).toContain('sends itself no inquire');
  });

  test('with its line and a caret under the word', () => {
    const result = parseSentence('kill coordinator during prepar', bank);
    expect(!result.ok && result.problems.map(formatProblem)).toEqual([
      [
        'sentence:1:25: prepar is not a phase of 2pc.',
        '  kill coordinator during prepar',
        '                          ^^^^^^',
        '  did you mean: prepare',
        '  allowed: prepare, voted, decide, commit',
      ].join('\n'),
    ]);
  });
});

describe('what is left open', () => {
  const plan = (text: string, { transactions = 200, blocked = 1000 } = {}) => {
    const layout = layoutOf({
      protocol: '2pc',
      topology: { participants: 3 },
      workload: { kind: 'transfers', transactions },
    });
    const [first, ...others] = planFaults(parsed(text, layout), { layout, timeouts: { blocked } });
    if (!first || others.length > 0) throw new Error('not one fault');
    return first;
  };

  test.each(
    // prettier-ignore
    [
      ['kill coordinator', 'kill coordinator during prepare of transaction 20 then restart after 3s'],
      ['kill coordinator during decide', 'kill coordinator during decide of transaction 20 then restart after 3s'],
      ['kill coordinator at 1s', 'kill coordinator at 1s then restart after 3s'],
      ['kill coordinator at 1s then never', 'kill coordinator at 1s then never'],
      ['restart participant-1 after send vote', 'restart participant-1 after send vote of transaction 20'],
      ['pause coordinator during commit', 'pause coordinator during commit of transaction 20 then resume after 3s'],
      ['drop ack', 'drop ack at 0ms then heal after 3s'],
      ['drop ack during commit', 'drop ack during commit of transaction 20 then heal after 3s'],
      ['delay commit to participant-3 by 2s of transaction 7', 'delay commit to participant-3 by 2s before send commit of transaction 7 then heal after 3s'],
      ['duplicate vote from participant-1,participant-2 at 1s for 1s', 'duplicate vote from participant-1,participant-2 at 1s then heal after 1s'],
      ['cut participant-1 from coordinator at 1s', 'cut participant-1 from coordinator at 1s then heal after 3s'],
    ],
  )('of %j becomes %j', (text, expected) => {
    expect(plan(text).text).toBe(expected);
  });

  test('is the middle transaction of a short workload, and three times a long bound', () => {
    expect(plan('kill coordinator', { transactions: 7 }).when).toMatchObject({ nth: 4 });
    expect(plan('kill coordinator', { transactions: 1 }).when).toMatchObject({ nth: 1 });
    expect(plan('kill coordinator', { blocked: 2000 }).then).toEqual({ do: 'restart', afterMs: 6000 });
    expect(plan('kill coordinator then never').then).toEqual({ do: 'restart', afterMs: 3000, never: true });
    expect(plan('restart coordinator').then).toEqual({ do: 'restart', afterMs: 0 });
  });

  test('of several nodes is one step, whose node is hit last: it holds for all of them', () => {
    const planned = (text: string) => planFaults(parsed(text), { layout: bank, timeouts: { blocked: 1000 } });
    expect(planned('kill all during voted').map(({ text }) => text)).toEqual([
      'kill participant-1 at coordinator before force commit of transaction 20 then restart after 3s',
      'kill participant-2 at coordinator before force commit of transaction 20 then restart after 3s',
      'kill coordinator before force commit of transaction 20 then restart after 3s',
    ]);
    expect(planned('pause all participants at 1s for 2s').map(({ text }) => text)).toEqual([
      'pause participant-1 at 1s then resume after 2s',
      'pause participant-2 at 1s then resume after 2s',
    ]);
  });

  test('is in a phase the step of the phase, wherever the fault hits', () => {
    const step = { node: 'coordinator', gap: { when: 'after', verb: 'send', word: 'prepare', peer: 'last' } };
    expect(plan('kill participant-2 during prepare')).toMatchObject({
      fault: { node: 'participant-2' },
      when: { step },
      stake: 'in flight',
    });
    expect(plan('kill coordinator during prepare')).toMatchObject({ fault: { node: 'coordinator' }, when: { step } });
  });

  test.each(
    // prettier-ignore
    [
      ['kill coordinator before force commit', 'in doubt'],
      ['kill coordinator before send prepare', 'in flight'],
      ['kill coordinator after send commit to participant-1', 'none'],
      ['kill participant-1 before force prepared', 'in flight'],
      ['kill participant-1 after send vote', 'in doubt'],
      ['kill participant-1 after send vote yes', 'in doubt'],
      ['kill participant-1 after send vote no', 'none'],
      ['kill participant-1 after send vote read', 'none'],
      ['kill coordinator before receive vote no', 'in flight'],
      ['kill participant-1 at coordinator after force commit', 'in doubt'],
      ['kill coordinator after receive transfer', 'none'],
      ['kill coordinator at 1s', 'none'],
    ],
  )('is what the protocol declares to be at stake: %s, %s', (text, stake) => {
    expect(plan(text).stake).toBe(stake);
  });
});
