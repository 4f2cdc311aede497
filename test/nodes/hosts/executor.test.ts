// The executor on a fake ground: the test says when the log is durable and when the kernel has accepted what was written.

import { describe, expect, test } from 'vitest';
import { createExecutor } from '../../../nodes/hosts/executor.ts';
import { createHolds } from '../../../nodes/hosts/holds.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { lineOf } from '../../support/theatre.ts';
import type { Effect, Arrival, Input, Machine, SealedState } from '../../../nodes/contract/machine.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { Gap } from '../../../nodes/contract/step.ts';

const tx = (n: number) => `c.1.${n}` as TxId;
const send = (to: string, word: string, n: number): Effect => ({
  do: 'send',
  to: nodeId(to),
  message: { word, about: tx(n) },
});
const force = (word: string, n: number): Effect => ({ do: 'force', record: { mark: 'other', word, about: tx(n) } });
const append = (word: string, n: number): Effect => ({ do: 'append', record: { mark: 'other', word, about: tx(n) } });
const go = (n: number): Arrival => ({ kind: 'received', from: nodeId('x'), message: { word: 'go', about: tx(n) } });

/** Answers every input with the same effects, made for the input's transaction. */
function ground(effectsOf: (n: number) => readonly Effect[], soon = (work: () => void) => work()) {
  const done: string[] = [];
  const held: string[] = [];
  let written = 0;
  let flushed = 0;
  const disk = { durable: 0, accepted: true };
  const machine = {
    initial: () => ({}),
    next: (_: unknown, input: Input) =>
      input.kind === 'received' ? effectsOf(Number(input.message.about?.split('.')[2])) : [],
  };
  const holds = createHolds(() => {});
  const executor = createExecutor(machine as unknown as Machine<SealedState>, {} as SealedState, holds, {
    soon,
    write: (record, how) => {
      done.push(`${how} ${record.word} ${record.about}`);
      return ++written;
    },
    flushLog: () => void flushed++,
    durable: () => disk.durable,
    leave: (effect) => void done.push(lineOf(effect)),
    flushOut: () => {},
    isAccepted: () => disk.accepted,
    arm: () => {},
    disarm: () => {},
    now: () => 0,
    tell: () => {},
    trace: (body) => (body.kind === 'bug' ? void done.push(`bug: ${body.message}`) : undefined),
    held: (hold, about) => void held.push(`${hold.hold} ${about}`),
  });
  const becomeDurable = () => {
    disk.durable = written;
    executor.progress();
  };
  return { done, held, holds, executor, disk, becomeDurable, flushes: () => flushed };
}

const commitAt = (n: number) => [
  append('note', n),
  force('commit', n),
  send('p1', 'commit', n),
  send('p2', 'commit', n),
  append('end', n),
];
const arm = (gap: Gap, nth = 1, seen = 0) => ({ hold: 'h', gap, nth, seen });

describe('the executor', () => {
  test('takes inputs that come together as one: their records share a write to the disk', () => {
    const later: (() => void)[] = [];
    const { done, executor, flushes } = ground(commitAt, (work) => void later.push(work));
    executor.take(go(1));
    executor.take(go(2));
    expect(done).toEqual([]);
    expect(later).toHaveLength(1);
    for (const work of later) work();
    expect(done).toContain('force commit c.1.1');
    expect(done).toContain('force commit c.1.2');
    expect(flushes()).toBe(1);
  });

  test('works on a long queue in turns: what the first make leave is gone before the last are taken', () => {
    const later: (() => void)[] = [];
    const { done, executor } = ground(
      (n) => [append('note', n), send('p1', 'prepare', n)],
      (work) => void later.push(work),
    );
    for (let n = 1; n <= 300; n++) executor.take(go(n));
    for (let work = later.shift(); work; work = later.shift()) work();
    expect(done).toHaveLength(600);
    expect(done.indexOf('→ p1 prepare c.1.1')).toBeLessThan(done.indexOf('append note c.1.300'));
    expect(done.at(-1)).toBe('→ p1 prepare c.1.300');
  });

  test('lets nothing leave before the force before it is durable, while log writes go on', () => {
    const { done, executor, becomeDurable } = ground(commitAt);
    executor.take(go(1));
    executor.take(go(2));
    expect(done.filter((line) => line.startsWith('→'))).toEqual([]);
    expect(done).toContain('force commit c.1.2');
    becomeDurable();
    expect(done.filter((line) => line.startsWith('→'))).toEqual([
      '→ p1 commit c.1.1',
      '→ p2 commit c.1.1',
      '→ p1 commit c.1.2',
      '→ p2 commit c.1.2',
    ]);
  });

  test('lets a send without a force before it leave at once', () => {
    const { done, executor } = ground((n) => [send('p1', 'prepare', n), force('commit', n), send('p2', 'commit', n)]);
    executor.take(go(1));
    expect(done).toEqual(['force commit c.1.1', '→ p1 prepare c.1.1']);
  });

  const places: readonly [string, Gap, readonly string[]][] = [
    ['before force commit', { when: 'before', verb: 'force', word: 'commit' }, ['append note c.1.1']],
    [
      'after force commit',
      { when: 'after', verb: 'force', word: 'commit' },
      ['append note c.1.1', 'force commit c.1.1'],
    ],
    [
      'before send commit to last',
      { when: 'before', verb: 'send', word: 'commit', peer: 'last' },
      ['append note c.1.1', 'force commit c.1.1', '→ p1 commit c.1.1'],
    ],
    [
      'after send commit to p2',
      { when: 'after', verb: 'send', word: 'commit', peer: nodeId('p2') },
      ['append note c.1.1', 'force commit c.1.1', '→ p1 commit c.1.1', '→ p2 commit c.1.1'],
    ],
    ['after receive go', { when: 'after', verb: 'receive', word: 'go' }, []],
    ['before receive go', { when: 'before', verb: 'receive', word: 'go' }, []],
  ];
  for (const [name, gap, expected] of places) {
    test(`held ${name}, has done exactly what comes before and nothing after`, () => {
      const { done, held, holds, executor, becomeDurable } = ground(commitAt);
      holds.arm(arm(gap));
      executor.take(go(1));
      executor.take(go(2));
      becomeDurable();
      expect(done).toEqual(expected);
      expect(held).toEqual(['h c.1.1']);
      executor.release('h');
      becomeDurable();
      expect(done.filter((line) => line.startsWith('append end'))).toEqual(['append end c.1.1', 'append end c.1.2']);
    });
  }

  test.each([
    ['before', 'first', []],
    ['after', 'first', ['→ p1 commit c.1.1', '→ p1 commit c.1.1']],
    ['before', 'last', ['→ p1 commit c.1.1', '→ p1 commit c.1.1']],
    ['after', 'last', ['→ p1 commit c.1.1', '→ p1 commit c.1.1', '→ p2 commit c.1.1', '→ p2 commit c.1.1']],
  ] as const)('held %s send to %s, counts peers and not messages, which may be sent twice', (when, peer, expected) => {
    const twice = (n: number) => ['p1', 'p1', 'p2', 'p2'].map((to) => send(to, 'commit', n));
    const { done, holds, executor } = ground(twice);
    holds.arm(arm({ when, verb: 'send', word: 'commit', peer }));
    executor.take(go(1));
    expect(done).toEqual(expected);
  });

  test('reports the hold only when forced records are durable and the kernel has taken what was sent', () => {
    const { held, holds, executor, disk, becomeDurable } = ground(commitAt);
    holds.arm(arm({ when: 'after', verb: 'send', word: 'commit', peer: 'first' }));
    executor.take(go(1));
    expect(held).toEqual([]);
    disk.accepted = false;
    becomeDurable();
    expect(held).toEqual([]);
    disk.accepted = true;
    executor.progress();
    expect(held).toEqual(['h c.1.1']);
  });

  test('counts transactions, a repeated one once, and goes on from the count before a restart', () => {
    const { held, holds, executor, becomeDurable } = ground(commitAt);
    holds.arm(arm({ when: 'before', verb: 'force', word: 'commit' }, 20, 18));
    for (const n of [1, 1, 1, 2]) executor.take(go(n));
    becomeDurable();
    expect(held).toEqual(['h c.1.2']);
  });

  test('stands at one step for every hold that it completes: each is reported and released on its own', () => {
    const { done, held, holds, executor, becomeDurable } = ground(commitAt);
    const gap: Gap = { when: 'after', verb: 'force', word: 'commit' };
    holds.arm({ ...arm(gap), hold: 'one' });
    holds.arm({ ...arm(gap), hold: 'two' });
    executor.take(go(1));
    becomeDurable();
    expect(held).toEqual(['one c.1.1']);
    executor.release('one');
    expect(held).toEqual(['one c.1.1', 'two c.1.1']);
    expect(done.filter((line) => line.startsWith('→'))).toEqual([]);
    executor.release('two');
    expect(done).toContain('→ p1 commit c.1.1');
  });

  test('goes on without a second hold of the same step that was given up while it stood at the first', () => {
    const { done, held, holds, executor, becomeDurable } = ground(commitAt);
    const gap: Gap = { when: 'before', verb: 'force', word: 'commit' };
    holds.arm({ ...arm(gap), hold: 'one' });
    holds.arm({ ...arm(gap), hold: 'two' });
    executor.take(go(1));
    executor.release('two');
    executor.release('one');
    becomeDurable();
    expect(held).toEqual(['one c.1.1']);
    expect(done).toContain('append end c.1.1');
  });

  test('drops an expiry that was queued when its timer was armed anew', () => {
    const seen: string[] = [];
    const timer = { word: 'votes', about: tx(1) };
    const { holds, executor } = ground((n) => {
      seen.push(`go ${n}`);
      return [];
    });
    holds.arm(arm({ when: 'after', verb: 'receive', word: 'go' }));
    executor.take(go(1));
    executor.take({ kind: 'expired', timer });
    executor.forget(timer);
    executor.take(go(2));
    executor.release('h');
    expect(seen).toEqual(['go 1', 'go 2']);
  });

  test('traces what its machine threw, and at what, before the node ends by it', () => {
    const { done, executor } = ground(() => {
      throw new TypeError('there is no such vote');
    });
    expect(() => executor.take(go(7))).toThrow('there is no such vote');
    expect(done).toEqual(['bug: at receive go of c.1.7, its machine threw TypeError: there is no such vote']);
  });
});
