// What clients ask of a lock manager, and what it answers.

import { isNumber, isObject, isOneOf, isText } from '../../contract/shape.ts';
import type { TxId } from '../../contract/ids.ts';
import type { Check } from '../../contract/shape.ts';
import type { Answer, Request } from '../../contract/messages.ts';

/** `acquire` is answered when the lock is the asker's, which may take long. The number of the grant goes with all that is asked later. */
export type ManagerRequest = Request & { readonly about: TxId; readonly key: string } & (
    | { readonly word: 'acquire' }
    | { readonly word: 'renew'; readonly grant: number }
    | { readonly word: 'release'; readonly grant: number }
  );

/** `not-held`: this grant is over, and the lock perhaps another's. */
export type ManagerAnswer = Answer &
  (
    | { readonly word: 'granted'; readonly grant: number }
    | { readonly word: 'renewed' }
    | { readonly word: 'released' }
    | { readonly word: 'not-held' }
  );

const of = { about: isText<TxId>, key: isText<string> };

export const TO_MANAGER: Readonly<Record<ManagerRequest['word'], Check<unknown>>> = {
  acquire: isObject<Asked>({ word: isOneOf('acquire'), ...of }),
  renew: isObject<Asked & OfGrant>({ word: isOneOf('renew'), ...of, grant: isNumber }),
  release: isObject<Asked & OfGrant>({ word: isOneOf('release'), ...of, grant: isNumber }),
};

interface Asked {
  readonly word: string;
  readonly about: TxId;
  readonly key: string;
}
interface OfGrant {
  readonly grant: number;
}
