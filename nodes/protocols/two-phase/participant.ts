// The participant of two-phase commit: a bank that promises before it votes yes, and from then on cannot decide alone.
// Bernstein, Hadzilacos, Goodman 1987, section 7.4. The promise is a forced record with everything needed to redo the
// transaction; its locks are held until the decision, across restarts too.

import { parseTxId } from '../../contract/ids.ts';
import { unreachable } from '../../contract/invariant.ts';
import { isReadOnly, refusal } from '../bank.ts';
import { backOff } from '../back-off.ts';
import { hasTx } from '../tx-set.ts';
import { withCheckpoints } from '../checkpoints.ts';
import {
  bury,
  dump,
  end,
  noteAborted,
  openPromises,
  remembered,
  replay,
  vote,
  type Keeper,
  type Voting,
} from '../promises.ts';
import type { Decision, NodeId, TxId } from '../../contract/ids.ts';
import type { Effect, Input, LogRecord, Machine, Setup, TimerName } from '../../contract/machine.ts';
import type { Change } from '../bank.ts';
import type { Prepare, Promised } from '../transfers.ts';
import type { FromParticipant, ToParticipant } from './messages.ts';
import type { Variant } from './variant.ts';

interface InDoubt extends Promised {
  inquiries: number;
}

export interface ParticipantState extends Keeper<InDoubt> {
  readonly self: NodeId;
  readonly inquiryMs: number;
}

export function twoPhaseParticipant(variant: Variant): Machine<ParticipantState> {
  return { initial: initialState, next: withCheckpoints(react, remembered) };

  function react(state: ParticipantState, input: Input): Effect[] {
    switch (input.kind) {
      case 'started':
        return recover(state, input.log);
      case 'received':
        return received(state, input.from, input.message as ToParticipant);
      case 'expired':
        return inquireAgain(state, input.timer);
      case 'asked':
        return dump(state, input);
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

  function prepare(state: ParticipantState, from: NodeId, message: Prepare): Effect[] {
    if (variant.votesRead && isReadOnly(message.changes)) return look(state, from, message.tx, message.changes);
    return vote(state, from, message, voting(state));
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

  function voting({ inquiryMs }: ParticipantState): Voting<InDoubt> {
    return {
      doubtOf,
      // Where silence means commit, a refusal that a crash forgets could be asked again, promised, and then presumed committed.
      refusing: variant.presumes === 'commit' ? 'force' : 'append',
      thenWait: (tx) => [{ do: 'arm', timer: inquiryTimer(tx), afterMs: inquiryMs }],
    };
  }

  function decided(state: ParticipantState, from: NodeId, tx: TxId, decision: Decision): Effect[] {
    const acknowledge: Effect[] =
      variant.acknowledges[decision] && isCoordinatorOf(from, tx) ? [send(from, { word: 'ack', tx })] : [];
    const how = variant.acknowledges[decision] ? 'force' : 'append';
    // A coordinator that has forgotten the commit presumes an abort to an inquiry that came late: this log knows better.
    if (hasTx(state.committed, tx)) return decision === 'commit' ? acknowledge : [];
    if (!state.inDoubt.has(tx)) return decision === 'abort' ? [...buryUnknown(state, tx, how), ...acknowledge] : [];
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
    noteAborted(state, tx);
    return [];
  }

  /** In doubt a participant may only ask; it stays blocked until somebody who knows answers. */
  function inquireAgain(state: ParticipantState, timer: TimerName): Effect[] {
    const tx = timer.about as TxId;
    const inDoubt = state.inDoubt.get(tx);
    if (!inDoubt) return [];
    inDoubt.inquiries++;
    return [...inquire(state, tx, inDoubt), { do: 'arm', timer, afterMs: backOff(state.inquiryMs, inDoubt.inquiries) }];
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
    if (state.inDoubt.has(tx)) return [tell('in-progress')];
    if (hasTx(state.committed, tx)) return [tell('commit')];
    return [...bury(state, tx, 'force'), tell('abort')];
  }

  /** Locks are taken again before anything is served: replay comes before the first input from outside. */
  function recover(state: ParticipantState, log: readonly LogRecord[]): Effect[] {
    for (const record of log) replay(state, record, doubtOf);
    return [...state.inDoubt].flatMap(([tx, inDoubt]) => [
      ...inquire(state, tx, inDoubt),
      { do: 'arm', timer: inquiryTimer(tx), afterMs: state.inquiryMs },
    ]);
  }
}

function isCoordinatorOf(node: NodeId, tx: TxId): boolean {
  return parseTxId(tx)?.coordinator === node;
}

function initialState(setup: Setup): ParticipantState {
  return { ...openPromises<InDoubt>(setup), self: setup.self, inquiryMs: setup.timeouts['inquiry'] ?? 150 };
}

const doubtOf = (promised: Promised): InDoubt => ({ ...promised, inquiries: 0 });
const inquiryTimer = (tx: TxId): TimerName => ({ word: 'inquiry', about: tx });
const send = (to: NodeId, message: FromParticipant): Effect => ({ do: 'send', to, message });
