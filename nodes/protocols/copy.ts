// Plain data, copied whole: what leaves a machine must not change with its state.

/** Of JSON values, and in half the time of a detour through their text. */
export function copyOf<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Partial<Value> = {};
  for (const key in value) copy[key] = copyOf(value[key]);
  return copy as Value;
}
