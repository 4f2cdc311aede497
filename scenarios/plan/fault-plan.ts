// A sentence with everything said that was left open, as a planned fault.

import type { Gap, Step } from '../../nodes/contract/step.ts';
import { needOf, STAKES, type Stake } from '../../nodes/contract/protocol.ts';
import { formatSentence } from '../language/sentence-text.ts';
import { momentOf, stepOfMoment, type Moment } from '../language/moment.ts';
import { isBetween, isMessageFault } from '../../compose/faults.ts';
import { ENDS } from '../language/fault.ts';
import { lastsOf } from '../language/lasting.ts';
import { hitBy, type Sentence } from '../language/sentence.ts';
import type { PlannedFault, When } from './plan-types.ts';
import type { Layout } from '../language/layout.ts';

/** What the defaults depend on. */
export interface FaultSetting {
  readonly layout: Layout;
  readonly timeouts: Readonly<Record<string, number>>;
}

/** One for each node that the sentence hits, each with a sentence of its own. Who is held at the step is hit last: it holds for all of them. */
export function planFaults(
  sentence: Sentence,
  { layout, ...setting }: FaultSetting,
): readonly Omit<PlannedFault, 'id'>[] {
  const { fault, alike, ...said } = sentence;
  if (alike === undefined || isBetween(fault) || isMessageFault(fault))
    return [planOne(sentence, { layout, ...setting })];
  const hit = hitBy(sentence);
  const step = stepOfMoment(momentOf(sentence, layout), layout, []);
  const moment = step === null ? said.moment : ({ kind: 'step', step } as const);
  const order = [...hit.filter((node) => node !== step?.node), ...hit.filter((node) => node === step?.node)];
  return order.map((node) =>
    planOne({ ...said, ...(moment && { moment }), fault: { ...fault, node } }, { layout, ...setting }),
  );
}

function planOne(sentence: Sentence, { layout, timeouts }: FaultSetting): Omit<PlannedFault, 'id'> {
  const { fault } = sentence;
  const moment = momentOf(sentence, layout);
  const when = whenOf(sentence, moment, layout);
  const lastsMs = lastsOf(sentence, timeouts);
  const never = sentence.ends === 'never';
  const lasts = never ? ({ ends: 'never' } as const) : { lastsMs };
  const said: Sentence = { fault, moment, ...lasts, ...(when.at === 'step' && { nth: when.nth }) };
  return {
    fault,
    when,
    then: { do: endOf(fault.do), afterMs: lastsMs, ...(never && { never }) },
    stake: when.at === 'step' ? stakeOf(when.step, layout) : 'none',
    text: formatSentence(said, layout),
  };
}

function endOf(what: keyof typeof ENDS): PlannedFault['then']['do'] {
  return what === 'promote' ? 'nothing' : (ENDS[what] ?? 'restart');
}

function whenOf(sentence: Sentence, moment: Moment, layout: Layout): When {
  const step = stepOfMoment(moment, layout, hitBy(sentence));
  const isRare = step !== null && needOf(layout.protocol, step.gap) !== undefined;
  if (step !== null) return { at: 'step', step, nth: sentence.nth ?? (isRare ? 1 : warmTransaction(layout)) };
  return { at: 'time', afterMs: moment.kind === 'time' ? moment.afterMs : 0 };
}

/** The 20th: connections are open, code is warm, logs have been written. The middle one of a short workload. */
function warmTransaction({ transactions }: Layout): number {
  return Math.min(WARM, Math.ceil(transactions / 2));
}

/** What the protocol declares for this step; the least of what it declares where the step may be more than one of them. */
function stakeOf({ node, gap }: Step, { protocol, nodes }: Layout): Stake {
  const role = nodes.find(({ id }) => id === node)?.role;
  const alike = protocol.stakes.filter((rule) => rule.role === role && sameThing(rule.gap, gap));
  const ofKind = alike.filter((rule) => rule.gap.kind !== undefined && rule.gap.kind.is === gap.kind?.is);
  const rules = ofKind.length > 0 ? ofKind : alike.filter((rule) => rule.gap.kind === undefined);
  const first = gap.peer === undefined ? 'first' : gap.peer;
  const exact = rules.find((rule) => rule.gap.peer === gap.peer) ?? rules.find((rule) => rule.gap.peer === first);
  const least = Math.min(...rules.map(({ stake }) => STAKES.indexOf(stake)));
  return exact?.stake ?? STAKES[least] ?? 'none';
}

function sameThing(source: Gap, target: Gap): boolean {
  return source.when === target.when && source.verb === target.verb && source.word === target.word;
}

const WARM = 20;
