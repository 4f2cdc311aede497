// What must be true of orders from warehouses.

import type { WorkloadProperty } from '../judging.ts';
import { orders } from './orders.ts';
import { stock } from './stock.ts';

export const INVENTORY_PROPERTIES = {
  orders: {
    means:
      'every order, restock and move stands in the books of all its warehouses once, or of none, as its client was told',
    kind: 'safety',
    needs: ['atomicity', 'durability'],
    checker: orders,
  },
  stock: {
    means:
      'no stock falls below zero, no piece is sold twice, and what is left is what opening, restocks, orders and moves add up to',
    kind: 'safety',
    needs: ['atomicity', 'durability'],
    checker: stock,
  },
} satisfies Readonly<Record<string, WorkloadProperty>>;
