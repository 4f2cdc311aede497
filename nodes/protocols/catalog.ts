// Every protocol that txlab knows, by name. A new protocol is a folder beside this file and a line here.

import { THREE_PHASE } from './three-phase/catalog.ts';
import { TWO_PHASE } from './two-phase/catalog.ts';
import type { Protocol } from '../contract/protocol.ts';

export const PROTOCOLS: readonly Protocol[] = [...TWO_PHASE, ...THREE_PHASE];

export function findProtocol(name: string): Protocol | undefined {
  return PROTOCOLS.find((protocol) => protocol.name === name);
}
