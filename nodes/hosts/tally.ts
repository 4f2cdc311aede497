// What a host can say of its node without knowing the protocol: counts and who is in doubt, from the marks of durable records, the
// messages that left, and what its clients noted of their operations and locks.

import type { Note } from '../contract/notes.ts';
import type { NodeId, OpId, TxId } from '../contract/ids.ts';
import type { LogRecord } from '../contract/records.ts';
import type { Message } from '../contract/messages.ts';
import type {
  DoubtReport,
  LeaseReport,
  OperationCounts,
  RecordReport,
  SentReport,
  Status,
} from '../contract/control.ts';
import type { LogEntry } from './log.ts';

export interface Tally {
  durable(entry: LogEntry): void;
  /** A node knows an appended decision before it is durable: its doubt ends here. */
  appended(record: LogRecord): void;
  sent(to: NodeId, message: Message, how: 'sent' | 'lost'): void;
  told(note: Note): void;
  /** The disk was waited for once. */
  synced(): void;
  status(): Status;
  /** True once after something has changed. */
  changed(): boolean;
}

export interface TallyOptions {
  /** The log at boot. A transaction that was in doubt before the restart is in doubt since the boot. */
  readonly survived: readonly LogRecord[];
  /** Asked for every message and record: a time that has been read already is near enough. */
  readonly nowUs: () => number;
  readonly locksOf?: ((promise: LogRecord) => readonly string[]) | undefined;
}

export function openTally({ survived, nowUs, locksOf = () => [] }: TallyOptions): Tally {
  const inDoubt = new Map<string, { readonly promise: LogRecord & { about: TxId }; readonly since: number }>();
  const counts = { committed: 0, aborted: 0, forced: 0, syncs: 0, sent: 0 };
  const operations = countOperations(nowUs);
  /** The last ones, each in its place: so many messages leave that nothing may be moved for one. */
  const messages: { readonly at: number; readonly to: NodeId; readonly message: Message; readonly lost: boolean }[] =
    [];
  const leases = followLeases(nowUs);
  let last: { readonly at: number; readonly record: LogRecord } | null = null;
  let seen = 0;
  let dirty = true;

  function follow(record: LogRecord): void {
    if (record.mark === 'prepared') inDoubt.set(record.about, { promise: record, since: nowUs() });
    if (record.mark !== 'decision') return;
    inDoubt.delete(record.about);
    dirty = true;
  }

  for (const record of survived) follow(record);
  return {
    durable: ({ how, record }) => {
      follow(record);
      last = { at: nowUs(), record };
      if (how === 'force') counts.forced++;
      if (record.mark === 'decision') counts[record.decision === 'commit' ? 'committed' : 'aborted']++;
      dirty = true;
    },
    appended: follow,
    sent: (to, message, how) => {
      if (how === 'sent') counts.sent++;
      messages[seen++ % MESSAGES_KEPT] = { at: nowUs(), to, message, lost: how === 'lost' };
      dirty = true;
    },
    told: (note) => {
      const counted = operations.told(note);
      if (leases.told(note) || counted) dirty = true;
    },
    synced: () => {
      counts.syncs++;
    },
    status: () => ({
      ...counts,
      operations: { ...operations.counts },
      inDoubt: [...inDoubt.values()].map(({ promise, since }): DoubtReport => ({
        about: promise.about,
        since,
        locks: locksOf(promise),
      })),
      messages: [...messages.slice(seen % MESSAGES_KEPT), ...messages.slice(0, seen % MESSAGES_KEPT)].map(sentReport),
      ...leases.report(),
      ...(last && { record: recordReport(last) }),
    }),
    changed: () => {
      // While a lock is held it is said again and again: what is not heard any more may be over.
      const was = dirty || leases.areOpen();
      dirty = false;
      return was;
    },
  };
}

const MESSAGES_KEPT = 4;

interface Sent {
  readonly at: number;
  readonly to: NodeId;
  readonly message: Message;
  readonly lost: boolean;
}

function sentReport({ at, to, message, lost }: Sent): SentReport {
  return { at, to, word: message.word, about: message.about, lost, ...saysOf(message) };
}

function recordReport({ at, record: { word, about, body } }: { at: number; record: LogRecord }): RecordReport {
  return { at, word, about, ...saysOf(body) };
}

/** Whatever it is: its numbers, with their names. */
function saysOf(value: unknown): { readonly says?: string } {
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const says = fields.flatMap(([name, number]) => (typeof number === 'number' ? [`${name} ${number}`] : [])).join(', ');
  return says === '' ? {} : { says };
}

/** Locks that are waited for or held, by what the clients of lock services note; true for a note that changes one. */
function followLeases(nowUs: () => number) {
  const open = new Map<TxId, LeaseReport>();

  function told(note: Note): boolean {
    switch (note.word) {
      case 'waits':
        open.set(note.about, { about: note.about, key: note.key, since: nowUs() });
        return true;
      case 'granted': {
        const { about, key, token } = note;
        open.set(about, { about, key, since: nowUs(), until: deadlineOf(note), ...(token !== undefined && { token }) });
        return true;
      }
      case 'extended': {
        const lease = open.get(note.about);
        if (lease) open.set(note.about, { ...lease, until: deadlineOf(note) });
        return true;
      }
      case 'yielded':
        return open.delete(note.about);
      case 'completed':
        // Whoever gave up while it waited notes no more than that its operation has ended.
        return note.about !== undefined && open.delete(note.about);
      default:
        return false;
    }
  }

  /** Its own, where it goes by another one than the service's; whoever goes by none is a holder until it is told otherwise. */
  function deadlineOf({ until, believed }: { readonly until: number; readonly believed?: number | null }): number {
    return believed === undefined ? until : (believed ?? Number.MAX_SAFE_INTEGER);
  }

  return { told, areOpen: () => open.size > 0, report: () => (open.size > 0 ? { leases: [...open.values()] } : {}) };
}

/** By what clients note; true for a note that counts. */
function countOperations(nowUs: () => number) {
  const counts: { -readonly [Name in keyof OperationCounts]: number } = {
    asked: 0,
    ok: 0,
    failed: 0,
    unknown: 0,
    okUs: 0,
  };
  const askedAt = new Map<OpId, number>();

  function told(note: Note): boolean {
    if (note.word === 'invoked') {
      counts.asked++;
      askedAt.set(note.op, nowUs());
    } else if (note.word === 'completed') {
      counts[note.outcome]++;
      if (note.outcome === 'ok') counts.okUs += nowUs() - (askedAt.get(note.op) ?? nowUs());
      askedAt.delete(note.op);
    } else return false;
    return true;
  }

  return { counts, told };
}
