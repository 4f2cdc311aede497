// What a host can say of its node without knowing the protocol: counts and who is in doubt, from the marks of durable records.

import type { LogRecord } from '../contract/machine.ts';
import type { Status } from '../contract/control.ts';
import type { LogEntry } from './log.ts';

export interface Tally {
  durable(entry: LogEntry): void;
  /** A node knows an appended decision before it is durable: its doubt ends here. */
  appended(record: LogRecord): void;
  sent(): void;
  status(): Status;
  /** True once after something has changed. */
  changed(): boolean;
}

/** `survived`: the log at boot. A transaction that was in doubt before the restart is in doubt since the boot. */
export function openTally(survived: readonly LogRecord[], nowUs: () => number): Tally {
  const inDoubt = new Map<string, number>();
  const counts = { committed: 0, aborted: 0, forced: 0, sent: 0 };
  let dirty = true;

  function follow(record: LogRecord): void {
    if (record.mark === 'prepared') inDoubt.set(record.tx, nowUs());
    if (record.mark !== 'decision') return;
    inDoubt.delete(record.tx);
    dirty = true;
  }

  for (const record of survived) follow(record);
  return {
    durable: ({ how, record }) => {
      follow(record);
      if (how === 'force') counts.forced++;
      if (record.mark === 'decision') counts[record.decision === 'commit' ? 'committed' : 'aborted']++;
      dirty = true;
    },
    appended: follow,
    sent: () => {
      counts.sent++;
      dirty = true;
    },
    status: () => ({ ...counts, inDoubt: [...inDoubt].map(([tx, since]) => ({ tx, since })) }),
    changed: () => {
      const was = dirty;
      dirty = false;
      return was;
    },
  };
}
