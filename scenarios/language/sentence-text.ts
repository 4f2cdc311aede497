// Sentences as text, in one canonical form: what is parsed from it is the sentence again.

import { formatGap, formatStep } from '../../nodes/contract/step.ts';
import { formatDuration } from './duration.ts';
import { nodesOf, type Fault, type MessageFault } from '../../compose/faults.ts';
import { ENDS } from './fault.ts';
import { withWord } from './messages.ts';
import type { Sentence } from './sentence.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import type { Moment } from './moment.ts';
import type { World } from './world.ts';

export function formatSentence({ fault, moment, nth, lastsMs }: Sentence, world: World): string {
  return [
    formatFault(fault, world),
    ...(moment === undefined ? [] : [formatMoment(moment, fault)]),
    ...(nth === undefined ? [] : [nth === 'same' ? 'of the same transaction' : `of transaction ${nth}`]),
    ...(lastsMs === undefined || ENDS[fault.do] === null
      ? []
      : [`then ${ENDS[fault.do]} after ${formatDuration(lastsMs)}`]),
  ].join(' ');
}

function formatFault(fault: Fault, world: World): string {
  switch (fault.do) {
    case 'kill':
    case 'pause':
    case 'restart':
      return `${fault.do} ${fault.node}`;
    case 'cut': {
      const isAll = fault.group.length + fault.from.length === world.nodes.length;
      return `cut ${fault.group.join(',')}${isAll ? '' : ` from ${fault.from.join(',')}`}${fault.oneWay ? ' one-way' : ''}`;
    }
    case 'clock':
      return `clock ${fault.node} ${fault.byMs < 0 ? 'back' : 'forward'} ${formatDuration(Math.abs(fault.byMs))}`;
    case 'drop':
    case 'duplicate':
    case 'delay':
      return formatMessages(fault, world);
    default:
      return unreachable(fault);
  }
}

/** What is left out means all who can. */
function formatMessages({ do: how, word, from, to, byMs, times }: MessageFault, world: World): string {
  const all = (verb: 'send' | 'receive') => withWord(world, verb, word).length;
  return [
    `${how} ${word}`,
    ...(from.length === all('send') ? [] : [`from ${from.join(',')}`]),
    ...(to.length === all('receive') ? [] : [`to ${to.join(',')}`]),
    ...(byMs === undefined ? [] : [`by ${formatDuration(byMs)}`]),
    ...(times === undefined ? [] : [`${times} times`]),
  ].join(' ');
}

/** A step of the one node that the fault hits needs no name. */
function formatMoment(moment: Moment, fault: Fault): string {
  switch (moment.kind) {
    case 'phase':
      return `during ${moment.phase}`;
    case 'time':
      return `at ${formatDuration(moment.afterMs)}`;
    case 'step': {
      const [node, ...others] = nodesOf(fault);
      const isOwn = others.length === 0 && node === moment.step.node;
      return isOwn ? formatGap(moment.step.gap) : `at ${formatStep(moment.step)}`;
    }
    default:
      return unreachable(moment);
  }
}
