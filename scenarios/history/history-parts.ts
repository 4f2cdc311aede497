// What the lines of a history are made of, with what every field means.

import * as z from 'zod';
import { VERBS } from '../../nodes/contract/step.ts';
import { isJson } from '../../nodes/contract/shape.ts';
import type { Json } from '../../nodes/contract/messages.ts';

export const named = (means: string) => z.string().describe(means);
export const count = (means: string) => z.int().min(0).describe(means);
export const clock = (means: string) => z.number().describe(`microseconds of the engine's CLOCK_MONOTONIC: ${means}`);

/** What bears a name in the JSON Schema is made once for all lines. */
export function historyParts() {
  const words = commonWords();
  const request = requestShape(words);
  return {
    ...words,
    request,
    record: recordShape(words),
    message: messageShape(words),
    note: noteShape({ ...words, request }),
    gap: gapShape(words),
    state: stateShape(words),
    evidence: evidenceShape(),
  };
}

export type Parts = ReturnType<typeof historyParts>;
type Words = ReturnType<typeof commonWords>;

function commonWords() {
  return {
    node: named('a node, as participant-1'),
    tx: named('a transaction, as coordinator.1.20: its coordinator, the incarnation, a counter; never used again'),
    op: named('an operation of a client, asked once'),
    word: named("the protocol's name for it, as in steps: prepare, commit"),
    site: named('who promises and decides, as participant-1, wherever it lives'),
    json: z.custom<Json>(isJson),
  };
}

function requestShape({ word, tx, site }: Words) {
  return z
    .object({
      word,
      about: tx.exactOptional(),
      marks: z
        .strictObject({ site, as: z.record(z.string(), z.enum(['prepared', 'commit', 'abort'])) })
        .exactOptional()
        .describe('which answers are promises or decisions of this site'),
    })
    .meta({ id: 'request', description: "what a client asks for; further fields are the workload's own" });
}

function useShape({ site }: Words) {
  return z
    .strictObject({
      site,
      key: named('one of the things that the site guards, as an account'),
      mode: z.enum(['read', 'write']).describe('readers may share a key, a writer is alone'),
    })
    .meta({ id: 'use', description: 'what an operation needs of one key of a site' });
}

function entryShape() {
  return z
    .strictObject({
      slot: count('its place in the log of the site'),
      ballot: named('under whose lead it was put there, as 3.participant-2b: round and replica'),
    })
    .exactOptional()
    .describe('only of a site that lives on several nodes');
}

function recordShape({ word, tx }: Words) {
  const body = z.unknown().exactOptional().describe("the protocol's own; no reader may rely on it");
  const entry = entryShape();
  return z
    .discriminatedUnion('mark', [
      z.strictObject({
        mark: z.literal('prepared').describe('opens the time in doubt of its subject at this node'),
        word,
        about: tx,
        body,
        entry,
      }),
      z.strictObject({
        mark: z.literal('decision').describe('ends it'),
        word,
        about: tx,
        decision: z.enum(['commit', 'abort']).describe('how'),
        body,
        entry,
      }),
      z.strictObject({ mark: z.literal('other').describe('anything else'), word, about: tx.nullable(), body, entry }),
      z.strictObject({
        mark: z.literal('checkpoint').describe('stands for every record before it'),
        word: z.literal('checkpoint'),
        about: z.null(),
        body: z.unknown(),
        entry,
      }),
    ])
    .meta({ id: 'record', description: "one entry of a node's log" });
}

function messageShape({ word, tx }: Words) {
  return z.object({ word, about: tx.nullable() }).meta({
    id: 'message',
    description:
      "what one node says to another; further fields are the protocol's own; the word vote says yes, no or read in its field vote",
  });
}

function noteShape(words: Words & { readonly request: ReturnType<typeof requestShape> }) {
  return z
    .discriminatedUnion('word', [...operationNotes(words), ...protocolNotes(words), ...lockNotes(words)])
    .meta({ id: 'note', description: 'what a machine tells because nothing else shows it' });
}

function operationNotes(words: Words & { readonly request: ReturnType<typeof requestShape> }) {
  const { op, tx, json, request } = words;
  const use = useShape(words);
  const outcome = z
    .enum(['ok', 'failed', 'unknown'])
    .describe('failed certainly had no effect; unknown may have had one, now or later');
  return [
    z.strictObject({
      word: z.literal('invoked').describe('a client begins an operation'),
      op,
      process: count("which of the client's loops: one operation at a time"),
      request,
      uses: z.array(use).exactOptional().describe('what it needs of which keys, as soon as that is known'),
    }),
    z.strictObject({
      word: z.literal('completed').describe('the operation has ended for the client'),
      op,
      process: count("which of the client's loops"),
      outcome,
      about: tx.exactOptional(),
      result: json.exactOptional().describe('what was read, where an operation reads'),
      uses: z.array(use).exactOptional().describe('what it needed of which keys, where that is known only at the end'),
      reason: named('why, for people'),
    }),
  ] as const;
}

function protocolNotes({ tx, op, node }: Words) {
  return [
    z.strictObject({
      word: z.literal('began').describe('a coordinator begins a transaction for an operation'),
      about: tx,
      op,
      participants: z.array(node),
    }),
    z.strictObject({
      word: z.literal('read').describe('this node has nothing to change: it agrees and takes no further part'),
      about: tx,
    }),
    z.strictObject({
      word: z.literal('refused').describe('a site votes no'),
      about: tx,
      reason: named(
        "locked: somebody else holds a key; stale: its prepare came when it had ended already, or its token is too old; replaced: another lock has registered since; else the workload's own",
      ),
      key: named('the key that it was for: locked, or free and not as the operation needs it').exactOptional(),
      holder: tx.exactOptional().describe('the transaction that holds the lock'),
    }),
    z.strictObject({
      word: z.literal('gave-up').describe('a timeout decided'),
      about: tx,
      waitedFor: named('what did not come'),
    }),
    z.strictObject({
      word: z.literal('elected').describe('a termination protocol has a new coordinator, whose own node tells so'),
      about: tx,
      coordinator: node,
      epoch: count('of the termination: greater than those before it'),
    }),
    z.strictObject({
      word: z.literal('terminated').describe('this node decided without the first coordinator'),
      about: tx,
      decision: z.enum(['commit', 'abort']),
      epoch: count('of the termination in which it was decided'),
      rule: z.string().describe('the rule of the termination protocol'),
    }),
  ] as const;
}

function lockNotes({ tx, site }: Words) {
  const key = named('what the lock is for');
  const lock = { about: tx, site: site.describe('the lock service'), key, mode: z.enum(['read', 'write']) };
  const lease = {
    asked: clock('when what was granted had been asked for'),
    until: clock('until when it is the own of who asked, by the rules of the service'),
    believed: clock(
      'until when its client takes it for its own, where that is not so; null: until it is told otherwise',
    )
      .nullable()
      .exactOptional(),
  };
  return [
    z.strictObject({ word: z.literal('waits').describe('a client has found a lock taken'), ...lock }),
    z.strictObject({
      word: z
        .literal('queued')
        .describe('it stands in the queue of a lock, before all that ask later; told by whoever knows'),
      about: tx,
      site: lock.site,
      key,
    }),
    z.strictObject({
      word: z.literal('unqueued').describe('it stands there no longer, nor does it hold the lock by that place'),
      about: tx,
    }),
    z.strictObject({
      word: z.literal('granted').describe('a client holds a lock from now on, as it believes'),
      ...lock,
      ...lease,
      token: z.number().exactOptional().describe('the fencing token: of two holders the later has the greater'),
    }),
    z.strictObject({ word: z.literal('extended').describe('it holds it for longer'), about: tx, ...lease }),
    z.strictObject({
      word: z.literal('yielded').describe('it believes no longer that it holds it'),
      about: tx,
      why: z
        .enum(['done', 'deadline', 'lost', 'fenced', 'other'])
        .describe(
          'done: its work is; deadline: its time is over; lost: the service says so; fenced: the resource has seen another holder; other: it does not have the other lock that it needs',
        ),
    }),
  ] as const;
}

function gapShape({ word }: Words) {
  return z
    .strictObject({
      when: z.enum(['before', 'after']).describe('on which side of the effect'),
      verb: z.enum(VERBS).describe('the kind of effect or input'),
      word,
      kind: z
        .strictObject({ field: named('a field of the message'), is: named('what it must say to be counted') })
        .exactOptional(),
      peer: named('the other node, or first or last of a broadcast').exactOptional(),
    })
    .meta({ id: 'gap', description: 'a moment between two effects of a node' });
}

function stateShape({ tx, json }: Words) {
  return z
    .strictObject({
      inDoubt: z.array(tx).describe('transactions that the node has promised to and cannot decide'),
      unfinished: z.array(tx).describe('transactions that the node still works on'),
      holds: z.array(z.strictObject({ key: named('a key that is locked'), by: tx.describe('who holds it') })),
      content: json.describe('what the node guards, as its workload writes it; null where it guards nothing'),
    })
    .meta({ id: 'state', description: "a node's state at rest" });
}

function evidenceShape() {
  return z
    .strictObject({
      seen: z.boolean().describe('false: the fault may not have happened, and the run shows nothing'),
      text: named('what was seen, for people'),
    })
    .meta({ id: 'evidence', description: 'shown by the engine or the network, not inferred' });
}
