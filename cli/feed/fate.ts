// What became of a message that a node has sent: its host may have dropped it, kept it back or sent it twice for a fault of the lab, and says so of
// the first few. After those, what falls under the same rule has the same fate until the fault ends.

import { isMessageFault } from '../../compose/faults.ts';
import type { MeddlingHow } from '../../nodes/contract/meddling.ts';
import type { FaultModel, Met, Model, Part, Sent } from './model.ts';

export function fateOf(model: Model, sent: Sent): Part {
  if (sent.lost) return { text: '✗ lost', style: 'red' };
  const how = meddledHow(model, sent);
  return how === null ? { text: '' } : FATES[how];
}

const FATES = {
  drop: { text: '✗ dropped', style: 'red' },
  delay: { text: '… delayed', style: 'yellow' },
  duplicate: { text: '= sent twice', style: 'yellow' },
} as const satisfies Record<MeddlingHow, Part>;

function meddledHow({ faults, met }: Model, sent: Sent): MeddlingHow | null {
  for (const fault of faults) {
    const { id, fault: planned } = fault.planned;
    if (!isMessageFault(planned) || planned.word !== sent.word) continue;
    const known = met.filter((one) => one.fault === id && one.node === sent.from);
    if (known.some((one) => isSame(one, sent)) || isOneMore(fault, known, sent)) return planned.do;
  }
  return null;
}

/** The host says so just after its machine has sent it. */
function isSame({ to, about, at }: Met, sent: Sent): boolean {
  return to === sent.to && about === sent.about && at >= sent.at && at - sent.at <= SAID_WITHIN_US;
}

function isOneMore({ planned: { fault }, about, ended }: FaultModel, known: readonly Met[], sent: Sent): boolean {
  const last = known.at(-1);
  if (!isMessageFault(fault) || fault.times !== undefined || !last || last.count < TOLD) return false;
  const isAboutOne = about !== null && known.every((one) => one.about === about);
  const isMeant = fault.to.includes(sent.to) && (!isAboutOne || sent.about === about);
  return isMeant && sent.at > last.at && (ended === null || sent.at < ended.since);
}

const SAID_WITHIN_US = 50_000;
/** So many a host tells of. */
const TOLD = 8;
