// The exact shape of each line of a history, with what every field means. HISTORY.md and history.schema.json are made from it, and a
// history that does not fit is refused with the field. The compiler holds it equal to the types in nodes/contract/events.ts.

import * as z from 'zod';
import { CONDITIONS, FAMILIES } from '../../nodes/contract/properties.ts';
import { MEDDLED, MEDDLINGS } from '../../nodes/contract/meddling.ts';
import { HISTORY_VERSION, type HistoryEvent } from '../../nodes/contract/events.ts';
import { invariant } from '../../nodes/contract/invariant.ts';
import { nearest } from '../language/nearest.ts';
import { clock, count, historyParts, named, type Parts } from './history-parts.ts';
import type { Json } from '../../nodes/contract/messages.ts';

export interface Misfit {
  /** The path of the field, with dots. */
  readonly field: string;
  readonly problem: string;
}

/** What is wrong with this value as an event, or null. */
export function misfitOf(event: unknown): Misfit | null {
  const issue = theTable().line.safeParse(event).error?.issues[0];
  if (issue === undefined) return null;
  const place = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const field = [...place, key].join('.');
    return { field, problem: `There is no such field${guess(key, place.length === 0 ? fieldsOf(event) : [])}` };
  }
  if (place.length === 0) return { field: 'the line', problem: issue.message };
  const near = place.join('.') === 'kind' ? guess((event as { readonly kind?: unknown }).kind, kindsOfEvents()) : '';
  return { field: place.join('.'), problem: `${issue.message}${near}` };
}

function guess(found: unknown, known: readonly string[]): string {
  const near = typeof found === 'string' ? nearest(found, known) : undefined;
  return near === undefined ? '' : `; did you mean ${near}?`;
}

function fieldsOf(event: unknown): readonly string[] {
  const { kind } = event as { readonly kind: HistoryEvent['kind'] };
  return ['kind', ...Object.keys(theTable().shapes[kind].shape)];
}

/** JSON Schema 2020-12 of one line. */
export function historyJsonSchema(): Readonly<Record<string, unknown>> {
  const title = `txlab history, version ${HISTORY_VERSION}: one line of history.jsonl`;
  return { title, ...z.toJSONSchema(theTable().line, { io: 'input', unrepresentable: 'any' }) };
}

/** By kind, without what all have alike. */
function makeShapes() {
  const parts = historyParts();
  return { ...header(parts), ...traceLines(parts), ...labLines(parts) } satisfies Record<
    HistoryEvent['kind'],
    z.ZodObject
  >;
}

function header({ node, json }: Parts) {
  return {
    run: noted('The header, the first line of every history.', 'always 0', {
      version: z.number().describe('of this format'),
      txlab: named('the version of txlab that recorded it'),
      run: named("the name of the run's folder"),
      family: z.enum(FAMILIES).describe('how the protocol is used'),
      protocol: named('as in txlab explain'),
      workload: named('what the clients do, as in txlab explain'),
      seed: z.number().describe('same scenario and seed, same operations'),
      nodes: z.array(node).describe('every node'),
      stores: z.array(node).exactOptional().describe('servers that are not ours, which keep no trace'),
      roles: z.record(z.string(), z.string()).describe("by node, as in the protocol's catalog entry"),
      sites: z
        .record(
          z.string(),
          z.strictObject({
            nodes: z.array(node).describe('that hold its records'),
            stores: z.array(node).describe('that answer for it'),
            quorum: count('how many of its nodes must hold a record for it to be the own of the site'),
          }),
        )
        .describe('who promises and decides, and where each lives'),
      timeouts: z.record(z.string(), z.number()).describe('milliseconds, by the names that the protocol gives them'),
      promises: z.array(z.string()).describe('what the protocol promises of this workload'),
      whiles: z
        .record(z.string(), z.enum(CONDITIONS))
        .exactOptional()
        .describe('of these, what holds only while a quorum, or the store, of each site that takes part is up'),
      forced: z
        .record(z.string(), z.array(z.string()))
        .exactOptional()
        .describe(
          'by role: the words of the records that it always forces, before it says anything on the strength of them',
        ),
      initial: z.record(z.string(), json).describe('by site: what it guards at first, as its workload writes it'),
    }),
  };
}

/** What a node writes into its own trace. */
function traceLines(parts: Parts) {
  const { node, request, record, message, note } = parts;
  const traced = tracedBy(node);
  const { asking, answer, storeMark } = askingOf(parts);
  return {
    booted: traced('A node has opened its log and is about to serve.', {
      wallMs: z.number().describe("milliseconds since 1970 of the machine's wall clock; no finding uses it"),
      logBytes: count('bytes of whole records in the log'),
      cutBytes: count('bytes of a torn last record, cut off'),
    }),
    appended: traced(
      'A record is in the memory of the process: its node knows it now, a crash loses it. Forced records have no such event.',
      { record },
    ),
    durable: traced('A record is on disk.', {
      how: z.enum(['append', 'force']).describe('append: a later force took it along'),
      position: count("the record's place in the log, from 1 within an incarnation"),
      record,
    }),
    sent: traced(
      'The kernel has accepted a message on an open connection, unless a line meddled says after it what the host did; whether it arrives is another matter.',
      {
        to: node,
        message,
      },
    ),
    lost: traced('There was no connection for a message.', { to: node, message }),
    received: traced('A message has arrived.', { from: node, message }),
    asked: traced('A request of a client, of the lab, or to a store.', {
      ...asking,
      body: request.exactOptional().describe('what a store was asked, whole'),
    }),
    answered: traced('The one answer to a request; refused or lost where none came.', {
      ...asking,
      body: answer.exactOptional().describe('what a store answered, whole'),
      gives: storeMark.exactOptional().describe('what that answer is to the site that the store answers for'),
    }),
    ignored: traced('A message or request has arrived that does not belong here; nothing came of it.', {
      from: node,
      word: named('as it was said'),
      reason: z
        .enum(['unknown-word', 'wrong-shape'])
        .describe("the node's role does not know the word, or what goes with it is missing or of another type"),
    }),
    expired: traced('A timer that nobody disarmed has run out.', {
      word: named('what was waited for'),
      about: named('the transaction or operation that waited').nullable(),
    }),
    told: traced('Something that nothing else shows.', { note }),
    ...hostLines(parts),
    bug: traced('The node found a broken invariant in itself.', { message: named('what is broken') }),
  };
}

/** What the host of a node does for a fault. */
function hostLines({ node, gap, tx, word }: Parts) {
  const traced = tracedBy(node);
  return {
    held: traced('The node stands still at an armed step; everything before it is done.', {
      hold: named('the planned fault'),
      gap,
      about: named('the transaction or operation that stands at the step').nullable(),
      nth: z.number().describe('how many have come to this step, over all incarnations'),
    }),
    released: traced('The node goes on.', { hold: named('the planned fault') }),
    meddled: traced(
      'The host has done something, for a fault, with a message that its machine had sent; the line sent stands before it.',
      {
        fault: named('the planned fault'),
        did: z
          .enum(MEDDLED)
          .describe(
            'dropped: it never left; duplicated: it left twice; delayed: it is kept back, and passed-on when it leaves, or lost where there is no connection then',
          ),
        to: node,
        word,
        about: tx.nullable(),
      },
    ),
  };
}

function askingOf({ tx, op, word, site }: Parts) {
  const asking = {
    way: z.enum(['out', 'in']).describe('out: by this node; in: it arrived here'),
    peer: named('the other node, or a store'),
    op,
    word,
  };
  const storeMark = z.strictObject({
    site,
    about: tx,
    mark: z.enum(['prepared', 'commit', 'abort']).describe('a promise, or how it was decided'),
  });
  return { asking, answer: z.object({ word }), storeMark };
}

function tracedBy(node: Parts['node']) {
  const stamp = {
    at: clock('when the node wrote the line'),
    node,
    incarnation: count("which life of the node's, from 1: a restart begins the next"),
    seq: count('from 1 within an incarnation, without holes: a hole is a lost trace'),
  };
  return <Fields extends z.core.$ZodLooseShape>(means: string, fields: Fields) =>
    z.strictObject(stamp).extend(fields).describe(means);
}

/** What the lab writes, but for the header. */
function labLines({ node, record, state, evidence }: Parts) {
  return {
    fault: noted(
      'The lab has done something to a node: it happened between since and at.',
      'just after, from a node that the fault does not hit',
      {
        id: named('the planned fault; a fault and what ends it share it'),
        fault: z
          .enum(['kill', 'restart', 'pause', 'resume', 'cut', 'slow', 'heal', 'clock', 'fill', 'promote', ...MEDDLINGS])
          .describe('restart and resume end a kill and a pause, nothing ends a promote, heal all others'),
        node,
        since: clock('just before, from a node that the fault does not hit'),
        hold: named('the held step that it was injected at').exactOptional(),
        ends: z
          .literal('never')
          .describe('nothing is to end it; what stands at rest is judged as standing')
          .exactOptional(),
        evidence,
      },
    ),
    exited: noted('A node has ended, and the lab did not do it.', 'when the lab last heard a clock', {
      node,
      byLab: z.boolean().describe('always false: what the lab kills is a fault'),
      exitCode: z.number().describe('as the engine reports it; 137 is SIGKILL'),
      oomKilled: z.boolean().describe('the kernel killed it for want of memory'),
      lastLines: z.array(z.string()).describe('the end of its standard error'),
    }),
    logged: noted("A node's log as read from its disk.", MARK, {
      node,
      moment: z.enum(['after-kill', 'end']).describe('right after a kill, or when the run was over'),
      incarnation: count('the incarnation that wrote the log last'),
      records: z.array(record).describe('since the last checkpoint, which comes first'),
    }),
    dumped: noted('What a node answered about itself when the run had come to rest.', MARK, { node, state }),
    phase: noted('A stage of the run begins.', MARK, {
      phase: z
        .enum(['serving', 'healed', 'probing', 'settled'])
        .describe('clients begin; clients are done and faults have ended; all keys are tried; nobody works any more'),
      detail: named('what is to be known of it, for people').exactOptional(),
    }),
    'trace-lost': noted('What a node saw could not be collected in full.', 'when the lab last heard a clock', {
      node,
      detail: named('why, for people'),
    }),
    ended: noted('The run is over.', MARK, {
      why: z.enum(['complete', 'time-limit', 'interrupted', 'engine-lost', 'node-failed']),
      detail: named('why, for people').exactOptional(),
    }),
  };
}

/** A line of the lab. */
const noted = <Fields extends z.core.$ZodLooseShape>(means: string, at: string, fields: Fields) =>
  z
    .strictObject({ at: clock(at) })
    .extend(fields)
    .describe(means);

const MARK = 'as a node stamped it when the lab asked, just after';

type Shapes = ReturnType<typeof makeShapes>;

function makeTable() {
  const shapes = makeShapes();
  const [first, ...others] = Object.entries<z.ZodObject>(shapes).map(([kind, shape]) =>
    z.strictObject({ at: shape.shape['at'], kind: z.literal(kind), ...shape.shape }).describe(shape.description ?? ''),
  );
  invariant(first, 'There is no event in the table.');
  return { shapes, line: z.discriminatedUnion('kind', [first, ...others]) };
}

let table: ReturnType<typeof makeTable> | undefined;

/** Made for the first line that is read, since it takes a tenth of the time in which a command starts. */
function theTable(): ReturnType<typeof makeTable> {
  table ??= makeTable();
  return table;
}

export function kindsOfEvents(): readonly HistoryEvent['kind'][] {
  return Object.keys(theTable().shapes) as readonly HistoryEvent['kind'][];
}

/** The type without brands and `readonly`, which a file does not have. */
export type Plain<T> = unknown extends T
  ? unknown
  : Json extends T
    ? Json
    : T extends string
      ? Record<never, never> extends Record<T, 1>
        ? string
        : T
      : T extends readonly (infer Item)[]
        ? Plain<Item>[]
        : T extends object
          ? { -readonly [Key in keyof T]: Plain<T[Key]> }
          : T;
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Typed<Kind, Event = HistoryEvent> = Event extends { kind: infer Found }
  ? Kind extends Found
    ? Plain<Omit<Event, 'kind'>>
    : never
  : never;
/** The kinds whose shape and type differ: none. */
type Drift = {
  [Kind in keyof Shapes]: Same<Plain<z.output<Shapes[Kind]>>, Typed<Kind>> extends true ? never : Kind;
}[keyof Shapes];
true satisfies [Drift] extends [never] ? true : Drift;
