// Schedules without time, of transfers between banks: whatever may happen on the stage, in any order.

import fc from 'fast-check';
import { expect } from 'vitest';
import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { nodeId, opId } from '../../nodes/contract/ids.ts';
import { ACCOUNTS, castBanks, openingOf, transfer, TRANSFERS } from './bank-theatre.ts';
import { Chronicle } from './chronicle.ts';
import { fromDisk, throughJson } from './plain-data.ts';
import { heldLocks, type LockTable } from '../../nodes/protocols/lock-table.ts';
import { txsIn } from './txs-in.ts';
import type { Property } from '../../nodes/contract/properties.ts';
import type { Cast } from './bank-theatre.ts';
import type { Bank, Transfer } from '../../nodes/workloads/transfers.ts';
import type { SealedContent } from '../../nodes/contract/workload.ts';
import type { TxSet } from '../../nodes/protocols/tx-set.ts';
import type { Effect, Input, SealedState } from '../../nodes/contract/machine.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import { comeToRest, MOVES, NODES, play, timelessFindings, type Move, type Stage } from './stage-moves.ts';
import { Theatre } from './theatre.ts';

interface Transferring {
  readonly do: 'transfer';
  readonly amount: number;
  readonly looks: 'nowhere' | 'here' | 'everywhere';
}

const action: fc.Arbitrary<Transferring | Move> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('transfer' as const),
      amount: fc.integer({ min: 1, max: 60 }),
      looks: fc.constantFrom('nowhere' as const, 'nowhere' as const, 'here' as const, 'everywhere' as const),
    }),
  },
  ...MOVES,
);

function act(stage: Stage, given: Transferring | Move, step: number): void {
  const { theatre, nodes } = stage;
  if (given.do !== 'transfer') play(stage, given);
  else if (theatre.isUp('coordinator'))
    theatre.ask('coordinator', `${given.looks}-${step}`, requestOf(given, nodes, step % 2 === 0 ? 'a' : 'b'));
}

/** A transfer between all banks, one inside of the first that looks at the second, or one that only looks at both. */
function requestOf({ amount, looks }: Transferring, nodes: readonly string[], account: string): Transfer {
  if (looks === 'nowhere') return betweenAll(nodes, amount, account);
  const plain = transfer(looks === 'here' ? amount : 0, { from: account, to: account });
  if (looks === 'everywhere') return plain;
  return { ...plain, to: { ...plain.from, account: account === 'a' ? 'b' : 'a' }, reads: [plain.to] };
}

/** Even amounts are paid by the first bank to each other one, odd ones by each other one to the first. */
function betweenAll([, , ...payees]: readonly string[], amount: number, account: string): Transfer {
  const first = transfer(amount, { from: account, to: account });
  const moves = [first, ...payees.slice(1).map((bank) => ({ ...first, to: { bank: nodeId(bank), account } }))];
  const [move = first, ...more] = moves.map(({ from, to }) =>
    amount % 2 === 0 || moves.length === 1 ? { from, to, amount } : { from: to, to: from, amount },
  );
  return { word: 'transfer', ...move, ...(more.length > 0 && { more }) };
}

interface Schedules {
  readonly numRuns: number;
  readonly votesRead?: boolean;
  /** With more than two, money moves between all of them. */
  readonly participants?: number;
}

/** Plays any actions; then everything comes to rest with {@link expectOneOutcome}. */
export function expectOneOutcomeUnderAnySchedule(
  protocol: string,
  { numRuns, votesRead = false, participants = 2 }: Schedules,
): void {
  fc.assert(
    fc.property(schedule, (actions) => {
      const { theatre, findings } = judged(actions, { protocol, participants });
      expectOneOutcome(theatre, { participants, votesRead });
      expect(findings.filter(({ judgement }) => judgement === 'violated' || judgement === 'unknown')).toEqual([]);
    }),
    { numRuns },
  );
}

/** What the checkers find broken, over so many schedules, in a protocol whose participants have an error planted in them. */
export function violatedUnderSchedules({
  numRuns,
  ...cast
}: Required<Pick<Cast, 'protocol' | 'plant'>> & { readonly numRuns: number }): ReadonlySet<Property> {
  const findings = fc.sample(schedule, { numRuns, seed: 1 }).flatMap((actions) => judged(actions, cast).findings);
  return new Set(findings.flatMap(({ property, judgement }) => (judgement === 'violated' ? [property] : [])));
}

/** Plays the actions, lets everything come to rest, asks for each account once more, and has the checkers read the history of it. */
function judged(
  actions: readonly (Transferring | Move)[],
  { participants = 2, ...cast }: Required<Pick<Cast, 'protocol'>> & Cast,
) {
  const banks = banksOf(participants);
  const nodes = ['coordinator', ...banks];
  const opening = Object.fromEntries(banks.map((bank) => [bank, ACCOUNTS]));
  const chronicle = new Chronicle(cast.protocol, opening);
  const theatre = new Theatre(chronicle);
  const stage = { theatre, nodes };
  castBanks(theatre, { ...cast, participants });
  actions.forEach((given, step) => act(stage, given, step));
  comeToRest(stage);
  chronicle.lab({ kind: 'phase', phase: 'probing' });
  for (const account of Object.keys(ACCOUNTS))
    theatre.ask('coordinator', `nowhere-probe-${account}`, betweenAll(nodes, 1, account));
  comeToRest(stage);
  chronicle.lab({ kind: 'phase', phase: 'settled' });
  for (const node of nodes) theatre.ask(node, `dump-${node}`, { word: 'dump' });
  chronicle.lab({ kind: 'ended', why: 'complete' });
  for (const node of nodes) chronicle.logged(nodeId(node), 'end', theatre.log(node));
  return { theatre, findings: timelessFindings(chronicle.history()) };
}

const schedule = fc.array(action, { minLength: 10, maxLength: 120 });
const banksOf = (participants: number) =>
  Array.from({ length: participants }, (_, index) => `participant-${index + 1}`);

/** What a participant guards, where it is a bank. */
export function bankIn({ content }: { readonly content: SealedContent }): Bank {
  return content as unknown as Bank;
}

interface Participant {
  readonly content: SealedContent;
  readonly locks: LockTable;
  readonly inDoubt: ReadonlyMap<string, unknown>;
  readonly committed: TxSet;
}

/**
 * Nobody is in doubt, all banks committed the same, no money came or went, and clients were told the truth. Where participants vote `read`,
 * only the first bank knows the end of a transfer that merely looks at the second, and none the end of one that changes nothing. What is only
 * between the first two is not known to the others.
 */
function expectOneOutcome(
  theatre: Theatre,
  { participants, votesRead }: Required<Pick<Schedules, 'participants' | 'votesRead'>>,
): void {
  const states = banksOf(participants).map((node) => theatre.state(node) as unknown as Participant);
  for (const { inDoubt, locks } of states)
    expect({ inDoubt: inDoubt.size, locks }).toEqual({ inDoubt: 0, locks: new Map() });
  const isKnownToAll = (tx: string) => (!votesRead && participants === 2) || opOf(theatre, tx).startsWith('nowhere');
  const [one = [], ...others] = states.map(({ committed }) => txsIn(committed).toSorted());
  for (const other of others) expect(one.filter(isKnownToAll)).toEqual(other.filter(isKnownToAll));
  const balances = states.flatMap((state) => [...bankIn(state).values()]).map(({ balance }) => balance);
  expect(balances.every((balance) => balance >= 0)).toBe(true);
  expect(balances.reduce((sum, balance) => sum + balance, 0)).toBe(200 * participants);
  for (const { op, answer } of theatre.answers) {
    const { about: tx } = answer as unknown as { about: string };
    const isOnlyLook = votesRead && op.startsWith('everywhere');
    if (answer.word === 'ok' && !isOnlyLook) expect(one, `${op} was answered ok`).toContain(tx);
    if (answer.word === 'failed') expect(one).not.toContain(tx);
  }
}

function opOf(theatre: Theatre, tx: string): string {
  const began = theatre.told.find((note) => note.word === 'began' && note.about === tx);
  return began?.word === 'began' ? began.op : '';
}

/** Transactions of two lives of the coordinator, and what is none. */
export const anyTx = fc.constantFrom('coordinator.1.1', 'coordinator.1.2', 'coordinator.2.1', 'nonsense');
export const anyNode = fc.constantFrom(...NODES, 'client', 'stranger').map(nodeId);
export const anyChange = fc.record({
  account: fc.constantFrom('a', 'b', 'nowhere'),
  delta: fc.integer({ min: -150, max: 150 }),
});

/** Anything that may reach a node of this role: messages and timers from these, requests, and answers to nothing. */
export function anyInput(
  role: string,
  { messages, timers }: { readonly messages: fc.Arbitrary<unknown>; readonly timers: readonly string[] },
): fc.Arbitrary<Input> {
  const requests = role === 'coordinator' ? [{ word: 'dump' }, transfer(1), transfer(500)] : [{ word: 'dump' }];
  const fromAnybody = { by: anyNode, op: fc.constant(opId('op')) };
  const received = fc.record({ kind: fc.constant('received'), from: anyNode, message: messages });
  const expired = fc.record({
    kind: fc.constant('expired'),
    timer: fc.record({ word: fc.constantFrom(...timers, 'else'), about: anyTx }),
  });
  const asked = fc.record({ kind: fc.constant('asked'), ...fromAnybody, request: fc.constantFrom(...requests) });
  const answered = fc.record({
    kind: fc.constant('answered'),
    ...fromAnybody,
    reply: fc.constant({ kind: 'lost' }),
  });
  return fc.oneof(
    { weight: 6, arbitrary: received },
    { weight: 2, arbitrary: expired },
    { weight: 1, arbitrary: asked },
    { weight: 1, arbitrary: answered },
  ) as unknown as fc.Arbitrary<Input>;
}

export interface Lives {
  readonly first: SealedState;
  /** The same node after a restart, from the first one's log. */
  readonly second: SealedState;
  readonly recovery: readonly Effect[];
}

/** One node of a role through any inputs, and its next life. Its state must stay plain data. */
export function twoLives(protocol: string, role: string, inputs: readonly Input[]): Lives {
  const machine = findProtocol(protocol)?.roles[role]?.machine(TRANSFERS);
  if (!machine) throw new Error(role);
  const setup = {
    self: nodeId(role === 'coordinator' ? role : 'participant-1'),
    nodes: NODES.map(nodeId),
    seed: 1,
    timeouts: {},
    ...openingOf(['participant-1']),
    options: {},
  };
  const first = machine.initial(setup);
  const log: LogRecord[] = [];
  for (const input of [{ kind: 'started', log: [], incarnation: 1, at: 0 } as Input, ...inputs]) {
    for (const effect of machine.next(first, input))
      if (effect.do === 'force' || effect.do === 'append') log.push(effect.record);
  }
  expect(throughJson(first)).toEqual(first);
  const second = machine.initial(setup);
  return {
    first,
    second,
    recovery: machine.next(second, { kind: 'started', log: fromDisk(log), incarnation: 2, at: 0 }),
  };
}

/** No overdraft, and every lock is somebody's who is in doubt. */
export function expectSoundBank({ content, locks, inDoubt }: Participant): void {
  expect([...bankIn({ content }).values()].every(({ balance }) => balance >= 0)).toBe(true);
  expect(heldLocks(locks).every(({ by }) => inDoubt.has(by))).toBe(true);
}
