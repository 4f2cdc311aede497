// Sites that agree to a look which what they had committed is against.

import { describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { referenceOp, references, type ReferenceOp } from '../../../nodes/workloads/references.ts';
import { blindLooks } from '../../../scenarios/checkers/blind-looks.ts';
import { factsOf } from '../../../scenarios/checkers/gather.ts';
import { validity } from '../../../scenarios/checkers/validity.ts';
import { HistoryBuilder, tx } from '../../support/history-builder.ts';
import type { Json } from '../../../nodes/contract/messages.ts';
import type { History } from '../../../scenarios/findings.ts';

const CUSTOMERS = nodeId('participant-1');
const ORDERS = nodeId('participant-2');
const A = 'coordinator.1.1';
const B = 'coordinator.1.2';
const C = 'coordinator.1.3';
const opOf = (name: string) => `op-${name}`;

/** Operations about customer 7, and what the two services hold in the end. */
class Story {
  readonly h = new HistoryBuilder().phase('serving');

  begins(name: string, word: ReferenceOp['word']): this {
    const request = referenceOp(word, 7, { customers: CUSTOMERS, orders: [ORDERS] });
    const uses = references.usesOf(request);
    this.h.told('client', { word: 'invoked', op: opId(opOf(name)), process: 0, request, uses });
    this.h.began(name, opOf(name));
    return this;
  }

  asks(name: string, site: string): this {
    this.h.hears(name, 'prepare', site);
    return this;
  }

  agrees(name: string, site: string): this {
    this.h.told(site, { word: 'read', about: tx(name) });
    return this;
  }

  promises(name: string, site: string): this {
    this.h.prepared(name, site);
    return this;
  }

  commits(name: string, ...sites: readonly string[]): this {
    this.h.decided(name, 'commit', 'coordinator', ...sites);
    return this;
  }

  ends(deleted: Record<string, string>, orders: readonly object[] = []): History {
    const holding = (content: object) => (state: object) => ({ ...state, content: content as Json }) as never;
    this.h.dumping(CUSTOMERS, holding({ deleted, orders: {} }));
    this.h.dumping(ORDERS, holding({ deleted: {}, orders: { 'orders-of-7': orders } }));
    const history = this.h.rests().build();
    return { ...history, run: { ...history.run, workload: 'references' } };
  }
}

const found = (history: History) => blindLooks(factsOf(history)).map(({ reason }) => reason);
const GONE = { 'customer-7': A };
const deleted = () => new Story().begins(A, 'delete').asks(A, CUSTOMERS).promises(A, CUSTOMERS);
const placed = () => new Story().begins(A, 'place').asks(A, ORDERS).promises(A, ORDERS);

describe('it is seen that a service', () => {
  test('agrees to an order whose customer it had deleted before it was asked', () => {
    const story = deleted().commits(A, CUSTOMERS).begins(B, 'place').asks(B, CUSTOMERS).agrees(B, CUSTOMERS);
    const history = story.ends(GONE);
    const reason = `participant-1 agreed to ${B}, which looks at customer-7 of participant-1, though what it had committed by then is against it.`;
    expect(found(history)).toEqual([reason]);
    expect(validity(history)).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining(reason) as string,
    });
  });

  test('promises such an order, where looks are promised', () => {
    const story = deleted().commits(A, CUSTOMERS).begins(B, 'place').asks(B, CUSTOMERS).promises(B, CUSTOMERS);
    expect(found(story.ends(GONE))).toHaveLength(1);
  });

  test('agrees to a deletion although an order stands', () => {
    const story = placed().commits(A, ORDERS).begins(B, 'delete').asks(B, ORDERS).agrees(B, ORDERS);
    expect(found(story.ends({}, [{ placedBy: A, cancelledBy: null }]))).toHaveLength(1);
  });

  test('agrees to a deletion although an order stands that is cancelled by whoever begins later', () => {
    const story = placed().commits(A, ORDERS).begins(B, 'delete').asks(B, ORDERS).agrees(B, ORDERS).begins(C, 'cancel');
    expect(found(story.ends({}, [{ placedBy: A, cancelledBy: C }]))).toHaveLength(1);
  });
});

describe('nothing is said against a service that', () => {
  test('agreed while the deletion was on its way, and had not committed it when it was asked', () => {
    const story = deleted().begins(B, 'place').asks(B, CUSTOMERS).commits(A, CUSTOMERS).agrees(B, CUSTOMERS);
    expect(found(story.ends(GONE))).toEqual([]);
  });

  test('has been asked twice, and looked when it was asked first', () => {
    const story = deleted().begins(B, 'place').asks(B, CUSTOMERS).commits(A, CUSTOMERS).asks(B, CUSTOMERS);
    expect(found(story.agrees(B, CUSTOMERS).ends(GONE))).toEqual([]);
  });

  test('refuses', () => {
    const story = deleted().commits(A, CUSTOMERS).begins(B, 'place').asks(B, CUSTOMERS);
    story.h.refused(B, CUSTOMERS, 'no-customer' as never, { key: 'customer-7' });
    expect(found(story.ends(GONE))).toEqual([]);
  });

  test('agreed to a deletion when somebody may have cancelled the order', () => {
    const story = placed().commits(A, ORDERS).begins(C, 'cancel').begins(B, 'delete').asks(B, ORDERS);
    expect(found(story.agrees(B, ORDERS).ends({}, [{ placedBy: A, cancelledBy: C }]))).toEqual([]);
  });

  test('keeps orders that only another site had committed by then', () => {
    const story = placed().commits(A).begins(B, 'delete').asks(B, ORDERS).agrees(B, ORDERS);
    expect(found(story.ends({}, [{ placedBy: A, cancelledBy: null }]))).toEqual([]);
  });

  test('guards another workload', () => {
    const history = deleted()
      .commits(A, CUSTOMERS)
      .begins(B, 'place')
      .asks(B, CUSTOMERS)
      .agrees(B, CUSTOMERS)
      .ends(GONE);
    expect(found({ ...history, run: { ...history.run, workload: 'transfers' } })).toEqual([]);
  });
});
