// Three witnesses of where exactly a kill fell: the dead node's trace, its log on disk, and what the others received.

import { parseTxId, roleOf } from '../../nodes/contract/ids.ts';
import type { HistoryEvent, TraceEvent } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Verb } from '../../nodes/contract/step.ts';
import type { Protocol } from '../../nodes/contract/protocol.ts';
import type { History } from '../../scenarios/findings.ts';

export interface Witnesses {
  /** The held transaction. */
  readonly tx: string;
  readonly victim: NodeId;
  /** Words of the victim's effects about the transaction before its death, in order. */
  readonly traced: readonly string[];
  /** Words of its records about the transaction in its log after the kill. */
  readonly logged: readonly string[];
  /** What the others received from it about the transaction before it was started again: `prepare by participant-1`. */
  readonly received: readonly string[];
  /** Effects that it traced after it was held: there must be none. */
  readonly afterHold: readonly string[];
}

export function witnessesOf({ events }: History): Witnesses {
  const held = events.find((event) => event.kind === 'held');
  const kill = events.find((event) => event.kind === 'fault' && event.fault === 'kill');
  if (held?.kind !== 'held' || kill?.kind !== 'fault') throw new Error('nothing was held and killed');
  const victim = kill.node;
  const tx = held.about ?? '';
  // The next life of the victim may speak before the lab has noted its restart.
  const reborn = events.find((event) => event.kind === 'booted' && event.node === victim && event.incarnation === 2);
  const log = events.find((event) => event.kind === 'logged' && event.moment === 'after-kill');
  const own = events.filter(
    (event): event is TraceEvent => 'seq' in event && event.node === victim && event.incarnation === 1,
  );
  return {
    tx,
    victim,
    traced: own.filter(isEffect(tx)).map(wordOf),
    logged: log?.kind === 'logged' ? log.records.filter((record) => record.about === tx).map(({ word }) => word) : [],
    received: events
      .filter(
        (event) =>
          event.kind === 'received' &&
          event.from === victim &&
          event.message.about === tx &&
          event.at < (reborn?.at ?? Infinity),
      )
      .map((event) => (event.kind === 'received' ? `${event.message.word} by ${event.node}` : '')),
    afterHold:
      held.node === victim ? own.filter(({ seq, kind }) => seq > held.seq && kind !== 'booted').map(wordOf) : [],
  };
}

const isEffect = (tx: string) => (event: HistoryEvent) =>
  (event.kind === 'durable' && event.record.about === tx) || (event.kind === 'sent' && event.message.about === tx);

function wordOf(event: HistoryEvent): string {
  if (event.kind === 'durable') return `${event.how} ${event.record.word}`;
  if (event.kind === 'sent') return `send ${event.message.word} to ${event.to}`;
  return event.kind;
}

/**
 * Forced writes and messages of each transaction that ended in this decision without refusal, retry or fault, and changed something
 * everywhere, by transaction. Left out are the one that is named, and those of another number of participants than the run's first.
 */
export function costs(
  { events }: History,
  decision: 'commit' | 'abort',
  except?: string,
): readonly { readonly forcedWrites: number; readonly messages: number }[] {
  const byTx = Map.groupBy(events, txOf);
  byTx.delete('');
  const size = participantsOf(events);
  return [...byTx].flatMap(([tx, list]) => {
    const refusals = list.filter((event) => event.kind === 'told' && event.note.word === 'refused').length;
    const decided = list.some(
      (event) =>
        (event.kind === 'durable' || event.kind === 'appended') &&
        event.record.mark === 'decision' &&
        event.record.decision === decision,
    );
    const retried = list.some(
      (event) => event.kind === 'expired' || (event.kind === 'told' && event.note.word === 'gave-up'),
    );
    if (
      !parseTxId(tx) ||
      tx === except ||
      participantsOf(list) !== size ||
      !decided ||
      retried ||
      list.some(isLook) ||
      refusals !== (decision === 'commit' ? 0 : 1)
    )
      return [];
    return [
      {
        forcedWrites: list.filter((event) => event.kind === 'durable' && event.how === 'force').length,
        messages: list.filter((event) => event.kind === 'sent').length,
      },
    ];
  });
}

/** Forced writes and messages of each transaction in which nobody had anything to change. */
export function costsOfLooks({
  events,
}: History): readonly { readonly forcedWrites: number; readonly messages: number }[] {
  return [...Map.groupBy(events, txOf).values()]
    .filter((list) => list.filter(isLook).length === 2)
    .map((list) => ({
      forcedWrites: list.filter((event) => event.kind === 'durable' && event.how === 'force').length,
      messages: list.filter((event) => event.kind === 'sent').length,
    }));
}

function isLook(event: HistoryEvent): boolean {
  return event.kind === 'told' && event.note.word === 'read';
}

/** For each fault at a send: the word that was to be lost, whether it arrived while the cut lasted, and how its transaction ended. */
export function lossesIn({ events }: History) {
  return events.flatMap((held) => {
    if (held.kind !== 'held') return [];
    const { gap, about, node, hold } = held;
    const to = gap.peer ?? 'coordinator';
    const healed = events.findLast((event) => event.kind === 'fault' && event.id === hold);
    const arrived = events.some(
      (event) =>
        event.kind === 'received' &&
        event.node === to &&
        event.from === node &&
        event.message.word === gap.word &&
        event.message.about === about &&
        healed?.kind === 'fault' &&
        event.at < healed.since,
    );
    const decided = events.find(
      (event) => event.kind === 'logged' && event.records.some((one) => one.about === about && one.mark === 'decision'),
    );
    const record =
      decided?.kind === 'logged' ? decided.records.find((one) => one.about === about && one.mark === 'decision') : null;
    return [{ word: gap.word, arrived, decision: record?.mark === 'decision' ? record.decision : null }];
  });
}

/** What the coordinator did first about the held transaction's votes after its pause: `expired votes` or `received vote`, each once. */
export function orderAfterPause({ events }: History): readonly string[] {
  const held = events.find((event) => event.kind === 'held');
  const resumed = events.find((event) => event.kind === 'fault' && event.fault === 'resume');
  if (held?.kind !== 'held' || resumed?.kind !== 'fault') return [];
  const words = events.flatMap((event) => {
    if (event.at < resumed.since || !('node' in event) || event.node !== 'coordinator') return [];
    if (event.kind === 'expired' && event.about === held.about && event.word === 'votes') return ['expired votes'];
    if (event.kind === 'received' && event.message.about === held.about && event.message.word === 'vote')
      return ['received vote'];
    return [];
  });
  return [...new Set(words)];
}

function txOf(event: HistoryEvent): string {
  if (event.kind === 'durable') return event.record.about ?? '';
  if (event.kind === 'appended') return event.record.about ?? '';
  if (event.kind === 'sent') return event.message.about ?? '';
  if (event.kind === 'expired') return event.about ?? '';
  if (event.kind === 'told') return 'about' in event.note ? (event.note.about ?? '') : '';
  return '';
}

/** How many take part in the run's first transaction; those with others have other costs. */
export function participantsOf(events: readonly HistoryEvent[]): number {
  const sizes = events.flatMap((event) =>
    event.kind === 'told' && event.note.word === 'began' ? [event.note.participants.length] : [],
  );
  return sizes[0] ?? 0;
}

/** Steps that happened and that nobody could have named: `coordinator force something`. The host's own boot record is no step. */
export function undeclaredWords({ events }: History, protocol: Protocol | undefined): readonly string[] {
  const found = new Set<string>();
  for (const event of events) {
    const used = stepOf(event);
    if (!used || !('node' in event) || used.word === 'boot') continue;
    const words = protocol?.roles[roleOf(event.node)]?.words[used.verb] ?? [];
    if (!words.includes(used.word)) found.add(`${event.node} ${used.verb} ${used.word}`);
  }
  return [...found];
}

function stepOf(event: HistoryEvent): { readonly verb: Verb; readonly word: string } | null {
  if (event.kind === 'durable') return { verb: event.how, word: event.record.word };
  if (event.kind === 'sent' || event.kind === 'lost') return { verb: 'send', word: event.message.word };
  if (event.kind === 'received') return { verb: 'receive', word: event.message.word };
  if (event.kind === 'expired') return { verb: 'expire', word: event.word };
  return null;
}
