// The benchmarks: txlab and what it is compared with take turns in shuffled rounds of one process run. A benchmark, never a timed
// test: the exit code says only whether it could be measured.
//
//   npm run bench                          everything
//   npm run bench -- commits 8 10          by benchmark or by row
//   npm run bench -- --rounds 3 --json FILE --readme

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nearest } from '../scenarios/language/nearest.ts';
import { playRounds } from './contest.ts';
import { openLab, ROOT } from './lab.ts';
import { factsLine, resultOf, tableLines, writeMarkdown } from './table.ts';
import { bringUp } from './rows/bring-up.ts';
import { commits } from './rows/commits.ts';
import { crash } from './rows/crash.ts';
import { hold } from './rows/hold.ts';
import { links } from './rows/links.ts';
import { locks } from './rows/locks.ts';
import { log } from './rows/log.ts';
import { stores } from './rows/stores.ts';
import { verdict } from './rows/verdict.ts';
import type { Benchmark } from './contest.ts';
import type { Lab } from './lab.ts';
import type { Result } from './table.ts';

const BENCHMARKS: readonly Benchmark[] = [bringUp, crash, verdict, hold, links, commits, log, locks, stores];

const stop = new AbortController();
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(code);
    process.exitCode = code;
    stop.abort(new Error(`stopped by ${signal}`));
  });

const opened = performance.now();
const say = (text: string) =>
  void process.stderr.write(`${((performance.now() - opened) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);

async function measure(benchmark: Benchmark, rounds: number, lab: Lab): Promise<readonly Result[]> {
  say(`${benchmark.name}: preparing`);
  await using contest = await benchmark.open(lab);
  const onRound = (text: string) => say(`${benchmark.name}: ${text}`);
  const { values, failed } = await playRounds(contest, { rounds, onRound, interrupted: stop.signal });
  const whyNot = (quantity: string) => contest.absent[quantity] ?? [...failed.values()].join('; ');
  const incomplete = [...failed].map(([side, why]) => `${side} failed in a round: ${why}`).join('; ');
  return benchmark.rows
    .map((row) => resultOf(row, values, whyNot))
    .map((result) => (result.note === '' ? { ...result, note: incomplete } : result));
}

function chosen(words: readonly string[]): readonly Benchmark[] {
  const names = BENCHMARKS.map(({ name }) => name);
  const numbers = BENCHMARKS.flatMap(({ rows }) => rows.map(({ number }) => number));
  for (const word of words) {
    if (names.includes(word) || numbers.includes(word)) continue;
    const near = nearest(word, names);
    throw new Error(
      `There is no benchmark or row '${word}'${near ? `; did you mean ${near}?` : '.'} Known: ${names.join(', ')}; rows ${[...new Set(numbers)].join(', ')}.`,
    );
  }
  const isWanted = ({ name, rows }: Benchmark) =>
    words.length === 0 || words.includes(name) || rows.some(({ number }) => words.includes(number));
  return BENCHMARKS.filter(isWanted);
}

async function main(): Promise<void> {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '7' },
      json: { type: 'string' },
      readme: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(flags.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be a whole number from 1; found '${flags.rounds}'.`);
  const benchmarks = chosen(positionals);
  await using lab = await openLab(say, stop.signal);
  const results: Result[] = [];
  for (const benchmark of benchmarks) results.push(...(await measure(benchmark, rounds, lab)));
  // Where the figures are kept is nobody else's business.
  const words = [...positionals, ...(flags.rounds === '7' ? [] : ['--rounds', flags.rounds])];
  const facts = factsLine(
    lab.engine,
    rounds,
    ['npm run bench', ...(words.length > 0 ? ['--', ...words] : [])].join(' '),
  );
  process.stdout.write(`${tableLines(results).join('\n')}\n\n${facts.replaceAll('`', '')}\n`);
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify({ facts, results }, null, 2)}\n`);
  if (flags.readme) writeMarkdown(join(ROOT, 'docs', 'benchmarks.md'), facts, results);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode ||= 1;
}
