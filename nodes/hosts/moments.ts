// Before and after which step of its node an effect or an input stands.

import { unreachable } from '../contract/invariant.ts';
import { LAB } from '../contract/machine.ts';
import type { Arrival, Effect } from '../contract/machine.ts';
import type { Request } from '../contract/messages.ts';
import type { Gap, ReachedGap } from '../contract/step.ts';

/** A gap that a node is about to reach or has just reached, and what it is about; null where no step can be. */
export type Reached = { readonly moment: ReachedGap; readonly about: string | null } | null;

export function momentOf(when: Gap['when'], effects: readonly Effect[], index: number): Reached {
  const effect = effects[index];
  switch (effect?.do) {
    case 'force':
    case 'append':
      return { moment: { when, verb: effect.do, word: effect.record.word }, about: effect.record.about };
    case 'send': {
      const { to: peer, message } = effect;
      return {
        moment: { when, verb: 'send', word: message.word, message, peer, place: placeOf(when, effects, index) },
        about: message.about,
      };
    }
    case 'ask':
      return {
        moment: { when, verb: 'ask', word: effect.request.word, peer: effect.to, place: placeOf(when, effects, index) },
        about: effect.request.about ?? effect.op,
      };
    case 'answer':
      return effect.to === LAB
        ? null
        : { moment: { when, verb: 'answer', word: effect.answer.word, peer: effect.to }, about: effect.op };
    case undefined:
    case 'arm':
    case 'disarm':
    case 'tell':
      return null;
    default:
      return unreachable(effect);
  }
}

/**
 * The place of a send or an ask in its broadcast: among those of the same word and subject. Who sends each message twice has sent it to its
 * first peer, or has yet to send it to its last, as one who sends it once.
 */
function placeOf(when: Gap['when'], effects: readonly Effect[], index: number): NonNullable<ReachedGap['place']> {
  const own = broadcastOf(effects[index]);
  const alike = effects.flatMap((effect, at) =>
    (effect.do === 'send' || effect.do === 'ask') && broadcastOf(effect) === own ? [{ at, to: effect.to }] : [],
  );
  const isAt = (edge: (typeof alike)[number] | undefined) => {
    const same = alike.filter(({ to }) => to === edge?.to);
    return (when === 'before' ? same[0] : same.at(-1))?.at === index;
  };
  return { first: isAt(alike[0]), last: isAt(alike.at(-1)) };
}

function broadcastOf(effect: Effect | undefined): string | null {
  if (effect?.do === 'send') return `send ${effect.message.word} ${effect.message.about}`;
  return effect?.do === 'ask' ? `ask ${effect.request.word} ${effect.request.about ?? effect.op}` : null;
}

export function momentOfInput(when: Gap['when'], input: Arrival & { readonly asked?: Request }): Reached {
  switch (input.kind) {
    case 'received':
      return {
        moment: { when, verb: 'receive', word: input.message.word, message: input.message, peer: input.from },
        about: input.message.about,
      };
    case 'asked':
      return input.by === LAB
        ? null
        : { moment: { when, verb: 'receive', word: input.request.word, peer: input.by }, about: input.op };
    case 'answered':
      return {
        moment: { when, verb: 'receive', word: wordOfReply(input), peer: input.by },
        about: input.asked?.about ?? input.op,
      };
    case 'expired':
      return { moment: { when, verb: 'expire', word: input.timer.word }, about: input.timer.about };
    case 'started':
      return null;
    default:
      return unreachable(input);
  }
}

/** What a store has answered, by the word of its answer; or how the asking ended without one. */
export function wordOfReply({ reply }: Extract<Arrival, { kind: 'answered' }>): string {
  return reply.kind === 'answer' ? reply.answer.word : reply.kind;
}
