// What must be true of customers and orders.

import type { WorkloadProperty } from '../judging.ts';
import { references } from './references.ts';

export const REFERENCE_PROPERTIES = {
  references: {
    means: 'no order is without its customer, at rest and after every commit',
    kind: 'safety',
    needs: ['atomicity', 'durability', 'isolation'],
    checker: references,
  },
} satisfies Readonly<Record<string, WorkloadProperty>>;
