// Steps that do not come by themselves: what must happen before one is met. A fault at such a step is at the first of them where nothing is said.

import type { Gap } from '../../nodes/contract/step.ts';

/** What the step needs, as the end of "comes only …"; null where every transaction may meet it. */
export function needsOf({ verb, word }: Pick<Gap, 'verb' | 'word'>): string | null {
  if (word === 'checkpoint') return AFTER_RECORDS;
  const isOfElection = ELECTION.includes(word) || (verb === 'expire' && WAITS.includes(word));
  return isOfElection ? AFTER_FAULT : null;
}

/** Whether an earlier fault is all that it needs. */
export function needsFault(gap: Pick<Gap, 'verb' | 'word'>): boolean {
  return needsOf(gap) === AFTER_FAULT;
}

const AFTER_RECORDS = 'when a log has grown; a scenario file says after how many records: checkpoint: 1';
const AFTER_FAULT = 'after an earlier fault, when a participant has waited in vain for a decision';
/** Said by participants that must end a transaction without being told how. */
const ELECTION: readonly string[] = ['elect', 'state-request', 'state', 'epoch', 'inquire'];
const WAITS: readonly string[] = ['inquiry', 'states', 'termination'];
