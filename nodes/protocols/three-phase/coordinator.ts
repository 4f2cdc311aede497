// The coordinator of three-phase commit. Between the votes and the decision it tells everybody that all have voted yes (pre-commit), so
// that no site is in doubt while another has committed. A participant that does not acknowledge is taken for dead, or, with quorums,
// merely not counted. Skeen 1981; Bernstein, Hadzilacos, Goodman 1987, section 7.5; Keidar, Dolev 1998 (E3PC).
//
//   client ──request───▶ C ──prepare────▶ P…      C forces nothing yet
//                        C ◀──vote─────── P…      each P has forced prepared
//                        C ──precommit──▶ P…      with quorums C forces its own pre-commit first
//                        C ◀──ack──────── P…      each P has forced precommit
//          force commit  C ──commit─────▶ P…      nobody acknowledges: who misses it asks
//   client ◀────ok────── C

import { parseTxId } from '../../contract/ids.ts';
import { unreachable } from '../../contract/invariant.ts';
import { backOff } from '../back-off.ts';
import { reactTo } from '../machine-of.ts';
import { tableOf } from '../copy.ts';
import { noRecords, withCheckpoints, type Checkpointed } from '../checkpoints.ts';
import { answerOperation, oldestOf, openOperation, type OperationAnswer } from '../commit-messages.ts';
import { addDecision, decidedRanges, decisionOn, nothingDecided, recallDecided } from './decided.ts';
import { majorityOf } from './election.ts';
import { newStanding, type SiteState, type Standing } from './termination.ts';
import type { Decision, NodeId, OpId, TxId } from '../../contract/ids.ts';
import type { DumpAnswer, Effect, Machine, Setup, TimerName } from '../../contract/machine.ts';
import type { LogRecord } from '../../contract/records.ts';
import type { Decided } from './decided.ts';
import type { Ack, FromCoordinator, Move, ToCoordinator } from './messages.ts';
import type { Operation, SealedWorkload } from '../../contract/workload.ts';
import type { Variant } from './variant.ts';

/** A transaction of this incarnation that is not decided. In memory only: a crash forgets it, and the participants end it. */
interface Begun {
  readonly by: NodeId;
  readonly op: OpId;
  readonly participants: readonly NodeId[];
  yes: NodeId[];
  /** Who has acknowledged pre-commit; null while votes are collected. */
  acks: NodeId[] | null;
  retries: number;
}

export interface CoordinatorState extends Checkpointed {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  readonly voteMs: number;
  readonly ackMs: number;
  /** With quorums: whether this site's own pre-commit counts. */
  readonly votes: boolean;
  incarnation: number;
  counter: number;
  begun: Map<TxId, Begun>;
  /** As a voter: what it has promised to newer coordinators of its own transactions. */
  standings: Map<TxId, Standing>;
  decided: Decided;
}

/** What the coordinators of one kind have in common. */
interface Rules {
  readonly needsQuorum: boolean;
  readonly workload: SealedWorkload;
}

export function threePhaseCoordinator({ needsQuorum }: Variant, workload: SealedWorkload): Machine<CoordinatorState> {
  const rules: Rules = { needsQuorum, workload };
  const react = reactTo<CoordinatorState, ToCoordinator>({
    started: (state, { log, incarnation }) => {
      state.incarnation = incarnation;
      for (const record of log) replay(state, record);
      return [];
    },
    asked: (state, { by, op, request }) => asked(rules, state, by, op, request),
    received: (state, { from, message }) => received(rules, state, from, message),
    expired: (state, { timer }) => expired(rules, state, timer),
  });
  return { initial: initialState, next: withCheckpoints(react, remembered) };
}

function asked(rules: Rules, state: CoordinatorState, by: NodeId, op: OpId, request: Operation): Effect[] {
  if (request.word === 'dump') return [{ do: 'answer', to: by, op, answer: dump(state) }];
  const opened = openOperation(state, rules.workload, { by, op, operation: request });
  if ('do' in opened) return [opened];
  const { tx, participants, ask } = opened;
  state.begun.set(tx, { by, op, participants, yes: [], acks: null, retries: 0 });
  return [...ask([], oldestOf(state.begun)), { do: 'arm', timer: votesTimer(tx), afterMs: state.voteMs }];
}

function received(rules: Rules, state: CoordinatorState, from: NodeId, message: ToCoordinator): Effect[] {
  const { about: tx } = message;
  if (parseTxId(tx)?.coordinator !== state.self) return [];
  switch (message.word) {
    case 'vote':
      return voted(rules, state, from, tx, message.vote);
    case 'ack':
      return acknowledged(rules, state, from, message);
    case 'inquire':
      return [tell(state, from, { about: tx, epoch: 0 })];
    case 'state-request':
      return promised(state, from, message);
    case 'precommit':
    case 'preabort':
      return moved(state, from, message);
    case 'commit':
    case 'abort':
      return learned(state, tx, message.word);
    case 'state':
      if (message.phase === 'committed') return learned(state, tx, 'commit');
      return message.phase === 'aborted' ? learned(state, tx, 'abort') : [];
    default:
      return unreachable(message);
  }
}

function voted(rules: Rules, state: CoordinatorState, from: NodeId, tx: TxId, vote: 'yes' | 'no'): Effect[] {
  const begun = state.begun.get(tx);
  if (!begun || begun.acks || !begun.participants.includes(from)) return [];
  // A participant that voted no has aborted by itself and is not told.
  if (vote === 'no') {
    const told = begun.participants.filter((node) => node !== from);
    return decideAbort(state, tx, { told, reason: `${from} voted no` });
  }
  if (!begun.yes.includes(from)) begun.yes.push(from);
  return begun.yes.length === begun.participants.length ? precommit(rules, state, tx, begun) : [];
}

function precommit(rules: Rules, state: CoordinatorState, tx: TxId, begun: Begun): Effect[] {
  begun.acks = [];
  const waiting: Effect[] = [
    { do: 'disarm', timer: votesTimer(tx) },
    { do: 'arm', timer: acksTimer(tx), afterMs: state.ackMs },
  ];
  // It has promised itself to an elected one meanwhile, and waits to be told.
  if ((state.standings.get(tx)?.epoch ?? 1) > 1) return waiting;
  const own: Effect[] = [];
  if (rules.needsQuorum && state.votes) {
    begun.acks.push(state.self);
    own.push(stand(state, tx, { phase: 'precommitted', epoch: 1, attempt: 1 }, 'precommit'));
  }
  return [...own, ...begun.participants.map((to) => send(to, { word: 'precommit', about: tx, epoch: 1 })), ...waiting];
}

function acknowledged(rules: Rules, state: CoordinatorState, from: NodeId, { about: tx, epoch }: Ack): Effect[] {
  const begun = state.begun.get(tx);
  if (!begun?.acks || epoch !== 1 || !begun.participants.includes(from) || begun.acks.includes(from)) return [];
  begun.acks.push(from);
  const enough = rules.needsQuorum
    ? majorityOf(begun.participants.length + (state.votes ? 1 : 0))
    : begun.participants.length;
  return begun.acks.length >= enough ? decideCommit(state, tx, begun) : [];
}

function decideCommit(state: CoordinatorState, tx: TxId, { participants }: Begun): Effect[] {
  const [record, ...rest] = settle(state, tx, 'commit');
  const tellAll = participants.map((to) => send(to, { word: 'commit', about: tx, epoch: 1 }));
  return [{ do: 'disarm', timer: acksTimer(tx) }, ...(record ? [record] : []), ...tellAll, ...rest];
}

function expired(rules: Rules, state: CoordinatorState, timer: TimerName): Effect[] {
  const tx = timer.about as TxId;
  const begun = state.begun.get(tx);
  if (timer.word === 'votes' && begun && !begun.acks) {
    const missing = begun.participants.filter((node) => !begun.yes.includes(node));
    const reason = `no vote from ${missing.join(', ')} in ${state.voteMs} ms`;
    return [
      { do: 'tell', note: { word: 'gave-up', about: tx, waitedFor: 'votes' } },
      ...decideAbort(state, tx, { told: begun.participants, reason }),
    ];
  }
  if (timer.word !== 'acks' || !begun?.acks) return [];
  const gaveUp: Effect = { do: 'tell', note: { word: 'gave-up', about: tx, waitedFor: 'acks' } };
  // Whoever is silent has failed, and will ask when it is back.
  if (!rules.needsQuorum) return [gaveUp, ...decideCommit(state, tx, begun)];
  const inquiries = begun.participants.map((to) => send(to, { word: 'inquire', about: tx }));
  return [gaveUp, ...inquiries, { do: 'arm', timer: acksTimer(tx), afterMs: backOff(state.ackMs, ++begun.retries) }];
}

// ── as a voter, with quorums ──

function promised(
  state: CoordinatorState,
  from: NodeId,
  { about: tx, epoch }: { about: TxId; epoch: number },
): Effect[] {
  const standing = state.standings.get(tx) ?? newStanding();
  if (decisionOn(state.decided, tx)) return [tell(state, from, { about: tx, epoch })];
  if (epoch < standing.epoch) return [];
  const promise = epoch > standing.epoch ? [stand(state, tx, { ...standing, epoch }, 'epoch')] : [];
  return [...promise, tell(state, from, { about: tx, epoch })];
}

function moved(state: CoordinatorState, from: NodeId, { word, about: tx, epoch }: Move): Effect[] {
  const standing = state.standings.get(tx) ?? newStanding();
  if (decisionOn(state.decided, tx) || epoch < standing.epoch) return [];
  const ack = send(from, { word: 'ack', about: tx, epoch });
  if (standing.attempt === epoch) return [ack];
  const phase = word === 'precommit' ? 'precommitted' : 'preaborted';
  return [stand(state, tx, { phase, epoch, attempt: epoch }, word), ack];
}

/** Durable before anybody counts on it. */
function stand(state: CoordinatorState, tx: TxId, standing: Standing, word: 'epoch' | Move['word']): Effect {
  state.standings.set(tx, standing);
  return { do: 'force', record: { mark: 'other', word, about: tx, body: { ...standing } } };
}

/** An elected coordinator has decided. */
function learned(state: CoordinatorState, tx: TxId, decision: Decision): Effect[] {
  if (decisionOn(state.decided, tx)) return [];
  const begun = state.begun.get(tx);
  const timers: Effect[] = begun ? [{ do: 'disarm', timer: begun.acks ? acksTimer(tx) : votesTimer(tx) }] : [];
  return [...timers, ...settle(state, tx, decision, 'the participants aborted without their coordinator')];
}

/** Before any pre-commit has left nobody can have committed. */
function decideAbort(
  state: CoordinatorState,
  tx: TxId,
  why: { readonly told: readonly NodeId[]; readonly reason: string },
): Effect[] {
  const [record, ...rest] = settle(state, tx, 'abort', why.reason);
  const tellThem = why.told.map((to) => send(to, { word: 'abort', about: tx, epoch: 1 }));
  return [{ do: 'disarm', timer: votesTimer(tx) }, ...(record ? [record] : []), ...tellThem, ...rest];
}

/** The decision's record, then the client's answer. An abort need not be forced: nobody takes silence for a commit. */
function settle(state: CoordinatorState, tx: TxId, decision: Decision, reason = ''): Effect[] {
  const begun = state.begun.get(tx);
  state.begun.delete(tx);
  state.standings.delete(tx);
  addDecision(state.decided, tx, decision);
  const said: OperationAnswer =
    decision === 'commit' ? { word: 'ok', about: tx } : { word: 'failed', about: tx, reason };
  return [
    {
      do: decision === 'commit' ? 'force' : 'append',
      record: { mark: 'decision', word: decision, about: tx, decision },
    },
    ...(begun ? [answerOperation(begun.by, begun.op, said)] : []),
  ];
}

function tell(state: CoordinatorState, to: NodeId, of: { readonly about: TxId; readonly epoch: number }): Effect {
  return send(to, { word: 'state', ...of, ...siteOf(state, of.about) });
}

function siteOf(state: CoordinatorState, tx: TxId): SiteState {
  const decision = decisionOn(state.decided, tx);
  if (decision) {
    const phase = decision === 'commit' ? 'committed' : 'aborted';
    return { phase, attempt: 0, recovered: false, up: null };
  }
  const standing = state.standings.get(tx);
  const begun = state.begun.get(tx);
  const phase = standing?.phase ?? (begun ? 'waiting' : 'none');
  return { phase, attempt: standing?.attempt ?? 0, recovered: !begun, up: null };
}

function replay(state: CoordinatorState, record: LogRecord): void {
  if (record.mark === 'checkpoint') {
    const { decided, standings } = record.body as Remembered;
    Object.assign(state, { decided: recallDecided(decided), standings: tableOf(standings) });
  } else if (record.mark === 'decision') {
    addDecision(state.decided, record.about, record.decision);
    state.standings.delete(record.about);
  } else if (record.about && record.body) state.standings.set(record.about, record.body as Standing);
}

type Remembered = {
  readonly decided: Parameters<typeof recallDecided>[0];
  readonly standings: Readonly<Record<TxId, Standing>>;
};

/** For checkpoints. Decisions are kept for whoever asks. */
function remembered({ decided, standings }: CoordinatorState): Remembered {
  return { decided: decidedRanges(decided), standings: Object.fromEntries(standings) };
}

function initialState({ self, nodes, timeouts, options }: Setup): CoordinatorState {
  return {
    self,
    nodes,
    voteMs: timeouts['vote'] ?? 300,
    ackMs: timeouts['ack'] ?? 300,
    votes: options['voters'] !== 'participants',
    incarnation: 0,
    counter: 0,
    begun: new Map(),
    standings: new Map(),
    decided: nothingDecided(),
    ...noRecords({ options }),
  };
}

function dump(state: CoordinatorState): DumpAnswer {
  const unfinished = [...state.begun.keys()];
  return { word: 'dump', state: { inDoubt: [], unfinished, holds: [], content: null } };
}

const votesTimer = (tx: TxId): TimerName => ({ word: 'votes', about: tx });
const acksTimer = (tx: TxId): TimerName => ({ word: 'acks', about: tx });
const send = (to: NodeId, message: FromCoordinator): Effect => ({ do: 'send', to, message });
