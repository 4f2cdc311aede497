// What the model knows of a run while it goes on, from the feed alone.

import { IDLE } from '../../support/idle-status.ts';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { next } from '../../../cli/feed/follow.ts';
import { openModel } from '../../../cli/feed/model.ts';
import { doingOf, findingsOf, headlineOf, stageOf, stateOf } from '../../../cli/feed/phrases.ts';
import { nodeId, txId } from '../../../nodes/contract/ids.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { scenarioFromSentence } from '../../../scenarios/language/scenario.ts';
import { demand } from '../../../cli/usage.ts';
import { areBlocked, readRecording, replay, textOf } from '../../support/recorded-run.ts';
import type { Model } from '../../../cli/feed/model.ts';
import type { LabEvent } from '../../../nodes/contract/events.ts';
import type { ReportBody, Status } from '../../../nodes/contract/control.ts';

const RECORDING = readRecording(join(import.meta.dirname, '../dashboard/recorded-run.jsonl'));

/** A model of a run of this sentence, and what feeds it: times are milliseconds of both clocks. */
function watch(sentence: string, protocol = '2pc') {
  const model = openModel(makePlan(demand(scenarioFromSentence(sentence.split(' '), { protocol })), 1), 0);
  const report = (node: string, atMs: number, body: ReportBody, incarnation = 1) =>
    next(model, { kind: 'report', report: { node: nodeId(node), incarnation, seq: 1, ...body } }, atMs);
  return {
    model,
    report,
    status: (node: string, atMs: number, some: Partial<Status>, incarnation = 1) =>
      report(node, atMs, { say: 'status', at: atMs * 1000, ...IDLE, ...some }, incarnation),
    event: (atMs: number, body: Omit<LabEvent, 'at'>) =>
      next(model, { kind: 'event', event: { at: atMs * 1000, ...body } as LabEvent }, atMs),
    fault: (atMs: number, node: string, fault: string, seen = true) =>
      next(
        model,
        {
          kind: 'event',
          event: {
            at: atMs * 1000,
            kind: 'fault',
            id: 'fault-1',
            fault: fault as 'kill',
            node: nodeId(node),
            since: atMs * 1000,
            evidence: { seen, text: 'as shown' },
          },
        },
        atMs,
      ),
    tick: (atMs: number, lateMs = 0) => next(model, { kind: 'tick', lateMs }, atMs),
  };
}

const TX = txId({ coordinator: nodeId('coordinator'), incarnation: 1, counter: 7 });
const KILL = 'kill coordinator before force commit then restart after 2s';

function node(model: Model, id: string) {
  const found = model.nodes.find((one) => one.id === id);
  if (!found) throw new Error(`no node ${id}`);
  return found;
}

describe('a node', () => {
  test('is starting until it is ready', () => {
    const { model, report } = watch(KILL);
    expect(stateOf(node(model, 'client')).text).toBe('◌ starting');
    report('client', 10, { say: 'ready' });
    expect(stateOf(node(model, 'client')).text).toBe('● up');
  });

  test('is held, killed, restarting and up again, in this order', () => {
    const { model, report, fault, tick } = watch(KILL);
    const states: string[] = [];
    const note = () => states.push(node(model, 'coordinator').state);
    report('coordinator', 10, { say: 'ready' });
    note();
    report('coordinator', 20, { say: 'held', hold: 'fault-1', about: TX, at: 20_000 });
    note();
    fault(100, 'coordinator', 'kill');
    note();
    tick(2100);
    note();
    report('coordinator', 2150, { say: 'ready' }, 2);
    note();
    expect(states).toEqual(['up', 'held', 'killed', 'restarting', 'up']);
  });

  test('is not called killed where the kill left no evidence', () => {
    const { model, report, fault } = watch(KILL);
    report('coordinator', 10, { say: 'ready' });
    const lines = fault(100, 'coordinator', 'kill', false);
    expect(node(model, 'coordinator').state).toBe('up');
    expect(textOf(lines)).toEqual(['kill coordinator: no evidence: as shown']);
  });

  test('that is held for the fault of another goes on once that is there', () => {
    const { model, report, fault } = watch('cut participant-2 at coordinator after force commit for 2s');
    report('coordinator', 10, { say: 'held', hold: 'fault-1', about: TX, at: 10_000 });
    expect(node(model, 'coordinator').state).toBe('held');
    fault(50, 'participant-2', 'cut');
    expect([node(model, 'coordinator').state, node(model, 'participant-2').state]).toEqual(['up', 'cut off']);
  });

  test('that is promoted is up, and the fault is over', () => {
    const { model, fault } = watch('promote redis-2 at 1s', 'redis:failover');
    expect(textOf(fault(1050, 'redis-2', 'promote'))).toEqual(['promote redis-2: as shown']);
    expect(stateOf(node(model, 'redis-2')).text).toBe('● up');
    expect(model.faults.map((one) => stageOf(model, one).text)).toEqual(['✓ over: redis-2 was promoted']);
    expect(model.waiting).toBe('increments go on');
  });

  test('whose messages are dropped is up, and the first few of them are lines', () => {
    const { model, report, fault } = watch('drop ack from participant-1 for 2s');
    report('participant-1', 10, { say: 'ready' });
    expect(textOf(fault(50, 'participant-1', 'drop'))).toEqual(['drop participant-1: as shown']);
    expect(stateOf(node(model, 'participant-1')).text).toBe('● up');
    expect(model.faults.map((one) => stageOf(model, one).text.split(' ago')[0])).toEqual([
      '✗ ack from participant-1 dropped 0.0 s',
    ]);
    const met = (count: number) =>
      textOf(
        report('participant-1', 60, {
          say: 'met',
          fault: 'fault-1',
          count,
          at: 60_000,
          to: nodeId('coordinator'),
          word: 'ack',
          about: TX,
        }),
      );
    expect(met(1)).toEqual([`dropped participant-1's host: ack about ${TX} to coordinator`]);
    expect(met(5)).toEqual([]);
  });

  test('keeps its counts over a restart', () => {
    const { model, status } = watch(KILL);
    status('coordinator', 200, { committed: 5, aborted: 1, sent: 20 });
    status('coordinator', 400, { committed: 8, aborted: 1, sent: 30 });
    status('coordinator', 3000, { committed: 2, sent: 9 }, 2);
    expect(node(model, 'coordinator').counts).toMatchObject({ committed: 10, aborted: 1, sent: 39 });
  });

  test('that ends by itself is said to, with its last words', () => {
    const { model, event } = watch(KILL);
    const lines = event(10, {
      kind: 'exited',
      node: nodeId('participant-1'),
      byLab: false,
      exitCode: 70,
      oomKilled: false,
      lastLines: ['log corrupt'],
    } as never);
    expect(textOf(lines)).toEqual(['exited participant-1 ended by itself with code 70', 'log corrupt']);
    expect(node(model, 'participant-1').state).toBe('ended');
  });
});

describe('a doubt', () => {
  const inDoubt = [{ about: TX, since: 0, locks: ['a03'] }];

  test('is told at half the bound, at the bound, each second after, and when it ends, each once its node must have said what it knows', () => {
    const { report, status, tick } = watch(KILL);
    report('participant-1', 1, { say: 'ready' });
    const words = [
      status('participant-1', 100, { inDoubt }),
      tick(749),
      tick(750),
      tick(1249),
      tick(1250),
      tick(2249),
      tick(2250),
      status('participant-1', 2300, {}),
    ].map((lines) => lines.map(({ word }) => word).join());
    expect(words).toEqual(['', '', 'in doubt', '', 'blocked', '', 'blocked', 'decided']);
  });

  test('that is short is not told', () => {
    const { report, status } = watch(KILL);
    report('participant-1', 1, { say: 'ready' });
    expect([...status('participant-1', 100, { inDoubt }), ...status('participant-1', 300, {})]).toEqual([]);
  });

  test('makes the headline once it is past the bound, and the node says which locks it keeps', () => {
    const { model, report, status, tick } = watch(KILL);
    report('participant-1', 1, { say: 'ready' });
    status('participant-1', 100, { inDoubt });
    tick(1750);
    expect(headlineOf(model).text).toBe('✗ BLOCKED for 1.5 s: participant-1 (bound 1.0 s)');
    expect(doingOf(model, node(model, 'participant-1')).text).toBe('BLOCKED 1.5 s by coordinator.1.7, locks a03');
  });

  test('is not told of the time for which the lab itself was stopped', () => {
    const { model, report, status, tick } = watch(KILL);
    report('participant-1', 1, { say: 'ready' });
    status('participant-1', 100, { inDoubt });
    expect(tick(5100, 4900)).toEqual([]);
    expect(tick(5200)).toEqual([]);
    expect([...status('participant-1', 5300, {})]).toEqual([]);
    expect(headlineOf(model).text).not.toContain('BLOCKED');
  });

  test('is not told any more once the run has ended', () => {
    const { model, report, status, event, tick } = watch(KILL);
    report('participant-1', 1, { say: 'ready' });
    status('participant-1', 100, { inDoubt });
    event(200, { kind: 'ended', why: 'interrupted' } as never);
    expect(tick(3000)).toEqual([]);
    expect(headlineOf(model).text).toBe('· closing logs');
  });

  test('of a paused node blocks nobody', () => {
    const { model, report, status, fault, tick } = watch('pause participant-1 during commit for 5s');
    report('participant-1', 1, { say: 'ready' });
    status('participant-1', 100, { inDoubt });
    fault(200, 'participant-1', 'pause');
    expect(tick(3000)).toEqual([]);
    expect(headlineOf(model).text).not.toContain('BLOCKED');
  });
});

describe('what counts of a doubt, as in the verdict', () => {
  const inDoubt = [{ about: TX, since: 100_000, locks: ['a03'] }];
  const blockedLines = (lines: readonly { readonly word: string }[]) => lines.filter(({ word }) => word === 'blocked');

  test('is not a node’s own stop: one that was held and paused in doubt is not called blocked when it goes on', () => {
    const { model, report, status, fault, tick } = watch('pause participant-2 before receive commit for 3s');
    report('participant-2', 1, { say: 'ready' });
    status('participant-2', 100, { inDoubt });
    report('participant-2', 110, { say: 'held', hold: 'fault-1', about: TX, at: 110_000 });
    fault(300, 'participant-2', 'pause');
    tick(3000);
    const lines = [
      ...fault(3300, 'participant-2', 'resume'),
      ...status('participant-2', 3400, { inDoubt }),
      ...tick(6000),
    ];
    expect(blockedLines(lines)).toEqual([]);
    expect(headlineOf(model).text).not.toContain('BLOCKED');
    expect(model.longest.get(nodeId('participant-2'))).toBeLessThan(100);
  });

  test('is not the time for which the lab holds the coordinator, but that for which it is dead', () => {
    const { model, report, status, fault, tick } = watch(KILL);
    report('coordinator', 1, { say: 'ready' });
    report('participant-1', 1, { say: 'ready' });
    status('participant-1', 100, { inDoubt });
    report('coordinator', 110, { say: 'held', hold: 'fault-1', about: TX, at: 110_000 });
    tick(1500);
    fault(1600, 'coordinator', 'kill');
    tick(2500);
    expect(headlineOf(model).text).toBe('! in doubt for 0.5 s and more: participant-1');
    tick(2950);
    expect(headlineOf(model).text).toBe('✗ BLOCKED for 1.1 s: participant-1 (bound 1.0 s)');
  });

  test('stops when the fault ends', () => {
    const { model, report, status, fault, tick } = watch('pause coordinator during voted for 900ms');
    report('coordinator', 1, { say: 'ready' });
    report('participant-1', 1, { say: 'ready' });
    status('participant-1', 100, { inDoubt });
    fault(200, 'coordinator', 'pause');
    fault(1100, 'coordinator', 'resume');
    expect(blockedLines(tick(4000))).toEqual([]);
    expect(model.longest.get(nodeId('participant-1'))).toBe(900);
  });

  test('is not the time that a dead node took from running again to being ready, which nobody hears of', () => {
    const { model, event, report, status, fault, tick } = watch(
      'kill coordinator before force commit then restart after 900ms',
    );
    report('coordinator', 1, { say: 'ready' });
    report('participant-1', 1, { say: 'ready' });
    status('participant-1', 100, { inDoubt });
    fault(200, 'coordinator', 'kill');
    expect(blockedLines(tick(2400))).toEqual([]);
    expect(blockedLines(report('coordinator', 2500, { say: 'ready' }, 2))).toEqual([]);
    const evidence = { seen: true, text: 'as shown' };
    const restart = { kind: 'fault', id: 'fault-1', fault: 'restart', node: nodeId('coordinator'), since: 1_150_000 };
    expect(blockedLines(event(2600, { ...restart, evidence } as never))).toEqual([]);
    expect(model.longest.get(nodeId('participant-1'))).toBe(950);
  });

  test('is the time since a fault that is due may have begun, once that has shown itself', () => {
    const { model, event, report, status, tick } = watch('cut coordinator at 1s for 5s');
    event(1, { kind: 'phase', phase: 'serving' } as never);
    report('participant-1', 1, { say: 'ready' });
    status('participant-1', 950, { inDoubt: [{ about: TX, since: 900_000, locks: [] }] });
    expect(blockedLines(tick(2900))).toEqual([]);
    event(3000, {
      kind: 'fault',
      id: 'fault-1',
      fault: 'cut',
      node: nodeId('coordinator'),
      since: 1_000_000,
      evidence: { seen: true, text: 'as shown' },
    } as never);
    expect(blockedLines(tick(4200))).toEqual([]);
    expect(blockedLines(tick(4300))).toHaveLength(1);
    expect(model.longest.get(nodeId('participant-1'))).toBe(1050);
  });

  test('goes on over a restart of the node itself, without the time for which it was dead', () => {
    const { model, report, status, fault } = watch('kill participant-1 after send vote then restart after 2s');
    report('participant-1', 1, { say: 'ready' });
    status('participant-1', 500, { inDoubt });
    fault(600, 'participant-1', 'kill');
    report('participant-1', 2600, { say: 'ready' }, 2);
    fault(2700, 'participant-1', 'restart');
    status('participant-1', 2800, { inDoubt: [{ about: TX, since: 2_600_000, locks: [] }] }, 2);
    expect(headlineOf(model).text).not.toContain('BLOCKED');
  });

  test('is no time for which the disk of its node is full', () => {
    const { model, report, status, fault, tick } = watch('fill participant-1 disk after force prepared for 3s');
    report('participant-1', 1, { say: 'ready' });
    status('participant-1', 100, { inDoubt });
    fault(200, 'participant-1', 'fill');
    expect(stateOf(node(model, 'participant-1')).text).toBe('▣ disk full');
    expect(blockedLines(tick(3000))).toEqual([]);
    fault(3200, 'participant-1', 'heal');
    expect(stateOf(node(model, 'participant-1')).text).toBe('● up');
  });
});

describe('the recorded run', () => {
  const atTheBound = () => replay(RECORDING, areBlocked);
  const whole = () => replay(RECORDING, () => false);

  test('shows the step, the victim, the evidence and who waits, when the bound has passed', () => {
    const model = atTheBound();
    const [fault] = model.faults;
    expect(fault && stageOf(model, fault).text).toMatch(
      /^✗ coordinator killed 1\.\d s ago, restart in \d\.\d s; before force commit of coordinator\.1\.8$/,
    );
    expect(headlineOf(model).text).toMatch(/^✗ BLOCKED for 1\.\d s: participant-1, participant-2 \(bound 1\.0 s\)$/);
    expect(findingsOf(model).map(({ text }) => text)).toEqual([
      expect.stringMatching(/^✗ participant-1 was in doubt for 1\.\d s, bound 1\.0 s$/),
      expect.stringMatching(/^✗ participant-2 was in doubt for 1\.\d s, bound 1\.0 s$/),
      expect.stringMatching(/^\? \d transfers ended unknown to their clients$/),
      '· the verdict is judged from the whole history, at the end',
    ]);
    expect(model.messages.at(-1)).toMatchObject({ to: 'coordinator', word: 'inquire', lost: true });
  });

  test('counts exactly what was done before the kill', () => {
    expect(node(atTheBound(), 'coordinator').counts.committed).toBe(7);
  });

  test('leaves nobody in doubt, and as many transfers ok as the coordinator committed', () => {
    const model = whole();
    expect(model.nodes.flatMap(({ doubts }) => [...doubts.keys()])).toEqual([]);
    expect(node(model, 'client').operations.ok).toBe(node(model, 'coordinator').counts.committed);
    expect(model.stage).toBe('settled');
  });

  test('is told in the same lines whoever looks on', () => {
    expect(
      textOf(whole().lines).filter((line) => /^(serving|held|kill|restart|healed|probing|settled)/.test(line)),
    ).toEqual([
      'serving all 4 nodes connected; kill coordinator before force commit of transaction 8 then restart after 1.8s',
      'held coordinator before force commit: coordinator.1.8, the 8th transaction to reach this step',
      'kill coordinator: coordinator exited with code 137, killed by the engine with signal 9',
      expect.stringMatching(/^restart coordinator: coordinator was started again in \d+ ms$/),
      'healed the transfers are done and every fault has ended',
      'probing every account with 16 transfers',
      'settled quiescent: nothing in doubt or unfinished',
    ]);
  });
});

test('a clock that is moved is told of as such, and its server as one that is up', () => {
  const { model, fault, tick } = watch('clock redis-3 forward 60s at 1s then heal after 2s', 'redlock');
  const stageText = () => model.faults.map((one) => stageOf(model, one).text).join();
  fault(1000, 'redis-3', 'clock');
  tick(1500);
  expect(stageText()).toMatch(/^✗ the clock of redis-3 moved 0\.5 s ago, /);
  expect(stateOf(node(model, 'redis-3')).text).toContain('up');
  fault(3000, 'redis-3', 'heal');
  expect(stageText()).toBe('✓ over: the clock of redis-3 was moved');
});
