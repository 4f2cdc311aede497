// The operations of a plan's clients, drawn as the clients draw them: one list for each; and what a transfer asks of whom.

import { nodeId } from '../../nodes/contract/ids.ts';
import { randomStream } from '../../nodes/contract/random.ts';
import { transfers } from '../../nodes/workloads/transfers.ts';
import type { Change, Move, Transfer, TransferParams } from '../../nodes/workloads/transfers.ts';
import type { ClientOptions } from '../../nodes/protocols/client.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';

export function drawnLists({
  options,
  params,
  seed,
}: Pick<Plan, 'options' | 'params' | 'seed'>): readonly (readonly Transfer[])[] {
  const { clients, operations } = options['client'] as ClientOptions;
  return Array.from({ length: clients }, (_, client) => {
    const drawer = { node: nodeId('client'), client, random: randomStream(seed, `client-${client}`) };
    const length = Math.floor(operations / clients) + (client < operations % clients ? 1 : 0);
    return Array.from({ length }, (_, nth) => transfers.draw(params as unknown as TransferParams, { ...drawer, nth }));
  });
}

export const movesOf = (transfer: Transfer): readonly Move[] => [transfer, ...(transfer.more ?? [])];

/** What each bank is asked for. */
export const changesOf = (drawn: Transfer): Readonly<Record<string, readonly Change[]>> => transfers.partsOf(drawn);
