// What must be true of transfers.

import type { WorkloadProperty } from '../judging.ts';
import { conservation } from './conservation.ts';
import { journal } from './journal.ts';

export const TRANSFER_PROPERTIES = {
  journal: {
    means: 'every transfer stands in the journals of all its accounts once, or in none, as its client was told',
    kind: 'safety',
    needs: ['atomicity', 'durability'],
    checker: journal,
  },
  conservation: {
    means: 'no money appears or disappears, and no balance is negative',
    kind: 'safety',
    needs: ['atomicity', 'durability'],
    checker: conservation,
  },
} satisfies Readonly<Record<string, WorkloadProperty>>;
