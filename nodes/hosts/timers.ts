// Named timers: arming one that is armed starts it anew.

import type { TimerName } from '../contract/machine.ts';

export interface Timers {
  arm(timer: TimerName, afterMs: number): void;
  disarm(timer: TimerName): void;
}

export function openTimers(onExpired: (timer: TimerName) => void): Timers {
  /** By word, then by what they are about. */
  const armed = new Map<string, Map<TimerName['about'], NodeJS.Timeout>>();
  const disarm = ({ word, about }: TimerName) => {
    const same = armed.get(word);
    const handle = same?.get(about);
    if (!handle) return;
    clearTimeout(handle);
    same?.delete(about);
  };
  return {
    arm: (timer, afterMs) => {
      disarm(timer);
      const expire = () => {
        armed.get(timer.word)?.delete(timer.about);
        onExpired(timer);
      };
      const same = armed.get(timer.word) ?? new Map<TimerName['about'], NodeJS.Timeout>();
      armed.set(timer.word, same.set(timer.about, setTimeout(expire, afterMs)));
    },
    disarm,
  };
}
