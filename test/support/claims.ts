// What a run claims, for tests of verdicts: a kill of the coordinator before its decision, and what two-phase commit promises.

import { nodeId } from '../../nodes/contract/ids.ts';
import { type Claims, judge } from '../../scenarios/judging/verdict.ts';
import type { Property } from '../../nodes/contract/properties.ts';
import type { Expectation } from '../../scenarios/findings.ts';
import type { PlannedFault } from '../../scenarios/plan/plan-types.ts';
import type { HistoryBuilder } from './history-builder.ts';

const PROMISES: readonly Property[] = [
  'atomicity',
  'validity',
  'termination',
  'journal',
  'conservation',
  'durability',
  'progress',
];
export const TEXT = 'kill coordinator before force commit of transaction 20 then restart after 3s';
export const both = [nodeId('participant-1'), nodeId('participant-2')];

export function planned(over: Partial<PlannedFault> = {}): PlannedFault {
  const step = { node: nodeId('coordinator'), gap: { when: 'before', verb: 'force', word: 'commit' } } as const;
  return {
    id: 'f1',
    fault: { do: 'kill', node: nodeId('coordinator') },
    when: { at: 'step', step, nth: 20 },
    then: { do: 'restart', afterMs: 3000 },
    stake: 'in doubt',
    text: TEXT,
    ...over,
  };
}

export function claims(over: Partial<Claims> = {}): Claims {
  return { faults: [planned()], expect: { properties: {} }, promises: PROMISES, okAtLeast: 1, ...over };
}

export function claiming(target: Expectation['target'], properties: Expectation['properties'] = {}): Claims {
  return claims({ expect: { ...(target ? { target } : {}), properties } });
}

export function word(h: HistoryBuilder, plan = claims()) {
  const { word: said, reasons } = judge(h.build(), plan);
  return { said, first: reasons[0] };
}
