// The barest durable log with group commit: lines, one fdatasync under way at a time, the next takes all that has gathered.
// For peers, so that they force what txlab forces.

import { fdatasync, openSync, writeSync } from 'node:fs';

export interface GroupLog {
  /** `then` is called when the record is on disk. */
  force(record: unknown, then: () => void): void;
  /** Goes with the next force. */
  append(record: unknown): void;
}

/** `onGroup` is called after each group's callbacks. */
export function openGroupLog(path: string, onGroup: () => void = () => {}): GroupLog {
  const file = openSync(path, 'a');
  let lines = '';
  let waiting: (() => void)[] = [];
  let isBusy = false;

  function flush(): void {
    if (isBusy || lines === '') return;
    isBusy = true;
    const told = waiting;
    writeSync(file, lines);
    lines = '';
    waiting = [];
    fdatasync(file, (error) => {
      if (error) throw error;
      isBusy = false;
      for (const then of told) then();
      onGroup();
      flush();
    });
  }

  return {
    force: (record, then) => {
      lines += `${JSON.stringify(record)}\n`;
      waiting.push(then);
      flush();
    },
    append: (record) => {
      lines += `${JSON.stringify(record)}\n`;
    },
  };
}
