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

/** `decide` ends the doubt at this site. */
export function createElection(
  { needsQuorum }: Variant,
  decide: (state: ParticipantState, tx: TxId, decision: Decision) => Effect[],
): Election {
  function next(state: ParticipantState, tx: TxId): Effect[] {
    const doubt = state.inDoubt.get(tx);
    if (!doubt) return [];
    doubt.retries++;
    const silent = coordinatorOf(doubt, doubt.epoch);
    return enter(state, tx, doubt, { epoch: doubt.epoch + 1, silent: [silent] });
  }

  /** The epoch is durable before anybody hears of it. */
  function enter(
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
    if (leader === state.self) return [force, ...lead(state, tx, doubt)];
    return [
      force,
      send(leader, { word: 'elect', about: tx, epoch }),
      ...wait(tx, doubt, 'termination', backOff(state.electionMs, needsQuorum ? doubt.retries - 1 : 0)),
    ];
  }

  function elected(
    state: ParticipantState,
    from: NodeId,
    { about: tx, epoch }: { about: TxId; epoch: number },
  ): Effect[] {
    const doubt = state.inDoubt.get(tx);
    if (!doubt) return tell(state, from, { about: tx, epoch: 0 });
    if (epoch <= doubt.epoch || coordinatorOf(doubt, epoch) !== state.self || isOutside(doubt)) return [];
    return enter(state, tx, doubt, { epoch, silent: [doubt.coordinator] });
  }

  function lead(state: ParticipantState, tx: TxId, doubt: Doubt): Effect[] {
    const { epoch } = doubt;
    const asked = sitesOf(state, doubt).filter((node) => node !== state.self);
    doubt.round = { asked, answers: { [state.self]: siteOf(doubt) }, move: null };
    return [
      { do: 'tell', note: { word: 'elected', about: tx, coordinator: state.self, epoch }, urgent: true },
      ...asked.map((to) => send(to, { word: 'state-request', about: tx, epoch })),
      ...(asked.length === 0 ? judge(state, tx, doubt, doubt.round) : wait(tx, doubt, 'states', state.electionMs)),
    ];
  }

  function asked(
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
      ...(isOutside(doubt) ? [] : wait(tx, doubt, 'termination', 2 * state.electionMs)),
    ];
  }

  function answered(state: ParticipantState, from: NodeId, message: Answer): Effect[] {
    const { about: tx, epoch } = message;
    const doubt = state.inDoubt.get(tx);
    if (!doubt) return [];
    const { round } = doubt;
    const isDecided = message.phase === 'committed' || message.phase === 'aborted';
    if (round && !round.move && epoch === doubt.epoch && round.asked.includes(from)) {
      round.answers[from] = siteIn(message);
      const isWhole = round.asked.every((node) => node in round.answers);
      return isDecided || isWhole ? judge(state, tx, doubt, round) : [];
    }
    // A decision is a fact, whoever asked for it and however late it comes.
    return isDecided ? decide(state, tx, message.phase === 'committed' ? 'commit' : 'abort') : [];
  }

  function judge(state: ParticipantState, tx: TxId, doubt: Doubt, round: Round): Effect[] {
    const sites = Object.values(round.answers);
    const ruling = needsQuorum ? ruleOfQuorum(sites, quorumOf(state, doubt)) : ruleOfAll(sites);
    switch (ruling.do) {
      case 'commit':
      case 'abort':
        return conclude(state, tx, doubt, { decision: ruling.do, rule: ruling.rule });
      case 'precommit':
        return moveAll(state, tx, doubt, round, { decision: 'commit', rule: ruling.rule });
      case 'preabort':
        return moveAll(state, tx, doubt, round, { decision: 'abort', rule: ruling.rule });
      case 'wait':
        return tryLater(state, tx, doubt);
    }
  }

  /** Nobody decides while a site that lives could still not: first those move that have not. */
  function moveAll(
    state: ParticipantState,
    tx: TxId,
    doubt: Doubt,
    round: Round,
    end: { readonly decision: Decision; readonly rule: string },
  ): Effect[] {
    const word = end.decision === 'commit' ? 'precommit' : 'preabort';
    const { epoch } = doubt;
    const answered = round.asked.filter((node) => node in round.answers);
    const awaited = needsQuorum ? round.asked : answered.filter((node) => isBehind(round.answers[node]));
    if (!needsQuorum) doubt.up = [state.self, ...answered.filter((node) => round.answers[node]?.recovered === false)];
    round.move = { ...end, awaited, acks: [state.self] };
    move(doubt, word === 'precommit' ? 'precommitted' : 'preaborted', epoch);
    return [
      forceStanding(tx, doubt, word),
      ...awaited.map((to) => send(to, { word, about: tx, epoch })),
      ...(isEnough(state, doubt, round) ? conclude(state, tx, doubt, end) : wait(tx, doubt, 'acks', state.electionMs)),
    ];
  }

  function acknowledged(state: ParticipantState, from: NodeId, { about: tx, epoch }: Ack): Effect[] {
    const doubt = state.inDoubt.get(tx);
    const round = doubt?.round;
    if (!doubt || !round?.move || epoch !== doubt.epoch) return [];
    if (!round.move.awaited.includes(from) || round.move.acks.includes(from)) return [];
    round.move.acks.push(from);
    return isEnough(state, doubt, round) ? conclude(state, tx, doubt, round.move) : [];
  }

  function isEnough(state: ParticipantState, doubt: Doubt, { move: made }: Round): boolean {
    if (!made) return false;
    if (needsQuorum) return made.acks.length >= quorumOf(state, doubt);
    return made.awaited.every((node) => made.acks.includes(node));
  }

  function roundExpired(state: ParticipantState, tx: TxId): Effect[] {
    const doubt = state.inDoubt.get(tx);
    if (!doubt?.round) return [];
    if (!doubt.round.move) return judge(state, tx, doubt, doubt.round);
    // Silent means failed, where time can be trusted; elsewhere it means nothing.
    return needsQuorum ? tryLater(state, tx, doubt) : conclude(state, tx, doubt, doubt.round.move);
  }

  function tryLater(state: ParticipantState, tx: TxId, doubt: Doubt): Effect[] {
    doubt.round = null;
    return wait(tx, doubt, 'termination', backOff(state.electionMs, doubt.retries));
  }

  function conclude(
    state: ParticipantState,
    tx: TxId,
    doubt: Doubt,
    { decision, rule }: { readonly decision: Decision; readonly rule: string },
  ): Effect[] {
    const { epoch, coordinator, participants } = doubt;
    const others = [...participants, ...(needsQuorum ? [coordinator] : [])].filter((node) => node !== state.self);
    return [
      { do: 'tell', note: { word: 'terminated', about: tx, decision, epoch, rule }, urgent: true },
      ...decide(state, tx, decision),
      ...others.map((to) => send(to, { word: decision, about: tx, epoch })),
    ];
  }

  function sitesOf({ coordinatorVotes }: ParticipantState, { coordinator, participants }: Doubt): readonly NodeId[] {
    return needsQuorum && coordinatorVotes ? [...participants, coordinator] : participants;
  }

  function quorumOf(state: ParticipantState, doubt: Doubt): number {
    return majorityOf(sitesOf(state, doubt).length);
  }

  /** A site that was down has missed what the others did: without quorums it neither leads nor counts. */
  function isOutside({ recovered }: Doubt): boolean {
    return recovered && !needsQuorum;
  }

  return { next, elected, asked, answered, acknowledged, roundExpired };
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
