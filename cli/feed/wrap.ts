// Lines of text no wider than a terminal: broken at word borders, and inside a word only where that alone is wider.

/** The first line may be narrower or wider than those below it. */
export function wrap(text: string, width: number, firstWidth: number = width): readonly string[] {
  const lines: string[] = [];
  let line: string | null = null;
  const room = () => (lines.length === 0 ? firstWidth : width);
  for (const whole of text.split(' ')) {
    let word = whole;
    if (line !== null && line.length + 1 + word.length <= room()) {
      line += ` ${word}`;
      continue;
    }
    if (line !== null) lines.push(line);
    for (; word.length > room(); word = word.slice(room())) lines.push(word.slice(0, room()));
    line = word;
  }
  return line === null ? lines : [...lines, line];
}

/** A head, and text beside it that goes on below it, so far in; in one line where nobody knows how wide a line may be. */
export function hang(head: string, text: string, indent: number, columns: number = Number.POSITIVE_INFINITY): string[] {
  const width = Math.max(columns - indent, NARROW);
  const [first = '', ...more] = wrap(text, width, Math.max(columns - head.length, NARROW));
  return [head + first, ...more.map((line) => ' '.repeat(indent) + line)];
}

/** A terminal narrower than that has no room for words anyway. */
const NARROW = 20;
