// What hosts do with single messages for faults of the lab, and what it does to a transfer between two banks.

import { beforeEach, describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { openingOf, transfer } from '../../support/bank-theatre.ts';
import { hostStage } from '../../support/host-stage.ts';
import type { Meddling } from '../../../nodes/contract/meddling.ts';
import type { ReportBody } from '../../../nodes/contract/control.ts';
import type { TraceBody } from '../../../nodes/contract/events.ts';
import type { Request } from '../../../nodes/contract/messages.ts';
import type { HostStage } from '../../support/host-stage.ts';

const BANKS = ['participant-1', 'participant-2'];
const ALL = ['client', 'coordinator', ...BANKS];
const TX = 'coordinator.1.1';
let stage: HostStage;

beforeEach(() => {
  const client = { coordinator: nodeId('coordinator'), clients: 0, operations: 0, goesOn: false, busyMs: 0 };
  stage = hostStage({
    protocol: '2pc',
    nodes: ALL,
    setup: { ...openingOf(BANKS), options: { client, voters: 'all' } },
    timeouts: { vote: 400, inquiry: 150, resend: 150, operation: 5000, blocked: 1000 },
  });
  stage.start(...ALL);
});

function meddle(node: string, given: Partial<Meddling> & Pick<Meddling, 'how' | 'word'>): void {
  const to = (node === 'coordinator' ? BANKS : ['coordinator']).map(nodeId);
  stage.command(node, { do: 'meddle', fault: 'fault-1', to, ...given });
}

/** Has the client do so many transfers, one after the other. */
function transfers(count = 1): void {
  const list = Array.from({ length: count }, () => transfer());
  const request = { word: 'probe', lists: [list] } as Request;
  stage.command('client', { do: 'ask', op: opId('run'), request });
  stage.settle();
}

/** The messages of this word at a node: what its machine was given, sent, and what the host did with it. */
function story(node: string, word: string): string[] {
  return stage.traced(node).flatMap((body): string[] => {
    if (body.kind === 'meddled' && body.word === word) return [`${body.did} to ${body.to}`];
    if (body.kind === 'sent' && body.message.word === word) return [`sent to ${body.to}`];
    return body.kind === 'received' && body.message.word === word ? [`from ${body.from}`] : [];
  });
}

function said(node: string): ReportBody[] {
  const words = ['meddling', 'met', 'ceased'];
  return stage.said(node).filter((body) => words.includes(body.say));
}

function ends(): TraceBody[] {
  return stage.traced('client').filter((body) => body.kind === 'told' && body.note.word === 'completed');
}

const ok = { note: { outcome: 'ok' } };

describe('a host that drops messages', () => {
  test('writes down that it did, beside the line that they were sent, and they never arrive', () => {
    meddle('participant-1', { how: 'drop', word: 'ack' });
    transfers();
    expect(story('participant-1', 'ack')).toEqual(['sent to coordinator', 'dropped to coordinator']);
    expect(story('coordinator', 'ack')).toEqual(['from participant-2']);
    expect(said('participant-1')).toEqual([
      { say: 'meddling', fault: 'fault-1' },
      {
        say: 'met',
        fault: 'fault-1',
        count: 1,
        at: expect.any(Number) as number,
        to: 'coordinator',
        word: 'ack',
        about: TX,
      },
    ]);
  });

  test('does so as often as it is told and no more: then the coordinator, which asks again, has its answer', () => {
    meddle('participant-1', { how: 'drop', word: 'ack', times: 2 });
    transfers();
    stage.pass(10_000);
    stage.pass(10_000);
    expect(story('coordinator', 'ack').filter((line) => line === 'from participant-1')).toHaveLength(1);
    expect(story('participant-1', 'ack').filter((line) => line === 'dropped to coordinator')).toHaveLength(2);
    expect(ends()).toMatchObject([ok]);
  });

  test('leaves other words, other receivers and other transactions alone', () => {
    meddle('coordinator', { how: 'drop', word: 'commit', to: [nodeId('participant-2')], about: 'coordinator.1.2' });
    transfers(2);
    expect(story('participant-1', 'commit')).toHaveLength(2);
    expect(story('participant-2', 'commit')).toHaveLength(1);
    expect(story('participant-2', 'prepare')).toHaveLength(2);
    expect(said('coordinator')).toMatchObject([{ say: 'meddling' }, { say: 'met', about: 'coordinator.1.2' }]);
  });

  test('calls a message lost for which there is no connection, and has not met it', () => {
    meddle('coordinator', { how: 'duplicate', word: 'prepare', to: [nodeId('participant-2')] });
    stage.kill('participant-2');
    transfers();
    expect(story('coordinator', 'prepare')).toEqual(['sent to participant-1']);
    expect(said('coordinator')).toMatchObject([{ say: 'meddling' }]);
  });
});

describe('a host that sends messages twice', () => {
  test('has one line that it was sent, and two arrive', () => {
    meddle('participant-1', { how: 'duplicate', word: 'vote' });
    transfers();
    expect(story('participant-1', 'vote')).toEqual(['sent to coordinator', 'duplicated to coordinator']);
    expect(story('coordinator', 'vote').filter((line) => line === 'from participant-1')).toHaveLength(2);
    expect(ends()).toMatchObject([ok]);
  });

  test('does not make a coordinator decide before everybody has voted', () => {
    meddle('participant-1', { how: 'duplicate', word: 'vote' });
    meddle('participant-2', { how: 'drop', word: 'vote' });
    transfers();
    expect(stage.disk('coordinator').map(({ word }) => word)).toEqual(['boot']);
    stage.pass(500);
    expect(ends()).toMatchObject([{ note: { outcome: 'failed' } }]);
  });
});

describe('a host that sends messages later', () => {
  test('lets others pass them on the same connection', () => {
    meddle('coordinator', { how: 'delay', word: 'prepare', to: [nodeId('participant-2')], byMs: 600 });
    transfers();
    stage.pass(500);
    expect(
      stage.traced('participant-2').flatMap((body) => (body.kind === 'received' ? body.message.word : [])),
    ).toEqual(['abort']);
    stage.pass(200);
    expect(story('coordinator', 'prepare')).toEqual([
      'sent to participant-1',
      'sent to participant-2',
      'delayed to participant-2',
      'passed-on to participant-2',
    ]);
    // It was aborted meanwhile: the late prepare is refused, and nobody is in doubt.
    expect(story('participant-2', 'vote')).toEqual(['sent to coordinator']);
    expect(stage.disk('participant-2').map(({ word }) => word)).not.toContain('prepared');
  });

  test('has ceased when nothing is kept back any more', () => {
    meddle('coordinator', { how: 'delay', word: 'commit', to: [nodeId('participant-2')], byMs: 100 });
    transfers();
    stage.command('coordinator', { do: 'cease', fault: 'fault-1' });
    expect(said('coordinator').map(({ say }) => say)).toEqual(['meddling', 'met']);
    stage.pass(100);
    expect(said('coordinator').at(-1)).toEqual({ say: 'ceased', fault: 'fault-1', count: 1 });
  });

  test('calls it lost when it is due and there is no connection', () => {
    meddle('coordinator', { how: 'delay', word: 'commit', to: [nodeId('participant-2')], byMs: 100 });
    transfers();
    stage.kill('participant-2');
    stage.pass(100);
    expect(story('coordinator', 'commit').filter((line) => !line.startsWith('sent'))).toEqual([
      'delayed to participant-2',
      'lost to participant-2',
    ]);
  });

  test('forgets what it kept back when it dies', () => {
    meddle('coordinator', { how: 'delay', word: 'prepare', byMs: 100 });
    transfers();
    stage.kill('coordinator');
    stage.pass(100);
    for (const bank of BANKS) expect(story(bank, 'prepare')).toEqual([]);
  });
});

describe('a host that was told to cease', () => {
  test('meddles no more and says with how many it did', () => {
    meddle('participant-1', { how: 'drop', word: 'ack' });
    transfers();
    stage.command('participant-1', { do: 'cease', fault: 'fault-1' });
    transfers();
    expect(story('participant-1', 'ack').filter((line) => line.startsWith('dropped'))).toHaveLength(1);
    expect(said('participant-1').at(-1)).toEqual({ say: 'ceased', fault: 'fault-1', count: 1 });
  });

  test('of a fault that it never heard of says that it does nothing', () => {
    stage.command('participant-1', { do: 'cease', fault: 'fault-9' });
    expect(said('participant-1')).toEqual([{ say: 'ceased', fault: 'fault-9', count: 0 }]);
  });
});

test('a host that is told of the same fault twice goes on counting', () => {
  meddle('participant-1', { how: 'drop', word: 'ack', times: 1 });
  transfers();
  meddle('participant-1', { how: 'drop', word: 'ack', times: 1 });
  transfers();
  expect(story('participant-1', 'ack').filter((line) => line.startsWith('dropped'))).toHaveLength(1);
});

test('of two faults that fit one message the one that came first is done', () => {
  meddle('participant-1', { how: 'duplicate', word: 'ack' });
  meddle('participant-1', { how: 'drop', word: 'ack', fault: 'fault-2' });
  transfers();
  expect(story('coordinator', 'ack')).toHaveLength(3);
});

test('only the first few messages are told one by one, the others are in the count at the end', () => {
  meddle('coordinator', { how: 'duplicate', word: 'prepare' });
  transfers(10);
  expect(said('coordinator').filter(({ say }) => say === 'met')).toHaveLength(8);
  stage.command('coordinator', { do: 'cease', fault: 'fault-1' });
  expect(said('coordinator').at(-1)).toMatchObject({ say: 'ceased', count: 20 });
});
