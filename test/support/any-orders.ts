// Schedules without time, of orders, restocks and moves between two warehouses with little stock: whatever may happen on the stage, in any order.

import fc from 'fast-check';
import { nodeId } from '../../nodes/contract/ids.ts';
import { sealWorkload } from '../../nodes/contract/workload.ts';
import { inventory, restock, type InventoryOperation, type Warehouse } from '../../nodes/workloads/inventory.ts';
import { castBanks, type Cast } from './bank-theatre.ts';
import { Chronicle } from './chronicle.ts';
import { comeToRest, MOVES, NODES, play, timelessFindings, type Move } from './stage-moves.ts';
import { Theatre } from './theatre.ts';
import type { LockTable } from '../../nodes/protocols/lock-table.ts';
import type { Finding } from '../../scenarios/findings.ts';

export const INVENTORY = sealWorkload(inventory);
export const OPENING = { i00: 10, i01: 4 };
export const [, ONE, TWO] = NODES;

export interface AskedFor {
  readonly word: InventoryOperation['word'];
  readonly item: keyof typeof OPENING;
  /** Of the first warehouse and of the second; nobody asks a warehouse for nothing. */
  readonly pieces: readonly [number, number];
}

/** An order with something of each, a restock of the first, or a move from the first to the second. */
export function operationOf({ word, item, pieces: [first, second] }: AskedFor): InventoryOperation {
  const [here, there] = [nodeId(ONE), nodeId(TWO)];
  switch (word) {
    case 'order': {
      const from = [
        { warehouse: here, pieces: first },
        { warehouse: there, pieces: second },
      ];
      return { word, item, from: from.filter(({ pieces }) => pieces > 0) };
    }
    case 'restock':
      return restock(item, first > second ? here : there, Math.max(first, second));
    case 'move':
      return {
        word,
        item,
        from: first > second ? here : there,
        to: first > second ? there : here,
        pieces: first + second,
      };
  }
}

const asking = fc.record({
  do: fc.constant('ask' as const),
  word: fc.constantFrom('order' as const, 'order' as const, 'order' as const, 'restock' as const, 'move' as const),
  item: fc.constantFrom('i00' as const, 'i00' as const, 'i01' as const),
  pieces: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 5 })),
});

type Action = (AskedFor & { readonly do: 'ask' }) | Move;

export const anyOrders: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: asking }, ...MOVES),
  { minLength: 10, maxLength: 120 },
);

interface Participant {
  readonly content: Warehouse;
  readonly locks: LockTable;
  readonly inDoubt: ReadonlyMap<string, unknown>;
}

interface Played {
  readonly warehouses: readonly Participant[];
  readonly findings: readonly Finding[];
}

type Planted = Pick<Cast, 'plant' | 'workload'> & { readonly protocol: string };

/** A stage with two warehouses; `rested` lets everything come to rest, asks for every item once more, and has the checkers read the history of it. */
export function stageOrders(cast: Planted): { readonly theatre: Theatre; readonly rested: () => Played } {
  const chronicle = new Chronicle(cast.protocol, { [ONE]: OPENING, [TWO]: OPENING }, inventory.name);
  const theatre = new Theatre(chronicle);
  castBanks(theatre, { workload: INVENTORY, ...cast, opening: OPENING });
  return { theatre, rested: () => rested(chronicle, theatre) };
}

function rested(chronicle: Chronicle, theatre: Theatre): Played {
  comeToRest({ theatre, nodes: NODES });
  chronicle.lab({ kind: 'phase', phase: 'probing' });
  for (const item of Object.keys(OPENING))
    for (const warehouse of [ONE, TWO])
      theatre.ask('coordinator', `probe-${item}-${warehouse}`, restock(item, nodeId(warehouse), 1));
  comeToRest({ theatre, nodes: NODES });
  chronicle.lab({ kind: 'phase', phase: 'settled' });
  for (const node of NODES) theatre.ask(node, `dump-${node}`, { word: 'dump' });
  chronicle.lab({ kind: 'ended', why: 'complete' });
  for (const node of NODES) chronicle.logged(nodeId(node), 'end', theatre.log(node));
  const warehouses = [ONE, TWO].map((node) => theatre.state(node) as unknown as Participant);
  return { warehouses, findings: timelessFindings(chronicle.history()) };
}

export function playOrders(actions: readonly Action[], cast: Planted): Played {
  const { theatre, rested: rest } = stageOrders(cast);
  for (const [step, given] of actions.entries()) {
    if (given.do !== 'ask') play({ theatre, nodes: NODES }, given);
    else if (theatre.isUp('coordinator')) theatre.ask('coordinator', `op-${step}`, operationOf(given));
  }
  return rest();
}
