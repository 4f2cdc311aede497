// Durations as people write them: a number with its unit. A bare number is refused, since nobody can know what it meant.

import type { Complaint } from './problem.ts';

export type Duration =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly complaint: Complaint };

/** What `parseDuration` takes, for schemas and messages. Longer than {@link LONGEST_MS} is refused all the same. */
export const DURATION = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m)$/;
export const DURATION_WORDS = 'a duration with its unit, such as 400ms, 1.5s or 2m';

export function parseDuration(text: string): Duration {
  const [, digits, unit] = DURATION.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return { ok: false, complaint: notOne(text) };
  const exact = Number(digits) * (MS_IN[unit] ?? 1);
  const ms = Math.round(exact);
  if (Math.abs(exact - ms) > 1e-6) return refuse(text, `${text} is finer than a millisecond.`);
  if (ms > LONGEST_MS) return refuse(text, `${text} is longer than an hour.`);
  return { ok: true, ms };
}

/** The shortest way to write so many whole milliseconds: `400ms`, `3s`, `1.5s`, `2m`. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms >= 1000 ? `${ms / 1000}s` : `${ms}ms`;
}

function notOne(text: string): Complaint {
  if (/^\d+(\.\d+)?$/.test(text)) {
    return {
      found: text,
      message: `${text} has no unit.`,
      allowed: UNITS.map((unit) => `${text}${unit}`),
      hint: 'The units are ms (milliseconds), s (seconds) and m (minutes).',
    };
  }
  return { found: text, message: `${text || 'Nothing'} is not a duration.`, allowed: [DURATION_WORDS] };
}

function refuse(text: string, message: string): Duration {
  return { ok: false, complaint: { found: text, message, allowed: ['whole milliseconds, at most 60m'] } };
}

const MS_IN: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };
const UNITS = Object.keys(MS_IN);
const LONGEST_MS = 3_600_000;
