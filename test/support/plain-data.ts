// What machines keep and write must be plain data.

import type { LogRecord } from '../../nodes/contract/records.ts';

/** A log, or one record of it, as its node reads it again. */
export function fromDisk<Written extends LogRecord | readonly LogRecord[]>(log: Written): Written {
  return JSON.parse(JSON.stringify(log)) as Written;
}

/** A state without whatever is neither JSON nor a Map of it. */
export function throughJson(state: unknown): unknown {
  const json = JSON.stringify(state, (_, value: unknown) => (value instanceof Map ? { [MAP]: [...value] } : value));
  return JSON.parse(json, (_, value: unknown) => (isMap(value) ? new Map(value[MAP]) : value)) as unknown;
}

function isMap(value: unknown): value is { readonly [MAP]: readonly (readonly [unknown, unknown])[] } {
  return typeof value === 'object' && value !== null && MAP in value;
}

const MAP = 'a Map of';
