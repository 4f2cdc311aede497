/** Calls to the engine, each with a deadline and words for its failure. Knows no client library. */
import type { Endpoint } from './endpoint.ts';
import { callFailure, statusOf } from './failure.ts';
import type { Attempt } from './failure.ts';

/** An attempt with its deadline. */
export interface Call extends Attempt {
  readonly deadlineMs: number;
}

export const inquiry = (verb: string, kind: Attempt['kind'], id: string): Call => ({
  verb,
  kind,
  id,
  deadlineMs: INQUIRY_MS,
});
export const work = (verb: string, kind: Attempt['kind'], id: string): Call => ({
  verb,
  kind,
  id,
  deadlineMs: WORK_MS,
});
/** Big transfers: traces out, root file systems in. */
export const copy = (verb: string, kind: Attempt['kind'], id: string): Call => ({
  verb,
  kind,
  id,
  deadlineMs: COPY_MS,
});

const INQUIRY_MS = 10_000;
const WORK_MS = 30_000;
const COPY_MS = 120_000;

export interface Attempts {
  <T>(call: Call, run: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** With statuses that are fine, since what was wanted is so already; the answer is then undefined. */
  <T>(call: Call, run: (signal: AbortSignal) => Promise<T>, fine: readonly number[]): Promise<T | undefined>;
}

/** The way to call an engine: what goes wrong there, or comes back in another shape than it must, is told as a LabError. */
export function attemptsAt(endpoint: Endpoint): Attempts {
  function attempt<T>(call: Call, run: (signal: AbortSignal) => Promise<T>): Promise<T>;
  function attempt<T>(
    call: Call,
    run: (signal: AbortSignal) => Promise<T>,
    fine: readonly number[],
  ): Promise<T | undefined>;
  async function attempt<T>(
    call: Call,
    run: (signal: AbortSignal) => Promise<T>,
    fine: readonly number[] = [],
  ): Promise<T | undefined> {
    try {
      return await bounded(call.deadlineMs, run);
    } catch (error) {
      if (fine.includes(statusOf(error) ?? 0)) return undefined;
      throw callFailure(error, call, endpoint);
    }
  }
  return attempt;
}

/** Gives the call a signal that aborts it at the deadline, and only then: an attached stream must outlive its request. */
export async function bounded<T>(deadlineMs: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`no answer within ${deadlineMs} ms`));
    controller.abort();
  }, deadlineMs);
  try {
    return await Promise.race([call(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}
