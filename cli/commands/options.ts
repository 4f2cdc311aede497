// Options that several commands take, and how their values are read.

import { Usage } from '../usage.ts';
import type { Option } from './command.ts';

export const JSON_OPTION = {
  json: { type: 'boolean', default: false, describe: 'One JSON document on stdout, words on stderr' },
} as const satisfies Readonly<Record<string, Option>>;

export const IMAGE_OPTION = {
  image: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'An image of your own, as node=my/node:24',
  },
} as const satisfies Readonly<Record<string, Option>>;

export function wholeNumber(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new Usage(
    `--${name} must be one whole number, as --${name} 7${Number.isNaN(value) ? '; what was given is no number' : `; found ${JSON.stringify(value)}`}.`,
  );
}

export function listOf(value: unknown): readonly string[] {
  return (value as readonly string[] | undefined) ?? [];
}

export function imagesOf(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((text) => {
      const [role = '', reference = ''] = text.split(/=(.*)/s);
      if (!ROLES.includes(role) || reference === '')
        throw new Usage(`--image must be <role>=<image> with a role of ${ROLES.join(', ')}; found '${text}'.`);
      return [role, reference];
    }),
  );
}

export const ROLES = ['node', 'sandbox', 'program', 'redis', 'zookeeper'];
