// The election of a new coordinator among the participants, and the rounds that it leads: it asks for states, applies the rule of its
// variant, moves the others where the rule asks for it, and decides. Bernstein, Hadzilacos, Goodman 1987, section 7.5 (termination
// protocol); with quorums Keidar, Dolev 1998 (E3PC). Whoever is elected and dies is followed by the next in turn, in the next epoch.

import { backOff } from '../back-off.ts';
import { coordinatorOf, account, forceStanding, move, send, siteOf, wait } from './doubt.ts';
import { ruleOfAll, ruleOfQuorum } from './termination.ts';
import type { Decision, NodeId, TxId } from '../../contract/ids.ts';
import type { Effect } from '../../contract/machine.ts';
import type { Doubt, ParticipantState, Round } from './doubt.ts';
import type { Ack, Answer } from './messages.ts';
import type { SiteState } from './termination.ts';
import type { Variant } from './variant.ts';

export interface Election {
  /** The coordinator of this epoch has been silent too long. */
  next(state: ParticipantState, tx: TxId): Effect[];
  /** Another participant says that it is this one's turn. */
  elected(state: ParticipantState, from: NodeId, message: { about: TxId; epoch: number }): Effect[];
  asked(state: ParticipantState, from: NodeId, message: { about: TxId; epoch: number }): Effect[];
  answered(state: ParticipantState, from: NodeId, message: Answer): Effect[];
  acknowledged(state: ParticipantState, from: NodeId, message: Ack): Effect[];
  /** The round has waited long enough for states, or for acknowledgements. */
  roundExpired(state: ParticipantState, tx: TxId): Effect[];
}

/** Ends the doubt at this site. */
export type Decide = (state: ParticipantState, tx: TxId, decision: Decision) => Effect[];

/** What the elections of one kind have in common. */
interface Rules {
  readonly needsQuorum: boolean;
  readonly decide: Decide;
}

export function createElection({ needsQuorum }: Variant, decide: Decide): Election {
  const rules: Rules = { needsQuorum, decide };
  return {
    next: (state, tx) => next(rules, state, tx),
    elected: (state, from, message) => elected(rules, state, from, message),
    asked: (state, from, message) => asked(rules, state, from, message),
    answered: (state, from, message) => answered(rules, state, from, message),
    acknowledged: (state, from, message) => acknowledged(rules, state, from, message),
    roundExpired: (state, tx) => roundExpired(rules, state, tx),
  };
}

function next(rules: Rules, state: ParticipantState, tx: TxId): Effect[] {
  const doubt = state.inDoubt.get(tx);
  if (!doubt) return [];
  doubt.retries++;
  const silent = coordinatorOf(doubt, doubt.epoch);
  return enter(rules, state, tx, doubt, { epoch: doubt.epoch + 1, silent: [silent] });
}

/** The epoch is durable before anybody hears of it. */
function enter(
  rules: Rules,
  state: ParticipantState,
  tx: TxId,
  doubt: Doubt,
  { epoch, silent }: { readonly epoch: number; readonly silent: readonly NodeId[] },
): Effect[] {
  doubt.epoch = epoch;
  doubt.round = null;
  doubt.up = doubt.up.filter((node) => node === state.self || !silent.includes(node));
  const leader = coordinatorOf(doubt, epoch);
  const force = forceStanding(tx, doubt, 'epoch');
  if (leader === state.self) return [force, ...lead(rules, state, tx, doubt)];
  return [
    force,
    send(leader, { word: 'elect', about: tx, epoch }),
    ...wait(tx, doubt, 'termination', backOff(state.electionMs, rules.needsQuorum ? doubt.retries - 1 : 0)),
  ];
}

function elected(
  rules: Rules,
  state: ParticipantState,
  from: NodeId,
  { about: tx, epoch }: { about: TxId; epoch: number },
): Effect[] {
  const doubt = state.inDoubt.get(tx);
  if (!doubt) return tell(state, from, { about: tx, epoch: 0 });
  if (epoch <= doubt.epoch || coordinatorOf(doubt, epoch) !== state.self || isOutside(rules, doubt)) return [];
  return enter(rules, state, tx, doubt, { epoch, silent: [doubt.coordinator] });
}

function lead(rules: Rules, state: ParticipantState, tx: TxId, doubt: Doubt): Effect[] {
  const { epoch } = doubt;
  const asked = sitesOf(rules, state, doubt).filter((node) => node !== state.self);
  doubt.round = { asked, answers: { [state.self]: siteOf(doubt) }, move: null };
  return [
    { do: 'tell', note: { word: 'elected', about: tx, coordinator: state.self, epoch }, urgent: true },
    ...asked.map((to) => send(to, { word: 'state-request', about: tx, epoch })),
    ...(asked.length === 0 ? judge(rules, state, tx, doubt, doubt.round) : wait(tx, doubt, 'states', state.electionMs)),
  ];
}

function asked(
  rules: Rules,
  state: ParticipantState,
  from: NodeId,
  { about: tx, epoch }: { about: TxId; epoch: number },
): Effect[] {
  const doubt = state.inDoubt.get(tx);
  if (!doubt) return tell(state, from, { about: tx, epoch });
  if (epoch < doubt.epoch || coordinatorOf(doubt, epoch) !== from || from === state.self) return [];
  const isNew = epoch > doubt.epoch;
  if (isNew) Object.assign(doubt, { epoch, round: null, up: doubt.up.filter((node) => node !== doubt.coordinator) });
  return [
    ...(isNew ? [forceStanding(tx, doubt, 'epoch')] : []),
    ...tell(state, from, { about: tx, epoch }),
    // It listens to this coordinator for as long as a round may take.
    ...(isOutside(rules, doubt) ? [] : wait(tx, doubt, 'termination', 2 * state.electionMs)),
  ];
}

function answered(rules: Rules, state: ParticipantState, from: NodeId, message: Answer): Effect[] {
  const { about: tx, epoch } = message;
  const doubt = state.inDoubt.get(tx);
  if (!doubt) return [];
  const { round } = doubt;
  const isDecided = message.phase === 'committed' || message.phase === 'aborted';
  if (round && !round.move && epoch === doubt.epoch && round.asked.includes(from)) {
    round.answers[from] = siteIn(message);
    const isWhole = round.asked.every((node) => node in round.answers);
    return isDecided || isWhole ? judge(rules, state, tx, doubt, round) : [];
  }
  // A decision is a fact, whoever asked for it and however late it comes.
  return isDecided ? rules.decide(state, tx, message.phase === 'committed' ? 'commit' : 'abort') : [];
}

function judge(rules: Rules, state: ParticipantState, tx: TxId, doubt: Doubt, round: Round): Effect[] {
  const sites = Object.values(round.answers);
  const ruling = rules.needsQuorum ? ruleOfQuorum(sites, quorumOf(rules, state, doubt)) : ruleOfAll(sites);
  switch (ruling.do) {
    case 'commit':
    case 'abort':
      return conclude(rules, state, tx, doubt, { decision: ruling.do, rule: ruling.rule });
    case 'precommit':
      return moveAll(rules, state, tx, doubt, round, { decision: 'commit', rule: ruling.rule });
    case 'preabort':
      return moveAll(rules, state, tx, doubt, round, { decision: 'abort', rule: ruling.rule });
    case 'wait':
      return tryLater(state, tx, doubt);
  }
}

/** Nobody decides while a site that lives could still not: first those move that have not. */
function moveAll(
  rules: Rules,
  state: ParticipantState,
  tx: TxId,
  doubt: Doubt,
  round: Round,
  end: { readonly decision: Decision; readonly rule: string },
): Effect[] {
  const word = end.decision === 'commit' ? 'precommit' : 'preabort';
  const { epoch } = doubt;
  const answered = round.asked.filter((node) => node in round.answers);
  const awaited = rules.needsQuorum ? round.asked : answered.filter((node) => isBehind(round.answers[node]));
  if (!rules.needsQuorum)
    doubt.up = [state.self, ...answered.filter((node) => round.answers[node]?.recovered === false)];
  round.move = { ...end, awaited, acks: [state.self] };
  move(doubt, word === 'precommit' ? 'precommitted' : 'preaborted', epoch);
  return [
    forceStanding(tx, doubt, word),
    ...awaited.map((to) => send(to, { word, about: tx, epoch })),
    ...(isEnough(rules, state, doubt, round)
      ? conclude(rules, state, tx, doubt, end)
      : wait(tx, doubt, 'acks', state.electionMs)),
  ];
}

function acknowledged(rules: Rules, state: ParticipantState, from: NodeId, { about: tx, epoch }: Ack): Effect[] {
  const doubt = state.inDoubt.get(tx);
  const round = doubt?.round;
  if (!doubt || !round?.move || epoch !== doubt.epoch) return [];
  if (!round.move.awaited.includes(from) || round.move.acks.includes(from)) return [];
  round.move.acks.push(from);
  return isEnough(rules, state, doubt, round) ? conclude(rules, state, tx, doubt, round.move) : [];
}

function isEnough(rules: Rules, state: ParticipantState, doubt: Doubt, { move: made }: Round): boolean {
  if (!made) return false;
  if (rules.needsQuorum) return made.acks.length >= quorumOf(rules, state, doubt);
  return made.awaited.every((node) => made.acks.includes(node));
}

function roundExpired(rules: Rules, state: ParticipantState, tx: TxId): Effect[] {
  const doubt = state.inDoubt.get(tx);
  if (!doubt?.round) return [];
  if (!doubt.round.move) return judge(rules, state, tx, doubt, doubt.round);
  // Silent means failed, where time can be trusted; elsewhere it means nothing.
  return rules.needsQuorum ? tryLater(state, tx, doubt) : conclude(rules, state, tx, doubt, doubt.round.move);
}

function tryLater(state: ParticipantState, tx: TxId, doubt: Doubt): Effect[] {
  doubt.round = null;
  return wait(tx, doubt, 'termination', backOff(state.electionMs, doubt.retries));
}

function conclude(
  rules: Rules,
  state: ParticipantState,
  tx: TxId,
  doubt: Doubt,
  { decision, rule }: { readonly decision: Decision; readonly rule: string },
): Effect[] {
  const { epoch, coordinator, participants } = doubt;
  const others = [...participants, ...(rules.needsQuorum ? [coordinator] : [])].filter((node) => node !== state.self);
  return [
    { do: 'tell', note: { word: 'terminated', about: tx, decision, epoch, rule }, urgent: true },
    ...rules.decide(state, tx, decision),
    ...others.map((to) => send(to, { word: decision, about: tx, epoch })),
  ];
}

function sitesOf(
  rules: Rules,
  { coordinatorVotes }: ParticipantState,
  { coordinator, participants }: Doubt,
): readonly NodeId[] {
  return rules.needsQuorum && coordinatorVotes ? [...participants, coordinator] : participants;
}

function quorumOf(rules: Rules, state: ParticipantState, doubt: Doubt): number {
  return majorityOf(sitesOf(rules, state, doubt).length);
}

/** A site that was down has missed what the others did: without quorums it neither leads nor counts. */
function isOutside(rules: Rules, { recovered }: Doubt): boolean {
  return recovered && !rules.needsQuorum;
}

export function majorityOf(sites: number): number {
  return Math.floor(sites / 2) + 1;
}

export function tell(
  state: ParticipantState,
  to: NodeId,
  of: { readonly about: TxId; readonly epoch: number },
): Effect[] {
  const { first, site } = account(state, of.about);
  return [...first, send(to, { word: 'state', ...of, ...site })];
}

export function siteIn({ phase, attempt, recovered, up }: Answer): SiteState {
  return { phase, attempt, recovered, up };
}

function isBehind(site: SiteState | undefined): boolean {
  return site?.phase === 'waiting' && !site.recovered;
}
