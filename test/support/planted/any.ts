// Errors of any commit protocol: what sites guard, what checkpoints hold, what clients are told.

import { newStanding } from '../../../nodes/protocols/three-phase/termination.ts';
import { afterwards, type Plant } from './twist.ts';
import type { Effect } from '../../../nodes/contract/machine.ts';

/** A checkpoint without what this keeps no longer. */
function checkpointing(forget: (body: Record<string, unknown>) => Record<string, unknown>) {
  return afterwards((effects) =>
    effects.map((effect): Effect => {
      if (effect.do !== 'force' || effect.record.mark !== 'checkpoint') return effect;
      const body = forget(effect.record.body as Record<string, unknown>);
      return { ...effect, record: { ...effect.record, body } };
    }),
  );
}

const standsNowhere = checkpointing(({ inDoubt, ...body }) => ({
  ...body,
  inDoubt: Object.fromEntries(
    Object.entries(inDoubt as Record<string, object>).map(([about, doubt]) => [about, { ...doubt, ...newStanding() }]),
  ),
}));

const without = (name: string) => checkpointing((body) => ({ ...body, [name]: {} }));

/** To give up is to know nothing, and this client says it knows. */
const callsUnknownFailed = afterwards((effects) =>
  effects.map((effect): Effect =>
    effect.do === 'tell' && effect.note.word === 'completed' && effect.note.outcome === 'unknown'
      ? { ...effect, note: { ...effect.note, outcome: 'failed' } }
      : effect,
  ),
);

export const ANY_PLANTS = {
  'an overdraft is allowed': {
    resource: (honest) => ({
      ...honest,
      refusal: (content, part) => {
        const why = honest.refusal(content, part);
        return why?.reason === 'overdraft' ? null : why;
      },
    }),
  },
  'a checkpoint drops what is in doubt': { roles: { participant: without('inDoubt') } },
  'a checkpoint drops where a participant stands': { roles: { participant: standsNowhere } },
  'a checkpoint drops what was committed': { roles: { participant: without('committed') } },
  'a checkpoint drops what is refused for ever': { roles: { participant: without('tombstones') } },
  'a checkpoint drops what is open': { roles: { coordinator: without('open') } },
  'a checkpoint drops where the coordinator stands': { roles: { coordinator: without('standings') } },
  'a client that gives up calls it failed': { roles: { client: callsUnknownFailed } },
} as const satisfies Readonly<Record<string, Plant>>;
