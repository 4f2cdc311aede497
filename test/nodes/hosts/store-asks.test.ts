// A connection to a store on which nothing comes: when it is dropped, in rounds that the test lets pass.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dropWhereSilent } from '../../../nodes/hosts/store-asks.ts';
import type { Socket } from 'node:net';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval'] }));
afterEach(() => void vi.useRealTimers());

function connection() {
  const drops: string[] = [];
  const socket = { bytesRead: 0, connecting: false, resetAndDestroy: () => void drops.push('reset') };
  const quiet = { socket: socket as unknown as Socket, rounds: Infinity };
  dropWhereSilent(100, () => quiet);
  return { socket, quiet, drops, pass: (rounds: number) => void vi.advanceTimersByTime(rounds * 100) };
}

test('a connection on which something is awaited is dropped when nothing has come for so many rounds', () => {
  const { socket, quiet, drops, pass } = connection();
  quiet.rounds = 3;
  pass(3);
  socket.bytesRead = 1;
  pass(3);
  expect(drops).toEqual([]);
  pass(1);
  expect(drops).toEqual(['reset']);
});

test('rounds in which nothing was awaited do not count when something is', () => {
  const { quiet, drops, pass } = connection();
  pass(20);
  quiet.rounds = 3;
  pass(2);
  expect(drops).toEqual([]);
  pass(1);
  expect(drops).toEqual(['reset']);
});
