// Broken promises of our own code. Nobody catches these but the host, which reports them as a bug.

export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}

export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BrokenInvariant(message);
}

/** Ends every exhaustive switch: the compiler proves that no value arrives here. */
export function unreachable(value: never): never {
  throw new BrokenInvariant(`Not a known case: ${JSON.stringify(value)}`);
}
