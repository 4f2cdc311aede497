import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openTimers } from '../../../nodes/hosts/timers.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { TimerName } from '../../../nodes/contract/machine.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const votes = (n: number): TimerName => ({ word: 'votes', about: `c.1.${n}` as TxId });
const resend = (n: number): TimerName => ({ word: 'resend', about: `c.1.${n}` as TxId });

function opened() {
  const expired: string[] = [];
  const timers = openTimers(({ word, about }) => void expired.push(`${word} ${about}`));
  /** Names in the order in which they expire within this time. */
  const pass = (ms: number) => {
    vi.advanceTimersByTime(ms);
    return expired.splice(0);
  };
  return { timers, pass };
}

test('timers expire once each, in the order in which they are due', () => {
  const { timers, pass } = opened();
  timers.arm(votes(1), 300);
  timers.arm(resend(1), 100);
  timers.arm(votes(2), 200);
  expect(pass(99)).toEqual([]);
  expect(pass(1)).toEqual(['resend c.1.1']);
  expect(pass(1000)).toEqual(['votes c.1.2', 'votes c.1.1']);
  expect(pass(10_000)).toEqual([]);
});

test('a timer that is disarmed does not expire, and leaves those of the same word', () => {
  const { timers, pass } = opened();
  timers.arm(votes(1), 100);
  timers.arm(votes(2), 100);
  timers.disarm(votes(1));
  timers.disarm(resend(1));
  expect(pass(1000)).toEqual(['votes c.1.2']);
});

test('a timer that is armed anew begins anew, sooner or later', () => {
  const { timers, pass } = opened();
  timers.arm(votes(1), 100);
  timers.arm(votes(2), 100);
  expect(pass(50)).toEqual([]);
  timers.arm(votes(1), 100);
  timers.arm(votes(2), 10);
  expect(pass(10)).toEqual(['votes c.1.2']);
  expect(pass(89)).toEqual([]);
  expect(pass(1)).toEqual(['votes c.1.1']);
});

test('of two that are due at once, the first can disarm the second and arm itself', () => {
  const expired: string[] = [];
  const timers = openTimers(({ word, about }) => {
    expired.push(`${word} ${about}`);
    timers.disarm(votes(2));
    if (expired.length < 3) timers.arm(votes(1), 100);
  });
  timers.arm(votes(1), 100);
  timers.arm(votes(2), 100);
  vi.advanceTimersByTime(1000);
  expect(expired).toEqual(['votes c.1.1', 'votes c.1.1', 'votes c.1.1']);
});
