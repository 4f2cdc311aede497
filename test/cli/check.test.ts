// `check` of a history that lies alone: what its header says that the protocol forces is asked for.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeId } from '../../nodes/contract/ids.ts';
import { formatHistory } from '../../scenarios/history/history.ts';
import { HistoryBuilder, tx } from '../support/history-builder.ts';
import { openShell } from '../support/shell.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';

const T = 'coordinator.1.1';
const both = ['participant-1', 'participant-2'] as const;
const forced = { coordinator: ['commit'], participant: ['prepared', 'commit'] };

const begun = () => new HistoryBuilder().phase('serving').invoked('op-1').began(T, 'op-1');
const promised = () => begun().prepared(T, ...both);
const told = (h: HistoryBuilder) =>
  h.trace('coordinator', { kind: 'sent', to: nodeId('participant-1'), message: { word: 'commit', about: tx(T) } });
const ended = (h: HistoryBuilder) => h.completed('op-1', 'ok', T).probesAndRests().build();

const GOOD = ended(told(promised().decided(T, 'commit', 'coordinator')).decided(T, 'commit', ...both));
const TOLD_EARLY = ended(told(promised()).decided(T, 'commit', 'coordinator', ...both));
const VOTED_EARLY = ended(
  begun()
    .votes(T, 'yes', 'participant-1')
    .prepared(T, ...both)
    .decided(T, 'commit', 'coordinator', ...both),
);

/** What `check` says of a file that holds these events and nothing else. */
async function checked(events: readonly HistoryEvent[], header: object) {
  const shell = openShell();
  const file = join(shell.out, 'history.jsonl');
  writeFileSync(file, formatHistory(events.map((event) => (event.kind === 'run' ? { ...event, ...header } : event))));
  return shell.type(`check ${file}`);
}

test.each([
  [TOLD_EARLY, `coordinator said commit of ${T} before its commit record was on disk, which 2pc forces.`],
  [VOTED_EARLY, `participant-1 said yes of ${T} before its prepared record was on disk, which 2pc forces.`],
])('a lone history of a node that spoke before it wrote is not as expected (%#)', async ({ events }, reason) => {
  const { code, stdout } = await checked(events, { forced });
  expect(stdout).toContain(reason);
  expect(code).toBe(1);
});

test('a lone history of nodes that write first is as expected', async () => {
  expect(await checked(GOOD.events, { forced })).toMatchObject({ code: 0, error: undefined });
});

test.each([
  ['forces nothing', { forced: {} }],
  ['does not say what is forced, as older ones do not', {}],
  ['speaks of roles that nobody has', { forced: { constructor: ['commit'], toString: ['prepared'] } }],
])('nothing is said against a history whose header %s', async (_what, header) => {
  expect(await checked(TOLD_EARLY.events, header)).toMatchObject({ code: 0, error: undefined });
});
