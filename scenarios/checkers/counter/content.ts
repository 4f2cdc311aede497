// What the guarded resource's content says, as a history holds it: its counters, and who accessed them in which order. Parsed here once;
// checkers know no workload's code.

import type { Json } from '../../../nodes/contract/messages.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { Trace } from '../judging.ts';

export interface Access {
  readonly about: TxId;
  readonly does: 'read' | 'write';
  /** Of a write: what the counter said afterwards. */
  readonly value?: number;
  readonly token?: number;
}

export interface Counter {
  readonly value: number;
  readonly accesses: readonly Access[];
}

/** By key; empty for what is no resource of counters. */
export function countersIn(content: Json): ReadonlyMap<string, Counter> {
  if (!isMapping(content)) return new Map();
  return new Map(
    Object.entries(content).flatMap(([key, value]) => {
      const counter = counterIn(value);
      return counter ? [[key, counter] as const] : [];
    }),
  );
}

export function tracesIn(content: Json): readonly Trace[] {
  return [...countersIn(content)].flatMap(([key, { accesses }]) =>
    accesses.filter(({ does }) => does === 'write').map(({ about: tx }) => ({ tx, key })),
  );
}

function counterIn(value: Json | undefined): Counter | null {
  if (!isMapping(value)) return null;
  const { value: says, accesses } = value;
  if (typeof says !== 'number' || !Array.isArray(accesses)) return null;
  return { value: says, accesses: (accesses as readonly Json[]).filter(isAccess) };
}

type Mapping = Readonly<Record<string, Json | undefined>>;

function isMapping(value: Json | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAccess(value: Json): value is Mapping & Access {
  if (!isMapping(value)) return false;
  const { about, does, value: says, token } = value;
  const isMaybe = (field: Json | undefined) => field === undefined || typeof field === 'number';
  return typeof about === 'string' && (does === 'read' || does === 'write') && isMaybe(says) && isMaybe(token);
}
