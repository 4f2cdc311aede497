import { describe, expect, it } from 'vitest';
import { findProtocol } from '../../../nodes/protocols/catalog.ts';
import { nodeId, opId, type TxId } from '../../../nodes/contract/ids.ts';
import { randomStream } from '../../../nodes/contract/random.ts';
import { sealWorkload } from '../../../nodes/contract/workload.ts';
import { referenceOp, references, type ReferenceOp } from '../../../nodes/workloads/references.ts';
import { references as judge } from '../../../scenarios/checkers/references/references.ts';
import type { Json } from '../../../nodes/contract/messages.ts';
import type { HistoryBuilder } from '../../support/history-builder.ts';
import { HistoryBuilder as Builder } from '../../support/history-builder.ts';
import { Theatre } from '../../support/theatre.ts';

const CUSTOMERS = nodeId('participant-1');
const ORDERS = nodeId('participant-2');
const at = { customers: CUSTOMERS, orders: [ORDERS] };
const tx = (name: string) => name as TxId;
const A = 'coordinator.1.1';
const B = 'coordinator.1.2';
const C = 'coordinator.1.3';

describe('the services', () => {
  const { resource } = references;

  it('refuse with the reason and the key', () => {
    const records = resource.open({});
    const customer = 7;
    expect(resource.refusal(records, { does: 'cancel', customer })).toEqual({ reason: 'no-order', key: 'orders-of-7' });
    resource.apply(records, tx(A), { does: 'place', customer });
    expect(resource.refusal(records, { does: 'none', customer })).toEqual({ reason: 'has-orders', key: 'orders-of-7' });
    resource.apply(records, tx(B), { does: 'cancel', customer });
    expect(resource.refusal(records, { does: 'none', customer })).toBeNull();
    resource.apply(records, tx(C), { does: 'delete', customer });
    const gone = { reason: 'no-customer', key: 'customer-7' };
    expect(resource.refusal(records, { does: 'find', customer })).toEqual(gone);
    expect(resource.refusal(records, { does: 'delete', customer })).toEqual(gone);
    expect(resource.restore(JSON.parse(JSON.stringify(resource.toJson(records))) as Json)).toEqual(records);
  });
});

it('a service changes nothing for who only looks whether a customer is there, or has no orders', () => {
  const { resource } = references;
  const records = resource.open({});
  resource.apply(records, tx(A), { does: 'place', customer: 7 });
  const before = resource.toJson(records);
  for (const does of ['find', 'none'] as const) {
    const part = { does, customer: 8 };
    expect(resource.refusal(records, part)).toBeNull();
    resource.apply(records, tx(B), part);
  }
  expect(resource.toJson(records)).toEqual(before);
});

describe('a client draws', () => {
  const params = { ...at, clients: 2, contention: 0.5, deletes: 0.3, stay: 4 };
  const drawn = (client: number) => {
    const random = randomStream(1, 'client');
    return Array.from({ length: 400 }, (_, nth) =>
      references.draw(params, { node: nodeId('client'), client, nth, random }),
    );
  };

  it('the same operations from the same stream, of every word', () => {
    expect(drawn(0)).toEqual(drawn(0));
    expect(new Set(drawn(0).map(({ word }) => word))).toEqual(new Set(['place', 'delete', 'cancel']));
  });

  it('its own customers and one of everybody, new ones after each stretch', () => {
    drawn(1).forEach(({ customer }, nth) => {
      expect([1, 2]).toContain(customer - 3 * Math.floor(nth / 4));
    });
  });
});

/** Operations as they are asked, and committed when `commit` says so; two stories may overlap. */
function begun(h: HistoryBuilder, name: string, op: string, request: ReferenceOp): HistoryBuilder {
  const note = { word: 'invoked', op: opId(op), process: 0, request, uses: references.usesOf(request) } as const;
  return h.told('client', note).began(name, op);
}

const commit = (h: HistoryBuilder, name: string, op: string) =>
  h.decided(name, 'commit', 'coordinator').completed(op, 'ok', name);

const order = (placedBy: string, cancelledBy: string | null = null) => ({ placedBy, cancelledBy });

function resting(h: HistoryBuilder, orders: readonly object[], deletedBy: string | null): ReturnType<typeof judge> {
  const deleted: Record<string, Json> = deletedBy === null ? {} : { 'customer-7': deletedBy };
  const contentOf = (content: object) => content as Json;
  h.dumping(CUSTOMERS, (state) => ({ ...state, content: contentOf({ deleted, orders: {} }) }));
  h.dumping(ORDERS, (state) => ({ ...state, content: contentOf({ deleted: {}, orders: { 'orders-of-7': orders } }) }));
  return judge(h.rests().build());
}

function both(first: ReferenceOp['word'], second: ReferenceOp['word']): HistoryBuilder {
  const h = begun(new Builder(), A, 'op-1', referenceOp(first, 7, at));
  return begun(h, B, 'op-2', referenceOp(second, 7, at));
}

describe('the references checker', () => {
  it('catches an order at rest whose customer is gone, and names both transactions', () => {
    const found = resting(both('place', 'delete'), [order(A)], B);
    expect(found.judgement).toBe('violated');
    expect(found.reason).toContain(`${A} is without its customer: customer-7 was deleted by ${B}`);
  });

  it.each([
    ['after', ['op-2', 'op-1']],
    ['before', ['op-1', 'op-2']],
  ])('catches an order that was committed %s the deletion and cancelled later', (_, ends) => {
    const h = both('place', 'delete');
    for (const op of ends) commit(h, op === 'op-1' ? A : B, op);
    begun(h, C, 'op-3', referenceOp('cancel', 7, at));
    commit(h, C, 'op-3');
    expect(resting(h, [order(A, C)], B).judgement).toBe('violated');
  });

  it('catches the younger of two orders when one was cancelled before the deletion: the oldest is cancelled first', () => {
    const h = both('place', 'place');
    commit(commit(h, B, 'op-2'), A, 'op-1');
    commit(begun(h, C, 'op-3', referenceOp('cancel', 7, at)), C, 'op-3');
    commit(begun(h, 'coordinator.1.4', 'op-4', referenceOp('delete', 7, at)), 'coordinator.1.4', 'op-4');
    commit(begun(h, 'coordinator.1.5', 'op-5', referenceOp('cancel', 7, at)), 'coordinator.1.5', 'op-5');
    const found = resting(h, [order(B, C), order(A, 'coordinator.1.5')], 'coordinator.1.4');
    expect(found.judgement).toBe('violated');
    expect(found.reason).toContain(`The order of ${A}`);
  });

  it('does not flag a deletion after the last order was cancelled', () => {
    const h = both('place', 'cancel');
    commit(commit(h, A, 'op-1'), B, 'op-2');
    commit(begun(h, C, 'op-3', referenceOp('delete', 7, at)), C, 'op-3');
    expect(resting(h, [order(A, B)], C).judgement).toBe('holds');
  });

  it('says nothing of a run in which no two met', () => {
    const h = commit(begun(new Builder(), A, 'op-1', referenceOp('place', 7, at)), A, 'op-1');
    expect(resting(h, [order(A)], null).judgement).toBe('not applicable');
  });

  it('knows nothing without the states at rest', () => {
    expect(judge(both('place', 'delete').build()).judgement).toBe('unknown');
  });
});

/** An order and a deletion of one customer, whose prepares come to the two services in different orders. */
function crossed(protocol: string): readonly string[] {
  const theatre = new Theatre();
  const names = ['coordinator', CUSTOMERS, ORDERS];
  for (const name of names) {
    const role = findProtocol(protocol)?.roles[name.replace(/-\d+$/, '')];
    if (!role) throw new Error(name);
    const initial = { [CUSTOMERS]: {}, [ORDERS]: {} };
    const setup = { workload: 'references', initial, params: {}, options: { voters: 'all' } };
    const nodes = names.map(nodeId);
    theatre.add(name, role.machine(sealWorkload(references)), { nodes, seed: 1, timeouts: {}, ...setup });
  }
  theatre.ask('coordinator', 'place', referenceOp('place', 7, at));
  theatre.deliver(({ to }) => to === CUSTOMERS);
  theatre.ask('coordinator', 'delete', referenceOp('delete', 7, at));
  theatre.deliver(({ to, message }) => to === ORDERS && message['about'] === B);
  theatre.deliverAll();
  return theatre.answers.filter(({ answer }) => answer.word === 'ok').map(({ op }) => op);
}

describe('prepares that cross', () => {
  it.each(['2pc', '2pc-cooperative', '2pc-presumed-commit'])('commit both under %s', (protocol) => {
    expect(crossed(protocol).toSorted()).toEqual(['delete', 'place']);
  });

  it.each(['2pc-presumed-nothing', '3pc', '3pc-timeout', '3pc-quorum'])('never commit both under %s', (protocol) => {
    expect(crossed(protocol).length).toBeLessThan(2);
  });
});
