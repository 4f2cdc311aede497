// Shaded intervals: exactly those that the findings rest on. Who was absent, who stood in doubt while faults lasted, and who held a lock.

import { doubtsOf } from '../../scenarios/checkers/doubts.ts';
import { factsOf } from '../../scenarios/checkers/gather.ts';
import { leasesIn, overlapsIn, type Lease } from '../../scenarios/checkers/locks/leases.ts';
import { faultWindows, nodeAbsences, type FaultWindow } from '../../scenarios/checkers/windows.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { lanesOfSite } from './lanes.ts';
import type { History } from '../../scenarios/findings.ts';
import type { Lane, Stretch, Window } from './story-types.ts';

export function stretchesOf(history: History, lanes: readonly Lane[]): readonly Stretch[] {
  const held = [...doubts(history, lanes), ...leases(history, lanes)];
  return [...absences(history, lanes), ...held.sort((a, b) => a.from - b.from)];
}

export function windowsOf(history: History): readonly Window[] {
  return faultWindows(history).map((window) => ({ from: window.from, to: window.to, text: textOf(window) }));
}

function textOf({ injected }: FaultWindow): string {
  return injected.kind === 'fault' ? `${injected.fault} ${injected.node}` : `${injected.node} ended by itself`;
}

function absences(history: History, lanes: readonly Lane[]): readonly Stretch[] {
  const windows = faultWindows(history);
  return lanes.flatMap(({ name }, lane) =>
    nodeAbsences(history, nodeId(name)).map(({ from, to }): Stretch => {
      const met = windows.filter(({ injected, ...span }) => injected.node === name && span.from < to && span.to > from);
      const words = met.map(({ injected }) =>
        injected.kind === 'fault' ? (STATES[injected.fault] ?? injected.fault) : 'dead',
      );
      return { kind: 'absent', lane, from, to, text: [...new Set(words)].join(', ') || 'held', about: null };
    }),
  );
}

const STATES: Readonly<Record<string, string>> = { kill: 'dead', restart: 'dead', pause: 'paused', fill: 'disk full' };

function doubts(history: History, lanes: readonly Lane[]): readonly Stretch[] {
  const { end } = factsOf(history);
  const bound = history.run.timeouts['blocked'] ?? Number.POSITIVE_INFINITY;
  return doubtsOf(history, bound).flatMap(({ node, tx, from, to, blocked, blockedMs, keys }) => {
    const [lane] = lanesOfSite(history, lanes, node);
    if (lane === undefined) return [];
    const locks = keys.length === 0 ? '' : `, locks ${keys.join(' ')}`;
    const text = `${node} ${blocked ? `blocked for ${Math.round(blockedMs)} ms` : 'in doubt'} about ${tx}${locks}`;
    return [{ kind: blocked ? 'blocked' : 'doubt', lane, from, to: to ?? end, text, about: tx } as const];
  });
}

function leases(history: History, lanes: readonly Lane[]): readonly Stretch[] {
  const held = leasesIn(factsOf(history));
  const shared = new Set(overlapsIn(held, ({ to }) => to).flatMap(({ first, second }) => [first, second]));
  const laneOf = new Map(lanes.map(({ name }, lane) => [name, lane]));
  return held.flatMap((lease) => {
    const lane = laneOf.get(lease.node);
    if (lane === undefined) return [];
    const { from, to, about } = lease;
    return [{ kind: shared.has(lease) ? 'shared' : 'lease', lane, from, to, text: leaseText(lease), about } as const];
  });
}

function leaseText({ node, key, about, token }: Lease): string {
  return `${node} holds ${key} as ${about}${token === undefined ? '' : `, token ${token}`}`;
}
