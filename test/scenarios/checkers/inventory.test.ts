import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeId, type TxId } from '../../../nodes/contract/ids.ts';
import { restock } from '../../../nodes/workloads/inventory.ts';
import { orders } from '../../../scenarios/checkers/inventory/orders.ts';
import { stock } from '../../../scenarios/checkers/inventory/stock.ts';
import { order, STOCK, StockStory, type Warehouse } from '../../support/stock-story.ts';
import type { Outcome } from '../../../nodes/contract/notes.ts';
import type { Shelf } from '../../../scenarios/checkers/inventory/content.ts';

const ONE = 'participant-1';
const TWO = 'participant-2';
const A = 'coordinator.1.1';
const B = 'coordinator.1.2';
const move = { word: 'move', item: 'i00', from: nodeId(ONE), to: nodeId(TWO), pieces: 4 } as const;
const tx = (name: string) => name as TxId;

const ordered = (first = 3, second = 2) => new StockStory().does('op-1', order('i00', first, second));
const empty = (): Shelf => ({ stock: STOCK, book: [] });
const withBook =
  (...book: Shelf['book']) =>
  (): Shelf => ({
    stock: book.reduce((sum, { delta }) => sum + delta, STOCK),
    book,
  });

describe('orders catches', () => {
  it.each([
    [
      'an ok order that one warehouse lost',
      ordered().shelf(TWO, 'i00', empty),
      `order op-1 ended ok, but the books do not hold each part of its ${A} once (order of -3 i00 in ${ONE} and order of -2 i00 in ${TWO}): found order of -3 i00 in ${ONE}.`,
    ],
    [
      'an ok order that every warehouse lost',
      ordered().shelf(ONE, 'i00', empty).shelf(TWO, 'i00', empty),
      'found nothing.',
    ],
    [
      'a part that was done twice',
      new StockStory().does('op-1', order('i00', 3, 2), { lands: { [A]: [ONE, TWO, TWO] } }),
      `found order of -3 i00 in ${ONE}, order of -2 i00 in ${TWO} and order of -2 i00 in ${TWO}.`,
    ],
    [
      'a part with other pieces',
      ordered().shelf(TWO, 'i00', withBook({ tx: tx(A), delta: -1, kind: 'order' })),
      `order of -1 i00 in ${TWO}`,
    ],
    [
      'a part of another item',
      ordered()
        .shelf(TWO, 'i00', empty)
        .shelf(TWO, 'i01', withBook({ tx: tx(A), delta: -2, kind: 'order' })),
      `order of -2 i01 in ${TWO}`,
    ],
    [
      'a part of another kind',
      ordered().shelf(TWO, 'i00', withBook({ tx: tx(A), delta: -2, kind: 'move' })),
      `move of -2 i00 in ${TWO}`,
    ],
    [
      'half a move',
      new StockStory().does('op-1', move).shelf(TWO, 'i00', empty),
      `move op-1 ended ok, but the books do not hold each part of its ${A} once`,
    ],
    [
      'a restock that was lost',
      new StockStory().does('op-1', restock('i00', nodeId(ONE), 5)).shelf(ONE, 'i00', empty),
      'restock op-1 ended ok',
    ],
    [
      'a failed order that has an effect',
      new StockStory().does('op-1', order('i00', 3, 2), { outcome: 'failed', lands: { [A]: [ONE] } }),
      `order op-1 ended failed, but its ${A} is in the books: found order of -3 i00 in ${ONE}.`,
    ],
    [
      'an order whose end is unknown and that is half done',
      new StockStory().does('op-1', order('i00', 3, 2), { outcome: 'unknown', lands: { [A]: [ONE] } }),
      'order op-1 is neither whole nor left out',
    ],
    [
      'an order that never ended and that is half done',
      new StockStory().does('op-1', order('i00', 3, 2), { outcome: 'none', lands: { [A]: [ONE] } }),
      'order op-1 is neither whole nor left out',
    ],
    [
      'an order that two transactions made',
      new StockStory().does('op-1', order('i00', 3, 2), { txs: [A, B], lands: { [A]: [ONE, TWO], [B]: [ONE, TWO] } }),
      `order op-1 was done more than once, by ${A} and ${B}`,
    ],
  ])('%s', (_, story, reason) => {
    const finding = orders(story.rests());
    expect(finding).toMatchObject({ judgement: 'violated', reason: expect.stringContaining(reason) });
    expect(finding.events).not.toEqual([]);
  });

  it('an order that nobody asked for', () => {
    const { run, events, torn } = ordered().rests();
    const unasked = events.filter(
      ({ kind, ...event }) => !(kind === 'told' && 'note' in event && event.note.word === 'began'),
    );
    const renumbered = unasked.map((event) =>
      'seq' in event && event.node === 'coordinator' ? { ...event, seq: event.seq - (event.seq > 1 ? 1 : 0) } : event,
    );
    expect(orders({ run, events: renumbered, torn }).reason).toContain(
      `The books hold ${A}, which no client asked for`,
    );
  });
});

describe('stock catches', () => {
  it.each([
    [
      'a piece that was sold twice',
      ordered(7, 1).does('op-2', order('i00', 6, 1)),
      `i00 of ${ONE} was sold twice: order op-2 (${B}) took 6 where 3 were left.`,
    ],
    [
      'a piece that was sold twice, though a restock has covered it since',
      ordered(7, 1)
        .does('op-2', order('i00', 6, 1))
        .does('op-3', restock('i00', nodeId(ONE), 9)),
      `i00 of ${ONE} was sold twice: order op-2 (${B}) took 6 where 3 were left.`,
    ],
    [
      'a piece that was moved away when it had been sold',
      ordered(8, 1).does('op-2', move),
      `i00 of ${ONE} was sold twice: move op-2 (${B}) took 4 where 2 were left.`,
    ],
    [
      'an order that stands in a book twice',
      new StockStory().does('op-1', order('i00', 3, 2), { lands: { [A]: [ONE, TWO, TWO] } }),
      `i00 of ${TWO}: order op-1 (${A}) stands in the book more than once.`,
    ],
    [
      'a stock below zero',
      ordered().shelf(ONE, 'i00', ({ book }) => ({ stock: -1, book })),
      `The stock of i00 of ${ONE} is below zero: -1.`,
    ],
    [
      'a stock that is not what its book adds up to',
      ordered().shelf(ONE, 'i00', ({ book }) => ({ stock: 6, book })),
      `i00 of ${ONE}: 6 are left, but its opening stock of 10 and its book add up to 7.`,
    ],
    [
      'pieces that came back, book and all',
      ordered().shelf(ONE, 'i00', empty),
      `i00 of ${ONE}: 10 are left, but by what clients asked for and were told it must be 7.`,
    ],
    [
      'more than what ended unknown can have taken',
      new StockStory()
        .does('op-1', order('i00', 3), { outcome: 'unknown' })
        .shelf(ONE, 'i00', withBook({ tx: tx(B), delta: -4, kind: 'order' })),
      `i00 of ${ONE}: 6 are left, but by what clients asked for and were told it must be 7 to 10.`,
    ],
    ['an item that is gone', ordered().shelf(ONE, 'i01', () => null), `${ONE} has lost the item i01.`],
    ['an item from nowhere', ordered().shelf(ONE, 'i07', empty), `${ONE} holds an item i07 that it did not open with.`],
  ])('%s', (_, story, reason) => {
    const finding = stock(story.rests());
    expect(finding).toMatchObject({ judgement: 'violated', reason: expect.stringContaining(reason) });
    expect(finding.events).not.toEqual([]);
  });
});

const HONEST: readonly (readonly [string, StockStory])[] = [
  ['an order that went well', ordered()],
  ['an order of the last piece', ordered(STOCK, STOCK)],
  [
    'an order of what a restock has brought',
    new StockStory().does('op-1', restock('i00', nodeId(ONE), 5)).does('op-2', order('i00', 15)),
  ],
  ['an order of what a move has brought', new StockStory().does('op-1', move).does('op-2', order('i00', 0, 14))],
  ['an order that was refused', new StockStory().does('op-1', order('i00', 11, 1), { outcome: 'failed' })],
  [
    'an order whose end is unknown and that was done',
    new StockStory().does('op-1', order('i00', 3, 2), { outcome: 'unknown', lands: { [A]: [ONE, TWO] } }),
  ],
  [
    'an order whose end is unknown and that was left out',
    new StockStory().does('op-1', order('i00', 3, 2), { outcome: 'unknown' }),
  ],
  ['an order that never ended', new StockStory().does('op-1', order('i00', 3, 2), { outcome: 'none' })],
  [
    'an order that a second transaction made when the first had been aborted',
    new StockStory().does('op-1', order('i00', 3, 2), { txs: [A, B] }),
  ],
];

describe.each([orders, stock])('%o does not flag', (checker) => {
  it.each(HONEST)('%s', (_, story) => {
    const { judgement, reason } = checker(story.rests());
    expect(judgement, reason).toBe('holds');
  });
});

describe('warehouses cannot be judged', () => {
  it('without an account of theirs', () => {
    const history = ordered().unrested();
    expect([orders(history).judgement, stock(history).judgement]).toEqual(['unknown', 'unknown']);
  });

  it('while somebody is in doubt', () => {
    const history = ordered()
      .does('op-2', order('i01', 1, 1), { outcome: 'unknown', open: true })
      .rests();
    expect(orders(history)).toMatchObject({
      judgement: 'unknown',
      reason: `${B} was still open when the books were taken.`,
    });
    expect(stock(history)).toMatchObject({
      judgement: 'unknown',
      reason: `Pieces were still promised when the stock was taken: ${B}.`,
    });
  });

  it('when one account was given before an order and the other after it', () => {
    const history = new StockStory().splits('op-1', order('i00', 3, 2));
    expect([orders(history).judgement, stock(history).judgement]).toEqual(['unknown', 'unknown']);
  });

  it('but what was sold twice is proof at any time', () => {
    const story = ordered(7, 1)
      .does('op-2', order('i00', 6, 1))
      .does('op-3', order('i01', 1), { outcome: 'unknown', open: true });
    expect(stock(story.rests()).judgement).toBe('violated');
  });
});

interface AnyOrder {
  readonly outcome: Outcome;
  readonly pieces: readonly [number, number];
  readonly lands: readonly Warehouse[];
}

/** Mostly honest; now and then a warehouse does what it should not, or not what it should. */
const anyOrder: fc.Arbitrary<AnyOrder> = fc.record({
  outcome: fc.constantFrom<Outcome>('ok', 'failed', 'unknown'),
  pieces: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  lands: fc.constantFrom<readonly Warehouse[]>([], [ONE, TWO], [ONE, TWO], [], [ONE], [TWO], [ONE, TWO, TWO]),
});

function storyOf(all: readonly AnyOrder[]): StockStory {
  return all.reduce((story, { outcome, pieces: [first, second], lands }, at) => {
    const name = `coordinator.1.${at + 1}`;
    return story.does(`op-${at}`, order('i00', first, second), { txs: [name], outcome, lands: { [name]: lands } });
  }, new StockStory());
}

describe('naive twins', () => {
  it('agree on what is whole or not at all', () => {
    const isGood = ({ outcome, lands }: AnyOrder) => {
      const whole = lands.join() === `${ONE},${TWO}`;
      return outcome === 'ok' ? whole : lands.length === 0 || (outcome === 'unknown' && whole);
    };
    fc.assert(
      fc.property(fc.array(anyOrder, { maxLength: 5 }), (all) => {
        expect(orders(storyOf(all).rests()).judgement === 'holds').toBe(all.every(isGood));
      }),
    );
  });

  it('agree on what oversells', () => {
    const taken = (all: readonly AnyOrder[], warehouse: Warehouse) =>
      all.reduce(
        (sum, { pieces, lands }) =>
          sum + lands.filter((one) => one === warehouse).length * pieces[warehouse === ONE ? 0 : 1],
        0,
      );
    fc.assert(
      fc.property(fc.array(anyOrder, { maxLength: 6 }), (all) => {
        const { judgement, reason } = stock(storyOf(all).rests());
        const oversold = taken(all, ONE) > STOCK || taken(all, TWO) > STOCK;
        expect(judgement === 'violated' && reason.includes('was sold twice')).toBe(oversold);
      }),
    );
  });
});
