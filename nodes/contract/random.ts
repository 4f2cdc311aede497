// Seeded random numbers as plain JSON state, so that a machine can carry its stream and a run can be replayed.

/**
 * State of one stream: sfc32 of PractRand (Doty-Humphrey), 128 bits of which 32 count, so that a stream is at least 2^32 numbers long
 * and two of them that overlap are not to be met. For workloads and back-off, not for secrets.
 */
export interface Random {
  a: number;
  b: number;
  c: number;
  count: number;
}

/** Streams with different labels, or of different seeds, are independent. */
export function randomStream(seed: number, label: string): Random {
  const [a = 0, b = 0, c = 0] = [1, 2, 3].map((salt) => hash(`${seed} ${label}`, salt));
  const random = { a, b, c, count: 1 };
  for (let i = 0; i < WARM_UP; i++) nextWord(random);
  return random;
}

/** As many as PractRand draws after seeding: then each bit of the state has reached each other. */
const WARM_UP = 15;

/** MurmurHash3's mixing of each character, and its end, which lets every bit of the input reach every bit of the hash. */
function hash(text: string, salt: number): number {
  let word = Math.imul(salt, 0x9e3779b1);
  for (let i = 0; i < text.length; i++) {
    word = Math.imul(word ^ Math.imul(text.charCodeAt(i), 0xcc9e2d51), 0x1b873593);
    word = (word << 13) | (word >>> 19);
  }
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}

function nextWord(random: Random): number {
  const drawn = (random.a + random.b + random.count) | 0;
  random.count = (random.count + 1) | 0;
  random.a = random.b ^ (random.b >>> 9);
  random.b = (random.c + (random.c << 3)) | 0;
  random.c = (((random.c << 21) | (random.c >>> 11)) + drawn) | 0;
  return drawn >>> 0;
}

/** A number in [0, 1). Advances the stream. */
export function randomUnit(random: Random): number {
  return nextWord(random) / 4_294_967_296;
}

/** A whole number in [0, below). Advances the stream. */
export function randomBelow(random: Random, below: number): number {
  return Math.floor(randomUnit(random) * below);
}
