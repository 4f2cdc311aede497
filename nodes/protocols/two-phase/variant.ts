// What the variants of two-phase commit differ in: which records are forced, who acknowledges, what silence means, and whom a
// participant in doubt may ask. Mohan, Lindsay, Obermarck, "Transaction Management in the R* Distributed Database Management
// System", TODS 11(4), 1986; Lampson, Lomet, "A New Presumed Commit Optimization", VLDB 1993.

import type { Decision } from '../../contract/ids.ts';

export interface Variant {
  /** What a coordinator answers about a transaction that neither its memory nor its log knows. */
  readonly presumes: Decision;
  /** Before the first prepare the coordinator forces who takes part (presumed commit, or silence would mean commit too early). */
  readonly forcesCollecting: boolean;
  /** How the coordinator writes an abort down. A commit is always forced. */
  readonly abortRecord: 'none' | 'append' | 'force';
  /** Decisions that participants force and then acknowledge, and that the coordinator remembers until all have. */
  readonly acknowledges: Readonly<Record<Decision, boolean>>;
  /** A participant whose part changes nothing votes read, keeps neither record nor lock, and is left out of the second phase. */
  readonly votesRead: boolean;
  /** Cooperative termination: a participant in doubt asks the other participants, too. */
  readonly asksPeers: boolean;
}

/** No record, no acknowledgement for an abort: whoever asks about an unknown transaction hears abort. */
export const presumedAbort: Variant = {
  presumes: 'abort',
  forcesCollecting: false,
  abortRecord: 'none',
  acknowledges: { commit: true, abort: false },
  votesRead: true,
  asksPeers: false,
};

/** The basic protocol: both decisions are forced and acknowledged. */
export const presumedNothing: Variant = {
  presumes: 'abort',
  forcesCollecting: false,
  abortRecord: 'force',
  acknowledges: { commit: true, abort: true },
  votesRead: false,
  asksPeers: false,
};

/** No acknowledgement for a commit. A collecting record without a decision means abort, so the abort itself need not be forced. */
export const presumedCommit: Variant = {
  presumes: 'commit',
  forcesCollecting: true,
  abortRecord: 'append',
  acknowledges: { commit: false, abort: true },
  votesRead: true,
  asksPeers: false,
};

/** Presumed abort with cooperative termination (Bernstein, Hadzilacos, Goodman 1987, section 7.4). */
export const cooperative: Variant = { ...presumedAbort, asksPeers: true };
