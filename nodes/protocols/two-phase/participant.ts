// The participant of two-phase commit: a bank that promises before it votes yes, and from then on cannot decide alone.
// Bernstein, Hadzilacos, Goodman 1987, section 7.4. The promise is a forced record with everything needed to redo the
// transaction; its locks are held until the decision, across restarts too.

import { parseTxId } from '../../contract/ids.ts';
import { unreachable } from '../../contract/invariant.ts';
import { apply, dumpBank, isReadOnly, lock, openBank, refusal, unlock } from '../bank.ts';
import type { Note } from '../../contract/events.ts';
import type { Decision, NodeId, OpId, TxId } from '../../contract/ids.ts';
import type {
  DumpAnswer,
  Effect,
  Input,
  LogRecord,
  Machine,
  Request,
  Setup,
  TimerName,
} from '../../contract/machine.ts';
import type { Bank, Change } from '../bank.ts';
import type { FromParticipant, Promised, ToParticipant } from './messages.ts';
import type { Variant } from './variant.ts';

interface InDoubt extends Promised {
  inquiries: number;
}

/** Below it, a prepare of this coordinator is a straggler: the transaction was decided without this participant's yes. */
interface Floor {
  incarnation: number;
  counter: number;
}

export interface ParticipantState {
  readonly self: NodeId;
  readonly inquiryMs: number;
  /** Records after which the next checkpoint is due. */
  checkpointAfter: number;
  bank: Bank;
  inDoubt: Record<TxId, InDoubt>;
  committed: Record<TxId, true>;
  /** Refused or aborted here, and at or above the floor: a late prepare of these must not be promised anew. `noted` may be lost in a crash. */
  tombstones: Record<TxId, 'noted' | 'forced'>;
  floors: Record<NodeId, Floor>;
  recordsSinceCheckpoint: number;
}

/** All that a participant must remember; a checkpoint holds it whole. */
type Remembered = Pick<ParticipantState, 'bank' | 'inDoubt' | 'committed' | 'tombstones' | 'floors'>;

export function twoPhaseParticipant(variant: Variant): Machine<ParticipantState> {
  return {
    initial: initialState,
    next: (state, input) => {
      const effects = react(state, input);
      return [...effects, ...checkpoint(state, effects)];
    },
  };

  function react(state: ParticipantState, input: Input): Effect[] {
    switch (input.kind) {
      case 'started':
        return recover(state, input.log);
      case 'received':
        return received(state, input.from, input.message as ToParticipant);
      case 'expired':
        return inquireAgain(state, input.timer);
      case 'asked':
        return asked(state, input.by, input.op, input.request);
      case 'answered':
        return [];
      default:
        return unreachable(input);
    }
  }

  function received(state: ParticipantState, from: NodeId, message: ToParticipant): Effect[] {
    switch (message.word) {
      case 'prepare':
        return prepare(state, from, message);
      case 'commit':
      case 'abort':
        return decided(state, from, message.tx, message.word);
      case 'outcome':
        return message.outcome === 'in-progress' ? [] : decided(state, from, message.tx, message.outcome);
      case 'inquire':
        return tellPeer(state, from, message.tx);
      default:
        return unreachable(message);
    }
  }

  function prepare(
    state: ParticipantState,
    from: NodeId,
    message: Extract<ToParticipant, { word: 'prepare' }>,
  ): Effect[] {
    const { tx, participants, changes, floor } = message;
    if (variant.votesRead && isReadOnly(changes)) return look(state, from, tx, changes);
    // The same prepare twice: the same vote again, or nothing once the decision is known.
    if (state.inDoubt[tx]) return [send(from, { word: 'vote', tx, vote: 'yes' })];
    if (state.committed[tx]) return [];
    if (isStale(state, from, tx)) return refuse(state, from, { about: 'refused', tx, reason: 'stale' });
    raiseFloor(state, from, tx, floor);
    const why = refusal(state.bank, tx, changes);
    if (why) return refuse(state, from, { about: 'refused', tx, ...why });
    const promised: Promised = { coordinator: from, participants, changes };
    promise(state, tx, promised);
    return [
      { do: 'force', record: { mark: 'prepared', word: 'prepared', tx, body: promised } },
      send(from, { word: 'vote', tx, vote: 'yes' }),
      { do: 'arm', timer: inquiryTimer(tx), afterMs: state.inquiryMs },
    ];
  }

  /**
   * Nothing to promise, to undo or to wait for: the vote is the end of it, also when the same prepare comes again. Letting go of the
   * accounts before the others have even been asked breaks two-phase locking: another transfer may come in between, and what was seen
   * here and there need never have been true at once. That is safe because nobody sees it: no balance leaves this node, only the word
   * that the accounts are there and free. A vote that carried what was read would have to be a yes, and keep its locks.
   */
  function look(state: ParticipantState, from: NodeId, tx: TxId, changes: readonly Change[]): Effect[] {
    const why = refusal(state.bank, tx, changes);
    return [
      { do: 'tell', note: why ? { about: 'refused', tx, ...why } : { about: 'read', tx } },
      send(from, { word: 'vote', tx, vote: why ? 'no' : 'read' }),
    ];
  }

  /** No vote, no lock: this participant aborts by itself, before anything was promised. */
  function refuse(state: ParticipantState, to: NodeId, note: Extract<Note, { about: 'refused' }>): Effect[] {
    // Where silence means commit, a refusal that a crash forgets could be asked again, promised, and then presumed committed.
    const how = variant.presumes === 'commit' ? 'force' : 'append';
    return [{ do: 'tell', note }, ...bury(state, note.tx, how), send(to, { word: 'vote', tx: note.tx, vote: 'no' })];
  }

  function decided(state: ParticipantState, from: NodeId, tx: TxId, decision: Decision): Effect[] {
    const acknowledge: Effect[] =
      variant.acknowledges[decision] && isCoordinatorOf(from, tx) ? [send(from, { word: 'ack', tx })] : [];
    const how = variant.acknowledges[decision] ? 'force' : 'append';
    if (!state.inDoubt[tx])
      return [
        ...(decision === 'abort' ? buryUnknown(state, tx, how) : []),
        ...(decision === 'abort' || state.committed[tx] ? acknowledge : []),
      ];
    end(state, tx, decision);
    return [
      { do: 'disarm', timer: inquiryTimer(tx) },
      { do: how, record: { mark: 'decision', word: decision, tx, decision } },
      ...acknowledge,
    ];
  }

  /**
   * An abort of something that was never promised here: a late prepare of it must not be. Where an acknowledgement lets the coordinator
   * forget, the tombstone is forced before it; elsewhere it may be lost, since whoever asks about a forgotten abort hears abort.
   */
  function buryUnknown(state: ParticipantState, tx: TxId, how: 'append' | 'force'): Effect[] {
    if (how === 'force') return bury(state, tx, how);
    state.tombstones[tx] ??= 'noted';
    return [];
  }

  /** In doubt a participant may only ask; it stays blocked until somebody who knows answers. */
  function inquireAgain(state: ParticipantState, timer: TimerName): Effect[] {
    const tx = timer.about as TxId;
    const inDoubt = state.inDoubt[tx];
    if (!inDoubt) return [];
    inDoubt.inquiries++;
    return [
      ...inquire(state, tx, inDoubt),
      { do: 'arm', timer, afterMs: state.inquiryMs * Math.min(2 ** inDoubt.inquiries, 4) },
    ];
  }

  function inquire(state: ParticipantState, tx: TxId, { coordinator, participants }: Promised): Effect[] {
    const peers = variant.asksPeers ? participants.filter((node) => node !== state.self) : [];
    return [coordinator, ...peers].map((to) => send(to, { word: 'inquire', tx }));
  }

  /**
   * Cooperative termination. Whoever has not voted may still abort alone, and does; that abort is forced before it is told, or a restart
   * could forget it and vote yes on a prepare that comes late.
   */
  function tellPeer(state: ParticipantState, from: NodeId, tx: TxId): Effect[] {
    const tell = (outcome: Decision | 'in-progress') => send(from, { word: 'outcome', tx, outcome });
    if (state.inDoubt[tx]) return [tell('in-progress')];
    if (state.committed[tx]) return [tell('commit')];
    return [...bury(state, tx, 'force'), tell('abort')];
  }

  /** Locks are taken again before anything is served: replay comes before the first input from outside. */
  function recover(state: ParticipantState, log: readonly LogRecord[]): Effect[] {
    for (const record of log) replay(state, record);
    return (Object.entries(state.inDoubt) as [TxId, InDoubt][]).flatMap(([tx, inDoubt]) => [
      ...inquire(state, tx, inDoubt),
      { do: 'arm', timer: inquiryTimer(tx), afterMs: state.inquiryMs },
    ]);
  }
}

/** Aborted here without a promise. Written down once, and once more if it must now outlive a crash. */
function bury(state: ParticipantState, tx: TxId, how: 'append' | 'force'): Effect[] {
  const known = state.tombstones[tx];
  if (known === 'forced' || (known && how === 'append')) return [];
  state.tombstones[tx] = how === 'force' ? 'forced' : 'noted';
  return [{ do: how, record: { mark: 'decision', word: 'abort', tx, decision: 'abort' } }];
}

function isCoordinatorOf(node: NodeId, tx: TxId): boolean {
  return parseTxId(tx)?.coordinator === node;
}

function isStale(state: ParticipantState, coordinator: NodeId, tx: TxId): boolean {
  if (state.tombstones[tx]) return true;
  const floor = state.floors[coordinator];
  const parts = parseTxId(tx);
  if (!floor || !parts) return false;
  return (
    parts.incarnation < floor.incarnation || (parts.incarnation === floor.incarnation && parts.counter < floor.counter)
  );
}

/** A newer incarnation, or a higher floor, makes the tombstones below it needless. */
function raiseFloor(state: ParticipantState, coordinator: NodeId, tx: TxId, counter: number): void {
  const incarnation = parseTxId(tx)?.incarnation ?? 0;
  const floor = state.floors[coordinator];
  if (floor && floor.incarnation === incarnation && floor.counter >= counter) return;
  state.floors[coordinator] = { incarnation, counter };
  for (const old of Object.keys(state.tombstones) as TxId[]) {
    const parts = parseTxId(old);
    if (parts?.coordinator !== coordinator) continue;
    if (parts.incarnation < incarnation || parts.counter < counter) delete state.tombstones[old];
  }
}

function promise(state: ParticipantState, tx: TxId, promised: Promised): void {
  state.inDoubt[tx] = { ...promised, inquiries: 0 };
  lock(state.bank, tx, promised.changes);
}

/** The end of the time in doubt: effects of a commit are applied exactly here, once, and the locks go. */
function end(state: ParticipantState, tx: TxId, decision: Decision): void {
  const inDoubt = state.inDoubt[tx];
  if (!inDoubt) return;
  delete state.inDoubt[tx];
  if (decision === 'commit') {
    apply(state.bank, tx, inDoubt.changes);
    state.committed[tx] = true;
  } else {
    state.tombstones[tx] = 'noted';
  }
  unlock(state.bank, tx, inDoubt.changes);
}

function replay(state: ParticipantState, record: LogRecord): void {
  if (record.mark === 'checkpoint') Object.assign(state, record.body as Remembered);
  else if (record.mark === 'prepared') promise(state, record.tx, record.body as Promised);
  else if (record.mark === 'decision') {
    if (state.inDoubt[record.tx]) end(state, record.tx, record.decision);
    else if (record.decision === 'abort') state.tombstones[record.tx] = 'forced';
  }
}

/** Bounds the log. The journal grows with every commit, so checkpoints grow rarer with it: writing stays linear. */
function checkpoint(state: ParticipantState, effects: readonly Effect[]): Effect[] {
  for (const effect of effects) if (effect.do === 'append' || effect.do === 'force') state.recordsSinceCheckpoint++;
  if (state.recordsSinceCheckpoint < state.checkpointAfter) return [];
  state.recordsSinceCheckpoint = 0;
  state.checkpointAfter = Math.max(CHECKPOINT_AFTER, Object.keys(state.committed).length);
  const { bank, inDoubt, committed, tombstones, floors } = state;
  const body = JSON.parse(
    JSON.stringify({ bank, inDoubt, committed, tombstones, floors } satisfies Remembered),
  ) as unknown;
  return [{ do: 'force', record: { mark: 'checkpoint', word: 'checkpoint', tx: null, body } }];
}

function asked(state: ParticipantState, by: NodeId, op: OpId, request: Request): Effect[] {
  if (request.word !== 'dump') return [];
  const dump: DumpAnswer = {
    word: 'dump',
    state: { ...dumpBank(state.bank), inDoubt: Object.keys(state.inDoubt) as TxId[], unfinished: [] },
  };
  return [{ do: 'answer', to: by, op, answer: dump }];
}

function initialState(setup: Setup): ParticipantState {
  const { opening } = setup.options['participant'] as { opening: Record<NodeId, Record<string, number>> };
  return {
    self: setup.self,
    inquiryMs: setup.timeouts['inquiry'] ?? 150,
    checkpointAfter: CHECKPOINT_AFTER,
    bank: openBank(opening[setup.self] ?? {}),
    inDoubt: {},
    committed: {},
    tombstones: {},
    floors: {},
    recordsSinceCheckpoint: 0,
  };
}

const CHECKPOINT_AFTER = 1000;
const inquiryTimer = (tx: TxId): TimerName => ({ word: 'inquiry', about: tx });
const send = (to: NodeId, message: FromParticipant): Effect => ({ do: 'send', to, message });
