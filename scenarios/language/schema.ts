// The shape of a scenario file. What its parts mean together (nodes, steps, claims) is judged after it.

import * as z from 'zod';
import { PROPERTIES } from '../checkers/properties.ts';
import type { Property } from '../../nodes/contract/properties.ts';
import { PROTOCOLS } from '../../nodes/protocols/catalog.ts';
import { DURATION, DURATION_WORDS } from './duration.ts';
import { WORKLOAD_KINDS, defaultWorkload, kindOf } from '../workloads/catalog.ts';
import { nodeName, whole } from '../workloads/fields.ts';
import type { WorkloadKind } from '../workloads/workload-kind.ts';
import type { Workload } from './scenario-types.ts';

const duration = z.string().regex(DURATION).describe(DURATION_WORDS);
const text = (most: number, means: string) => z.string().min(1).max(most).describe(means);
export const RETRIES = ['never', 'commit', 'body'] as const satisfies readonly NonNullable<Workload['retry']>[];
const judgement = z.enum(['holds', 'violated']);

const timeoutNames = [...new Set(PROTOCOLS.flatMap(({ timeouts }) => Object.keys(timeouts)))];
const timeouts = z
  .strictObject(Object.fromEntries(timeoutNames.map((name) => [name, duration.optional()])))
  .describe('durations by the names that the protocol gives them; what is left out keeps its default');

/** The numbers that any protocol has; which of them this one has is judged afterwards. */
const sizes = Object.fromEntries(
  PROTOCOLS.flatMap(({ topology }) => Object.entries(topology)).map(([name, { least, most, means }]) => [
    name,
    whole(least, most, means).optional(),
  ]),
);

/** A kind's own fields beside those that all have. */
const workloadOf = ({ name, fields, words: { operation, operations } }: WorkloadKind) =>
  z
    .strictObject({
      kind: z.literal(name).default(name),
      clients: whole(1, 100, `clients, each with one ${operation} under way`).default(4),
      transactions: whole(1, 100_000, `${operations} of all clients together`).default(200),
      retry: z
        .enum(RETRIES)
        .optional()
        .describe(
          `commit, body or never: what a client does whose ${operation} got no answer: asks for the same one again, which is done once; has it done anew, which may do it twice; or nothing, which it is where it is left out`,
        ),
      ...fields,
    })
    .describe('what the clients do');

const target = z
  .strictObject({
    decision: z.enum(['commit', 'abort']).optional(),
    blocked: z
      .union([z.array(nodeName).max(16), z.int().min(1).max(16)])
      .optional()
      .describe(
        'the live participants that stay in doubt longer than timeouts.blocked: a list, or how many where the protocol leaves open which',
      ),
    client: z.enum(['ok', 'failed', 'unknown']).optional(),
  })
  .describe('what becomes of the transaction that the fault hits');

const properties = Object.fromEntries(PROPERTIES.map((name) => [name, judgement.optional()])) as Record<
  Property,
  z.ZodOptional<typeof judgement>
>;

const scenarioWith = <W extends z.ZodType>(workload: W) =>
  z.strictObject({
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
        ...sizes,
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
    checkpoint: whole(1, 1_000_000, 'records of a log after which a checkpoint stands for them all').optional(),
    workload: workload,
    faults: z
      .array(z.string().max(500).describe('a sentence, such as: kill coordinator before force commit'))
      .max(32)
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

const schemas = new Map<string, ReturnType<typeof makeSchema>>();

function makeSchema(kind: WorkloadKind) {
  return scenarioWith(workloadOf(kind).prefault({}));
}

/** Of files whose workload is of this kind; made anew when a protocol has come or gone. */
function schemaFor(kind: string) {
  const madeOf = [kind, ...PROTOCOLS.map(({ name }) => name)].join(' ');
  const schema = schemas.get(madeOf) ?? makeSchema(kindOf(kind));
  schemas.set(madeOf, schema);
  return schema;
}

/** A scenario file of the right shape, with defaults filled in. */
export type Draft = Omit<z.output<ReturnType<typeof schemaFor>>, 'workload'> & { readonly workload: Workload };

export function parseDraft(data: unknown, kind: string): z.ZodSafeParseResult<Draft> {
  return schemaFor(kind).safeParse(data) as z.ZodSafeParseResult<Draft>;
}

/** What a file's workload may be, for problems with it. */
export function draftJsonSchema(kind: string): JsonSchema {
  return { title: 'txlab scenario', ...(z.toJSONSchema(schemaFor(kind), { io: 'input' }) as JsonSchema) };
}

interface Field {
  readonly field: string;
  readonly means: string;
  /** As it is put behind its meaning. */
  readonly byDefault: string;
}

/** What a scenario can say of this workload, in words. */
export function workloadFields(kind: string): readonly Field[] {
  const { workload } = draftJsonSchema(kind).properties ?? {};
  return Object.entries(workload?.properties ?? {}).flatMap(([field, { description, default: value }]) =>
    description === undefined
      ? []
      : [
          {
            field,
            means: description,
            byDefault: value === undefined ? '' : ` (${value} where it is left out)`,
          },
        ],
  );
}

/** For editors: completion and checking of scenario files (JSON Schema 2020-12). */
export function scenarioJsonSchema(): JsonSchema {
  const [first, ...others] = WORKLOAD_KINDS.map(workloadOf);
  const any = z.union([first ?? workloadOf(defaultWorkload('commit')), ...others]).prefault({});
  return { title: 'txlab scenario', ...(z.toJSONSchema(scenarioWith(any), { io: 'input' }) as JsonSchema) };
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
  readonly default?: string | number | boolean;
  readonly anyOf?: readonly JsonSchema[];
}
