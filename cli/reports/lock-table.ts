// What each lock made of the same faults, and how fast it is when nothing fails: the facts of a comparison, in words and as Markdown.

import type { LockFacts, LockOutcome } from '../../scenarios/judging/lock-facts.ts';
import type { Verdict } from '../../scenarios/findings.ts';
import type { Row } from '../../scenarios/plan/comparison.ts';

/** One run of a comparison of locks. */
export interface ComparedLock {
  readonly row: number;
  readonly protocol: string;
  readonly facts: LockFacts | null;
  readonly verdict: Pick<Verdict, 'word' | 'reasons'>;
}

export interface LockEnding {
  readonly outcome: LockOutcome;
  readonly unheldMs: number | null;
  readonly verdict: Verdict['word'];
  readonly reason: string;
}

export interface LockTable {
  readonly protocols: readonly string[];
  /** When nothing fails; null where that run showed nothing. */
  readonly speed: readonly { readonly protocol: string; readonly facts: LockFacts | null }[];
  readonly faults: readonly {
    readonly title: string;
    /** By protocol; null where it has nothing that this could be done to. */
    readonly outcomes: Readonly<Record<string, readonly LockEnding[] | null>>;
  }[];
}

export function lockTableOf(
  protocols: readonly string[],
  rows: readonly Row[],
  done: readonly ComparedLock[],
): LockTable {
  const cell = (row: number, protocol: string) => done.filter((one) => one.row === row && one.protocol === protocol);
  return {
    protocols,
    speed: protocols.map((protocol) => ({ protocol, facts: cell(0, protocol)[0]?.facts ?? null })),
    faults: rows.map(({ title, scenarios }, row) => ({
      title,
      outcomes: Object.fromEntries(
        protocols.map((protocol) => [
          protocol,
          scenarios.get(protocol) === null ? null : cell(row, protocol).flatMap(endingOf),
        ]),
      ),
    })),
  };
}

function endingOf({ facts, verdict }: ComparedLock): readonly LockEnding[] {
  if (facts === null) return [];
  const { outcome, unheldMs } = facts;
  return [{ outcome, unheldMs, verdict: verdict.word, reason: verdict.reasons[0] ?? '' }];
}

const LOCK_WORDS: Readonly<Record<LockOutcome, string>> = {
  exclusive: 'exclusive',
  overlap: 'overlap in belief, no write came of it',
  refused: 'stale write refused',
  stale: 'STALE WRITE REACHED THE RESOURCE',
};

const SPEED: readonly (readonly [label: string, text: (facts: LockFacts) => string])[] = [
  ['acquired, nobody else there', ({ freeMs }) => msText(freeMs)],
  ['acquired, median', ({ p50Ms }) => msText(p50Ms)],
  ['acquired, p99', ({ p99Ms }) => msText(p99Ms)],
  ['whole increment, median', ({ doneMs }) => msText(doneMs)],
  ['increments of all', ({ perSecond }) => `${Math.round(perSecond)}/s`],
  ['fairness (Jain)', ({ fairness }) => fairness.toFixed(2)],
];

export function lockTableText(table: LockTable): string {
  const { protocols, speed, faults } = table;
  const width = Math.max(...protocols.map((name) => name.length), 12);
  const row = (label: string, texts: readonly string[]) =>
    `  ${label.padEnd(30)}${texts.map((text) => text.padEnd(width + 2)).join('')}`.trimEnd();
  return [
    'nothing fails: two clients want one lock all the time',
    row('', protocols),
    ...SPEED.map(([label, text]) =>
      row(
        label,
        speed.map(({ facts }) => (facts ? text(facts) : 'not measured')),
      ),
    ),
    '',
    ...faults.flatMap(({ title, outcomes }) => [
      title,
      ...protocols.flatMap((name) => endings(outcomes[name] ?? null).map((text) => `  ${name.padEnd(width)}  ${text}`)),
      '',
    ]),
    ...advice(table),
    '',
  ].join('\n');
}

export function lockTableMarkdown(table: LockTable): string {
  const { protocols, speed, faults } = table;
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = row(['---', ...protocols.map(() => '---')]);
  return [
    row(['Nothing fails', ...protocols]),
    rule,
    ...SPEED.map(([label, text]) => row([label, ...speed.map(({ facts }) => (facts ? text(facts) : 'not measured'))])),
    '',
    row(['Fault', ...protocols]),
    rule,
    ...faults.map(({ title, outcomes }) =>
      row([title, ...protocols.map((name) => endings(outcomes[name] ?? null).join('<br>'))]),
    ),
    '',
    ...advice(table),
    '',
  ].join('\n');
}

/** Outcomes that read alike are counted; how long nobody had the lock is the longest of them. */
function endings(all: readonly LockEnding[] | null): readonly string[] {
  if (all === null) return ['n/a (has nothing of the kind)'];
  if (all.length === 0) return ['not run'];
  const alike = Map.groupBy(all, ({ verdict, reason, outcome }) => lockText(verdict, reason, outcome));
  return [...alike].map(([text, some]) => {
    const times = all.length === 1 ? '' : `${some.length}/${all.length}  `;
    const unheld = some.flatMap(({ unheldMs }) => unheldMs ?? []);
    const free = unheld.length === 0 ? '' : `; nobody had it for ${Math.round(Math.max(...unheld))} ms at most`;
    return `${times}${text}${free}`;
  });
}

/** A promise that is broken beside exclusion is named: a lock that nobody could have any more is exclusive, too. */
export function lockText(verdict: Verdict['word'], reason: string, outcome: LockOutcome): string {
  if (verdict === 'inconclusive') return `inconclusive: ${reason}`;
  return verdict === 'as expected' ? LOCK_WORDS[outcome] : `${LOCK_WORDS[outcome]}; BROKEN: ${reason}`;
}

function msText(ms: number | null): string {
  return ms === null ? 'none' : `${ms.toFixed(1)} ms`;
}

/** What to choose when, by nothing but what is in the table. */
function advice({ protocols, speed, faults }: LockTable): readonly string[] {
  const stale = (name: string) =>
    faults.flatMap(({ title, outcomes }) =>
      (outcomes[name] ?? []).some(({ outcome, verdict }) => outcome === 'stale' && verdict !== 'inconclusive')
        ? [title]
        : [],
    );
  const safe = protocols.filter((name) => stale(name).length === 0);
  const quick = speed.flatMap(({ protocol, facts }) => (facts?.freeMs == null ? [] : [{ protocol, ms: facts.freeMs }]));
  const [fastest] = quick.toSorted((a, b) => a.ms - b.ms);
  return [
    'what this says',
    safe.length === 0
      ? '  Of these locks none kept every stale write away: where a late write does harm, take one with a fencing token.'
      : `  No stale write reached the resource with ${listed(safe)}: where a late write does harm, take ${safe.length === 1 ? 'it' : 'one of them'}.`,
    ...protocols
      .filter((name) => stale(name).length > 0)
      .map((name) => `  With ${name} one did when ${listed(stale(name))}.`),
    ...(fastest && quick.length > 1
      ? [
          `  Where a lock only saves work that would be done twice, ${fastest.protocol} is the cheapest here: ${fastest.ms.toFixed(1)} ms to acquire (${quick
            .filter(({ protocol }) => protocol !== fastest.protocol)
            .map(({ protocol, ms }) => `${protocol} ${ms.toFixed(1)} ms`)
            .join(', ')}).`,
        ]
      : []),
  ];
}

function listed(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join('; ')} and ${texts.at(-1)}`;
}
