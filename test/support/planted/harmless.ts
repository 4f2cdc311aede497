// What no checker may complain about: a protocol that says less, or the same more often, and keeps every promise.

import { afterwards, isSend, twisted, type Plant } from './twist.ts';
import type { Effect } from '../../../nodes/contract/machine.ts';

const twice = (isTwice: (effect: Effect) => boolean) =>
  afterwards((effects) => effects.flatMap((effect) => (isTwice(effect) ? [effect, effect] : [effect])));

/** As from a network that duplicates. */
const heardTwice = twisted<unknown>(() => (state, input, { next }) => [
  ...next(state, input),
  ...(input.kind === 'received' ? next(state, input) : []),
]);

/** To whom it says a thing first is its own affair. */
const inAnotherOrder = afterwards((effects) => {
  const sends = effects.filter((effect) => effect.do === 'send');
  return effects.map((effect) => (effect.do === 'send' ? (sends.pop() ?? effect) : effect));
});

const everywhere = (wrap: ReturnType<typeof twisted>): Plant => ({
  roles: { coordinator: wrap, participant: wrap },
});

export const HARMLESS_PLANTS = {
  'a no without a note': {
    roles: {
      participant: afterwards((effects) =>
        effects.filter((effect) => effect.do !== 'tell' || effect.note.word !== 'refused'),
      ),
    },
  },
  'prepares sent twice': { roles: { coordinator: twice((effect) => isSend(effect, 'prepare')) } },
  'inquiries twice as often': {
    roles: {
      participant: afterwards((effects) =>
        effects.map((effect) =>
          effect.do === 'arm' && effect.timer.word === 'inquiry' ? { ...effect, afterMs: effect.afterMs / 2 } : effect,
        ),
      ),
    },
  },
  'messages sent in another order': { roles: { coordinator: inAnotherOrder } },
  'every message heard twice': everywhere(heardTwice),
} as const satisfies Readonly<Record<string, Plant>>;
