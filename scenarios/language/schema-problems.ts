// Turns what the schema refuses into problems in the words of this program: what was found, what is allowed, what was probably meant.

import { PROTOCOLS } from '../../nodes/protocols/catalog.ts';
import { DURATION_WORDS, parseDuration } from './duration.ts';
import { nearest } from './nearest.ts';
import { WORKLOAD_KINDS, defaultWorkload } from '../workloads/catalog.ts';
import type { Family } from '../../nodes/contract/properties.ts';
import { draftJsonSchema, parseDraft, type Draft, type JsonSchema } from './schema.ts';
import { problemAt, refused, type Complaint, type Locate, type Parsed, type Path } from './problem.ts';

export function checkShape(data: unknown, locate: Locate): Parsed<Draft> {
  const named = valueAt(data, ['workload', 'kind']);
  const kinds = WORKLOAD_KINDS.map(({ name }) => name);
  if (named !== undefined && !kinds.some((kind) => kind === named))
    return refused([problemAt(locate(['workload', 'kind']), wrongValue(['workload', 'kind'], named, { enum: kinds }))]);
  const kind = typeof named === 'string' ? named : defaultWorkload(familyIn(data)).name;
  const result = parseDraft(data, kind);
  if (result.success) return { ok: true, value: result.data };
  const schema = draftJsonSchema(kind);
  return refused(
    result.error.issues.flatMap(ofOneKind).flatMap((issue) => {
      const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) =>
          problemAt(locate([...path, key], 'key'), unknownKey(path, key, keysAt(path, data, schema))),
        );
      }
      return [problemAt(locate(path), wrongValue(path, valueAt(data, path), describe(schema, path)))];
    }),
  );
}

/** Of the protocol that it names; a name that is none is refused later. */
function familyIn(data: unknown): Family {
  return PROTOCOLS.find(({ name }) => name === valueAt(data, ['protocol']))?.family ?? 'commit';
}

/** Where a value may be of several kinds, and is wrong in a part of it, it was meant to be of the kind that has such parts. */
function ofOneKind(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.find((inner) => inner.every(({ path }) => path.length > 0)) ?? [];
  return meant.length === 0 ? [issue] : meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

type Issue = NonNullable<ReturnType<typeof parseDraft>['error']>['issues'][number];

/** The schema knows the timeouts and numbers of all protocols; a scenario has those of its own. */
function keysAt(path: Path, data: unknown, schema: JsonSchema): readonly string[] {
  const protocol = PROTOCOLS.find(({ name }) => name === valueAt(data, ['protocol']));
  const known = Object.keys(describe(schema, path).properties ?? {});
  const [part] = path.length === 1 ? path : [];
  if (part === 'timeouts') return protocol ? Object.keys(protocol.timeouts) : known;
  if (part !== 'topology' || !protocol) return known;
  // Where each client is a node, the workload says how many there are.
  return [...Object.keys(protocol.topology).filter((size) => size !== 'clients'), 'voters'];
}

function unknownKey(path: Path, key: string, allowed: readonly string[]): Complaint {
  const message = path.length === 0 ? `A scenario has no ${key}.` : `${path.join('.')} has no ${key}.`;
  return { found: key, message, allowed, nearest: nearest(key, allowed) };
}

function wrongValue(path: Path, value: unknown, schema: JsonSchema): Complaint {
  const name = nameOf(path);
  const allowed = allowedBy(schema);
  if (value === undefined) return { found: 'nothing', message: `${name} is missing.`, allowed };
  const found = show(value);
  if (schema.description === DURATION_WORDS && (typeof value === 'number' || typeof value === 'string')) {
    const duration = parseDuration(String(value));
    if (!duration.ok) return { ...duration.complaint, message: `${name}: ${duration.complaint.message}` };
  }
  return {
    found,
    message: `${name} cannot be ${typed(value, schema, found)}.`,
    allowed,
    nearest: nearest(found, wordsIn(schema)),
  };
}

/** People count from 1: the first of the faults is number 1. */
function nameOf(path: Path): string {
  const last = path.at(-1);
  if (typeof last === 'number') return `number ${last + 1} of ${path.slice(0, -1).join('.')}`;
  return path.join('.') || 'A scenario';
}

function wordsIn({ enum: words = [], const: word, anyOf = [] }: JsonSchema): readonly string[] {
  return [...words, ...(typeof word === 'string' ? [word] : []), ...anyOf.flatMap(wordsIn)];
}

function allowedBy(schema: JsonSchema): readonly string[] {
  if (schema.enum) return schema.enum;
  if (schema.const !== undefined) return [show(schema.const)];
  if (schema.properties) {
    const means = schema.description === undefined ? '' : `: ${schema.description}`;
    return [`a mapping with the keys ${Object.keys(schema.properties).join(', ')}${means}`];
  }
  return [schema.description ?? schema.type ?? 'something else'];
}

/** The part of the schema that a path leads to; an empty one for paths that lead nowhere. */
function describe(schema: JsonSchema, path: Path): JsonSchema {
  let part: JsonSchema | undefined = schema;
  for (const key of path) {
    part = typeof key === 'number' ? itemOf(part, key) : part?.properties?.[key];
  }
  return part ?? {};
}

function itemOf(list: JsonSchema | undefined, index: number): JsonSchema | undefined {
  return list?.prefixItems?.[index] ?? list?.items ?? list?.anyOf?.find(({ items }) => items)?.items;
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

function show(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  const text = String(value as string | number | boolean).replace(/[\s\p{Cc}]+/gu, ' ');
  if (text === '') return 'an empty text';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** Names the kind of value where that alone is wrong: `"1"` is a text, and reads as 1 does. */
function typed(value: unknown, { const: only, type, enum: words }: JsonSchema, found: string): string {
  if (type === 'string' && !words && ['number', 'boolean'].includes(typeof value))
    return `the ${typeof value === 'number' ? 'number' : 'word'} ${found}; it is a text, in quotes: "${found}"`;
  const isNumber = typeof only === 'number' || type === 'number' || type === 'integer';
  if (typeof value === 'string' && isNumber && /^-?\d/.test(value))
    return `the text "${found}"; it is a number, without quotes`;
  if (isNumber && ['string', 'boolean'].includes(typeof value)) return `${found}; it is a number`;
  return found;
}

const SHOWN = 60;
