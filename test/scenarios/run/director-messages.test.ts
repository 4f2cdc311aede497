// The director of a fault on messages: which hosts it tells what, what it waits for, and what it says was seen.

import { beforeEach, describe, expect, test } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { direct, startDirector } from '../../../scenarios/run/director.ts';
import { NODES as NAMES, planWith } from '../../support/director-stage.ts';
import type { LabEvent } from '../../../nodes/contract/events.ts';
import type { Command, Report, ReportBody } from '../../../nodes/contract/control.ts';
import type { MessageFault } from '../../../compose/faults.ts';
import type { PlannedFault } from '../../../scenarios/plan/plan-types.ts';
import type { DirectorEffect, DirectorInput, DirectorState } from '../../../scenarios/run/director.ts';

const NODES = NAMES.map(nodeId);
const C = nodeId('coordinator');
const P1 = nodeId('participant-1');
const P2 = nodeId('participant-2');
const dropAcks: MessageFault = { do: 'drop', word: 'ack', from: [P1, P2], to: [C] };
const atOnce: PlannedFault['when'] = { at: 'time', afterMs: 0 };

const planned = (fault: PlannedFault['fault'], when: PlannedFault['when'] = atOnce, id = 'fault-1'): PlannedFault => ({
  id,
  fault,
  when,
  then: { do: fault.do === 'pause' ? 'resume' : 'heal', afterMs: 1000 },
  stake: 'none',
  text: id,
});

let state: DirectorState;
let events: LabEvent[];
let clock: number;

/** Marks are answered at once; what is left of the effects is what the hosts are told, and the names of timers. */
function give(input: DirectorInput): (Command | string)[] {
  return direct(state, input).flatMap((effect) => act(effect));
}

function act(effect: DirectorEffect): (Command | string)[] {
  if (effect.do === 'record') events.push(effect.event);
  if (effect.do === 'inject' || effect.do === 'undo') return [effect.do];
  if (effect.do !== 'command') return [];
  const { node, command } = effect;
  if (command.do === 'mark') return say(node, { say: 'marked', id: command.id, at: ++clock });
  return command.do === 'meddle' || command.do === 'cease' ? [`${node}: ${command.do}`, command] : [];
}

function say(node: string, body: ReportBody): (Command | string)[] {
  const report = { node: nodeId(node), incarnation: 1, seq: 1, ...body } as Report;
  return give({ kind: 'report', report });
}

const texts = (done: readonly (Command | string)[]) => done.filter((one) => typeof one === 'string');
const commands = (done: readonly (Command | string)[]) => done.filter((one) => typeof one !== 'string');
const met = (node: string, count: number, about: string) =>
  say(node, { say: 'met', fault: 'fault-1', count, at: 1, to: C, word: 'ack', about: about as never });
const meddling = (node: string, fault = 'fault-1') => say(node, { say: 'meddling', fault });
const ceased = (node: string, count: number) => say(node, { say: 'ceased', fault: 'fault-1', count });
const seen = () =>
  events.flatMap((event) =>
    event.kind === 'fault' ? [`${event.fault} of ${event.node}: ${event.evidence.text}`] : [],
  );

function serve(...faults: readonly PlannedFault[]): void {
  state = startDirector(planWith(faults, { timeouts: { vote: 400, blocked: 1000 } }));
  give({ kind: 'started' });
  for (const node of NODES) say(node, { say: 'ready' });
  for (const node of NODES) say(node, { say: 'linked', peers: NODES.filter((other) => other !== node) });
}

beforeEach(() => {
  events = [];
  clock = 0;
});

describe('a fault on messages', () => {
  test('is told to every host that sends them, and is there when all have said so', () => {
    serve(planned(dropAcks));
    expect(give({ kind: 'expired', timer: 'at fault-1' })).toEqual([
      'participant-1: meddle',
      { do: 'meddle', fault: 'fault-1', how: 'drop', word: 'ack', to: [C] },
      'participant-2: meddle',
      { do: 'meddle', fault: 'fault-1', how: 'drop', word: 'ack', to: [C] },
    ]);
    meddling('participant-1');
    expect(seen()).toEqual([]);
    meddling('participant-2');
    expect(seen()).toEqual([
      'drop of participant-1: the hosts of participant-1, participant-2 drop ack to coordinator',
    ]);
  });

  test('ends when its hosts keep nothing back, and its evidence is what they did', () => {
    serve(planned(dropAcks));
    give({ kind: 'expired', timer: 'at fault-1' });
    for (const node of [P1, P2]) meddling(node);
    met(P1, 1, 'coordinator.1.3');
    met(P1, 2, 'coordinator.1.4');
    expect(texts(give({ kind: 'expired', timer: 'undo fault-1' }))).toEqual([
      'participant-1: cease',
      'participant-2: cease',
    ]);
    ceased(P1, 2);
    expect(seen()).toHaveLength(1);
    ceased(P2, 0);
    expect(seen()[1]).toBe(
      "heal of participant-1: participant-1's host dropped 2 ack to coordinator: coordinator.1.3, coordinator.1.4",
    );
    expect(events.at(-1)).toMatchObject({ evidence: { seen: true } });
  });

  test('that met no message was not hit', () => {
    serve(planned({ ...dropAcks, from: [P1] }));
    give({ kind: 'expired', timer: 'at fault-1' });
    meddling(P1);
    give({ kind: 'expired', timer: 'undo fault-1' });
    ceased(P1, 0);
    expect(events.at(-1)).toMatchObject({
      fault: 'heal',
      evidence: { seen: false, text: 'not hit: no ack left participant-1 for coordinator meanwhile' },
    });
  });

  test('names the first few messages, and says that there were more', () => {
    serve(planned({ do: 'delay', word: 'ack', from: [P1], to: [C], byMs: 1500 }));
    give({ kind: 'expired', timer: 'at fault-1' });
    meddling(P1);
    for (let count = 1; count <= 8; count++) met(P1, count, `coordinator.1.${count}`);
    give({ kind: 'expired', timer: 'undo fault-1' });
    ceased(P1, 30);
    const names = [1, 2, 3, 4, 5, 6, 7, 8].map((count) => `coordinator.1.${count}`).join(', ');
    expect(seen()).toEqual([
      "delay of participant-1: participant-1's host delays ack to coordinator by 1.5s",
      `heal of participant-1: participant-1's host delayed 30 ack to coordinator by 1.5s: ${names}, …`,
    ]);
  });

  test.each([
    ['coordinator.1.20', { about: 'coordinator.1.20' }],
    ['client.1.31', {}],
  ])('at a step that was held for %s is about what stands there, if messages can be', (about, expected) => {
    const step = { node: C, gap: { when: 'after', verb: 'receive', word: 'vote' } } as const;
    serve(planned({ ...dropAcks, from: [P1] }, { at: 'step', step, nth: 20 }));
    const told = say(C, { say: 'held', hold: 'fault-1', about, at: 5 });
    expect(commands(told)).toEqual([
      { do: 'meddle', fault: 'fault-1', how: 'drop', word: 'ack', to: [C], ...expected },
    ]);
    meddling(P1);
    expect(events.at(-1)).toMatchObject({ hold: 'fault-1' });
  });
});

describe('a host that goes away meanwhile', () => {
  const pause = planned({ do: 'pause', node: P1 }, { at: 'time', afterMs: 5 }, 'fault-2');
  const kill = { ...pause, fault: { do: 'kill', node: P1 } as const, then: { do: 'restart', afterMs: 10 } as const };
  const shown = { seen: true, text: 'shown' };

  test('is not waited for, neither at the beginning nor at the end', () => {
    serve(planned(dropAcks), kill);
    give({ kind: 'expired', timer: 'at fault-1' });
    meddling(P2);
    give({ kind: 'expired', timer: 'at fault-2' });
    expect(seen()).toHaveLength(1);
    expect(texts(give({ kind: 'expired', timer: 'undo fault-1' }))).toEqual(['participant-2: cease']);
    ceased(P2, 1);
    expect(seen()[1]).toContain("participant-2's host dropped 1 ack");
  });

  test('is told again when it is back, less what it has done before', () => {
    serve(planned({ ...dropAcks, from: [P1], times: 3 }), kill);
    give({ kind: 'expired', timer: 'at fault-1' });
    meddling(P1);
    met(P1, 1, 'coordinator.1.1');
    give({ kind: 'expired', timer: 'at fault-2' });
    give({ kind: 'injected', fault: 'fault-2', evidence: shown });
    give({ kind: 'expired', timer: 'undo fault-2' });
    give({ kind: 'undone', fault: 'fault-2', evidence: shown });
    expect(commands(say(P1, { say: 'ready' }))).toMatchObject([{ do: 'meddle', times: 2 }]);
    meddling(P1);
    met(P1, 1, 'coordinator.1.2');
    give({ kind: 'expired', timer: 'undo fault-1' });
    ceased(P1, 1);
    expect(seen().at(-1)).toContain('dropped 2 ack to coordinator: coordinator.1.1, coordinator.1.2');
  });

  test('and is told to cease when it goes on after the end', () => {
    serve(planned(dropAcks), pause);
    give({ kind: 'expired', timer: 'at fault-1' });
    for (const node of [P1, P2]) meddling(node);
    met(P2, 1, 'coordinator.1.1');
    give({ kind: 'expired', timer: 'at fault-2' });
    give({ kind: 'injected', fault: 'fault-2', evidence: shown });
    give({ kind: 'expired', timer: 'undo fault-1' });
    ceased(P2, 1);
    give({ kind: 'expired', timer: 'undo fault-2' });
    expect(texts(give({ kind: 'undone', fault: 'fault-2', evidence: shown }))).toEqual(['participant-1: cease']);
    expect(ceased(P1, 0)).toEqual([]);
  });
});
