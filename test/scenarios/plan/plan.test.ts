// Plans: the same scenario and seed give the same plan, and transfers are drawn as the workload says.

import { describe, expect, test } from 'vitest';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { changesOf, drawnLists } from '../../support/drawn.ts';
import { scenarioWith } from '../../support/transfers-scenario.ts';
import { scenarioFromSentence, type Scenario } from '../../../scenarios/language/scenario.ts';
import type { NodeId } from '../../../nodes/contract/ids.ts';
import type { ClientOptions } from '../../../nodes/protocols/client.ts';
import type { Transfer } from '../../../nodes/workloads/transfers.ts';
import type { Workload } from '../../../scenarios/language/scenario-types.ts';

const banksOf = (transfers: readonly Transfer[]) => new Set(transfers.flatMap(({ from, to }) => [from.bank, to.bank]));

describe('a plan', () => {
  test('is the same, byte for byte, for the same scenario and seed, and another for another seed', () => {
    const scenario = scenarioWith({ contention: 0.3 }, 4);
    expect(JSON.stringify(makePlan(scenario, 7))).toBe(JSON.stringify(makePlan(scenario, 7)));
    expect(JSON.stringify(makePlan(scenario, 7))).not.toBe(JSON.stringify(makePlan(scenario, 8)));
  });

  test('survives being written and read', () => {
    const plan = makePlan(scenarioWith(), 7);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test('has a coordinator, the participants and one client node', () => {
    expect(makePlan(scenarioWith({}, 3), 1).nodes).toEqual([
      { id: 'coordinator', role: 'coordinator' },
      { id: 'participant-1', role: 'participant' },
      { id: 'participant-2', role: 'participant' },
      { id: 'participant-3', role: 'participant' },
      { id: 'client', role: 'client' },
    ]);
  });

  test('opens the same accounts in every bank', () => {
    const { options, initial } = makePlan(scenarioWith({ accounts: 3, clients: 2, balance: 50 }), 1);
    const opening = { a00: 50, a01: 50, a02: 50 };
    expect(initial).toEqual({ 'participant-1': opening, 'participant-2': opening });
    expect(options['client']).toMatchObject({ coordinator: 'coordinator' });
  });

  test('has its fault, what ends it, and what is at stake', () => {
    expect(makePlan(scenarioWith(), 1).faults).toEqual([
      {
        id: 'fault-1',
        fault: { do: 'kill', node: 'coordinator' },
        when: {
          at: 'step',
          step: { node: 'coordinator', gap: { when: 'before', verb: 'force', word: 'commit' } },
          nth: 20,
        },
        then: { do: 'restart', afterMs: 3000 },
        stake: 'in doubt',
        text: 'kill coordinator before force commit of transaction 20 then restart after 3s',
      },
    ]);
  });

  test.each<[string, Partial<Scenario>, number]>([
    ['half of what comes before the fault', {}, 9],
    ['half of everything without a fault', { faults: [] }, 100],
    ['at least one', { faults: [{ fault: { do: 'kill', node: 'coordinator' as never }, nth: 1 }] }, 1],
    ['what the scenario says', { okAtLeast: 33 }, 33],
  ])('demands that enough went well: %s', (_title, change, okAtLeast) => {
    expect(makePlan({ ...scenarioWith(), ...change }, 1).okAtLeast).toBe(okAtLeast);
  });

  test('probes an account that may be empty by giving it something, in every bank', () => {
    const workload = { accounts: 8, clients: 4, poor: 0.1 };
    const probes = makePlan(scenarioWith(workload, 3), 1).probes.flat() as unknown as readonly Transfer[];
    const poor = probes.filter(({ to }) => to.account.startsWith('p'));
    expect(probes.some(({ from }) => from.account.startsWith('p'))).toBe(false);
    expect(new Set(poor.map(({ to }) => `${to.bank} ${to.account}`)).size).toBe(3 * 4);
  });

  test('probes every account of the banks that are used, both ways', () => {
    const probes = (workload: Partial<Workload>, participants: number) =>
      makePlan(scenarioWith(workload, participants), 1).probes.flat() as unknown as readonly Transfer[];
    const routes = (workload: Partial<Workload>, participants: number) =>
      new Set(probes(workload, participants).map(({ from, to }) => `${from.bank} ${to.bank}`));
    const between = ['participant-3', 'participant-1'] as unknown as readonly [NodeId, NodeId];
    expect(probes({ accounts: 8 }, 2).map(({ from }) => from.account)).toEqual([
      'a00',
      'a01',
      'a02',
      'a03',
      'a04',
      'a05',
      'a06',
      'a07',
    ]);
    expect([...routes({}, 2)]).toEqual(['participant-1 participant-2', 'participant-2 participant-1']);
    expect(routes({}, 16).size).toBe(30);
    expect([...routes({ between }, 4)]).toEqual(['participant-3 participant-1', 'participant-1 participant-3']);
  });
});

describe('clients', () => {
  const clientOf = (scenario: Scenario) => makePlan(scenario, 1).options['client'] as ClientOptions;
  const withFault = (text: string) => {
    const result = scenarioFromSentence(text);
    if (!result.ok) throw new Error('the sentence is a good one');
    return result.value;
  };

  test('end with the workload where nothing fails, and else go on until they are stopped', () => {
    expect(clientOf({ ...scenarioWith(), faults: [] })).toMatchObject({ goesOn: false, busyMs: 0 });
    expect(clientOf(withFault('kill coordinator during prepare'))).toMatchObject({ goesOn: true, busyMs: 0 });
  });

  test('go on at full speed until a fault that is due by the clock has surely come', () => {
    expect(clientOf(withFault('kill coordinator at 2s')).busyMs).toBeGreaterThan(2000);
  });
});

describe('transfers', () => {
  test('of more than two banks are of one that pays the others, or of others that pay one, in one sum', () => {
    const drawn = drawnLists(makePlan(scenarioWith({ parts: 'all', transactions: 400 }, 5), 3)).flat();
    const payers = drawn.map(
      (one) =>
        Object.values(changesOf(one))
          .flat()
          .filter(({ delta }) => delta < 0).length,
    );
    expect(new Set(payers)).toEqual(new Set([1, 4]));
    for (const one of drawn) expect(Object.values(changesOf(one)).map(({ length }) => length)).toEqual([1, 1, 1, 1, 1]);
    const three = drawnLists(makePlan(scenarioWith({ parts: 3, transactions: 400 }, 5), 3)).flat();
    expect(new Set(three.map((one) => Object.keys(changesOf(one)).length))).toEqual(new Set([3]));
    expect(new Set(three.flatMap((one) => Object.keys(changesOf(one)))).size).toBe(5);
  });

  test('are small and large alike often, and none so large that the first twenty could overdraw an account', () => {
    for (const parts of [2, 'all']) {
      const drawn = drawnLists(makePlan(scenarioWith({ parts, transactions: 4000 }, 3), 3)).flat();
      const paid = drawn.flatMap((one) => Object.values(changesOf(one)).flat()).map(({ delta }) => -delta);
      expect(Math.max(...paid)).toBeLessThanOrEqual(1000 / 20);
    }
    const wide = drawnLists(makePlan(scenarioWith({ largest: 999, transactions: 4000 }), 3)).flat();
    const within = (from: number, to: number) =>
      wide.filter(({ amount }) => amount >= from && amount <= to).length / wide.length;
    for (const share of [within(1, 9), within(10, 99), within(100, 999)]) expect(share).toBeCloseTo(1 / 3, 1);
  });

  test('of the poor ask about every second time for more than there is at first; nobody else is poor', () => {
    const plan = makePlan(scenarioWith({ poor: 0.25, transactions: 4000 }), 3);
    const opening = plan.initial as Record<string, Record<string, number>>;
    const drawn = drawnLists(plan).flat();
    const poor = drawn.filter(({ from }) => from.account.startsWith('p'));
    expect(poor.every(({ from, to }) => from.account === to.account)).toBe(true);
    expect(poor.length / drawn.length).toBeCloseTo(0.25, 1);
    const refused = poor.filter(({ from, amount }) => amount > (opening[from.bank]?.[from.account] ?? 0));
    expect(Math.abs(refused.length / poor.length - 0.5)).toBeLessThan(0.1);
    const calm = makePlan(scenarioWith({ transactions: 4000 }), 3);
    expect(JSON.stringify(calm.initial)).not.toContain('p0');
  });

  test('of the poor are probed like all others', () => {
    const { probes } = makePlan(scenarioWith({ poor: 0.25 }), 3);
    expect(JSON.stringify(probes)).toContain('"p03"');
  });

  test('use the hot account in about the share that was asked for, at both ends', () => {
    const transfers = drawnLists(makePlan(scenarioWith({ contention: 0.25, transactions: 4000 }), 3)).flat();
    const hot = transfers.filter(({ from, to }) => from.account === 'a00' || to.account === 'a00');
    expect(hot.every(({ from, to }) => from.account === to.account)).toBe(true);
    expect(hot.length / transfers.length).toBeCloseTo(0.25, 1);
    expect(
      drawnLists(makePlan(scenarioWith({ contention: 1, transactions: 40 }), 3))
        .flat()
        .every(({ from }) => from.account === 'a00'),
    ).toBe(true);
  });

  test('change nothing at one of their banks, or at both, in about the share that was asked for', () => {
    const transfers = drawnLists(makePlan(scenarioWith({ reads: 0.5, transactions: 4000 }), 3)).flat();
    const looks = transfers.filter(({ amount }) => amount === 0);
    const inside = transfers.filter(({ reads }) => reads !== undefined);
    expect((looks.length + inside.length) / transfers.length).toBeCloseTo(0.5, 1);
    expect(looks.length / inside.length).toBeCloseTo(1, 0);
    for (const { from, to, reads } of inside) {
      expect(to.bank).toBe(from.bank);
      expect(to.account).not.toBe(from.account);
      expect(reads?.map(({ bank }) => bank)).not.toContain(from.bank);
    }
  });

  test('that change nothing somewhere need all the same banks as the others', () => {
    const drawn = drawnLists(makePlan(scenarioWith({ reads: 1, parts: 3, transactions: 200 }, 4), 3)).flat();
    expect(new Set(drawn.map((one) => Object.keys(changesOf(one)).length))).toEqual(new Set([3]));
    const enlisted = drawnLists(makePlan(scenarioWith({ reads: 0.5, enlist: 'all', transactions: 200 }, 4), 3)).flat();
    expect(new Set(enlisted.map((one) => Object.keys(changesOf(one)).length))).toEqual(new Set([4]));
  });

  test('go both ways, between all banks or the two that were named', () => {
    const all = drawnLists(makePlan(scenarioWith({ transactions: 400 }, 4), 3)).flat();
    expect(new Set(all.map(({ from, to }) => `${from.bank}→${to.bank}`)).size).toBe(12);
    const between = ['participant-1', 'participant-4'] as unknown as readonly [NodeId, NodeId];
    const two = drawnLists(makePlan(scenarioWith({ between, transactions: 100 }, 4), 3)).flat();
    expect([...banksOf(two)].toSorted()).toEqual(['participant-1', 'participant-4']);
    expect(new Set(two.map(({ from }) => from.bank)).size).toBe(2);
  });
});
