// A comparison of locks in words: what each made of each fault, and what to choose by nothing but that.

import { describe, expect, test } from 'vitest';
import { lockTableMarkdown, lockTableOf, lockTableText, type ComparedLock } from '../../../cli/reports/lock-table.ts';
import { findProtocol } from '../../../nodes/protocols/catalog.ts';
import { lockComparisonOf } from '../../../scenarios/plan/lock-comparison.ts';
import { openShell } from '../../support/shell.ts';
import type { LockFacts, LockOutcome } from '../../../scenarios/judging/lock-facts.ts';

const NAMES = ['redlock', 'zookeeper', 'optimistic'] as const;

function rows() {
  const compared = lockComparisonOf(
    NAMES.flatMap((name) => findProtocol(name) ?? []),
    {},
  );
  if (!compared.ok) throw new Error(compared.problems.map(({ message }) => message).join('\n'));
  return compared.value;
}

const factsOf = (outcome: LockOutcome, freeMs: number): LockFacts => ({
  outcome,
  grants: 10,
  freeMs,
  p50Ms: 2,
  p99Ms: 9,
  doneMs: 4,
  perSecond: 40,
  fairness: 0.97,
  unheldMs: 1200,
});

function done(row: number, protocol: string, outcome: LockOutcome, freeMs = 1): ComparedLock {
  return { row, protocol, facts: factsOf(outcome, freeMs), verdict: { word: 'as expected', reasons: [] } };
}

describe('the rows', () => {
  test('begin without a fault, and hit a holder, its way to the service, and the servers', () => {
    expect(rows().map(({ title }) => title)).toHaveLength(8);
    const texts = rows().flatMap(({ scenarios }) => scenarios.get('redlock')?.faults.length ?? 0);
    expect(texts).toEqual([0, 1, 1, 1, 1, 1, 3, 1]);
  });

  test('hit a primary before its replica has heard of the lock, where there is one', () => {
    const protocols = ['redis:failover', 'redlock'].flatMap((name) => findProtocol(name) ?? []);
    const compared = lockComparisonOf(protocols, { timeouts: { retry: '50ms' } });
    const last = compared.ok ? compared.value.at(-1) : undefined;
    expect(last?.title).toContain('before its replica has heard');
    expect(last?.scenarios.get('redlock')).toBeNull();
    const { faults = [], timeouts } = last?.scenarios.get('redis:failover') ?? {};
    expect(faults.map(({ fault }) => fault.do)).toEqual(['pause', 'cut', 'kill', 'promote']);
    expect(timeouts).toMatchObject({ ttl: 9000, server: 2000, retry: 50 });
  });

  test('leave out what has no lock service', () => {
    const missing = rows().flatMap(({ title, scenarios }) => (scenarios.get('optimistic') === null ? [title] : []));
    expect(missing).toHaveLength(5);
  });

  test('move the clock of one server, where servers have one that can be moved', () => {
    const last = rows().at(-1);
    expect(last?.title).toContain('clock jumps forward past the lease');
    expect(['redlock', 'zookeeper', 'optimistic'].map((name) => last?.scenarios.get(name)?.faults[0]?.fault)).toEqual([
      { do: 'clock', node: 'redis-1', byMs: 2000 },
      { do: 'clock', node: 'zookeeper-1', byMs: 4000 },
      undefined,
    ]);
  });
});

describe('the table', () => {
  const table = () =>
    lockTableOf(NAMES, rows(), [
      done(0, 'redlock', 'exclusive', 1.6),
      done(0, 'zookeeper', 'exclusive', 21.2),
      done(1, 'redlock', 'stale'),
      done(1, 'zookeeper', 'refused'),
      { ...done(1, 'zookeeper', 'exclusive'), verdict: { word: 'inconclusive', reasons: ['It was too slow.'] } },
    ]);

  test('says what became of each fault, how often, and for how long nobody had the lock', () => {
    const text = lockTableText(table());
    expect(text).toContain('redlock       STALE WRITE REACHED THE RESOURCE; nobody had it for 1200 ms at most');
    expect(text).toContain('zookeeper     1/2  stale write refused; nobody had it for 1200 ms at most');
    expect(text).toContain('1/2  inconclusive: It was too slow.');
    expect(text).toContain('optimistic    n/a (has nothing of the kind)');
    expect(text).toContain('zookeeper     not run');
  });

  test('says what to choose by what it holds, and nothing else', () => {
    const text = lockTableText(table());
    expect(text).toContain('No stale write reached the resource with zookeeper and optimistic');
    expect(text).toContain('With redlock one did when the holder is paused right before its write');
    expect(text).toContain('redlock is the cheapest here: 1.6 ms to acquire (zookeeper 21.2 ms)');
  });

  test('is as long in Markdown', () => {
    const markdown = lockTableMarkdown(table());
    expect(markdown).toContain('| Fault | redlock | zookeeper | optimistic |');
    expect(
      markdown
        .split('\n')
        .filter(
          (line) =>
            line.startsWith('| the ') ||
            line.startsWith('| a ') ||
            line.startsWith('| one ') ||
            line.startsWith('| most '),
        ),
    ).toHaveLength(7);
  });
});

describe('a comparison is refused', () => {
  test('of a lock with a commit protocol, and says what can be compared', async () => {
    const { error } = await openShell().type('compare 2pc redis');
    expect(String(error)).toContain('2pc is a commit protocol and redis a lock protocol: they cannot be compared.');
    expect(String(error)).toContain('2pc can be compared with 2pc-cooperative');
  });

  test('of one lock', async () => {
    const { error } = await openShell().type('compare redlock');
    expect(String(error)).toContain('found only redlock');
  });

  test('of a lock that does not exist, with the nearest that does', async () => {
    const { error } = await openShell().type('compare redlok vs zookeeper');
    expect(String(error)).toContain('did you mean redlock?');
  });
});
