// The participant of two-phase commit: it promises before it votes yes, and from then on cannot decide alone.
// Bernstein, Hadzilacos, Goodman 1987, section 7.4. The promise is a forced record with everything needed to redo the
// transaction; its locks are held until the decision, across restarts too.

import { parseTxId } from '../../contract/ids.ts';
import { unreachable } from '../../contract/invariant.ts';
import { backOff } from '../back-off.ts';
import { reactTo } from '../machine-of.ts';
import { hasTx } from '../tx-set.ts';
import { withCheckpoints } from '../checkpoints.ts';
import {
  bury,
  dump,
  end,
  noteAborted,
  openPromises,
  refusalOf,
  remembered,
  replay,
  vote,
  type Keeper,
  type Voting,
} from '../prepared.ts';
import type { Decision, NodeId, TxId } from '../../contract/ids.ts';
import type { Effect, Machine, Setup, TimerName } from '../../contract/machine.ts';
import type { LogRecord } from '../../contract/records.ts';
import type { SealedWorkload } from '../../contract/workload.ts';
import type { Prepare, Promised } from '../commit-messages.ts';
import type { FromParticipant, ToParticipant } from './messages.ts';
import type { Variant } from './variant.ts';

interface InDoubt extends Promised {
  inquiries: number;
}

export interface ParticipantState extends Keeper<InDoubt> {
  readonly self: NodeId;
  readonly inquiryMs: number;
}

/** What the participants of one kind have in common. */
interface Rules {
  readonly variant: Variant;
  readonly resource: SealedWorkload['resource'];
}

export function twoPhaseParticipant(variant: Variant, { resource }: SealedWorkload): Machine<ParticipantState> {
  const rules: Rules = { variant, resource };
  const react = reactTo<ParticipantState, ToParticipant>({
    started: (state, { log }) => recover(rules, state, log),
    received: (state, { from, message }) => received(rules, state, from, message),
    expired: (state, { timer }) => inquireAgain(rules, state, timer),
    asked: (state, input) => dump(resource, state, input),
  });
  return {
    initial: (setup) => initialState(resource, setup),
    next: withCheckpoints(react, (state) => remembered(resource, state)),
  };
}

function received(rules: Rules, state: ParticipantState, from: NodeId, message: ToParticipant): Effect[] {
  switch (message.word) {
    case 'prepare':
      return prepare(rules, state, from, message);
    case 'commit':
    case 'abort':
      return decided(rules, state, from, message.about, message.word);
    case 'outcome':
      return message.outcome === 'in-progress' ? [] : decided(rules, state, from, message.about, message.outcome);
    case 'inquire':
      return tellPeer(state, from, message.about);
    default:
      return unreachable(message);
  }
}

function prepare(rules: Rules, state: ParticipantState, from: NodeId, message: Prepare): Effect[] {
  if (rules.variant.votesRead && rules.resource.isReadOnly(message.part)) return look(rules, state, from, message);
  return vote(rules.resource, state, from, message, voting(rules, state));
}

/**
 * Nothing to promise, to undo or to wait for: the vote is the end of it, also when the same prepare comes again. Letting go of the
 * keys before the others have even been asked breaks two-phase locking: another transaction may come in between, and what was seen here
 * and there need never have been true at once. That is safe where nobody decides by it, as with transfers: no balance leaves this node,
 * only the word that the accounts are there and free. Where another site's change rests on what was seen here, it is not.
 */
function look(rules: Rules, state: ParticipantState, from: NodeId, { about: tx, part }: Prepare): Effect[] {
  const why = refusalOf(rules.resource, state, tx, part);
  return [
    { do: 'tell', note: why ? { word: 'refused', about: tx, ...why } : { word: 'read', about: tx } },
    send(from, { word: 'vote', about: tx, vote: why ? 'no' : 'read' }),
  ];
}

function voting(rules: Rules, { inquiryMs }: ParticipantState): Voting<InDoubt> {
  return {
    doubtOf,
    // Where silence means commit, a refusal that a crash forgets could be asked again, promised, and then presumed committed.
    refusing: rules.variant.presumes === 'commit' ? 'force' : 'append',
    thenWait: (tx) => [{ do: 'arm', timer: inquiryTimer(tx), afterMs: inquiryMs }],
  };
}

function decided(rules: Rules, state: ParticipantState, from: NodeId, tx: TxId, decision: Decision): Effect[] {
  const acknowledge: Effect[] =
    rules.variant.acknowledges[decision] && isCoordinatorOf(from, tx) ? [send(from, { word: 'ack', about: tx })] : [];
  const how = rules.variant.acknowledges[decision] ? 'force' : 'append';
  if (!state.inDoubt.has(tx)) {
    // A coordinator that has forgotten the commit presumes an abort to an inquiry that came late: this log knows better.
    if (hasTx(state.committed, tx)) return decision === 'commit' ? acknowledge : [];
    return decision === 'abort' ? [...buryUnknown(state, tx, how), ...acknowledge] : [];
  }
  end(rules.resource, state, tx, decision);
  return [
    { do: 'disarm', timer: inquiryTimer(tx) },
    { do: how, record: { mark: 'decision', word: decision, about: tx, decision } },
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
function inquireAgain(rules: Rules, state: ParticipantState, timer: TimerName): Effect[] {
  const tx = timer.about as TxId;
  const inDoubt = state.inDoubt.get(tx);
  if (!inDoubt) return [];
  inDoubt.inquiries++;
  return [
    ...inquire(rules, state, tx, inDoubt),
    { do: 'arm', timer, afterMs: backOff(state.inquiryMs, inDoubt.inquiries) },
  ];
}

function inquire(rules: Rules, state: ParticipantState, tx: TxId, { coordinator, participants }: Promised): Effect[] {
  const peers = rules.variant.asksPeers ? participants.filter((node) => node !== state.self) : [];
  return [coordinator, ...peers].map((to) => send(to, { word: 'inquire', about: tx }));
}

/**
 * Cooperative termination. Whoever has not voted may still abort alone, and does; that abort is forced before it is told, or a restart
 * could forget it and vote yes on a prepare that comes late.
 */
function tellPeer(state: ParticipantState, from: NodeId, tx: TxId): Effect[] {
  const tell = (outcome: Decision | 'in-progress') => send(from, { word: 'outcome', about: tx, outcome });
  if (state.inDoubt.has(tx)) return [tell('in-progress')];
  if (hasTx(state.committed, tx)) return [tell('commit')];
  return [...bury(state, tx, 'force'), tell('abort')];
}

/** Locks are taken again before anything is served: replay comes before the first input from outside. */
function recover(rules: Rules, state: ParticipantState, log: readonly LogRecord[]): Effect[] {
  for (const record of log) replay(rules.resource, state, record, doubtOf);
  return [...state.inDoubt].flatMap(([tx, inDoubt]) => [
    ...inquire(rules, state, tx, inDoubt),
    { do: 'arm', timer: inquiryTimer(tx), afterMs: state.inquiryMs },
  ]);
}

function isCoordinatorOf(node: NodeId, tx: TxId): boolean {
  return parseTxId(tx)?.coordinator === node;
}

function initialState(resource: SealedWorkload['resource'], setup: Setup): ParticipantState {
  return { ...openPromises<InDoubt>(resource, setup), self: setup.self, inquiryMs: setup.timeouts['inquiry'] ?? 150 };
}

const doubtOf = (promised: Promised): InDoubt => ({ ...promised, inquiries: 0 });
const inquiryTimer = (tx: TxId): TimerName => ({ word: 'inquiry', about: tx });
const send = (to: NodeId, message: FromParticipant): Effect => ({ do: 'send', to, message });
