// The clock of a node. Reading it costs as much as a good part of what is done for a message: whoever only tells people of a time goes by
// the last reading, of the input or the write to disk that is being worked on.

export interface Clock {
  /** Microseconds that only go forward. */
  readonly read: () => number;
  /** As it was read last. */
  readonly recent: () => number;
}

export function createClock(now: () => number): Clock {
  let last = now();
  return {
    read: () => {
      last = now();
      return last;
    },
    recent: () => last,
  };
}
