// The system works again: after the last heal a transfer ended ok. The lab asks for some itself, on the accounts that the fault hit,
// lest a run whose workload was over by then prove nothing.

import type { Finding, History } from '../findings.ts';
import { conclude, count, formatMs } from './conclude.ts';
import { type Facts, type Operation, outcomeOf } from './facts.ts';
import { factsOf } from './gather.ts';
import { lastHealAt } from './windows.ts';

export function progress(history: History): Finding {
  const facts = factsOf(history);
  const healed = lastHealAt(history);
  const holes = [...facts.holes.values()];
  const gaps = healed === null ? ['A fault was never healed.'] : [];
  const after = healed === null ? [] : invokedSince(facts, healed);
  const ok = after.filter((operation) => outcomeOf(operation) === 'ok');
  const probing = facts.phases.find(({ phase }) => phase === 'probing');
  const probes =
    probing === undefined ? [] : after.filter(({ invoked }) => invoked !== null && invoked.at >= probing.at);
  const stuck = ok.length === 0 && holes.length === 0 && probes.some((probe) => !wasRefused(facts, probe));
  if (ok.length === 0 && !stuck) gaps.push(...holes, 'No operation asked after the last heal could show progress.');
  const reason = `Not one of ${count(after.length, 'operation')} asked after the last heal ended ok.`;
  return conclude('progress', {
    broken: stuck
      ? [
          {
            reason,
            events: probes.flatMap(({ invoked, completed }) => [invoked, completed].filter((event) => event !== null)),
          },
        ]
      : [],
    gaps,
    holds: firstWord(ok, healed ?? 0),
  });
}

function firstWord(ok: readonly Operation[], healed: number): string {
  const first = Math.min(...ok.map(({ completed }) => completed?.at ?? Number.POSITIVE_INFINITY));
  if (healed === 0) return `${count(ok.length, 'operation')} ended ok; no fault came between.`;
  return `${count(ok.length, 'operation')} asked after the last heal ended ok, the first ${formatMs(first - healed)} after it.`;
}

function invokedSince(facts: Facts, at: number): readonly Operation[] {
  return [...facts.ops.values()].filter(({ invoked }) => invoked !== null && invoked.at >= at);
}

/** An empty account refuses whoever asks: that says nothing about the protocol. A lock that nobody releases does. */
function wasRefused(facts: Facts, { began }: Operation): boolean {
  const notes = began.flatMap(({ note }) => facts.txs.get(note.tx)?.excuses ?? []).map(({ note }) => note);
  return notes.some(
    (note) => note.about === 'refused' && (note.reason === 'overdraft' || note.reason === 'unknown-account'),
  );
}
