// The history file: one event a line, the run's header first. Reads it in pieces, refuses what is not a history with line and field,
// and merges what several writers wrote. Judges nothing.

import { createReadStream } from 'node:fs';
import { HISTORY_VERSION, type HistoryEvent, type TraceEvent } from '../../nodes/contract/events.ts';
import type { History } from '../findings.ts';
import { misfitOf } from './history-shape.ts';
import { readerOfV1 } from './history-v1.ts';
import { damageOf } from './stored-file.ts';

/** Not a history that this version can judge. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  readonly line: number;
  readonly hint: string;

  constructor({ line, problem, hint }: { readonly line: number; readonly problem: string; readonly hint: string }) {
    super(`Line ${line}: ${problem}`);
    this.line = line;
    this.hint = hint;
  }
}

/** Reads a file of any size, a piece at a time. */
export async function readHistory(path: string): Promise<History> {
  const reader = historyReader();
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: CHUNK_BYTES }))
      reader.push(String(chunk));
  } catch (error) {
    throw damageOf(path, error);
  }
  return reader.end();
}

const CHUNK_BYTES = 1 << 20;

export function parseHistory(text: string): History {
  const reader = historyReader();
  reader.push(text);
  return reader.end();
}

export function formatHistory(events: readonly HistoryEvent[]): string {
  return events.map(formatEvent).join('');
}

export function formatEvent(event: HistoryEvent): string {
  return `${JSON.stringify(event)}\n`;
}

export interface HistoryReader {
  readonly push: (chunk: string) => void;
  readonly end: () => History;
}

export function historyReader(): HistoryReader {
  const events: HistoryEvent[] = [];
  let rest = '';
  let line = 0;
  let translate = asItIs;
  const take = (given: string) => {
    line += 1;
    // Some editors put a byte order mark before a text.
    const text = line === 1 ? given.replace(/^\uFEFF/, '') : given;
    if (text.trim() === '') return;
    const value = parseJson(text, line);
    if (line === 1 && expectHeader(value) === 1) translate = readerOfV1();
    events.push(eventOf(translate(value), line));
  };
  return {
    push: (chunk) => {
      const text = rest + chunk;
      let from = 0;
      for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
        take(text.slice(from, to));
        from = to + 1;
      }
      rest = text.slice(from);
    },
    end: () => {
      // Only a line without its line feed can have been cut; such a line never parses, for an event ends with its last brace.
      const torn = rest.trim() !== '' && !isJson(rest);
      if (!torn) take(rest);
      return historyOf(events, torn);
    },
  };
}

/** One line of this version, by its number. */
export function parseLine(text: string, line: number): HistoryEvent {
  const event = parseJson(text, line);
  if (line === 1) expectHeader(event);
  return eventOf(event, line);
}

const asItIs = (line: unknown): unknown => line;

function eventOf(event: unknown, line: number): HistoryEvent {
  const misfit = misfitOf(event);
  if (misfit === null) return event as HistoryEvent;
  throw new HistoryError({
    line,
    problem: `${kindOf(event)}${misfit.field}: ${misfit.problem}.`,
    hint: 'The fields of each line are described in HISTORY.md.',
  });
}

function parseJson(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = `this is not JSON (${cause instanceof Error ? cause.message : String(cause)}).`;
    throw new HistoryError({ line, problem, hint: 'Only the last line of a history may be cut off.' });
  }
}

/** The version. Checked before the shape, which may be another one in another version. */
function expectHeader(event: unknown): number {
  const { kind, version } = (event ?? {}) as { readonly kind?: unknown; readonly version?: unknown };
  if (kind !== 'run') {
    throw new HistoryError({
      line: 1,
      problem: 'a history begins with its run event.',
      hint: 'Is this file a history.jsonl?',
    });
  }
  if (typeof version === 'number' && version > HISTORY_VERSION) {
    throw new HistoryError({
      line: 1,
      problem: `this history has version ${version}; this txlab reads up to version ${HISTORY_VERSION}.`,
      hint: 'Judge it with the txlab that made it, or a newer one.',
    });
  }
  return typeof version === 'number' ? version : HISTORY_VERSION;
}

function historyOf(events: readonly HistoryEvent[], torn: boolean): History {
  const [run] = events;
  if (run?.kind !== 'run') {
    throw new HistoryError({
      line: 1,
      problem: 'there is no run event.',
      hint: 'The file is empty, or was cut in its first line.',
    });
  }
  return { run, events: isOrdered(events) ? events : mergeEvents([events]), torn };
}

function isOrdered(events: readonly HistoryEvent[]): boolean {
  return events.every((event, at) => at < 2 || event.at >= (events[at - 1]?.at ?? event.at));
}

/**
 * One list in order of time, the run's header first. A node's own events keep the order of their numbers whatever their times say, and
 * one that two writers report is kept once.
 */
export function mergeEvents(lists: readonly (readonly HistoryEvent[])[]): readonly HistoryEvent[] {
  const all = lists.flat();
  const traces = Map.groupBy(all.filter(isTrace), ({ node }) => node);
  const lab = all.filter((event) => !isTrace(event)).map((event) => ({ at: event.at, event }));
  const ordered = [lab, ...[...traces.values()].map(inOwnOrder).map(withTimes)].flat();
  ordered.sort((a, b) => a.at - b.at);
  const events = ordered.map(({ event }) => event);
  const run = events.find(({ kind }) => kind === 'run');
  return run === undefined ? events : [run, ...events.filter((event) => event !== run)];
}

function isTrace(event: HistoryEvent): event is TraceEvent {
  return 'seq' in event;
}

function inOwnOrder(trace: readonly TraceEvent[]): readonly TraceEvent[] {
  const ordered = trace.toSorted((a, b) => a.incarnation - b.incarnation || a.seq - b.seq);
  return ordered.filter((event, at) => {
    const before = ordered[at - 1];
    return before === undefined || before.incarnation !== event.incarnation || before.seq !== event.seq;
  });
}

/** The time to sort a node's events by never runs backwards. */
function withTimes(list: readonly TraceEvent[]): readonly { readonly at: number; readonly event: HistoryEvent }[] {
  let at = Number.NEGATIVE_INFINITY;
  return list.map((event) => ({ at: (at = Math.max(at, event.at)), event }));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function kindOf(event: unknown): string {
  const kind = (event as { readonly kind?: unknown } | null)?.kind;
  return typeof kind === 'string' ? `in '${kind}', ` : '';
}
