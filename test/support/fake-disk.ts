// A disk in memory for one node's log: what is flushed is on it when the test says so, and a kill loses the rest.

import { nextIncarnation } from '../../nodes/hosts/log.ts';
import { fromDisk } from './plain-data.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import type { DurableEntry, Log, LogEntry, StandingLog } from '../../nodes/hosts/log.ts';

export interface FakeDisk {
  /** The log as the next life finds it; whatever was not on the disk is lost. */
  stand(): StandingLog;
  /** What was being flushed is on the disk now; false where nothing was. */
  sync(): boolean;
  records(): readonly LogRecord[];
}

type OnDurable = (group: readonly DurableEntry[]) => void;

export function fakeDisk(): FakeDisk {
  let entries: readonly LogEntry[] = [];
  let life: { readonly sync: () => boolean } | null = null;

  function open(incarnation: number, onDurable: OnDurable): Log {
    let [position, durable] = [0, 0];
    let buffered: DurableEntry[] = [];
    let flying: readonly DurableEntry[] = [];
    let again = false;

    function flush(): void {
      again = flying.length > 0;
      if (again) return;
      flying = buffered;
      buffered = [];
    }

    function sync(): boolean {
      const group = flying;
      if (group.length === 0) return false;
      flying = [];
      const all = [...entries, ...group];
      entries = all.slice(
        Math.max(
          0,
          all.findLastIndex(({ record }) => record.mark === 'checkpoint'),
        ),
      );
      durable = group.at(-1)?.position ?? durable;
      onDurable(group);
      if (again) flush();
      return true;
    }

    life = { sync };
    return {
      write: (record, how) => {
        const entry = { incarnation, how, record, position: ++position, json: JSON.stringify(record) };
        buffered.push(entry);
        return entry;
      },
      flush,
      get durable() {
        return durable;
      },
    };
  }

  return {
    stand: () => {
      life = null;
      const incarnation = nextIncarnation(entries);
      const found = entries.map((entry) => ({ ...entry, record: fromDisk(entry.record) }));
      return {
        content: { entries: found, end: found.length, tornBytes: 0 },
        incarnation,
        open: (onDurable) => open(incarnation, onDurable),
      };
    },
    sync: () => life?.sync() ?? false,
    records: () => entries.map(({ record }) => fromDisk(record)),
  };
}
