// The valid word that somebody probably meant. Offered only when it is close: a far-fetched guess is worse than none.

/** The candidate with the fewest typing slips, or undefined when even that one is too far away. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const typed = word.toLowerCase();
  if (typed.length > LONGEST) return undefined;
  let best: { candidate: string; slips: number } | undefined;
  for (const candidate of candidates) {
    const slips = slipsBetween(typed, candidate.toLowerCase());
    if (slips <= slipsAllowed(typed, candidate) && (best === undefined || slips < best.slips))
      best = { candidate, slips };
  }
  return best?.candidate;
}

/** The candidate that means the same, or is the same in another form: `sending` for `send`, `p2` for `participant-2`. */
export function meant(word: string, candidates: readonly string[]): string | undefined {
  const typed = word.toLowerCase();
  const stem = typed.replace(/(?:ing|ed|s)$/, '');
  const [, initial = '', number = ''] = /^([a-z])-?(\d+)$/.exec(typed) ?? [];
  return (
    SAME.get(typed)?.find((one) => candidates.includes(one)) ??
    candidates.find((candidate) => candidate !== typed && [stem, `${stem}e`].includes(candidate)) ??
    candidates.find((candidate) => number !== '' && candidate.startsWith(initial) && candidate.endsWith(`-${number}`))
  );
}

/** What others call it. */
const SAME: ReadonlyMap<string, readonly string[]> = new Map([
  ['crash', ['kill']],
  ['terminate', ['kill']],
  ['die', ['kill']],
  ['stop', ['pause', 'kill']],
  ['freeze', ['pause']],
  ['suspend', ['pause']],
  ['reboot', ['restart']],
  ['isolate', ['cut']],
  ['partition', ['cut']],
  ['disconnect', ['cut']],
  ['lose', ['drop']],
  ['repeat', ['duplicate']],
  ['failover', ['promote']],
  ['list', ['scenarios', 'runs']],
  ['ls', ['runs']],
  ['history', ['runs']],
  ['in', ['during']],
  ['while', ['during']],
  ['when', ['during']],
  ['until', ['for']],
  ['form', ['from']],
  ['oneway', ['one-way']],
  ['one_way', ['one-way']],
  ['start', ['restart']],
  ['end', ['heal']],
  ['tx', ['transaction']],
]);

/** One slip in short words, more in long ones; never so many that nothing of the word is left. */
function slipsAllowed(typed: string, candidate: string): number {
  const length = Math.max(typed.length, candidate.length);
  return length <= 2 ? 0 : Math.ceil(length / 4);
}

/** Damerau–Levenshtein distance (optimal string alignment): insert, delete, replace, and swap two neighbours, each once. */
export function slipsBetween(source: string, target: string): number {
  let before: number[] = [];
  let above = Array.from({ length: target.length + 1 }, (_, column) => column);
  for (let row = 1; row <= source.length; row++) {
    const current = [row];
    for (let column = 1; column <= target.length; column++) {
      const same = source[row - 1] === target[column - 1];
      const slips = Math.min(
        at(above, column) + 1,
        at(current, column - 1) + 1,
        at(above, column - 1) + (same ? 0 : 1),
        isSwap(source, target, row, column) ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
      current.push(slips);
    }
    before = above;
    above = current;
  }
  return at(above, target.length);
}

function isSwap(source: string, target: string, row: number, column: number): boolean {
  if (row < 2 || column < 2) return false;
  return source[row - 1] === target[column - 2] && source[row - 2] === target[column - 1];
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;
const LONGEST = 80;
