// Hosts on ports in memory: client, coordinator and two banks in one process, without a file, a socket or a promise.

import { describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { openingOf, transfer } from '../../support/bank-theatre.ts';
import { hostStage } from '../../support/host-stage.ts';
import type { HostCommand } from '../../../nodes/hosts/life.ts';
import type { ReportBody } from '../../../nodes/contract/control.ts';
import type { TraceBody } from '../../../nodes/contract/events.ts';
import type { Transfer } from '../../../nodes/workloads/transfers.ts';
import type { Request } from '../../../nodes/contract/messages.ts';
import type { HostStage } from '../../support/host-stage.ts';

const BANKS = ['participant-1', 'participant-2'];
const ALL = ['client', 'coordinator', ...BANKS];

function bank(protocol = '2pc'): HostStage {
  return hostStage({
    protocol,
    nodes: ALL,
    setup: {
      ...openingOf(BANKS),
      options: {
        client: { coordinator: nodeId('coordinator'), clients: 0, operations: 0, goesOn: false, busyMs: 0 },
        voters: 'all',
      },
    },
  });
}

function started(protocol?: string): HostStage {
  const stage = bank(protocol);
  stage.start(...ALL);
  return stage;
}

/** Has the client do these one after the other. */
const doing = (...list: readonly Transfer[]): HostCommand => ({
  do: 'ask',
  op: opId('run'),
  request: { word: 'probe', lists: [list] } as Request,
});
const run = doing(transfer());
const arm = (when: 'before' | 'after', verb: 'force' | 'send', word: string, nth = 1): HostCommand => ({
  do: 'arm',
  hold: 'fault-1',
  gap: { when, verb, word },
  nth,
  seen: 0,
});

function saidOf<Say extends ReportBody['say']>(stage: HostStage, name: string, say: Say) {
  return stage.said(name).filter((body): body is Extract<ReportBody, { say: Say }> => body.say === say);
}

function tracedOf<Kind extends TraceBody['kind']>(stage: HostStage, name: string, kind: Kind) {
  return stage.traced(name).filter((body): body is TraceBody & { kind: Kind } => body.kind === kind);
}

function endings(stage: HostStage) {
  return tracedOf(stage, 'client', 'told').flatMap(({ note }) =>
    note.word === 'completed' ? [{ outcome: note.outcome, reason: note.reason }] : [],
  );
}

const words = (stage: HostStage, name: string) => stage.disk(name).map(({ word }) => word);
const order = (stage: HostStage, name: string) =>
  stage.traced(name).flatMap((body) => {
    if (body.kind === 'durable') return [`durable ${body.record.word}`];
    return body.kind === 'sent' ? [`sent ${body.message.word}`] : [];
  });

describe('a host that boots', () => {
  test('is ready once its incarnation is on disk and it can be called', () => {
    const stage = bank();
    stage.boot('coordinator');
    stage.network.connect();
    stage.settleWithoutDisk();
    expect(saidOf(stage, 'coordinator', 'ready')).toEqual([]);
    stage.sync('coordinator');
    expect(saidOf(stage, 'coordinator', 'ready')).toHaveLength(1);
    expect(words(stage, 'coordinator')).toEqual(['boot']);
  });

  test('is not ready where nobody can call it yet', () => {
    const stage = bank();
    stage.boot('coordinator');
    stage.settle();
    expect(saidOf(stage, 'coordinator', 'ready')).toEqual([]);
    stage.network.connect();
    expect(saidOf(stage, 'coordinator', 'ready')).toHaveLength(1);
  });

  test('hands over what came before it served, and does then what the lab asked before', () => {
    const stage = started();
    stage.kill('participant-2');
    stage.boot('participant-2');
    stage.command('participant-2', { do: 'mark', id: 'early' });
    stage.command('client', run);
    stage.network.connect();
    stage.settleWithoutDisk();
    expect(saidOf(stage, 'participant-2', 'marked')).toEqual([]);
    expect(tracedOf(stage, 'participant-2', 'received')).toEqual([]);
    stage.settle();
    expect(saidOf(stage, 'participant-2', 'marked')).toEqual([{ say: 'marked', id: 'early', at: 0 }]);
    expect(endings(stage)).toMatchObject([{ outcome: 'ok' }]);
  });

  test('in a later life waits until it has met the others, and knows its incarnation from the log', () => {
    const stage = started();
    stage.kill('participant-1');
    stage.boot('participant-1');
    stage.settle();
    expect(saidOf(stage, 'participant-1', 'ready')).toHaveLength(1);
    stage.network.connect();
    stage.settle();
    expect(saidOf(stage, 'participant-1', 'ready')).toHaveLength(2);
    expect(tracedOf(stage, 'participant-1', 'booted')).toHaveLength(2);
    expect(words(stage, 'participant-1')).toEqual(['boot', 'boot']);
  });

  test('throws for a role that its program does not know', () => {
    const stage = hostStage({ nodes: ['judge'], setup: { ...openingOf([]), options: {} } });
    expect(() => stage.boot('judge')).toThrow('knows no role judge of 2pc');
  });
});

describe('hosts with a transfer', () => {
  test.each(['2pc', '2pc-presumed-nothing', '3pc'])('of %s commit it, and their client is told', (protocol) => {
    const stage = started(protocol);
    stage.command('client', doing(transfer(30)));
    stage.settle();
    expect(endings(stage)).toMatchObject([{ outcome: 'ok' }]);
    expect(saidOf(stage, 'client', 'answered')).toEqual([{ say: 'answered', op: 'run', answer: { word: 'done' } }]);
    for (const name of ['coordinator', ...BANKS]) expect(words(stage, name)).toContain('commit');
  });

  test('let nothing leave before the record that it rests on is on disk', () => {
    const stage = started();
    stage.command('client', run);
    stage.settleWithoutDisk();
    expect(order(stage, 'participant-1')).not.toContain('sent vote');
    stage.settle();
    for (const [record, message] of [
      ['prepared', 'vote'],
      ['commit', 'ack'],
    ] as const) {
      const done = order(stage, 'participant-1');
      expect(done).toContain(`sent ${message}`);
      expect(done.indexOf(`durable ${record}`)).toBeLessThan(done.indexOf(`sent ${message}`));
    }
  });

  test('say how they stand: who is in doubt, counts, and the last messages', () => {
    const stage = started();
    stage.command('client', run);
    stage.settle(({ json }) => !json.includes('"commit"'));
    stage.sayChanges('participant-1');
    expect(saidOf(stage, 'participant-1', 'status').at(-1)).toMatchObject({
      inDoubt: [{ about: 'coordinator.1.1', locks: ['a'] }],
      committed: 0,
      forced: 2,
      syncs: 2,
      sent: 1,
      messages: [{ to: 'coordinator', word: 'vote', about: 'coordinator.1.1', lost: false }],
    });
    stage.settle();
    stage.sayChanges('participant-1');
    stage.sayChanges('participant-1');
    expect(saidOf(stage, 'participant-1', 'status')).toHaveLength(2);
    expect(saidOf(stage, 'participant-1', 'status').at(-1)).toMatchObject({ inDoubt: [], committed: 1 });
  });

  test('that are finished have everything on disk, also what nobody forced', () => {
    const stage = started();
    stage.command('client', run);
    stage.settle();
    expect(words(stage, 'coordinator')).toEqual(['boot', 'commit']);
    stage.command('coordinator', { do: 'finish' });
    expect(saidOf(stage, 'coordinator', 'finished')).toEqual([]);
    stage.settle();
    expect(words(stage, 'coordinator')).toEqual(['boot', 'commit', 'end']);
    expect(stage.said('coordinator').slice(-2)).toMatchObject([{ say: 'status', committed: 1 }, { say: 'finished' }]);
  });
});

test('a host that is finished does nothing more, whatever it hears', () => {
  const stage = started();
  stage.command('participant-2', { do: 'finish' });
  stage.settle();
  expect(saidOf(stage, 'participant-2', 'finished')).toHaveLength(1);
  stage.command('client', run);
  for (let round = 0; round < 5; round++) stage.pass(500);
  expect(tracedOf(stage, 'participant-1', 'sent')).not.toEqual([]);
  expect(tracedOf(stage, 'participant-2', 'received')).toEqual([]);
  expect(words(stage, 'participant-2')).toEqual(['boot']);
});

describe('a host that is killed at a step', () => {
  test('has done all before it and nothing after, and its next life aborts what was not decided', () => {
    const stage = started();
    stage.command('coordinator', arm('before', 'force', 'commit'));
    stage.command('client', run);
    stage.settle();
    const about = 'coordinator.1.1';
    expect(saidOf(stage, 'coordinator', 'counted').map(({ count }) => count)).toEqual([0, 1]);
    expect(saidOf(stage, 'coordinator', 'held')).toMatchObject([{ hold: 'fault-1', about }]);
    expect(tracedOf(stage, 'coordinator', 'held')).toMatchObject([{ hold: 'fault-1', about, nth: 1 }]);

    stage.kill('coordinator');
    expect(words(stage, 'coordinator')).toEqual(['boot']);
    stage.start('coordinator');
    expect(endings(stage)).toEqual([{ outcome: 'unknown', reason: expect.stringContaining('connection') as string }]);
    stage.pass(1000);
    for (const name of BANKS) stage.command(name, { do: 'finish' });
    stage.settle();
    for (const name of BANKS) expect(words(stage, name)).toEqual(['boot', 'prepared', 'abort']);
  });

  test('loses the records that were appended behind the last force, and tells its decision again', () => {
    const stage = started();
    stage.command('client', run);
    stage.settle();
    expect(tracedOf(stage, 'coordinator', 'appended').map(({ record }) => record.word)).toEqual(['end']);
    stage.kill('coordinator');
    expect(words(stage, 'coordinator')).toEqual(['boot', 'commit']);
    stage.start('coordinator');
    stage.pass(1000);
    const commits = tracedOf(stage, 'coordinator', 'sent').filter(({ message }) => message.word === 'commit');
    expect(commits).toHaveLength(4);
    stage.command('coordinator', { do: 'finish' });
    stage.settle();
    expect(words(stage, 'coordinator')).toEqual(['boot', 'commit', 'boot', 'end']);
  });

  test('loses a force that the disk was still waited for', () => {
    const stage = started();
    stage.command('client', run);
    stage.settle(({ json }) => !json.includes('"vote"'));
    while (stage.network.deliver());
    stage.settleWithoutDisk();
    stage.kill('coordinator');
    expect(words(stage, 'coordinator')).toEqual(['boot']);
    expect(tracedOf(stage, 'coordinator', 'sent').map(({ message }) => message.word)).toEqual(['prepare', 'prepare']);
  });

  test('goes on where it stood when it is released instead', () => {
    const stage = started();
    stage.command('coordinator', arm('after', 'force', 'commit'));
    stage.command('client', run);
    stage.settle();
    expect(words(stage, 'coordinator')).toEqual(['boot', 'commit']);
    expect(endings(stage)).toEqual([]);
    stage.command('coordinator', { do: 'release', hold: 'fault-1' });
    stage.settle();
    expect(endings(stage)).toMatchObject([{ outcome: 'ok' }]);
  });
});

describe('an ask', () => {
  test('is refused where nobody is connected', () => {
    const stage = bank();
    stage.start('client');
    stage.command('client', run);
    stage.settle();
    expect(endings(stage)).toEqual([{ outcome: 'failed', reason: 'not sent: no connection to the coordinator' }]);
  });

  test('is lost when the connection breaks before its answer, once, and a late answer changes nothing', () => {
    const stage = started();
    stage.command('client', run);
    stage.settle(({ to }) => to !== 'client');
    stage.kill('coordinator');
    stage.settle();
    expect(endings(stage)).toEqual([{ outcome: 'unknown', reason: 'the connection broke before an answer came' }]);
    expect(tracedOf(stage, 'client', 'answered').map(({ word }) => word)).toEqual(['lost']);
  });
});

test('news is told to the lab at once', () => {
  const stage = started('3pc');
  stage.command('coordinator', arm('before', 'send', 'commit'));
  stage.command('client', run);
  stage.settle();
  stage.kill('coordinator');
  for (let round = 0; round < 20; round++) stage.pass(500);
  const news: readonly Extract<ReportBody, { say: 'told' }>[] = BANKS.flatMap((name) => saidOf(stage, name, 'told'));
  expect(new Set(news.map(({ note: { word: about } }) => about))).toEqual(new Set(['elected', 'terminated']));
  for (const name of BANKS) expect(words(stage, name)).toContain('commit');
});

test('what a role does not know is ignored, and traced', () => {
  const stage = started();
  const from = nodeId('participant-1');
  const to = nodeId('participant-2');
  stage.network.slip(from, to, { word: 'gossip', about: 'coordinator.1.1' });
  stage.network.slip(from, to, { kind: 'request', op: 'x.1.1', request: { word: 'chat' } });
  stage.settle();
  stage.command('participant-2', { do: 'finish' });
  stage.settle();
  expect(tracedOf(stage, 'participant-2', 'ignored')).toEqual([
    { kind: 'ignored', from, word: 'gossip', reason: 'unknown-word' },
    { kind: 'ignored', from, word: 'chat', reason: 'unknown-word' },
  ]);
  expect(tracedOf(stage, 'participant-2', 'received')).toEqual([]);
});

test.each<[what: string, message: { word: string; [field: string]: unknown }]>([
  ['names nobody who takes part', { word: 'prepare', part: {}, floor: 0 }],
  ['has a floor in letters', { word: 'prepare', participants: ['participant-1'], part: {}, floor: 'none' }],
  ['tells an outcome that is none', { word: 'outcome', outcome: 'perhaps' }],
])('a message that %s is ignored, and traced', (_, message) => {
  const stage = started();
  const from = nodeId('coordinator');
  stage.network.slip(from, nodeId('participant-2'), { about: 'coordinator.1.1', ...message });
  stage.settle();
  stage.command('participant-2', { do: 'finish' });
  stage.settle();
  expect(tracedOf(stage, 'participant-2', 'ignored')).toEqual([
    { kind: 'ignored', from, word: message.word, reason: 'wrong-shape' },
  ]);
  expect(tracedOf(stage, 'participant-2', 'received')).toEqual([]);
  expect(words(stage, 'participant-2')).toEqual(['boot']);
});
