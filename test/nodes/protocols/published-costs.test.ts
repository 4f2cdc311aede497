// What the papers say that a transaction costs is what the machines are seen to do.

import { describe, expect, test } from 'vitest';
import { rehearse } from '../../../nodes/protocols/cost-count.ts';
import { COMMIT_PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { TWO_PHASE } from '../../../nodes/protocols/two-phase/catalog.ts';

describe.each(TWO_PHASE)('a rehearsal of $name', (protocol) => {
  test.each(['commit', 'abort', 'readOnly'] as const)('counts for %s what is published', (ending) => {
    expect(rehearse(protocol, ending)).toEqual(protocol.cost(2)[ending] ?? protocol.cost(2).commit);
  });
});

test('the published costs for two participants are those of the papers', () => {
  const table = Object.fromEntries(
    COMMIT_PROTOCOLS.map(({ name, cost }) => [
      name,
      (['commit', 'abort', 'readOnly'] as const).flatMap((ending) => {
        const { forcedWrites, messages } = cost(2)[ending] ?? {};
        return [forcedWrites, messages];
      }),
    ]),
  );
  expect(table).toEqual({
    '2pc': [5, 8, 1, 5, 0, 4],
    '2pc-cooperative': [5, 8, 1, 5, 0, 4],
    '2pc-presumed-nothing': [5, 8, 3, 6, undefined, undefined],
    '2pc-presumed-commit': [4, 6, 4, 6, 1, 4],
    '3pc-timeout': [7, 10, 2, 5, undefined, undefined],
    '3pc': [7, 10, 2, 5, undefined, undefined],
    '3pc-quorum': [8, 10, 2, 5, undefined, undefined],
  });
});
