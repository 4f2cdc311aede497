// Wrong usage: nothing was started, and the message says what to type instead.

import { HistoryError } from '../scenarios/history/history.ts';
import { formatProblem } from '../scenarios/language/problem.ts';
import { DamagedFile } from '../scenarios/history/stored-file.ts';
import type { Parsed } from '../scenarios/language/problem.ts';

export class Usage extends Error {
  override readonly name = 'Usage';
}

/** The value, or every problem of the text at once. */
export function demand<Value>(parsed: Parsed<Value>): Value {
  if (parsed.ok) return parsed.value;
  throw new Usage(parsed.problems.map(formatProblem).join('\n'));
}

/** What is stored under this name; that it is damaged is not a fault of txlab. */
export async function demandReadable<Value>(name: string, read: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof HistoryError) throw new Usage(`${name}: ${error.message}\n${error.hint}`);
    if (error instanceof DamagedFile) throw new Usage(`${name} is damaged: ${error.message}`);
    throw error;
  }
}
