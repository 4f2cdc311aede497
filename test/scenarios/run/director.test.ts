// The director while clients run: it waits for the nodes, and has every fault come at its step, be marked, and end.

import { describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { advance } from '../../../scenarios/run/fault-timeline.ts';
import { directorStage, killAtStep, NODES, words, type Name } from '../../support/director-stage.ts';
import type { DirectorEffect } from '../../../scenarios/run/director.ts';
import type { PlannedFault } from '../../../scenarios/plan/plan-types.ts';

const { answerMarks, begin, endWorkload, give, say, serve, state } = directorStage();

describe('the director', () => {
  test('lets the clients run only when every node hears every other', () => {
    expect(serve([])).toContain('client: ask run');
    begin([]);
    for (const node of NODES) say(node, { say: 'ready' });
    expect(words(say('client', { say: 'linked', peers: [nodeId('coordinator')] }))).toEqual([]);
  });

  test('lets the clients run only when every step is armed', () => {
    begin([killAtStep]);
    give({ kind: 'started' });
    const ready = NODES.flatMap((node) => say(node, { say: 'ready' }));
    expect(words(ready)).toEqual(['coordinator: arm']);
    const peersOf = (node: Name) => NODES.filter((name) => name !== node).map(nodeId);
    for (const node of NODES) expect(say(node, { say: 'linked', peers: peersOf(node) })).toEqual([]);
    expect(words(answerMarks(say('coordinator', { say: 'counted', hold: 'fault-1', count: 0 })))).toContain(
      'client: ask run',
    );
  });

  test('arms the step, brackets the fault with marks of a node that it does not hit, and injects while the node is held', () => {
    expect(serve([killAtStep])).toContain('coordinator: arm');
    const held = say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 });
    expect(words(held)).toEqual(['client: mark']);
    expect(words(answerMarks(held))).toEqual(['client: mark', 'inject fault-1']);
  });

  describe('with a second fault of the same transaction', () => {
    const step = { node: nodeId('participant-1'), gap: { when: 'before', verb: 'send', word: 'inquire' } } as const;
    const same: PlannedFault = { ...killAtStep, id: 'fault-2', when: { at: 'step', step, nth: 'same' } };
    const hold = { do: 'arm', hold: 'fault-2', gap: step.gap, nth: 1, seen: 0 };
    const holdFirst = () => say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 });
    const detailsOf = (effects: readonly DirectorEffect[]) =>
      effects.flatMap((effect) =>
        effect.do === 'record' && effect.event.kind === 'phase' ? [effect.event.detail] : [],
      );

    test('has its step watched from the start, and arms it when the first fault has held one, for that one alone', () => {
      serve([killAtStep, same]);
      const [watched] = state()
        .faults.slice(1)
        .flatMap((fault) => advance(fault, { kind: 'ready', node: step.node }));
      expect(watched).toMatchObject({ do: 'arm', node: 'participant-1', which: { watch: true } });
      const command = { ...hold, about: 'coordinator.1.20' };
      expect(holdFirst()).toContainEqual({ do: 'command', node: 'participant-1', command });
    });

    test('says that it was not hit only when nobody waits for it any more, and whether that transaction was open', () => {
      const open = { inDoubt: ['coordinator.1.20' as never], unfinished: [], holds: [], content: null };
      const answer = { word: 'dump', state: open };
      serve([{ ...killAtStep, fault: { do: 'pause', node: nodeId('participant-2') } }, same]);
      answerMarks(holdFirst());
      answerMarks(give({ kind: 'injected', fault: 'fault-1', evidence: { seen: true, text: 'paused' } }));
      answerMarks(give({ kind: 'expired', timer: 'undo fault-1' }));
      answerMarks(give({ kind: 'undone', fault: 'fault-1', evidence: { seen: true, text: 'resumed' } }));
      expect(detailsOf(answerMarks(endWorkload()))).toEqual([undefined]);
      const round = opId(`dump-${state().dumpRound}`);
      for (const node of NODES) say(node, { say: 'answered', op: round, answer });
      const [detail] = detailsOf(answerMarks(give({ kind: 'expired', timer: 'settle' })));
      expect(detail).toMatch(/^not hit: participant-1 before send inquire: not awaited any longer/);
    });
  });

  test('asks a client that was killed to run its list anew', () => {
    const killClient: PlannedFault = { ...killAtStep, fault: { do: 'kill', node: nodeId('client') } };
    serve([killClient]);
    answerMarks(say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 }));
    answerMarks(give({ kind: 'injected', fault: 'fault-1', evidence: { seen: true, text: 'dead' } }));
    answerMarks(give({ kind: 'expired', timer: 'undo fault-1' }));
    give({ kind: 'undone', fault: 'fault-1', evidence: { seen: true, text: 'started' } });
    expect(words(answerMarks(say('client', { say: 'ready' })))).toContain('client: ask run');
  });

  test('records the fault with its evidence, waits, restarts, and records the restart when the node is ready', () => {
    serve([killAtStep]);
    answerMarks(say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 }));
    const injected = answerMarks(
      give({
        kind: 'injected',
        fault: 'fault-1',
        evidence: { seen: true, text: 'dead' },
        log: { incarnation: 1, records: [] },
      }),
    );
    expect(words(injected)).toEqual([
      'client: mark',
      'record fault kill by coordinator',
      'arm undo fault-1',
      'client: mark',
      'record logged',
    ]);
    expect(words(answerMarks(give({ kind: 'expired', timer: 'undo fault-1' })))).toEqual([
      'client: mark',
      'undo fault-1',
    ]);
    expect(words(give({ kind: 'undone', fault: 'fault-1', evidence: { seen: true, text: 'started' } }))).toEqual([]);
    expect(words(answerMarks(say('coordinator', { say: 'ready' })))).toEqual([
      'client: mark',
      'record fault restart by coordinator',
    ]);
  });

  test('releases a held node that is not the one killed', () => {
    serve([{ ...killAtStep, fault: { do: 'kill', node: nodeId('participant-2') } }]);
    answerMarks(say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 }));
    const injected = answerMarks(give({ kind: 'injected', fault: 'fault-1', evidence: { seen: true, text: 'dead' } }));
    expect(words(injected)).toContain('coordinator: release');
  });

  test('does not wait out a fault that left no evidence', () => {
    serve([killAtStep]);
    answerMarks(say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 }));
    const injected = answerMarks(
      give({ kind: 'injected', fault: 'fault-1', evidence: { seen: false, text: 'nothing' } }),
    );
    expect(injected).toContainEqual({ do: 'arm', timer: 'undo fault-1', afterMs: 0 });
  });

  test('arms a step again after a restart with the count so far', () => {
    const later: PlannedFault = {
      ...killAtStep,
      id: 'fault-2',
      when: { ...(killAtStep.when as Extract<PlannedFault['when'], { at: 'step' }>), nth: 50 },
    };
    serve([killAtStep, later]);
    say('coordinator', { say: 'counted', hold: 'fault-2', count: 20 });
    answerMarks(say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 }));
    answerMarks(give({ kind: 'injected', fault: 'fault-1', evidence: { seen: true, text: 'dead' } }));
    answerMarks(give({ kind: 'expired', timer: 'undo fault-1' }));
    give({ kind: 'undone', fault: 'fault-1', evidence: { seen: true, text: 'started' } });
    expect(say('coordinator', { say: 'ready' })).toContainEqual({
      do: 'command',
      node: 'coordinator',
      command: {
        do: 'arm',
        hold: 'fault-2',
        gap: { when: 'before', verb: 'force', word: 'commit' },
        nth: 50,
        seen: 20,
      },
    });
  });

  test('keeps a dead node among the dead while a cut of the same node heals', () => {
    const cut: PlannedFault = {
      ...killAtStep,
      id: 'fault-2',
      fault: { do: 'cut', group: [nodeId('coordinator')], from: [nodeId('participant-1')], oneWay: false },
      when: { at: 'time', afterMs: 1000 },
      then: { do: 'heal', afterMs: 1000 },
    };
    serve([killAtStep, cut]);
    answerMarks(say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 }));
    answerMarks(give({ kind: 'injected', fault: 'fault-1', evidence: { seen: true, text: 'dead' } }));
    answerMarks(give({ kind: 'expired', timer: 'at fault-2' }));
    answerMarks(give({ kind: 'injected', fault: 'fault-2', evidence: { seen: true, text: 'cut' } }));
    answerMarks(give({ kind: 'expired', timer: 'undo fault-2' }));
    answerMarks(give({ kind: 'undone', fault: 'fault-2', evidence: { seen: true, text: 'healed' } }));
    expect([...state().down]).toEqual(['coordinator']);
  });

  test('asks another living node for a mark whose node dies before it answers, and takes the first answer alone', () => {
    const killClient: PlannedFault = {
      ...killAtStep,
      id: 'fault-2',
      fault: { do: 'kill', node: nodeId('client') },
      when: { at: 'time', afterMs: 1000 },
    };
    serve([killAtStep, killClient]);
    const dying = give({ kind: 'expired', timer: 'at fault-2' });
    expect(words(dying)).toEqual(['coordinator: mark']);
    const held = say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 });
    expect(words(held)).toEqual(['client: mark']);
    const killed = answerMarks(dying);
    const again = killed.find((effect) => effect.do === 'command' && effect.node === 'participant-1');
    expect(words(killed)).toEqual(['coordinator: mark', 'participant-1: mark', 'inject fault-1', 'inject fault-2']);
    expect(held).toEqual([{ ...again, node: 'client' }]);
    expect(answerMarks(held)).toEqual(held);
  });

  test('asks for a mark when somebody comes back, where nobody was alive to be asked', () => {
    serve([killAtStep]);
    for (const node of NODES) state().down.add(nodeId(node));
    expect(give({ kind: 'expired', timer: 'at fault-1' })).toEqual([]);
    expect(words(say('participant-2', { say: 'ready' }))).toEqual(['participant-2: mark']);
  });

  test('asks whom a name means that a fault is to hit, and injects it into that node', () => {
    const killLeader: PlannedFault = {
      ...killAtStep,
      fault: { do: 'kill', node: { role: 'participant', select: 'leader' } },
    };
    serve([killLeader]);
    const held = say('coordinator', { say: 'held', hold: 'fault-1', about: 'coordinator.1.20', at: 5000 });
    expect(held).toEqual([{ do: 'resolve', id: 'fault-1', name: { role: 'participant', select: 'leader' } }]);
    const nodes = [nodeId('participant-2')];
    expect(answerMarks(give({ kind: 'resolved', id: 'fault-1', nodes }))).toContainEqual({
      do: 'inject',
      id: 'fault-1',
      fault: { do: 'kill', node: 'participant-2' },
    });
    const injected = answerMarks(give({ kind: 'injected', fault: 'fault-1', evidence: { seen: true, text: 'dead' } }));
    expect(words(injected)).toEqual([
      'client: mark',
      'record fault kill by participant-2',
      'coordinator: release',
      'arm undo fault-1',
    ]);
  });
});
