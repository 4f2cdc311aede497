// A sentence with everything said that was left open, as a planned fault.

import type { Gap, Step } from '../../nodes/contract/step.ts';
import { STAKES, type Stake } from '../../nodes/contract/protocol.ts';
import { formatSentence } from '../language/sentence-text.ts';
import { momentOf, stepOfMoment, type Moment } from '../language/moment.ts';
import { ENDS } from '../language/fault.ts';
import { lastsOf } from '../language/lasting.ts';
import type { Sentence } from '../language/sentence.ts';
import type { PlannedFault, When } from './plan-types.ts';
import type { World } from '../language/world.ts';

/** What the defaults depend on. */
export interface FaultSetting {
  readonly world: World;
  readonly timeouts: Readonly<Record<string, number>>;
}

export function planFault(sentence: Sentence, id: string, { world, timeouts }: FaultSetting): PlannedFault {
  const { fault } = sentence;
  const moment = momentOf(sentence, world);
  const when = whenOf(sentence, moment, world);
  const lastsMs = lastsOf(sentence, timeouts);
  const said: Sentence = { fault, moment, lastsMs, ...(when.at === 'step' && { nth: when.nth }) };
  return {
    id,
    fault,
    when,
    then: { do: ENDS[fault.do] ?? 'restart', afterMs: lastsMs },
    stake: when.at === 'step' ? stakeOf(when.step, world) : 'none',
    text: formatSentence(said, world),
  };
}

function whenOf({ fault, nth }: Sentence, moment: Moment, world: World): When {
  const step = stepOfMoment(moment, world, fault);
  if (step !== null) return { at: 'step', step, nth: nth ?? warmTransaction(world) };
  return { at: 'time', afterMs: moment.kind === 'time' ? moment.afterMs : 0 };
}

/** The 20th: connections are open, code is warm, logs have been written. The middle one of a short workload. */
function warmTransaction({ transactions }: World): number {
  return Math.min(WARM, Math.ceil(transactions / 2));
}

/** What the protocol declares for this step; the least of what it declares where the step may be more than one of them. */
function stakeOf({ node, gap }: Step, { protocol, nodes }: World): Stake {
  const role = nodes.find(({ id }) => id === node)?.role;
  const rules = protocol.stakes.filter((rule) => rule.role === role && sameThing(rule.gap, gap));
  const first = gap.peer === undefined ? 'first' : gap.peer;
  const exact = rules.find((rule) => rule.gap.peer === gap.peer) ?? rules.find((rule) => rule.gap.peer === first);
  const least = Math.min(...rules.map(({ stake }) => STAKES.indexOf(stake)));
  return exact?.stake ?? STAKES[least] ?? 'none';
}

function sameThing(source: Gap, target: Gap): boolean {
  return source.when === target.when && source.verb === target.verb && source.word === target.word;
}

const WARM = 20;
