import { beforeEach, describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { advance } from '../../../scenarios/run/fault-timeline.ts';
import { direct, startDirector } from '../../../scenarios/run/director.ts';
import type { Transfer } from '../../../nodes/workloads/transfers.ts';
import type { Report, ReportBody } from '../../../nodes/contract/control.ts';
import type { Plan, PlannedFault } from '../../../scenarios/plan/plan-types.ts';
import type { DirectorEffect, DirectorInput, DirectorState } from '../../../scenarios/run/director.ts';

const NODES = ['coordinator', 'participant-1', 'participant-2', 'client'] as const;
type Name = (typeof NODES)[number];

const killAtStep: PlannedFault = {
  id: 'fault-1',
  fault: { do: 'kill', node: nodeId('coordinator') },
  when: {
    at: 'step',
    step: { node: nodeId('coordinator'), gap: { when: 'before', verb: 'force', word: 'commit' } },
    nth: 20,
  },
  then: { do: 'restart', afterMs: 3000 },
  stake: 'in doubt',
  text: 'kill coordinator before force commit',
};

function planWith(faults: readonly PlannedFault[]): Plan {
  return {
    version: 1,
    scenario: 'test',
    title: 'test',
    protocol: '2pc',
    drivers: [nodeId('client')],
    askedNode: nodeId('coordinator'),
    seed: 1,
    nodes: NODES.map((name) => ({ id: nodeId(name), role: name.replace(/-\d$/, '') })),
    sites: {},
    family: 'commit',
    workload: 'transfers',
    initial: {},
    params: {},
    timeouts: { inquiry: 150, resend: 150, vote: 400, blocked: 1000 },
    options: {},
    faults,
    expect: { properties: {} },
    promises: [],
    okAtLeast: 1,
    timeLimitMs: 60_000,
    probes: [],
  };
}

let state: DirectorState;
let seq = 0;
let clock = 1000;

const give = (input: DirectorInput) => direct(state, input);
const say = (node: Name, body: ReportBody) =>
  give({ kind: 'report', report: { node: nodeId(node), incarnation: 1, seq: ++seq, ...body } as Report });

/** What was done, in short words. */
function words(effects: readonly DirectorEffect[]): string[] {
  return effects.map((effect) => {
    if (effect.do === 'command')
      return `${effect.node}: ${effect.command.do}${effect.command.do === 'ask' ? ` ${effect.command.request.word}` : ''}`;
    if (effect.do === 'record')
      return `record ${effect.event.kind}${effect.event.kind === 'fault' ? ` ${effect.event.fault} by ${effect.event.node}` : ''}`;
    if (effect.do === 'arm' || effect.do === 'disarm') return `${effect.do} ${effect.timer}`;
    if (effect.do === 'dump') return `dump ${effect.node}`;
    return effect.do === 'end' ? 'end' : `${effect.do} ${effect.id}`;
  });
}

/** Answers every mark that was asked for, and all marks that follow from that. */
function answerMarks(effects: readonly DirectorEffect[]): DirectorEffect[] {
  return effects.flatMap((effect) => {
    if (effect.do !== 'command' || effect.command.do !== 'mark') return [effect];
    return [effect, ...answerMarks(say(effect.node as Name, { say: 'marked', id: effect.command.id, at: ++clock }))];
  });
}

function serve(faults: readonly PlannedFault[]): string[] {
  state = startDirector(planWith(faults));
  give({ kind: 'started' });
  const ready = NODES.flatMap((node) => say(node, { say: 'ready' }));
  for (const effect of ready) {
    if (effect.do === 'command' && effect.command.do === 'arm')
      say(effect.node as Name, { say: 'counted', hold: effect.command.hold, count: effect.command.seen });
  }
  const others = (node: Name) => NODES.filter((name) => name !== node).map(nodeId);
  const linked = NODES.flatMap((node) => answerMarks(say(node, { say: 'linked', peers: others(node) })));
  return words([...ready, ...linked]);
}

function dumpAll(): string[] {
  const round = opId(`dump-${state.dumpRound}`);
  const empty = { word: 'dump', state: { inDoubt: [], unfinished: [], holds: [], content: null } };
  return words(NODES.flatMap((node) => answerMarks(say(node, { say: 'answered', op: round, answer: empty }))));
}

/** The client has done what it was asked for, and stops when it is told to. */
function endWorkload(): DirectorEffect[] {
  const done = { word: 'done' };
  const counted = say('client', { say: 'answered', op: opId('run'), answer: done });
  return [...counted, ...say('client', { say: 'answered', op: opId(`stop-${state.stops}`), answer: done })];
}

beforeEach(() => {
  seq = 0;
  clock = 1000;
});

describe('the director', () => {
  test('lets the clients run only when every node hears every other', () => {
    expect(serve([])).toContain('client: ask run');
    state = startDirector(planWith([]));
    for (const node of NODES) say(node, { say: 'ready' });
    expect(words(say('client', { say: 'linked', peers: [nodeId('coordinator')] }))).toEqual([]);
  });

  test('lets the clients run only when every step is armed', () => {
    state = startDirector(planWith([killAtStep]));
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
      const [watched] = state.faults.slice(1).flatMap((fault) => advance(fault, { kind: 'ready', node: step.node }));
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
      const round = opId(`dump-${state.dumpRound}`);
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
    expect([...state.down]).toEqual(['coordinator']);
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
    const round = state.dumpRound;
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
    serve([]);
    state = { ...state, plan: { ...state.plan, probes: lists } };
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
    expect(state.stage).toBe('running');
  });

  test('looks again while somebody is in doubt, and gives up at the settle bound', () => {
    serve([]);
    answerMarks(endWorkload());
    const busy = { word: 'dump', state: { inDoubt: ['c.1.1'], unfinished: [], holds: [], content: null } };
    const looks = NODES.flatMap((node) => say(node, { say: 'answered', op: opId('dump-1'), answer: busy }));
    expect(words(looks)).toEqual(['arm look-again']);
    expect(words(give({ kind: 'expired', timer: 'settle' }))).toContain('client: ask probe');
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
    for (const node of NODES) state.down.add(nodeId(node));
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
    expect(words(injected)).toEqual(['client: mark', 'resolve fault-1']);
    expect(words(give({ kind: 'resolved', id: 'fault-1', nodes }))).toEqual([
      'record fault kill by participant-2',
      'coordinator: release',
      'arm undo fault-1',
    ]);
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
