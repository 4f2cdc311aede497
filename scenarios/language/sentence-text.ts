// Sentences as text, in one canonical form: what is parsed from it is the sentence again.

import { formatGap, formatStep } from '../../nodes/contract/step.ts';
import { formatDuration } from './duration.ts';
import { momentOf, stepOfMoment, type Moment } from './moment.ts';
import { formatSeveral } from './several.ts';
import { formatTarget, type MessageFault, type Target } from '../../compose/faults.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import { ENDS, type FaultOfOne } from './fault.ts';
import { withWord } from './messages.ts';
import { hitBy, type Sentence } from './sentence.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import type { Layout } from './layout.ts';

export function formatSentence(sentence: Sentence, layout: Layout): string {
  const { fault, alike, moment, nth, lastsMs, ends } = sentence;
  const hit = hitBy(sentence);
  const holder = stepOfMoment(momentOf(sentence, layout), layout, [])?.node ?? null;
  return [
    alike === undefined ? formatFault(fault, layout) : `${fault.do} ${formatSeveral(hit, layout, holder)}`,
    ...(moment === undefined ? [] : [formatMoment(moment, hit)]),
    ...(nth === undefined ? [] : [nth === 'same' ? 'of the same transaction' : `of transaction ${nth}`]),
    ...(lastsMs === undefined || ENDS[fault.do] === null
      ? []
      : [`then ${ENDS[fault.do]} after ${formatDuration(lastsMs)}`]),
    ...(ends === undefined ? [] : ['then never']),
  ].join(' ');
}

function formatFault(fault: FaultOfOne, layout: Layout): string {
  switch (fault.do) {
    case 'kill':
    case 'pause':
    case 'restart':
    case 'promote':
      return `${fault.do} ${formatTarget(fault.node)}`;
    case 'cut':
      return `cut ${formatSides(fault, layout)}${fault.oneWay ? ' one-way' : ''}`;
    case 'slow':
      return `slow ${formatSides(fault, layout)} by ${formatDuration(fault.byMs)}`;
    case 'fill':
      return `fill ${formatTarget(fault.node)} disk`;
    case 'clock':
      return `clock ${formatTarget(fault.node)} ${fault.byMs < 0 ? 'back' : 'forward'} ${formatDuration(Math.abs(fault.byMs))}`;
    case 'drop':
    case 'duplicate':
    case 'delay':
      return formatMessages(fault, layout);
    default:
      return unreachable(fault);
  }
}

/** Without the others where they are all. */
function formatSides(
  { group, from }: { readonly group: readonly Target[]; readonly from: readonly Target[] },
  layout: Layout,
): string {
  const isAll = group.length + from.length === layout.nodes.length;
  const said = (targets: readonly Target[]) => targets.map(formatTarget).join(',');
  return `${said(group)}${isAll ? '' : ` from ${said(from)}`}`;
}

/** What is left out means all who can. */
function formatMessages({ do: how, word, from, to, byMs, times }: MessageFault, layout: Layout): string {
  const all = (verb: 'send' | 'receive') => withWord(layout, verb, word).length;
  return [
    `${how} ${word}`,
    ...(from.length === all('send') ? [] : [`from ${from.join(',')}`]),
    ...(to.length === all('receive') ? [] : [`to ${to.join(',')}`]),
    ...(byMs === undefined ? [] : [`by ${formatDuration(byMs)}`]),
    ...(times === undefined ? [] : [`${times} times`]),
  ].join(' ');
}

/** A step of the one node that the fault hits needs no name. */
function formatMoment(moment: Moment, [node, ...others]: readonly NodeId[]): string {
  switch (moment.kind) {
    case 'phase':
      return `during ${moment.phase}`;
    case 'time':
      return `at ${formatDuration(moment.afterMs)}`;
    case 'step': {
      const isOwn = others.length === 0 && node === moment.step.node;
      return isOwn ? formatGap(moment.step.gap) : `at ${formatStep(moment.step)}`;
    }
    default:
      return unreachable(moment);
  }
}
