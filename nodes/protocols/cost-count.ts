// Plays one operation through a protocol's own machines, without faults, clocks or disks, and counts what it costs: so that the numbers
// that txlab prints beside the published ones are counted, not remembered. A pure function; tests and runs have better stages.

import { opId } from '../contract/ids.ts';
import type { Cost, Protocol } from '../contract/protocol.ts';
import { sealWorkload } from '../contract/workload.ts';
import { transfers, type Transfer } from '../workloads/transfers.ts';
import type { NodeId } from '../contract/ids.ts';
import type { Effect, Input, Machine, SealedState } from '../contract/machine.ts';

export type Ending = 'commit' | 'abort' | 'readOnly';

/** Forced writes and messages of one transfer between two banks that ends so; null where the protocol does not get there by messages alone. */
export function rehearse(protocol: Protocol, ending: Ending): Cost | null {
  const actors = castOf(protocol, ending);
  const coordinator = [...actors.keys()][0];
  if (coordinator === undefined) return null;
  const letters: { readonly to: NodeId; readonly input: Input }[] = [];
  const cost = { forcedWrites: 0, messages: 0 };
  let answer: string | null = null;

  const request = transferOf(actors, ending);
  letters.push({ to: coordinator, input: { kind: 'asked', by: CLIENT, op: opId('op-1'), request, at: 0 } });
  for (let letter = letters.shift(); letter && cost.messages < MESSAGES_MAX; letter = letters.shift()) {
    const actor = actors.get(letter.to);
    for (const effect of actor?.machine.next(actor.state, letter.input) ?? []) count(letter.to, effect);
  }
  return answer === (ending === 'abort' ? 'failed' : 'ok') && letters.length === 0 ? cost : null;

  function count(from: NodeId, effect: Effect): void {
    if (effect.do === 'force') cost.forcedWrites++;
    if (effect.do === 'answer') answer = effect.answer.word;
    if (effect.do !== 'send') return;
    cost.messages++;
    letters.push({ to: effect.to, input: { kind: 'received', from, message: effect.message, at: 0 } });
  }
}

interface Actor {
  readonly role: string;
  readonly machine: Machine<SealedState>;
  readonly state: SealedState;
}

/** Everybody but the client, the one who is asked first; a role of which there may be many has two. */
function castOf({ roles, timeouts }: Protocol, ending: Ending): ReadonlyMap<NodeId, Actor> {
  const cast = Object.entries(roles)
    .filter(([role]) => role !== 'client')
    .flatMap(([role, { count, machine }]) =>
      (count === 'one' ? [role] : [`${role}-1`, `${role}-2`]).map((name) => ({ self: name as NodeId, role, machine })),
    );
  const nodes = cast.map(({ self }) => self);
  const giver = cast.find(({ role }) => role === 'participant')?.self;
  const opening = Object.fromEntries(
    nodes.map((node) => [node, { a: ending === 'abort' && node === giver ? 0 : AMOUNT }]),
  );
  const waits = Object.fromEntries(Object.entries(timeouts).map(([name, { ms }]) => [name, ms]));
  const workload = sealWorkload(transfers);
  const common = {
    nodes,
    seed: 1,
    timeouts: waits,
    workload: workload.name,
    initial: opening,
    params: null,
    options: {},
  };
  const actors = cast.map(({ self, role, machine: machineFor }) => {
    const machine = machineFor(workload);
    const state = machine.initial({ self, ...common });
    machine.next(state, { kind: 'started', log: [], incarnation: 1, at: 0 });
    return [self, { role, machine, state }] as const;
  });
  return new Map(actors);
}

function transferOf(actors: ReadonlyMap<NodeId, Actor>, ending: Ending): Transfer {
  const banks = [...actors].filter(([, { role }]) => role === 'participant').map(([node]) => node);
  const end = (bank: NodeId | undefined) => ({ bank: bank ?? CLIENT, account: 'a' });
  return { word: 'transfer', from: end(banks[0]), to: end(banks[1]), amount: ending === 'readOnly' ? 0 : AMOUNT };
}

const CLIENT = 'client' as NodeId;
const AMOUNT = 10;
const MESSAGES_MAX = 1000;
