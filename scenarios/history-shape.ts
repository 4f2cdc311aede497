// The shape of each line of a history, as far as checkers rely on it: a foreign history that lacks it is refused, with the field.

import * as z from 'zod';
import { PROPERTIES } from '../nodes/contract/catalog.ts';
import type { HistoryEvent } from '../nodes/contract/events.ts';
import { invariant } from '../nodes/contract/invariant.ts';

/** What is wrong with this value as an event, or null: the field's path, and what was expected there. */
export function misfitOf(event: unknown): { readonly field: string; readonly problem: string } | null {
  const parsed = anyEvent.safeParse(event);
  const issue = parsed.error?.issues[0];
  if (issue === undefined) return null;
  const field = issue.path.join('.');
  return { field: field === '' ? 'the line' : field, problem: issue.message };
}

const text = z.string();
const number = z.number();
const whole = z.int().min(0);

const account = z.object({ bank: text, account: text });
const transfer = z.object({ word: z.literal('transfer'), from: account, to: account, amount: number });

const record = z.discriminatedUnion('mark', [
  z.object({ mark: z.literal('prepared'), word: text, tx: text }),
  z.object({ mark: z.literal('decision'), word: text, tx: text, decision: z.enum(['commit', 'abort']) }),
  z.object({ mark: z.literal('other'), word: text, tx: text.nullable() }),
  z.object({ mark: z.literal('checkpoint'), word: text }),
]);

const outcome = z.enum(['ok', 'failed', 'unknown']);
const refusal = z.enum(['overdraft', 'locked', 'stale', 'unknown-account']);
const note = z.discriminatedUnion('about', [
  z.object({ about: z.literal('invoked'), op: text, process: number, request: transfer }),
  z.object({ about: z.literal('completed'), op: text, process: number, outcome, tx: text.optional(), reason: text }),
  z.object({ about: z.literal('began'), tx: text, op: text, participants: z.array(text) }),
  z.object({ about: z.literal('refused'), tx: text, reason: refusal, holder: text.optional() }),
  z.object({ about: z.literal('gave-up'), tx: text, waitedFor: text }),
]);

const message = z.object({ word: text, tx: text });
const gap = z.object({ when: z.enum(['before', 'after']), verb: text, word: text, peer: text.optional() });
const entry = z.object({ tx: text, delta: number });
const state = z.object({
  inDoubt: z.array(text),
  unfinished: z.array(text),
  locks: z.array(z.object({ account: text, tx: text })),
  accounts: z.record(text, z.object({ balance: number, journal: z.array(entry) })),
});

const traced = z.object({ at: number, node: text, incarnation: whole, seq: whole });
const noted = z.object({ at: number });
const talk = traced.extend({ way: z.enum(['out', 'in']), peer: text, op: text, word: text });

const shapes = {
  booted: traced.extend({ wallMs: number, logBytes: number, cutBytes: number }),
  appended: traced.extend({ record }),
  durable: traced.extend({ how: z.enum(['append', 'force']), position: number, record }),
  sent: traced.extend({ to: text, message }),
  lost: traced.extend({ to: text, message }),
  received: traced.extend({ from: text, message }),
  asked: talk,
  answered: talk,
  expired: traced.extend({ word: text, about: text.nullable() }),
  told: traced.extend({ note }),
  held: traced.extend({ hold: text, gap, about: text.nullable(), nth: number }),
  released: traced.extend({ hold: text }),
  bug: traced.extend({ message: text }),
  run: noted.extend({
    version: number,
    txlab: text,
    run: text,
    protocol: text,
    seed: number,
    nodes: z.array(text),
    participants: z.array(text),
    timeouts: z.record(text, number),
    promises: z.array(z.enum(PROPERTIES)),
    opening: z.record(text, z.record(text, number)),
  }),
  fault: noted.extend({
    id: text,
    fault: z.enum(['kill', 'restart', 'pause', 'resume', 'cut', 'heal', 'clock']),
    node: text,
    since: number,
    hold: text.optional(),
    evidence: z.object({ seen: z.boolean(), text }),
  }),
  exited: noted.extend({
    node: text,
    byLab: z.boolean(),
    exitCode: number,
    oomKilled: z.boolean(),
    lastLines: z.array(text),
  }),
  logged: noted.extend({
    node: text,
    moment: z.enum(['after-kill', 'end']),
    incarnation: whole,
    records: z.array(record),
  }),
  dumped: noted.extend({ node: text, state }),
  phase: noted.extend({ phase: z.enum(['serving', 'healed', 'probing', 'settled']), detail: text.optional() }),
  'trace-lost': noted.extend({ node: text, detail: text }),
  ended: noted.extend({
    why: z.enum(['complete', 'time-limit', 'interrupted', 'engine-lost', 'node-failed']),
    detail: text.optional(),
  }),
} satisfies Record<HistoryEvent['kind'], z.ZodObject>;

const [first, ...others] = Object.entries<z.ZodObject>(shapes).map(([kind, shape]) =>
  shape.extend({ kind: z.literal(kind) }),
);
invariant(first, 'There is no event in the table.');
const anyEvent = z.discriminatedUnion('kind', [first, ...others]);
