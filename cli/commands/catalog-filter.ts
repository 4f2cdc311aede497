// Which scenarios of the catalog are meant: by protocol, by fault, by words in name or title. What matches nothing is wrong usage.

import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { FAULT_WORDS } from '../../scenarios/language/fault.ts';
import { nearest } from '../../scenarios/language/nearest.ts';
import { Usage } from '../usage.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';
import type { Given, Option } from './command.ts';

export interface CatalogFilter {
  readonly protocol?: string | undefined;
  readonly fault?: string | undefined;
  /** Each must be in the name or the title. */
  readonly words: readonly string[];
}

export const FAULT_OPTION = {
  fault: { type: 'string', requiresArg: true, describe: 'Of the catalog: those with this fault, as pause' },
} as const satisfies Readonly<Record<string, Option>>;

export function faultOf(given: Given): string | undefined {
  return typeof given['fault'] === 'string' ? given['fault'] : undefined;
}

export function filtered(catalog: readonly Scenario[], filter: CatalogFilter): readonly Scenario[] {
  const protocols = [...new Set(catalog.map(({ protocol }) => protocol))];
  if (filter.protocol !== undefined && !protocols.includes(filter.protocol))
    throw unknownName(
      'scenario of the protocol',
      filter.protocol,
      protocols,
      findProtocol(filter.protocol) !== undefined,
    );
  if (filter.fault !== undefined && !FAULT_WORDS.some((word) => word === filter.fault))
    throw unknownName('fault', filter.fault, FAULT_WORDS);
  const found = catalog.filter((scenario) => matches(scenario, filter));
  if (found.length === 0) throw new Usage(nothingText(catalog, filter));
  return found;
}

function matches({ name, title, protocol, faults }: Scenario, filter: CatalogFilter): boolean {
  const text = `${name} ${title}`.toLowerCase();
  return (
    (filter.protocol === undefined || protocol === filter.protocol) &&
    (filter.fault === undefined || faults.some(({ fault }) => fault.do === filter.fault)) &&
    filter.words.every((word) => text.includes(word.toLowerCase()))
  );
}

function unknownName(what: string, found: string, known: readonly string[], isKnown = false): Usage {
  const near = isKnown ? undefined : nearest(found, known);
  return new Usage(
    `The catalog has no ${what} '${found}'${near ? `; did you mean ${near}?` : '.'}\nThere are: ${known.join(', ')}.`,
  );
}

/** What each part alone would leave tells which of them is too much. */
function nothingText(catalog: readonly Scenario[], { protocol, fault, words }: CatalogFilter): string {
  const parts: readonly (readonly [string, CatalogFilter])[] = [
    ...(protocol === undefined ? [] : [[`--protocol ${protocol}`, { protocol, words: [] }] as const]),
    ...(fault === undefined ? [] : [[`--fault ${fault}`, { fault, words: [] }] as const]),
    ...words.map((word) => [word, { words: [word] }] as const),
  ];
  const counts = parts.map(
    ([text, filter]) => `${catalog.filter((scenario) => matches(scenario, filter)).length} for ${text}`,
  );
  const vocabulary = [...new Set(catalog.flatMap(({ name }) => name.split('-')))];
  const near = words.flatMap((word) => (vocabulary.includes(word) ? [] : (nearest(word, vocabulary) ?? [])));
  const hint = near.length === 0 ? '' : `; did you mean ${near.join(' ')}?`;
  return `No scenario of the catalog matches all of that${hint}\nOf ${catalog.length} there are ${counts.join(', ')}. See: txlab scenarios`;
}
