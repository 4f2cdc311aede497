// Wrong usage: nothing was started, and the message says what to type instead.

import { formatProblem } from '../scenarios/problem.ts';
import type { Parsed } from '../scenarios/problem.ts';

export class Usage extends Error {
  override readonly name = 'Usage';
}

/** The value, or every problem of the text at once. */
export function demand<Value>(parsed: Parsed<Value>): Value {
  if (parsed.ok) return parsed.value;
  throw new Usage(parsed.problems.map(formatProblem).join('\n'));
}
