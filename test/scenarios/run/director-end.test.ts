// The director when every fault has come: it waits until all is at rest, probes, closes, and ends the run.

import { describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { directorStage, killAtStep, NODES, words } from '../../support/director-stage.ts';
import type { Transfer } from '../../../nodes/workloads/transfers.ts';
import type { PlannedFault } from '../../../scenarios/plan/plan-types.ts';

const { answerMarks, dumpAll, endWorkload, give, say, serve, state } = directorStage();

describe('the director', () => {
  test('settles, probes, settles again, dumps every node and has them write everything down', () => {
    serve([]);
    const done = words(answerMarks(endWorkload()));
    expect(done).toEqual([
      'client: ask stop',
      'client: mark',
      'record phase',
      'arm settle',
      ...NODES.map((node) => `${node}: ask dump`),
    ]);
    expect(dumpAll()).toContain('client: ask probe');
    say('client', { say: 'answered', op: opId('probe'), answer: { word: 'done' } });
    const closed = dumpAll();
    expect(closed.filter((word) => word === 'record dumped')).toHaveLength(4);
    expect(closed).toContain('coordinator: finish');
    for (const node of NODES.slice(1)) expect(words(say(node, { say: 'finished' }))).toEqual([]);
    expect(words(say('coordinator', { say: 'finished' }))).toContain('end');
  });

  test('gives up a step that no transfer reached before it probes, and lets a node go that a probe brings there all the same', () => {
    serve([killAtStep]);
    answerMarks(endWorkload());
    const probing = dumpAll();
    expect(probing).toContain('coordinator: release');
    expect(probing.indexOf('coordinator: release')).toBeLessThan(probing.indexOf('client: ask probe'));
    const held = say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 });
    expect(words(held)).toEqual(['coordinator: release']);
  });

  test('says of a step that was reached, and whose node was not heard of in time, why it was not hit', () => {
    serve([killAtStep]);
    say('coordinator', { say: 'counted', hold: 'fault-1', count: 20 });
    const done = answerMarks(endWorkload());
    const phases = [...done, ...answerMarks(give({ kind: 'expired', timer: 'settle' }))].flatMap((effect) =>
      effect.do === 'record' && effect.event.kind === 'phase' ? [effect.event] : [],
    );
    const detail =
      'not hit: coordinator before force commit: reached, but coordinator did not say in time that it is held there';
    expect(phases).toEqual([
      { at: expect.any(Number) as number, kind: 'phase', phase: 'healed' },
      { at: expect.any(Number) as number, kind: 'phase', phase: 'probing', detail },
    ]);
  });

  test('probes when every node hears every other again', () => {
    serve([]);
    answerMarks(endWorkload());
    say('participant-2', { say: 'linked', peers: [nodeId('client')] });
    expect(dumpAll()).not.toContain('client: ask probe');
    say('participant-2', { say: 'linked', peers: ['coordinator', 'participant-1', 'client'].map(nodeId) });
    give({ kind: 'expired', timer: 'look-again' });
    expect(dumpAll()).toContain('client: ask probe');
  });

  test('lets a fault come first whose node says that it is held when the last transfer has ended already', () => {
    serve([killAtStep]);
    answerMarks(endWorkload());
    const round = state().dumpRound;
    const held = answerMarks(say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 }));
    expect(words(held)).toEqual([
      'disarm settle',
      'disarm look-again',
      'client: ask run',
      'client: mark',
      'inject fault-1',
    ]);
    const late = { word: 'dump', state: { inDoubt: [], unfinished: [], holds: [], content: null } };
    for (const node of NODES)
      expect(say(node, { say: 'answered', op: opId(`dump-${round}`), answer: late })).toEqual([]);
    answerMarks(give({ kind: 'injected', fault: 'fault-1', evidence: { seen: true, text: 'dead' } }));
    answerMarks(give({ kind: 'expired', timer: 'undo fault-1' }));
    give({ kind: 'undone', fault: 'fault-1', evidence: { seen: true, text: 'started' } });
    expect(words(answerMarks(say('coordinator', { say: 'ready' })))).toContain('client: ask stop');
    const stopped = words(
      answerMarks(say('client', { say: 'answered', op: opId('stop-2'), answer: { word: 'done' } })),
    );
    expect(stopped.filter((word) => word.endsWith('ask dump'))).toHaveLength(4);
  });

  test('asks for the probes of the plan, list by list', () => {
    const one = nodeId('participant-1');
    const end = { bank: one, account: 'a00' };
    const lists: readonly (readonly Transfer[])[] = [[{ word: 'transfer', from: end, to: end, amount: 1 }], []];
    serve([], { probes: lists });
    answerMarks(endWorkload());
    const empty = { word: 'dump', state: { inDoubt: [], unfinished: [], holds: [], content: null } };
    const settled = NODES.flatMap((node) => say(node, { say: 'answered', op: opId('dump-1'), answer: empty }));
    expect(settled).toContainEqual({
      do: 'command',
      node: 'client',
      command: { do: 'ask', op: 'probe', request: { word: 'probe', lists } },
    });
  });

  test('keeps the clients at work until every planned fault has come and ended', () => {
    const late: PlannedFault = { ...killAtStep, when: { at: 'time', afterMs: 1000 } };
    serve([late]);
    const run = { say: 'answered', op: opId('run'), answer: { word: 'done' } } as const;
    expect(words(say('client', run))).toEqual([]);
    answerMarks(give({ kind: 'expired', timer: 'at fault-1' }));
    answerMarks(give({ kind: 'injected', fault: 'fault-1', evidence: { seen: true, text: 'dead' } }));
    answerMarks(give({ kind: 'expired', timer: 'undo fault-1' }));
    give({ kind: 'undone', fault: 'fault-1', evidence: { seen: true, text: 'started' } });
    expect(words(answerMarks(say('coordinator', { say: 'ready' })))).toContain('client: ask stop');
  });

  test('does not take an answer to an earlier stop for one to the latest', () => {
    serve([killAtStep]);
    say('client', { say: 'answered', op: opId('run'), answer: { word: 'done' } });
    answerMarks(say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 }));
    const late = { say: 'answered', op: opId('stop-1'), answer: { word: 'done' } } as const;
    expect(say('client', late)).toEqual([]);
    expect(state().stage).toBe('running');
  });

  test('looks again while somebody is in doubt, and gives up at the settle bound', () => {
    serve([]);
    answerMarks(endWorkload());
    const busy = { word: 'dump', state: { inDoubt: ['c.1.1'], unfinished: [], holds: [], content: null } };
    const looks = NODES.flatMap((node) => say(node, { say: 'answered', op: opId('dump-1'), answer: busy }));
    expect(words(looks)).toEqual(['arm look-again']);
    expect(words(give({ kind: 'expired', timer: 'settle' }))).toContain('client: ask probe');
  });

  test('ends a run whose node dies by itself, with its last words', () => {
    serve([]);
    const effects = give({
      kind: 'exited',
      node: nodeId('participant-1'),
      exitCode: 70,
      oomKilled: false,
      lastLines: ['boom'],
    });
    expect(effects).toContainEqual({
      do: 'record',
      event: expect.objectContaining({ kind: 'exited', lastLines: ['boom'], byLab: false }) as never,
    });
    expect(words(effects)).toContain('record ended');
    for (const node of ['coordinator', 'participant-2'] as const) say(node, { say: 'finished' });
    expect(words(say('client', { say: 'finished' }))).toContain('end');
  });

  test('ends at its time limit, and without waiting for ever for a node that does not finish', () => {
    serve([]);
    expect(words(give({ kind: 'expired', timer: 'limit' }))).toContain('record ended');
    for (const node of NODES.slice(1)) say(node, { say: 'finished' });
    const late = give({ kind: 'expired', timer: 'finish' });
    expect(words(late)).toContain('end');
    const lost = late.flatMap((effect) => (effect.do === 'record' ? [effect.event] : []));
    expect(lost).toMatchObject([{ kind: 'trace-lost', node: NODES[0] }]);
    expect(give({ kind: 'expired', timer: 'finish' })).toEqual([]);
  });
});
