// Named timers: arming one that is armed starts it anew. Nearly all are disarmed long before they are due, so arming and disarming only
// take notes; one timer of the runtime wakes for the earliest.

import type { TimerName } from '../contract/machine.ts';

export interface Timers {
  arm(timer: TimerName, afterMs: number): void;
  disarm(timer: TimerName): void;
}

export function openTimers(onExpired: (timer: TimerName) => void): Timers {
  /** When each is due, by word, then by what it is about. */
  const armed = new Map<string, Map<TimerName['about'], number>>();
  let wakeAt = Infinity;
  let handle: NodeJS.Timeout | undefined;

  function wakeBy(due: number): void {
    if (due >= wakeAt) return;
    clearTimeout(handle);
    wakeAt = due;
    handle = setTimeout(wake, Math.max(0, due - performance.now()));
  }

  function wake(): void {
    wakeAt = Infinity;
    const now = performance.now();
    const all = [...armed].flatMap(([word, same]) => [...same].map(([about, due]) => ({ word, about, due })));
    const isDue = ({ due }: { due: number }) => due <= now;
    for (const { word, about, due } of all.filter(isDue).toSorted((a, b) => a.due - b.due)) {
      // An earlier one may have disarmed it, or armed it anew.
      if (armed.get(word)?.get(about) !== due) continue;
      armed.get(word)?.delete(about);
      onExpired({ word, about });
    }
    wakeBy(Math.min(...all.filter((one) => !isDue(one)).map(({ due }) => due)));
  }

  return {
    arm: ({ word, about }, afterMs) => {
      const due = performance.now() + afterMs;
      const same = armed.get(word) ?? new Map<TimerName['about'], number>();
      armed.set(word, same.set(about, due));
      wakeBy(due);
    },
    disarm: ({ word, about }) => {
      armed.get(word)?.delete(about);
    },
  };
}
