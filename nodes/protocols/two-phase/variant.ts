// What the variants of two-phase commit differ in: which records are forced, who acknowledges, and what silence means.
// Mohan, Lindsay, Obermarck, "Transaction Management in the R* Distributed Database Management System", TODS 11(4), 1986.

import type { Decision } from '../../contract/ids.ts';

export interface Variant {
  /** What a coordinator answers about a transaction that neither its memory nor its log knows. */
  readonly presumes: Decision;
  /** Before the first prepare the coordinator forces who takes part (presumed commit, or silence would mean commit too early). */
  readonly forcesCollecting: boolean;
  /** How the coordinator writes an abort down. A commit is always forced. */
  readonly abortRecord: 'none' | 'force';
  /** Decisions that participants force and then acknowledge, and that the coordinator remembers until all have. */
  readonly acknowledges: Readonly<Record<Decision, boolean>>;
}

/** No record, no acknowledgement for an abort: whoever asks about an unknown transaction hears abort. */
export const presumedAbort: Variant = {
  presumes: 'abort',
  forcesCollecting: false,
  abortRecord: 'none',
  acknowledges: { commit: true, abort: false },
};
