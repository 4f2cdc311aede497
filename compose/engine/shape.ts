/** Checks of what came from outside: a shape gives the value back with its type, or fails with the place and what is there. */

export type Shape<T> = (value: unknown, place: string) => T;

/** It does not leave this folder: whoever calls the engine says what was asked, and where. */
export class Misshapen extends Error {
  constructor(value: unknown, place: string, expected: string) {
    super(value === undefined ? `${place} is missing` : `${place} is ${describe(value)}, not ${expected}`);
  }
}

export const text: Shape<string> = (value, place) => {
  if (typeof value === 'string') return value;
  throw new Misshapen(value, place, 'text');
};

export const number: Shape<number> = (value, place) => {
  if (typeof value === 'number') return value;
  throw new Misshapen(value, place, 'a number');
};

export const flag: Shape<boolean> = (value, place) => {
  if (typeof value === 'boolean') return value;
  throw new Misshapen(value, place, 'true or false');
};

/** Absent and null are the same to the engine, which is written in a language that has no difference. */
export function maybe<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, place) => (value === undefined || value === null ? undefined : shape(value, place));
}

export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) throw new Misshapen(value, place, 'a list');
    return value.map((entry: unknown, index) => shape(entry, `entry ${index} of ${place}`));
  };
}

export function mapOf<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, place) =>
    Object.fromEntries(
      Object.entries(objectAt(value, place)).map(([key, entry]) => [key, shape(entry, `${key} in ${place}`)]),
    );
}

/** Of an object's fields, those that are named. */
export function fields<const Shapes extends Readonly<Record<string, Shape<unknown>>>>(
  shapes: Shapes,
): Shape<{ readonly [Name in keyof Shapes]: ReturnType<Shapes[Name]> }> {
  return (value, place) => {
    const found = objectAt(value, place);
    const read = Object.entries(shapes).map(([name, shape]) => [name, shape(found[name], `${name} in ${place}`)]);
    return Object.fromEntries(read) as { readonly [Name in keyof Shapes]: ReturnType<Shapes[Name]> };
  };
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function objectAt(value: unknown, place: string): JsonObject {
  // The client gives bytes for what is not JSON.
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
  if (isObject) return value as JsonObject;
  throw new Misshapen(value, place, 'an object');
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string' || Buffer.isBuffer(value)) return quote(String(value));
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${JSON.stringify(value)}`;
}

function quote(words: string): string {
  const line = words.trim().replaceAll(/\s+/g, ' ');
  if (line === '') return 'empty';
  return line.length > QUOTED_MAX ? `the text "${line.slice(0, QUOTED_MAX)}…"` : `the text "${line}"`;
}

const QUOTED_MAX = 40;
