// The tables of HISTORY.md, from the JSON Schema of a line and from lines of recorded runs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import { historyJsonSchema } from '../../scenarios/history/history-shape.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly $ref?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

const FOLDER = join(import.meta.dirname, '..', 'recorded');

/** A whole history of a small run on containers. */
export const RECORDED = readFileSync(join(FOLDER, 'kill-coordinator.jsonl'), 'utf8');

/** Lines of other runs, of the kinds and notes that the first one lacks. */
export const OTHER_LINES = readFileSync(join(FOLDER, 'other-lines.jsonl'), 'utf8');

const lines = [...RECORDED.split('\n'), ...OTHER_LINES.split('\n')].filter((line) => line !== '');
const examples = Map.groupBy(lines, (line) => (JSON.parse(line) as HistoryEvent).kind);

const schema = historyJsonSchema() as unknown as Schema & { readonly $defs: Readonly<Record<string, Schema>> };

export function linesText(): string {
  const all = schema.oneOf ?? [];
  const lab = all.filter(({ properties }) => !properties?.['seq']);
  const nodes = all.filter(({ properties }) => properties?.['seq']);
  const stamp = Object.fromEntries(Object.entries(nodes[0]?.properties ?? {}).filter(([name]) => STAMP.includes(name)));
  return [
    '### Lines of the lab',
    ...lab.map((line) => lineText(line, ['kind'])),
    '### Lines of nodes',
    `Each has these fields:\n\n${fields({ properties: stamp, required: STAMP })}`,
    ...nodes.map((line) => lineText(line, ['kind', ...STAMP])),
  ].join('\n\n');
}

export function partsText(): string {
  return Object.entries(schema.$defs)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => {
      const cases = part.oneOf?.map(caseText) ?? [fields(part)];
      return `### ${name}\n\n${sentence(part)}\n\n${cases.join('\n\n')}`;
    })
    .join('\n\n');
}

const STAMP = ['at', 'node', 'incarnation', 'seq'];

function lineText(line: Schema, left: readonly string[]): string {
  const kind = String(line.properties?.['kind']?.const);
  const own = Object.entries(line.properties ?? {}).filter(([name]) => !left.includes(name));
  const table = own.length === 0 ? '' : `\n\n${fields({ ...line, properties: Object.fromEntries(own) })}`;
  const [example] = (examples.get(kind as HistoryEvent['kind']) ?? []).toSorted((a, b) => a.length - b.length);
  const shown = example === undefined ? 'No recorded run holds one.' : `\`\`\`json\n${example}\n\`\`\``;
  return `#### ${kind}\n\n${sentence(line)}${table}\n\n${shown}`;
}

/** The field that tells the cases of a part apart is their first. */
function caseText(one: Schema): string {
  const [[name, { const: value, description = '' }] = ['', {}], ...rest] = Object.entries(one.properties ?? {});
  return `With \`${name}\` ${JSON.stringify(value)}: ${description}.\n\n${fields({ ...one, properties: Object.fromEntries(rest) })}`;
}

function fields({ properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties).map(
    ([name, field]) =>
      `| \`${name}\`${required.includes(name) ? '' : '?'} | ${typeOf(field)} | ${field.description ?? meaningBelow(field)} |`,
  );
  return ['| Field | Type | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** What a nullable value means is said of the value. */
function meaningBelow({ anyOf = [], items, $ref }: Schema): string {
  const part = $ref === undefined ? undefined : schema.$defs[nameOf($ref)];
  return anyOf[0]?.description ?? items?.description ?? part?.description ?? '';
}

function typeOf(field: Schema): string {
  if (field.$ref !== undefined) return `[${nameOf(field.$ref)}](#${nameOf(field.$ref)})`;
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  if (field.enum) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.anyOf) return field.anyOf.map(typeOf).join(' or ');
  if (field.items) return `list: ${typeOf(field.items)}`;
  if (typeof field.additionalProperties === 'object') return `map: ${typeOf(field.additionalProperties)}`;
  if (field.properties) {
    const inner = Object.entries(field.properties).map(([name, one]) => `\`${name}\` ${typeOf(one)}`);
    return `object: ${inner.join(', ')}`;
  }
  if (field.type === 'integer') return 'whole number';
  return field.type === undefined ? 'anything' : field.type === 'string' ? 'text' : field.type;
}

function nameOf(ref: string): string {
  return ref.split('/').at(-1) ?? '';
}

function sentence({ description = '' }: Schema): string {
  return `${description.charAt(0).toUpperCase()}${description.slice(1)}${description.endsWith('.') ? '' : '.'}`;
}
