// A machine from what it does at each kind of input. What it leaves out changes nothing.

import { unreachable } from '../contract/invariant.ts';
import type { Effect, Input, Machine, Setup } from '../contract/machine.ts';
import type { Message } from '../contract/messages.ts';

type InputOf<Kind extends Input['kind']> = Extract<Input, { readonly kind: Kind }>;
type Heard<Said> = Omit<InputOf<'received'>, 'message'> & { readonly message: Said };

/** `Said` are the messages that this role hears: the host lets no others through. */
export interface Reactions<State, Said extends Message = Message> {
  readonly started: (state: State, input: InputOf<'started'>) => Effect[];
  readonly received?: (state: State, input: Heard<Said>) => Effect[];
  readonly asked?: (state: State, input: InputOf<'asked'>) => Effect[];
  readonly answered?: (state: State, input: InputOf<'answered'>) => Effect[];
  readonly expired?: (state: State, input: InputOf<'expired'>) => Effect[];
}

export function reactTo<State, Said extends Message>(
  reactions: Reactions<State, Said>,
): (state: State, input: Input) => Effect[] {
  const { started, received, asked, answered, expired } = reactions;
  return (state, input) => {
    switch (input.kind) {
      case 'started':
        return started(state, input);
      case 'received':
        return received?.(state, input as Heard<Said>) ?? [];
      case 'asked':
        return asked?.(state, input) ?? [];
      case 'answered':
        return answered?.(state, input) ?? [];
      case 'expired':
        return expired?.(state, input) ?? [];
      default:
        return unreachable(input);
    }
  };
}

export function machineOf<State, Said extends Message = Message>(
  initial: (setup: Setup) => State,
  reactions: Reactions<State, Said>,
): Machine<State> {
  return { initial, next: reactTo(reactions) };
}
