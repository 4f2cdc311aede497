// The vote of atomic commitment as every protocol here says it. Checkers read it from the messages of a trace, whoever wrote the node.

import { isPlain, type Check } from './shape.ts';
import type { TxId } from './ids.ts';
import type { Message } from './messages.ts';

/** `read`: nothing to change here, so the sender agrees, needs no decision and is told none. */
export type Ballot = 'yes' | 'no' | 'read';

export interface Vote<Said extends Ballot = Ballot> extends Message {
  readonly word: 'vote';
  readonly about: TxId;
  readonly vote: Said;
}

/** What a message votes; `null` when it is no vote. */
export function ballotIn(message: Message): Ballot | null {
  if (message.word !== 'vote') return null;
  const { vote } = message as Partial<Vote>;
  return vote === 'yes' || vote === 'no' || vote === 'read' ? vote : null;
}

/** A vote that says one of these. Written out, and not put together field by field: every participant sends one in each transaction. */
export function isVote<Said extends Ballot>(...said: readonly Said[]): Check<Vote<Said>> {
  return (value): value is Vote<Said> =>
    isPlain(value) &&
    value['word'] === 'vote' &&
    typeof value['about'] === 'string' &&
    (said as readonly unknown[]).includes(value['vote']);
}
