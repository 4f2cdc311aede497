// The shape of a scenario file. What its parts mean together (nodes, steps, claims) is judged after it.

import * as z from 'zod';
import { PROPERTIES, type Property } from '../nodes/contract/catalog.ts';
import { PROTOCOLS } from '../nodes/protocols/catalog.ts';
import { DURATION, DURATION_WORDS } from './duration.ts';

const duration = z.string().regex(DURATION).describe(DURATION_WORDS);
const whole = (from: number, to: number, means: string) =>
  z.int().min(from).max(to).describe(`a whole number from ${from} to ${to}: ${means}`);
const text = (most: number, means: string) => z.string().min(1).max(most).describe(means);
const node = z.string().min(1).max(60).describe('the name of a node, such as participant-1');
const judgement = z.enum(['holds', 'violated']);

const timeoutNames = [...new Set(PROTOCOLS.flatMap(({ timeouts }) => Object.keys(timeouts)))];
const timeouts = z
  .strictObject(Object.fromEntries(timeoutNames.map((name) => [name, duration.optional()])))
  .describe('durations by the names that the protocol gives them; what is left out keeps its default');

const workload = z
  .strictObject({
    kind: z.literal('transfers').default('transfers'),
    accounts: whole(1, 1000, 'accounts of each bank').default(16),
    balance: whole(1, 1_000_000_000, 'what each account holds at first').default(1000),
    clients: whole(1, 100, 'clients, each with one transfer under way').default(4),
    transactions: whole(1, 100_000, 'transfers of all clients together').default(200),
    between: z
      .tuple([node, node])
      .optional()
      .describe('the two participants that every transfer is between; random pairs where it is left out'),
    enlist: z
      .enum(['two', 'all'])
      .default('two')
      .describe('who takes part in a transfer: the two banks that money moves between, or all of them'),
    contention: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('a share from 0 to 1: of transfers that use one hot account of each bank'),
    reads: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('a share from 0 to 1: of transfers that change nothing at one of their banks, or at both'),
  })
  .describe('what the clients do');

const target = z
  .strictObject({
    decision: z.enum(['commit', 'abort']).optional(),
    blocked: z
      .array(node)
      .max(16)
      .optional()
      .describe('a list of the live participants that stay in doubt longer than timeouts.blocked'),
    client: z.enum(['ok', 'failed', 'unknown']).optional(),
  })
  .describe('what becomes of the transaction that the fault hits');

const properties = Object.fromEntries(PROPERTIES.map((name) => [name, judgement.optional()])) as Record<
  Property,
  z.ZodOptional<typeof judgement>
>;

export const scenarioSchema = z.strictObject({
  version: z.literal(1),
  name: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .max(80)
    .describe('lower-case words joined by hyphens, at most 80 letters'),
  title: text(200, 'one line that says what happens'),
  protocol: z.enum(PROTOCOLS.map(({ name }) => name)),
  topology: z
    .strictObject({
      participants: whole(2, 16, 'banks that take part').default(2),
      voters: z
        .enum(['all', 'participants'])
        .optional()
        .describe(
          'whose majority decides, in protocols that have quorums: all, the coordinator included, or participants',
        ),
    })
    .prefault({})
    .describe('how many nodes there are'),
  timeouts: timeouts.prefault({}),
  workload: workload.prefault({}),
  faults: z
    .array(z.string().max(500).describe('a sentence, such as: kill coordinator before force commit'))
    .max(16)
    .default([])
    .describe('a list of sentences'),
  expect: z
    .strictObject({ target: target.optional(), ...properties })
    .prefault({})
    .describe('the claim; what the protocol promises must hold unless it says otherwise'),
  okAtLeast: whole(0, 100_000, 'operations that must end ok for the run to show anything').optional(),
  timeLimit: duration.default('60s'),
  because: text(2000, 'why this is to be expected').default(''),
  reference: text(500, 'where it was published').default(''),
});

/** A scenario file of the right shape, with defaults filled in. */
export type Draft = z.output<typeof scenarioSchema>;

/** For editors: completion and checking of scenario files (JSON Schema 2020-12). */
export function scenarioJsonSchema(): JsonSchema {
  return { title: 'txlab scenario', ...(z.toJSONSchema(scenarioSchema, { io: 'input' }) as JsonSchema) };
}

/** The parts of JSON Schema that describe a scenario. */
export interface JsonSchema {
  readonly title?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
}
