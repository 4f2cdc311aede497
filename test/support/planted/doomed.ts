// Participants that come to a bad end in the middle of their work.

import { heard, twisted, type Plant } from './twist.ts';

/** At its 30th prepare it does this instead of anything that it ought to do. */
function doomed(deed: () => void): Plant {
  const participant = twisted<unknown>(() => {
    let prepares = 0;
    return (state, input, { next }) => {
      if (heard(input, 'prepare') && ++prepares === 30) deed();
      return next(state, input);
    };
  });
  return { roles: { participant } };
}

export const DOOMED_PLANTS = {
  'it crashes': doomed(() => {
    throw new Error('planted: the books do not balance');
  }),
  'it babbles': doomed(() => void process.stdout.write('null\n')),
  'it hoards': doomed(() => {
    const hoard: unknown[] = [];
    for (;;) hoard.push(new Uint8Array(16_777_216).fill(1));
  }),
} as const satisfies Readonly<Record<string, Plant>>;
