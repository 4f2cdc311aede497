// Names that come from outside, looked up in a table that is a plain object: `constructor` and `__proto__` are names like every other.

/** What the table itself says of this name, and nothing that every object has. */
export function own<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
