// What a node says of itself that has done nothing yet.

import type { Status } from '../../nodes/contract/control.ts';

export const IDLE: Status = {
  inDoubt: [],
  committed: 0,
  aborted: 0,
  forced: 0,
  syncs: 0,
  sent: 0,
  operations: { asked: 0, ok: 0, failed: 0, unknown: 0, okUs: 0 },
  messages: [],
};
