// The exact shape of a plan and of a verdict as a run's folder keeps them. The compiler holds it equal to their types, so that what is
// read back is what the type says.

import * as z from 'zod';
import { SELECTIONS } from '../../compose/faults.ts';
import { MEDDLINGS } from '../../nodes/contract/meddling.ts';
import { STAKES } from '../../nodes/contract/protocol.ts';
import { CONDITIONS, FAMILIES } from '../../nodes/contract/properties.ts';
import { VERBS } from '../../nodes/contract/step.ts';
import { misfitOf, type Plain, type Same } from '../history/history-shape.ts';
import { isJson } from '../../nodes/contract/shape.ts';
import type { Json } from '../../nodes/contract/messages.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Verdict } from '../findings.ts';
import type { Plan } from '../plan/plan-types.ts';

/** What is wrong with this value as a plan, with the field; null where nothing is. */
export function planMisfit(value: unknown): string | null {
  return misfit(theShapes().plan, value);
}

export function verdictMisfit(value: unknown): string | null {
  return misfit(theShapes().verdict, value);
}

/** Fields that are not known are let pass: a later version may have more to say. */
function misfit(shape: z.ZodType, value: unknown): string | null {
  const issue = shape.safeParse(value).error?.issues[0];
  if (issue === undefined) return null;
  return issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`;
}

function makeShapes() {
  const property = z.string();
  const json = z.custom<Json>(isJson);
  const decision = z.enum(['commit', 'abort']);
  const outcome = z.enum(['ok', 'failed', 'unknown']);
  return {
    plan: z.object({
      version: z.literal(1),
      scenario: z.string(),
      title: z.string(),
      protocol: z.string(),
      seed: z.number(),
      nodes: z.array(z.object({ id: z.string(), role: z.string(), kind: z.enum(['node', 'store']).exactOptional() })),
      drivers: z.array(z.string()),
      askedNode: z.string(),
      sites: z.record(
        z.string(),
        z.object({ nodes: z.array(z.string()), stores: z.array(z.string()), quorum: z.number() }),
      ),
      family: z.enum(FAMILIES),
      workload: z.string(),
      initial: z.record(z.string(), json),
      params: json,
      timeouts: z.record(z.string(), z.number()),
      options: z.record(z.string(), z.unknown()),
      faults: z.array(plannedFault()),
      probes: z.array(z.array(operation())),
      expect: z.object({
        target: z
          .object({
            decision: decision.exactOptional(),
            blocked: z.union([z.array(z.string()), z.number()]).exactOptional(),
            client: outcome.exactOptional(),
          })
          .exactOptional(),
        properties: z.record(property, z.enum(['holds', 'violated'])),
      }),
      promises: z.array(property),
      whiles: z.record(property, z.enum(CONDITIONS)).exactOptional(),
      forced: z.record(z.string(), z.array(z.string())).exactOptional(),
      okAtLeast: z.number(),
      timeLimitMs: z.number(),
    }),
    verdict: verdict(),
  };
}

function verdict() {
  const decision = z.enum(['commit', 'abort']);
  return z.object({
    word: z.enum(['as expected', 'not as expected', 'inconclusive']),
    reasons: z.array(z.string()),
    findings: z.array(
      z.object({
        property: z.string(),
        judgement: z.enum(['holds', 'violated', 'unknown', 'not applicable']),
        reason: z.string(),
        events: z.array(z.custom<HistoryEvent>((event) => misfitOf(event) === null, 'this is no event of a history')),
      }),
    ),
    target: z
      .object({
        tx: z.string(),
        decisions: z.record(z.string(), z.array(decision)),
        decision: decision.nullable(),
        doubts: z.array(doubt()),
        client: z.enum(['ok', 'failed', 'unknown', 'none']),
        stake: z.enum(STAKES),
      })
      .nullable(),
    locks: z
      .object({
        count: z.number(),
        p50Ms: z.number(),
        p99Ms: z.number(),
        longest: z.object({
          tx: z.string(),
          site: z.string(),
          keys: z.array(z.string()),
          ms: z.number(),
          open: z.boolean(),
        }),
      })
      .exactOptional(),
  });
}

function plannedFault() {
  const gap = z.object({
    when: z.enum(['before', 'after']),
    verb: z.enum(VERBS),
    word: z.string(),
    kind: z.object({ field: z.string(), is: z.string() }).exactOptional(),
    peer: z.string().exactOptional(),
  });
  const target = z.union([z.string(), z.object({ role: z.string(), select: z.enum(SELECTIONS) })]);
  return z.object({
    id: z.string(),
    fault: z.discriminatedUnion('do', [
      z.object({ do: z.enum(['kill', 'pause', 'restart', 'fill', 'promote']), node: target }),
      z.object({ do: z.literal('cut'), group: z.array(target), from: z.array(target), oneWay: z.boolean() }),
      z.object({ do: z.literal('slow'), group: z.array(target), from: z.array(target), byMs: z.number() }),
      z.object({ do: z.literal('clock'), node: target, byMs: z.number() }),
      z.object({
        do: z.enum(MEDDLINGS),
        word: z.string(),
        from: z.array(target),
        to: z.array(target),
        byMs: z.number().exactOptional(),
        times: z.number().exactOptional(),
      }),
    ]),
    when: z.discriminatedUnion('at', [
      z.object({
        at: z.literal('step'),
        step: z.object({ node: z.string(), gap }),
        nth: z.union([z.number(), z.literal('same')]),
      }),
      z.object({ at: z.literal('time'), afterMs: z.number() }),
    ]),
    then: z.object({
      do: z.enum(['restart', 'heal', 'resume', 'nothing']),
      afterMs: z.number(),
      never: z.literal(true).exactOptional(),
    }),
    stake: z.enum(STAKES),
    text: z.string(),
  });
}

function operation() {
  return z.object({
    word: z.string(),
    about: z.string().exactOptional(),
    marks: z
      .object({ site: z.string(), as: z.record(z.string(), z.enum(['prepared', 'commit', 'abort'])) })
      .exactOptional(),
  });
}

function doubt() {
  return z.object({
    tx: z.string(),
    node: z.string(),
    from: z.number(),
    to: z.number().nullable(),
    blockedMs: z.number(),
    blocked: z.boolean(),
    keys: z.array(z.string()),
    couldHaveTold: z.array(z.string()),
  });
}

let shapes: ReturnType<typeof makeShapes> | undefined;

/** Made for the first file that is read: most commands read none. */
function theShapes(): ReturnType<typeof makeShapes> {
  shapes ??= makeShapes();
  return shapes;
}

type Shapes = ReturnType<typeof makeShapes>;
true satisfies Same<Plain<z.output<Shapes['plan']>>, Plain<Plan>>;
true satisfies Same<Plain<z.output<Shapes['verdict']>>, Plain<Verdict>>;
