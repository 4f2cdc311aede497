// Every protocol that txlab knows, by name. A new protocol is a folder beside this file and a line here.

import { presumedAbortCommit } from './two-phase/catalog.ts';
import type { Protocol } from '../contract/catalog.ts';

export const PROTOCOLS: readonly Protocol[] = [presumedAbortCommit];

export function findProtocol(name: string): Protocol | undefined {
  return PROTOCOLS.find((protocol) => protocol.name === name);
}
