// Who holds a lock and until when, who waits for it, and what was written last, said from the model. What a client believes ends here as in
// the verdict: when its own time is over, whatever it has noticed.

import { engineUs } from './model.ts';
import { seconds } from './seconds.ts';
import type { LeaseReport, RecordReport } from '../../nodes/contract/control.ts';
import type { Model, NodeModel, Part, Style } from './model.ts';

type Said = Part & { readonly style: Style };

/** A holder who has not noticed that its time is over, before one whose time goes on, before one that waits. */
export function leaseText(model: Model, node: NodeModel): Said | null {
  const now = engineUs(model);
  const [first, ...others] = leasesOf(node).toSorted((a, b) => (a.until ?? Infinity) - (b.until ?? Infinity));
  if (!first) return null;
  const more = others.length > 0 ? ` +${others.length}` : '';
  return { text: `${oneText(first, now, node)}${more}`, style: styleOf(first, now) };
}

function oneText({ key, since, until, token }: LeaseReport, now: number, { state }: NodeModel): string {
  if (until === undefined) return `waits for ${key} for ${seconds((now - since) / 1000)}`;
  const shown = token === undefined ? '' : `, token ${token}`;
  const left = until - now;
  if (state === 'killed')
    return `had ${key}${left > 0 ? `, which is its for ${seconds(left / 1000)} more` : ''}${shown}`;
  if (until === Number.MAX_SAFE_INTEGER)
    return `holds ${key} for ${seconds((now - since) / 1000)}, until it is told otherwise${shown}`;
  return left > 0
    ? `holds ${key} for ${seconds((now - since) / 1000)}, ${seconds(left / 1000)} left${shown}`
    : `has had ${key} for too long: its time was over ${seconds(-left / 1000)} ago${shown}`;
}

function styleOf({ until }: LeaseReport, now: number): Style {
  if (until === undefined) return 'dim';
  return until > now ? 'green' : 'red';
}

/** Two who believe at the same time that they hold one lock, as far as that is known: what a node has not said again may be over. */
export function sharedLock(model: Model): Said | null {
  const now = engineUs(model);
  const held = model.nodes.flatMap((node) =>
    leasesOf(node).flatMap((lease) =>
      lease.until === undefined ? [] : [{ ...lease, node, to: knownTo(lease, node) }],
    ),
  );
  for (const [key, all] of Map.groupBy(held, (one) => one.key)) {
    const [second, first] = all.toSorted((a, b) => b.since - a.since);
    if (!first || !second || first.node === second.node || second.since >= first.to || now >= first.to + SHOWN_US)
      continue;
    const text = `✗ TWO HOLD ${key}: ${first.node.id} and ${second.node.id} believe so at the same time`;
    return { text, style: 'red' };
  }
  return null;
}

/** Whoever stands still says nothing, and gives nothing up either. */
function knownTo({ until = 0 }: LeaseReport, { state, last }: NodeModel): number {
  if (state === 'paused' || state === 'held') return until;
  return Math.min(until, last?.at ?? 0);
}

const SHOWN_US = 2_000_000;

/** `write of lock-client-1.1.5: value 12, token 3` */
export function recordText({ word, about, says }: RecordReport): string {
  return `last ${word}${about === null ? '' : ` of ${about}`}${says === undefined ? '' : `: ${says}`}`;
}

function leasesOf({ last }: NodeModel): readonly LeaseReport[] {
  return last?.leases ?? [];
}
