// The client's role, the same in every commit protocol.

import { seal } from '../contract/machine.ts';
import { transferClient } from './transfer-client.ts';
import type { Role } from '../contract/catalog.ts';
import type { CoordinatorRequest, TransferAnswer } from './transfers.ts';

export const TRANSFER_CLIENT: Role = {
  count: 'one',
  machine: seal(transferClient),
  words: {
    ask: ['transfer'] satisfies readonly CoordinatorRequest['word'][],
    receive: ['ok', 'failed'] satisfies readonly TransferAnswer['word'][],
    expire: ['operation', 'rest'],
  },
};
