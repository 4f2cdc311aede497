// Work that waits for timers, done without waiting: under fake timers, time passes as fast as it is wanted.

import { vi } from 'vitest';

export async function atOnce<Result>(work: () => Promise<Result>): Promise<Result> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let isOver = false;
  const ended = work().finally(() => {
    isOver = true;
  });
  ended.catch(() => {});
  try {
    while (!isOver) await vi.advanceTimersByTimeAsync(STEP_MS);
    return await ended;
  } finally {
    vi.useRealTimers();
  }
}

const STEP_MS = 50;
