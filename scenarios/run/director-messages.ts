// Faults on single messages: which hosts are told, which have said so, and what they have done. What they did is the fault's evidence,
// so that it is whole only at the end.

import { alive, clients } from './director-state.ts';
import { formatDuration } from '../language/duration.ts';
import { parseTxId, type NodeId } from '../../nodes/contract/ids.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import type { Report } from '../../nodes/contract/control.ts';
import type { Evidence } from '../../nodes/contract/events.ts';
import type { Meddling, MeddlingHow } from '../../nodes/contract/meddling.ts';
import type { MessageFault } from '../../compose/faults.ts';
import type { DirectorEffect, DirectorState, Meddled, Met } from './director-state.ts';
import type { TimelineInput } from './fault-timeline-state.ts';

/** What the director does, and what the fault's timeline hears. */
export interface Heard {
  readonly effects: readonly DirectorEffect[];
  readonly inputs: readonly { readonly id: string; readonly input: TimelineInput }[];
}

type MessageReport = Extract<Report, { say: 'meddling' | 'met' | 'ceased' }>;

export function beginMeddling(state: DirectorState, id: string, fault: MessageFault, about: string | null): Heard {
  const subject = about !== null && isOperation(state, about) ? null : about;
  const meddled: Meddled = {
    fault,
    about: subject,
    stage: 'beginning',
    waiting: senders(state, fault),
    met: new Map(),
  };
  state.meddled.set(id, meddled);
  const effects = [...meddled.waiting].map((node) => meddle(id, meddled, node));
  return { effects, inputs: goOn(id, meddled) };
}

/** No message between nodes is about what a client has asked: operations are named by their clients, and otherwise like transactions. */
function isOperation(state: DirectorState, about: string): boolean {
  return clients(state).some((client) => client === parseTxId(about)?.coordinator);
}

export function ceaseMeddling(state: DirectorState, id: string): Heard {
  const meddled = state.meddled.get(id);
  if (!meddled) return NOTHING;
  meddled.stage = 'ending';
  for (const node of senders(state, meddled.fault)) meddled.waiting.add(node);
  return { effects: [...meddled.waiting].map((node) => cease(id, node)), inputs: goOn(id, meddled) };
}

export function hearMeddling(state: DirectorState, report: MessageReport): Heard {
  const meddled = state.meddled.get(report.fault);
  if (!meddled) return NOTHING;
  const { node } = report;
  switch (report.say) {
    case 'met': {
      const met = metBy(meddled, node);
      met.count = report.count;
      met.to.add(report.to);
      if (met.about.length < NAMED) met.about.push(report.about);
      return NOTHING;
    }
    case 'ceased':
      metBy(meddled, node).count = report.count;
      if (meddled.stage !== 'ending') return NOTHING;
      break;
    case 'meddling':
      if (meddled.stage !== 'beginning') return NOTHING;
      break;
    default:
      return unreachable(report);
  }
  meddled.waiting.delete(node);
  return { effects: [], inputs: goOn(report.fault, meddled) };
}

/** These say nothing any more: they are not waited for. */
export function missMeddlers(state: DirectorState, nodes: readonly NodeId[]): Heard {
  const inputs = [...state.meddled].flatMap(([id, meddled]) =>
    nodes.filter((node) => meddled.waiting.delete(node)).length > 0 ? goOn(id, meddled) : [],
  );
  return { effects: [], inputs };
}

/** A new life knows of nothing, and one that stood still may have missed something. */
export function remindMeddlers(state: DirectorState, nodes: readonly NodeId[], isNewLife: boolean): Heard {
  const effects = [...state.meddled].flatMap(([id, meddled]) =>
    nodes
      .filter((node) => meddled.fault.from.includes(node))
      .map((node) => {
        if (meddled.stage === 'ending' || meddled.stage === 'ended') return cease(id, node);
        if (isNewLife) beginAnew(metBy(meddled, node));
        return meddle(id, meddled, node);
      }),
  );
  return { effects, inputs: [] };
}

function beginAnew(met: Met): void {
  met.before += met.count;
  met.count = 0;
}

function senders(state: DirectorState, { from }: MessageFault): Set<NodeId> {
  const living = alive(state);
  return new Set(from.filter((node) => living.includes(node)));
}

function metBy({ met }: Meddled, node: NodeId): Met {
  const known = met.get(node) ?? { before: 0, count: 0, about: [], to: new Set<NodeId>() };
  met.set(node, known);
  return known;
}

function goOn(id: string, meddled: Meddled): Heard['inputs'] {
  if (meddled.waiting.size > 0) return [];
  if (meddled.stage === 'beginning') {
    meddled.stage = 'lasting';
    return [{ id, input: { kind: 'injected', evidence: beginning(meddled) } }];
  }
  if (meddled.stage !== 'ending') return [];
  meddled.stage = 'ended';
  return [{ id, input: { kind: 'undone', evidence: ending(meddled) } }];
}

function meddle(id: string, { fault, about, met }: Meddled, node: NodeId): DirectorEffect {
  const { do: how, word, to, byMs, times } = fault;
  const meddling: Meddling = {
    fault: id,
    how,
    word,
    to,
    ...(about !== null && { about }),
    ...(byMs !== undefined && { byMs }),
    ...(times !== undefined && { times: times - (met.get(node)?.before ?? 0) }),
  };
  return { do: 'command', node, command: { do: 'meddle', ...meddling } };
}

function cease(id: string, node: NodeId): DirectorEffect {
  return { do: 'command', node, command: { do: 'cease', fault: id } };
}

// ── what is shown ──

/** That it is done from now on; what it was done to is known at the end. */
function beginning({ fault, about }: Meddled): Evidence {
  const { do: how, word, from, to, byMs } = fault;
  const [one, ...others] = from;
  const whose = others.length === 0 ? `${one}'s host ${how}s` : `the hosts of ${from.join(', ')} ${how}`;
  const by = byMs === undefined ? '' : ` by ${formatDuration(byMs)}`;
  const which = about === null ? '' : ` about ${about}`;
  return { seen: true, text: `${whose} ${word}${which} to ${to.join(', ')}${by}` };
}

function ending({ fault, met }: Meddled): Evidence {
  const { do: how, word, from, to, byMs } = fault;
  const by = byMs === undefined ? '' : ` by ${formatDuration(byMs)}`;
  const done = from.flatMap((node) => {
    const { before, count, about, to: whom } = met.get(node) ?? NONE;
    if (before + count === 0) return [];
    const rest = about.length < before + count ? ', …' : '';
    const subjects = about.map((one) => one ?? 'none').join(', ');
    return [
      `${node}'s host ${PAST[how]} ${before + count} ${word} to ${[...whom].join(', ')}${by}: ${subjects}${rest}`,
    ];
  });
  if (done.length > 0) return { seen: true, text: done.join('; ') };
  return { seen: false, text: `not hit: no ${word} left ${from.join(', ')} for ${to.join(', ')} meanwhile` };
}

const PAST = { drop: 'dropped', duplicate: 'duplicated', delay: 'delayed' } as const satisfies Record<
  MeddlingHow,
  string
>;
const NONE: Met = { before: 0, count: 0, about: [], to: new Set() };
const NOTHING: Heard = { effects: [], inputs: [] };
const NAMED = 8;
