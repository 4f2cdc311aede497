// One timeline of a fault, fed by hand, and what it wants in words.

import { nodeId } from '../../nodes/contract/ids.ts';
import { advance, startTimeline } from '../../scenarios/run/fault-timeline.ts';
import { targetsOf, type Fault, type Target } from '../../compose/faults.ts';
import type { PlannedFault } from '../../scenarios/plan/plan-types.ts';
import type { Timeline, TimelineEffect, TimelineInput } from '../../scenarios/run/fault-timeline-state.ts';

export const COORDINATOR = nodeId('coordinator');
export const ONE = nodeId('participant-1');
export const TWO = nodeId('participant-2');
export const TX = 'coordinator.1.20';
export const OPEN = 'coordinator.1.21';
export const isOpen = (about: string) => about === OPEN;
export const LEADER = { role: 'zookeeper', select: 'leader' } as const;

export const kill = (node: Target): Fault<Target> => ({ do: 'kill', node });
export const atStep = (nth: number | 'same' = 20): PlannedFault['when'] => ({
  at: 'step',
  step: { node: COORDINATOR, gap: { when: 'before', verb: 'force', word: 'commit' } },
  nth,
});
export const planned = (fault: Fault<Target> = kill(COORDINATOR), when = atStep()): PlannedFault => ({
  id: 'fault-1',
  fault,
  when,
  then: { do: 'restart', afterMs: 3000 },
  stake: 'none',
  text: 'as planned',
});

export const SEEN = { seen: true, text: 'dead' };
export const STARTED = { seen: true, text: 'started' };
export let state: Timeline;

export const start = (fault: PlannedFault) => void (state = startTimeline(fault));
export const hear = (input: TimelineInput) => advance(state, input).map(wordsOf);
export const marked = (at: number) => hear({ kind: 'marked', at });
export const resolved = (...names: readonly string[]) => hear({ kind: 'resolved', nodes: names.map(nodeId) });

function wordsOf(effect: TimelineEffect): string {
  switch (effect.do) {
    case 'arm':
      if (effect.which.watch) return `watch ${effect.node}`;
      return `arm ${effect.node} ${effect.which.about ?? effect.which.nth} from ${effect.seen}`;
    case 'release':
      return `release ${effect.node}`;
    case 'wait':
      return `wait ${effect.wait} ${effect.afterMs}`;
    case 'resolve':
      return `resolve ${effect.name.role} ${effect.name.select}`;
    case 'mark':
      return 'mark';
    case 'down':
    case 'up':
      return `${effect.do} ${effect.nodes.join(', ')}`;
    case 'inject':
    case 'undo':
      return `${effect.do} ${effect.fault.do} ${targetsOf(effect.fault).join(', ')}`;
    case 'record':
      return recordedOf(effect);
    default:
      return effect;
  }
}

function recordedOf({ event }: Extract<TimelineEffect, { do: 'record' }>): string {
  if (event.kind !== 'fault') return event.kind;
  const { fault, node, since, at, evidence, hold } = event;
  return `${fault} of ${node} ${since}–${at}: ${evidence.seen ? '' : 'unseen, '}${evidence.text}${hold === undefined ? '' : ', held'}`;
}
