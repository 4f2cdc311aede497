// The coordinator of two-phase commit. It decides alone, writes the decision down before anyone hears it, and keeps a decision
// that participants may still ask for until all of them have acknowledged it.
// Bernstein, Hadzilacos, Goodman, "Concurrency Control and Recovery in Database Systems", 1987, section 7.4.
//
//   client ──request───▶ C ──prepare──▶ P…      C forces nothing yet (presumed abort)
//                        C ◀──vote───── P…      each P has forced prepared
//          force commit  C ──commit───▶ P…      decided: the force is the commit point
//   client ◀────ok────── C ◀──ack────── P…      then: append end, forget

import { unreachable } from '../../contract/invariant.ts';
import { backOff } from '../back-off.ts';
import { reactTo } from '../machine-of.ts';
import { tableOf } from '../copy.ts';
import { noRecords, withCheckpoints, type Checkpointed } from '../checkpoints.ts';
import { oldestOf, openOperation } from '../commit-messages.ts';
import {
  answerOnce,
  askedAgain,
  beginOnce,
  enlistedFor,
  openOnce,
  recallAnswer,
  rememberedAnswers,
  type Once,
  type RememberedAnswers,
} from '../once.ts';
import type { Decision, NodeId, OpId, TxId } from '../../contract/ids.ts';
import type { DumpAnswer, Effect, Machine, Setup, TimerName } from '../../contract/machine.ts';
import type { LogRecord } from '../../contract/records.ts';
import type { Ballot } from '../../contract/votes.ts';
import type { Operation, SealedWorkload } from '../../contract/workload.ts';
import type { Enlisted } from '../commit-messages.ts';
import type { ToCoordinator, ToParticipant } from './messages.ts';
import type { Variant } from './variant.ts';

/** A transaction whose votes are not all in. Lives in memory only: a crash forgets it, and the presumption speaks for it. */
interface Preparing {
  readonly by: NodeId;
  readonly op: OpId;
  readonly participants: readonly NodeId[];
  /** Those whose part changes something: they alone take part in the second phase. */
  readonly writers: readonly NodeId[];
  /** Who has voted yes or read. */
  agreed: NodeId[];
}

/** A decision that somebody may still have to be told. */
interface Deciding {
  readonly decision: Decision;
  readonly participants: readonly NodeId[];
  unacknowledged: NodeId[];
  resends: number;
}

export interface CoordinatorState extends Checkpointed {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  readonly voteMs: number;
  readonly resendMs: number;
  incarnation: number;
  counter: number;
  preparing: Map<TxId, Preparing>;
  deciding: Map<TxId, Deciding>;
  /** What clients may ask for again. */
  readonly once: Once;
}

/** What the coordinators of one kind have in common. */
interface Rules {
  readonly variant: Variant;
  readonly workload: SealedWorkload;
}

export function twoPhaseCoordinator(variant: Variant, workload: SealedWorkload): Machine<CoordinatorState> {
  const rules: Rules = { variant, workload };
  const react = reactTo<CoordinatorState, ToCoordinator>({
    started: (state, { log, incarnation }) => recover(rules, state, log, incarnation),
    asked: (state, { by, op, request }) => asked(rules, state, by, op, request),
    received: (state, { from, message }) => received(rules, state, from, message),
    expired: (state, { timer }) => expired(rules, state, timer),
  });
  return { initial: initialState, next: withCheckpoints(react, (state) => remembered(rules, state)) };
}

function asked(rules: Rules, state: CoordinatorState, by: NodeId, op: OpId, request: Operation): Effect[] {
  if (request.word === 'dump') return [{ do: 'answer', to: by, op, answer: dump(state) }];
  return askedAgain(state.once, by, op, request) ?? begin(rules, state, by, op, request);
}

function begin(rules: Rules, state: CoordinatorState, by: NodeId, op: OpId, operation: Operation): Effect[] {
  const opened = openOperation(state, rules.workload, { by, op, operation }, rules.variant.votesRead);
  if ('do' in opened) return [opened];
  const { tx, participants, writers, ask } = opened;
  state.preparing.set(tx, { by, op, participants, writers, agreed: [] });
  beginOnce(state.once, op);
  const collecting: Effect[] = rules.variant.forcesCollecting
    ? [{ do: 'force', record: { mark: 'other', word: 'collecting', about: tx, body: enlisted(writers) } }]
    : [];
  return [...ask(collecting, oldestOf(state.preparing)), { do: 'arm', timer: votesTimer(tx), afterMs: state.voteMs }];
}

function received(rules: Rules, state: CoordinatorState, from: NodeId, message: ToCoordinator): Effect[] {
  switch (message.word) {
    case 'vote':
      return voted(rules, state, from, message.about, message.vote);
    case 'ack':
      return acknowledged(state, from, message.about);
    case 'inquire':
      return [send(from, { word: 'outcome', about: message.about, outcome: outcomeOf(rules, state, message.about) })];
    default:
      return unreachable(message);
  }
}

function voted(rules: Rules, state: CoordinatorState, from: NodeId, tx: TxId, vote: Ballot): Effect[] {
  const preparing = state.preparing.get(tx);
  if (!preparing || !preparing.participants.includes(from)) return [];
  // A participant that voted no has aborted by itself and is not told.
  if (vote === 'no')
    return decideAbort(rules, state, tx, preparing, { told: others(preparing, from), reason: `${from} voted no` });
  if (!preparing.agreed.includes(from)) preparing.agreed.push(from);
  if (preparing.agreed.length < preparing.participants.length) return [];
  return preparing.writers.length === 0
    ? endReading(rules, state, tx, preparing)
    : decideCommit(rules, state, tx, preparing);
}

function decideCommit(
  rules: Rules,
  state: CoordinatorState,
  tx: TxId,
  { by, op, writers: participants }: Preparing,
): Effect[] {
  state.preparing.delete(tx);
  return [
    { do: 'disarm', timer: votesTimer(tx) },
    { do: 'force', record: decisionRecord(tx, 'commit', enlistedFor(state.once, op, participants)) },
    ...announce(rules, state, tx, 'commit', participants),
    answerOnce(state.once, by, op, { word: 'ok', about: tx }),
  ];
}

/** Where nothing was changed there is nothing to decide and nobody to tell: all that is left is to close what was opened. */
function endReading(rules: Rules, state: CoordinatorState, tx: TxId, { by, op }: Preparing): Effect[] {
  state.preparing.delete(tx);
  return [
    { do: 'disarm', timer: votesTimer(tx) },
    ...(rules.variant.forcesCollecting ? [endRecord(tx)] : []),
    answerOnce(state.once, by, op, { word: 'ok', about: tx }),
  ];
}

function decideAbort(
  rules: Rules,
  state: CoordinatorState,
  tx: TxId,
  preparing: Preparing,
  why: { told: readonly NodeId[]; reason: string },
): Effect[] {
  state.preparing.delete(tx);
  return [
    { do: 'disarm', timer: votesTimer(tx) },
    ...abortRecord(rules, tx, why.told),
    ...announce(rules, state, tx, 'abort', why.told),
    answerOnce(state.once, preparing.by, preparing.op, { word: 'failed', about: tx, reason: why.reason }),
  ];
}

function abortRecord(rules: Rules, tx: TxId, told: readonly NodeId[]): Effect[] {
  return rules.variant.abortRecord === 'none'
    ? []
    : [{ do: rules.variant.abortRecord, record: decisionRecord(tx, 'abort', enlisted(told)) }];
}

/** Tells the participants, and remembers the decision if they have to acknowledge it. */
function announce(
  rules: Rules,
  state: CoordinatorState,
  tx: TxId,
  decision: Decision,
  participants: readonly NodeId[],
): Effect[] {
  const sends = participants.map((to) => send(to, { word: decision, about: tx }));
  if (!rules.variant.acknowledges[decision]) return sends;
  if (participants.length === 0) return [endRecord(tx)];
  state.deciding.set(tx, { decision, participants, unacknowledged: [...participants], resends: 0 });
  return [...sends, { do: 'arm', timer: resendTimer(tx), afterMs: state.resendMs }];
}

function acknowledged(state: CoordinatorState, from: NodeId, tx: TxId): Effect[] {
  const deciding = state.deciding.get(tx);
  if (!deciding) return [];
  deciding.unacknowledged = deciding.unacknowledged.filter((node) => node !== from);
  if (deciding.unacknowledged.length > 0) return [];
  state.deciding.delete(tx);
  return [{ do: 'disarm', timer: resendTimer(tx) }, endRecord(tx)];
}

function expired(rules: Rules, state: CoordinatorState, timer: TimerName): Effect[] {
  const tx = timer.about as TxId;
  const preparing = state.preparing.get(tx);
  if (timer.word === 'votes' && preparing) {
    const missing = preparing.participants.filter((node) => !preparing.agreed.includes(node));
    const reason = `no vote from ${missing.join(', ')} in ${state.voteMs} ms`;
    return [
      { do: 'tell', note: { word: 'gave-up', about: tx, waitedFor: 'votes' } },
      ...decideAbort(rules, state, tx, preparing, { told: preparing.writers, reason }),
    ];
  }
  const deciding = state.deciding.get(tx);
  if (timer.word === 'resend' && deciding) {
    deciding.resends++;
    const again = deciding.unacknowledged.map((to) => send(to, { word: deciding.decision, about: tx }));
    return [...again, { do: 'arm', timer: resendTimer(tx), afterMs: backOff(state.resendMs, deciding.resends) }];
  }
  return [];
}

/** Presumption applies only to what neither memory nor log knows: a transaction still collecting votes is in progress. */
function outcomeOf(rules: Rules, state: CoordinatorState, tx: TxId): Decision | 'in-progress' {
  if (state.preparing.has(tx)) return 'in-progress';
  return state.deciding.get(tx)?.decision ?? rules.variant.presumes;
}

function recover(rules: Rules, state: CoordinatorState, log: readonly LogRecord[], incarnation: number): Effect[] {
  state.incarnation = incarnation;
  for (const record of log) recallAnswer(state.once, record);
  const open = replay(rules, log);
  const effects: Effect[] = [];
  for (const [tx, { decision, participants }] of open) {
    // Collecting without a decision: the crash decides abort (Mohan et al., presumed commit).
    if (decision === null && participants.length > 0) effects.push(...abortRecord(rules, tx, participants));
    effects.push(...announce(rules, state, tx, decision ?? 'abort', participants));
  }
  return effects;
}

/** What the log leaves to be done: decisions to be acknowledged, and votes that were being collected. */
function replay(rules: Rules, log: readonly LogRecord[]): Map<TxId, Open> {
  let open = new Map<TxId, Open>();
  for (const record of log) {
    if (record.mark === 'checkpoint') open = tableOf((record.body as Remembered).open);
    else if (record.word === 'end' && record.about) open.delete(record.about);
    else if (record.word === 'collecting' && record.about)
      open.set(record.about, { decision: null, participants: (record.body as Enlisted).participants });
    else if (record.mark === 'decision') {
      const { participants } = record.body as Enlisted;
      if (rules.variant.acknowledges[record.decision])
        open.set(record.about, { decision: record.decision, participants });
      else open.delete(record.about);
    }
  }
  return open;
}

/** For checkpoints: what is still open. */
function remembered(rules: Rules, state: CoordinatorState): Remembered {
  const open = new Map<TxId, Open>();
  for (const [tx, { decision, unacknowledged }] of state.deciding) {
    open.set(tx, { decision, participants: [...unacknowledged] });
  }
  if (rules.variant.forcesCollecting) {
    for (const [tx, { writers }] of state.preparing) open.set(tx, { decision: null, participants: writers });
  }
  return { open: Object.fromEntries(open), ...rememberedAnswers(state.once) };
}

type Remembered = { readonly open: Record<TxId, Open> } & RememberedAnswers;

interface Open {
  readonly decision: Decision | null;
  readonly participants: readonly NodeId[];
}

function initialState(setup: Setup): CoordinatorState {
  return {
    self: setup.self,
    nodes: setup.nodes,
    voteMs: setup.timeouts['vote'] ?? 400,
    resendMs: setup.timeouts['resend'] ?? 150,
    incarnation: 0,
    counter: 0,
    preparing: new Map(),
    deciding: new Map(),
    once: openOnce(setup),
    ...noRecords(setup),
  };
}

function others({ writers }: Preparing, except: NodeId): readonly NodeId[] {
  return writers.filter((node) => node !== except);
}

function decisionRecord(tx: TxId, decision: Decision, body: Enlisted): LogRecord {
  return { mark: 'decision', word: decision, about: tx, decision, body };
}

const enlisted = (participants: readonly NodeId[]): Enlisted => ({ participants });
const endRecord = (tx: TxId): Effect => ({ do: 'append', record: { mark: 'other', word: 'end', about: tx } });

const votesTimer = (tx: TxId): TimerName => ({ word: 'votes', about: tx });
const resendTimer = (tx: TxId): TimerName => ({ word: 'resend', about: tx });
const send = (to: NodeId, message: ToParticipant): Effect => ({ do: 'send', to, message });
function dump(state: CoordinatorState): DumpAnswer {
  const unfinished = [...state.preparing.keys(), ...state.deciding.keys()];
  return { word: 'dump', state: { inDoubt: [], unfinished, holds: [], content: null } };
}
