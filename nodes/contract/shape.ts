// Checks of values that come from outside, put together by hand: a node starts in milliseconds and has no library for them.
// The compiler holds them equal to the types: a field without a check, or with that of another type, does not compile.

import type { Json } from './messages.ts';

export type Check<T> = (value: unknown) => value is T;

/** Of messages, by their words: one that has no shape is no message. */
export type MessageShapes<Said extends { readonly word: string }> = {
  readonly [Word in Said['word']]: Check<Extract<Said, { readonly word: Word }>>;
};
export type Fields<T> = { readonly [Name in keyof T]-?: Check<T[Name]> };

/** What a value was found to be, or what is wrong with it. */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string };

export function isText<T extends string>(value: unknown): value is T {
  return typeof value === 'string';
}

/** JSON has no others than finite ones. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

export function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

/** What came through JSON is JSON. */
export function isJson(value: unknown): value is Json {
  return value !== undefined;
}

export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isOneOf<const T extends string>(...texts: readonly T[]): Check<T> {
  return (value): value is T => (texts as readonly unknown[]).includes(value);
}

export function isNullOr<T>(check: Check<T>): Check<T | null> {
  return (value): value is T | null => value === null || check(value);
}

/** Of a field that may be absent. */
export function isMaybe<T>(check: Check<T>): Check<T | undefined> {
  return (value): value is T | undefined => value === undefined || check(value);
}

export function isList<T>(check: Check<T>): Check<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(check);
}

export function isTable<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> => isPlain(value) && Object.values(value).every(check);
}

/** Further fields are allowed. */
export function isObject<T extends object>(fields: Fields<T>): Check<T> {
  const checks = Object.entries(fields) as readonly (readonly [string, Check<unknown>])[];
  return (value): value is T => {
    if (!isPlain(value)) return false;
    for (const [name, check] of checks) if (!check(value[name])) return false;
    return true;
  };
}

export function wrongField<T>(fields: Fields<T>, value: Readonly<Record<string, unknown>>): string | undefined {
  return (Object.keys(fields) as (keyof T & string)[]).find((name) => !fields[name](value[name]));
}
