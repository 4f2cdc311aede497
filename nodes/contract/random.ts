// Seeded random numbers as plain JSON state, so that a machine can carry its stream and a run can be replayed.

/** State of one stream (mulberry32: 32 bits, period 2^32; for workloads and back-off, not for secrets). */
export interface Random {
  word: number;
}

/** Streams with different labels are independent although they share the run's seed. */
export function randomStream(seed: number, label: string): Random {
  let word = seed >>> 0;
  for (let i = 0; i < label.length; i++) word = Math.imul(word ^ label.charCodeAt(i), 0x01000193) >>> 0;
  return { word };
}

/** A number in [0, 1). Advances the stream. */
export function randomUnit(random: Random): number {
  random.word = (random.word + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(random.word ^ (random.word >>> 15), random.word | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
}

/** A whole number in [0, below). Advances the stream. */
export function randomBelow(random: Random, below: number): number {
  return Math.floor(randomUnit(random) * below);
}
