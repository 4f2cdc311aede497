// How an error is planted: the machine of one role is the honest one with a twist around it, and what a site guards may be altered. The rest
// of the catalog stays as it is, and no source is touched.

import { PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import type { Effect, Input, Machine, SealedState } from '../../../nodes/contract/machine.ts';
import type { Message } from '../../../nodes/contract/messages.ts';
import type { Protocol, Role } from '../../../nodes/contract/protocol.ts';
import type { SealedWorkload } from '../../../nodes/contract/workload.ts';
import type { Guarded } from '../../../nodes/protocols/prepared.ts';

export interface Inner<State> {
  /** What the honest machine does. */
  readonly next: (state: State, input: Input) => readonly Effect[];
  readonly resource: Guarded;
}

export type Twist<State> = (state: State, input: Input, inner: Inner<State>) => readonly Effect[];

type Wrap = (honest: Machine<SealedState>, workload: SealedWorkload) => Machine<SealedState>;

/** By role. What it leaves out is honest. */
export interface Plant {
  readonly roles?: Readonly<Record<string, Wrap>>;
  readonly resource?: (honest: Guarded) => Guarded;
}

/** `State` is that of the role's machine, which is whoever plants to know. Each node has a twist of its own. */
export function twisted<State>(make: () => Twist<State>): Wrap {
  return (honest, { resource }) => {
    const twist = make();
    const { initial, next } = honest as unknown as Machine<State>;
    const machine: Machine<State> = { initial, next: (state, input) => twist(state, input, { next, resource }) };
    return machine as unknown as Machine<SealedState>;
  };
}

/** A twist that changes what comes out, whatever has come in. */
export function afterwards(change: (effects: readonly Effect[]) => readonly Effect[]): Wrap {
  return twisted<unknown>(
    () =>
      (state, input, { next }) =>
        change(next(state, input)),
  );
}

/** The message that has come in, if it is one of these words. */
export function heard<Said extends Message>(input: Input, word: Said['word']): Said | null {
  return input.kind === 'received' && input.message.word === word ? (input.message as Said) : null;
}

type Send = Extract<Effect, { readonly do: 'send' }>;

export function isSend(effect: Effect, ...words: readonly string[]): effect is Send {
  return effect.do === 'send' && words.includes(effect.message.word);
}

export function isRecord(
  effect: Effect,
  ...words: readonly string[]
): effect is Extract<Effect, { readonly do: 'append' | 'force' }> {
  return (effect.do === 'append' || effect.do === 'force') && words.includes(effect.record.word);
}

/** These first, the others after them, each in their order. */
export function first(effects: readonly Effect[], isFirst: (effect: Effect) => boolean): readonly Effect[] {
  return [...effects.filter(isFirst), ...effects.filter((effect) => !isFirst(effect))];
}

/** The name of the plant among the options of a plan, which every node is told. */
export const PLANTED = 'planted';

/** From now on each machine of the catalog is what the options of its plan say: planted, or honest where they say nothing. */
export function sow(plants: Readonly<Record<string, Plant>>): void {
  for (const protocol of PROTOCOLS as Protocol[]) {
    const roles = Object.entries(protocol.roles).map(([name, role]): [string, Role] => [
      name,
      { ...role, machine: (workload) => chosen(plants, { name, role, workload }) },
    ]);
    Object.assign(protocol, { roles: Object.fromEntries(roles) });
  }
}

function chosen(
  plants: Readonly<Record<string, Plant>>,
  { name, role, workload }: { readonly name: string; readonly role: Role; readonly workload: SealedWorkload },
): Machine<SealedState> {
  let machine = role.machine(workload);
  return {
    initial: (setup) => {
      const wanted = setup.options[PLANTED];
      const plant = typeof wanted === 'string' ? plants[wanted] : {};
      if (!plant) throw new Error(`nobody has planted ${String(wanted)}`);
      const guarded = plant.resource ? { ...workload, resource: plant.resource(workload.resource) } : workload;
      machine = role.machine(guarded);
      machine = plant.roles?.[name]?.(machine, guarded) ?? machine;
      return machine.initial(setup);
    },
    next: (state, input) => machine.next(state, input),
  };
}
