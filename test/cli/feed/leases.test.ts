// What is shown of locks while a run goes on: who holds one and until when, who waits, two that hold one at once, what was written last.

import { expect, test } from 'vitest';
import { next } from '../../../cli/feed/follow.ts';
import { openModel } from '../../../cli/feed/model.ts';
import { doingOf, headlineOf } from '../../../cli/feed/phrases.ts';
import { demand } from '../../../cli/usage.ts';
import { nodeId, txId } from '../../../nodes/contract/ids.ts';
import { scenarioFromSentence } from '../../../scenarios/language/scenario.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { IDLE } from '../../support/idle-status.ts';
import type { LeaseReport, Status } from '../../../nodes/contract/control.ts';

const ONE = nodeId('lock-client-1');
const TWO = nodeId('lock-client-2');
const about = (coordinator = ONE) => txId({ coordinator, incarnation: 1, counter: 1 });
const holds = (node: typeof ONE, sinceMs: number, untilMs: number, token?: number): LeaseReport => ({
  about: about(node),
  key: 'counter-1',
  since: sinceMs * 1000,
  until: untilMs * 1000,
  ...(token !== undefined && { token }),
});

/** Times are milliseconds of both clocks. */
function watch(protocol = 'redis') {
  const sentence = 'pause lock-client-1 before send write for 3s';
  const model = openModel(makePlan(demand(scenarioFromSentence(sentence, { protocol })), 1), 0);
  for (const node of model.nodes) node.state = 'up';
  const status = (node: string, atMs: number, some: Partial<Status>) =>
    next(
      model,
      {
        kind: 'report',
        report: { node: nodeId(node), incarnation: 1, seq: 1, say: 'status', at: atMs * 1000, ...IDLE, ...some },
      },
      atMs,
    ).map(({ word, text }) => `${word}: ${text}`);
  const doing = (id: string) => model.nodes.flatMap((node) => (node.id === id ? [doingOf(model, node).text] : []))[0];
  return { model, status, doing };
}

test('a client holds its lock since, for so much longer, with its token', () => {
  const { status, doing } = watch();
  status(ONE, 700, { leases: [holds(ONE, 500, 1500, 34)] });
  expect(doing(ONE)).toBe('holds counter-1 for 0.2 s, 0.8 s left, token 34');
});

test('a client that waits says for how long', () => {
  const { status, doing } = watch();
  status(TWO, 900, { leases: [{ about: about(TWO), key: 'counter-1', since: 400_000 }] });
  expect(doing(TWO)).toBe('waits for counter-1 for 0.5 s');
});

test('of a holder that is paused it is said when its time was over, beside what ends the pause', () => {
  const { model, status, doing } = watch();
  status(ONE, 700, { leases: [holds(ONE, 500, 1500)] });
  for (const node of model.nodes) if (node.id === ONE) node.state = 'paused';
  status(TWO, 2500, {});
  expect(doing(ONE)).toBe('has had counter-1 for too long: its time was over 1.0 s ago');
});

test('two that hold one lock at once are the headline, and are said once', () => {
  const { model, status } = watch();
  expect(status(ONE, 700, { leases: [holds(ONE, 500, 1500)] })).toEqual([]);
  expect(status(TWO, 800, { leases: [holds(TWO, 600, 1600)] })).toEqual([
    'overlap: TWO HOLD counter-1: lock-client-1 and lock-client-2 believe so at the same time',
  ]);
  expect(headlineOf(model).text).toMatch('TWO HOLD counter-1');
  expect(status(ONE, 900, { leases: [holds(ONE, 500, 1500)] })).toEqual([]);
});

test('who was heard before the other had the lock may have given it up since: nothing is said of two', () => {
  const { model, status } = watch();
  status(ONE, 700, { leases: [holds(ONE, 500, 1500)] });
  expect(status(TWO, 800, { leases: [holds(TWO, 750, 1750)] })).toEqual([]);
  expect(headlineOf(model).text).not.toMatch('TWO HOLD');
});

test('whoever stands still has given up nothing: the other holds it too until its time is over, and not after', () => {
  const { model, status } = watch();
  status(ONE, 700, { leases: [holds(ONE, 500, 1500)] });
  for (const node of model.nodes) if (node.id === ONE) node.state = 'paused';
  expect(status(TWO, 1600, { leases: [holds(TWO, 1550, 2550)] })).toEqual([]);
  expect(status(TWO, 1700, { leases: [holds(TWO, 1400, 2550)] })[0]).toMatch('overlap: TWO HOLD counter-1');
});

test('the resource says its last write', () => {
  const { status, doing } = watch();
  status('resource', 700, {
    record: { at: 700_000, word: 'write', about: about(), says: 'value 12, token 3' },
  });
  expect(doing('resource')).toBe('last write of lock-client-1.1.1: value 12, token 3');
});

test('a store that leads its ensemble says so, and the line is said when it is another', () => {
  const { model } = watch('zookeeper');
  const leader = (name: string | null) =>
    next(model, { kind: 'leader', role: 'zookeeper', leader: name === null ? null : nodeId(name) }, 100).map(
      ({ word, text }) => `${word}: ${text}`,
    );
  const doing = () => model.nodes.flatMap((node) => (node.leads ? [`${node.id} ${doingOf(model, node).text}`] : []));
  expect(leader('zookeeper-2')).toEqual(['leader: zookeeper-2 leads zookeeper']);
  expect(doing()).toEqual(['zookeeper-2 leads']);
  expect(leader('zookeeper-2')).toEqual([]);
  expect(leader(null)).toEqual(['leader: nobody leads zookeeper']);
  expect(doing()).toEqual([]);
});
