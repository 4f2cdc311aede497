// Every protocol that txlab knows, by name. A new protocol is a folder beside this file and a line here.

import { LOCKS } from './locks/catalog.ts';
import { EXHIBITS } from './locks/exhibits.ts';
import { THREE_PHASE } from './three-phase/catalog.ts';
import { TWO_PHASE } from './two-phase/catalog.ts';
import type { CommitProtocol, Protocol } from '../contract/protocol.ts';

export const COMMIT_PROTOCOLS: readonly CommitProtocol[] = [...TWO_PHASE, ...THREE_PHASE];

export const PROTOCOLS: readonly Protocol[] = [...COMMIT_PROTOCOLS, ...LOCKS, ...EXHIBITS];

export function findProtocol(name: string): Protocol | undefined {
  return PROTOCOLS.find((protocol) => protocol.name === name);
}

export function isCommitProtocol(protocol: Protocol): protocol is CommitProtocol {
  return protocol.family === 'commit';
}

export function findCommitProtocol(name: string): CommitProtocol | undefined {
  return COMMIT_PROTOCOLS.find((protocol) => protocol.name === name);
}
