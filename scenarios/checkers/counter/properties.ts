// What must be true of counters under a lock.

import type { WorkloadProperty } from '../judging.ts';
import { counting } from './counting.ts';

export const COUNTER_PROPERTIES = {
  counting: {
    means: 'a counter says as many as were written to it, and whoever was told that it wrote is among them',
    kind: 'safety',
    families: ['lock', 'guard'],
    needs: ['exclusion-effect'],
    checker: counting,
  },
} satisfies Readonly<Record<string, WorkloadProperty>>;
