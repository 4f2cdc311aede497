// Whatever the lab commands, in whatever order, a host does it or lets it be; it never throws, and finishes when it is told to.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCommand } from '../../../nodes/contract/control.ts';
import { VERBS } from '../../../nodes/contract/step.ts';
import { MEDDLINGS } from '../../../nodes/contract/meddling.ts';
import { hostStage } from '../../support/host-stage.ts';
import { openingOf, transfer } from '../../support/bank-theatre.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import type { HostCommand } from '../../../nodes/hosts/life.ts';

const BANKS = ['participant-1', 'participant-2'];
const NODES = ['client', 'coordinator', ...BANKS];

const name = fc.constantFrom('fault-1', 'fault-2', '', '__proto__', 'constructor');
const word = fc.constantFrom('prepare', 'vote', 'commit', 'ack', 'prepared', 'ok', 'toString', '');
const peer = fc.constantFrom('first', 'last', 'coordinator', 'participant-2', 'nobody');
const about = fc.constantFrom('coordinator.1.1', 'nothing');
const small = fc.integer({ min: -1, max: 3 });

const order = fc.oneof(
  fc.record(
    {
      do: fc.constant('arm'),
      hold: name,
      gap: fc.record(
        { when: fc.constantFrom('before', 'after'), verb: fc.constantFrom(...VERBS), word, peer },
        { requiredKeys: ['when', 'verb', 'word'] },
      ),
      nth: small,
      seen: small,
      about,
      watch: fc.constant(true),
    },
    { requiredKeys: ['do', 'hold', 'gap', 'nth', 'seen'] },
  ),
  fc.record({ do: fc.constant('release'), hold: name }),
  fc.record(
    {
      do: fc.constant('meddle'),
      fault: name,
      how: fc.constantFrom(...MEDDLINGS),
      word,
      to: fc.array(peer, { maxLength: 2 }),
      about,
      byMs: small,
      times: small,
    },
    { requiredKeys: ['do', 'fault', 'how', 'word', 'to'] },
  ),
  fc.record({ do: fc.constant('cease'), fault: name }),
  fc.record({ do: fc.constant('mark'), id: name }),
  fc.record({ do: fc.constant('ask'), op: name, request: fc.record({ word: fc.constant('dump') }) }),
);

const given = fc.tuple(fc.constantFrom(...NODES), order).map(([node, said]) => {
  const parsed = parseCommand(said);
  if ('wrong' in parsed) throw new Error(`no command: ${parsed.wrong}`);
  return { node, command: parsed.value as HostCommand };
});

test('any commands leave hosts that finish', () => {
  fc.assert(
    fc.property(fc.array(given, { maxLength: 20 }), fc.array(given, { maxLength: 20 }), (early, late) => {
      const client = { coordinator: nodeId('coordinator'), clients: 1, operations: 2, goesOn: false, busyMs: 0 };
      const stage = hostStage({ nodes: NODES, setup: { ...openingOf(BANKS), options: { client } } });
      stage.start(...NODES);
      for (const { node, command } of early) stage.command(node, command);
      stage.command('client', {
        do: 'ask',
        op: 'probe' as never,
        request: { word: 'probe', lists: [[transfer(1), transfer(2)]] } as never,
      });
      stage.settle();
      for (const { node, command } of late) {
        stage.command(node, command);
        stage.settle();
      }
      stage.pass(1000);
      for (const node of NODES) stage.command(node, { do: 'finish' });
      stage.settle();
      for (const node of NODES) expect(stage.said(node).some(({ say }) => say === 'finished')).toBe(true);
    }),
    { numRuns: 150 },
  );
});
