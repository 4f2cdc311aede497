// A director on a stage of its own: tests say what nodes report, and read what it does about that.

import { nodeId, opId } from '../../nodes/contract/ids.ts';
import { direct, startDirector } from '../../scenarios/run/director.ts';
import type { Report, ReportBody } from '../../nodes/contract/control.ts';
import type { Plan, PlannedFault } from '../../scenarios/plan/plan-types.ts';
import type { DirectorEffect, DirectorInput, DirectorState } from '../../scenarios/run/director.ts';

export const NODES = ['coordinator', 'participant-1', 'participant-2', 'client'] as const;
export type Name = (typeof NODES)[number];

export const killAtStep: PlannedFault = {
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

export function planWith(faults: readonly PlannedFault[], over: Partial<Plan>): Plan {
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
    ...over,
  };
}

/** What was done, in short words. */
export function words(effects: readonly DirectorEffect[]): string[] {
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

/** Each test begins or serves anew; until then there is no run. */
export function directorStage() {
  let state = startDirector(planWith([], {}));
  let seq = 0;
  let clock = 1000;

  function begin(faults: readonly PlannedFault[], over: Partial<Plan> = {}): void {
    state = startDirector(planWith(faults, over));
    seq = 0;
    clock = 1000;
  }

  const give = (input: DirectorInput) => direct(state, input);
  const say = (node: Name, body: ReportBody) =>
    give({ kind: 'report', report: { node: nodeId(node), incarnation: 1, seq: ++seq, ...body } as Report });

  /** Answers every mark that was asked for, and all marks that follow from that. */
  function answerMarks(effects: readonly DirectorEffect[]): DirectorEffect[] {
    return effects.flatMap((effect) => {
      if (effect.do !== 'command' || effect.command.do !== 'mark') return [effect];
      return [effect, ...answerMarks(say(effect.node as Name, { say: 'marked', id: effect.command.id, at: ++clock }))];
    });
  }

  function serve(faults: readonly PlannedFault[], over: Partial<Plan> = {}): string[] {
    begin(faults, over);
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

  return { begin, give, say, answerMarks, serve, dumpAll, endWorkload, state: (): DirectorState => state };
}
