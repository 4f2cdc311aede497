// Named timers: arming one that is armed starts it anew.

import type { TimerName } from '../contract/machine.ts';

export interface Timers {
  arm(timer: TimerName, afterMs: number): void;
  disarm(timer: TimerName): void;
}

export function openTimers(onExpired: (timer: TimerName) => void): Timers {
  const armed = new Map<string, NodeJS.Timeout>();
  const key = ({ word, about }: TimerName) => `${word} ${about ?? ''}`;
  const disarm = (timer: TimerName) => {
    clearTimeout(armed.get(key(timer)));
    armed.delete(key(timer));
  };
  return {
    arm: (timer, afterMs) => {
      disarm(timer);
      const handle = setTimeout(() => {
        armed.delete(key(timer));
        onExpired(timer);
      }, afterMs);
      armed.set(key(timer), handle);
    },
    disarm,
  };
}
