// Plain data, copied whole: what leaves a machine must not change with its state.

/** Of JSON values, and several times as fast as a detour through their text. */
export function copyOf<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) copy[key] = copyOf(part as unknown);
  return copy as Value;
}
