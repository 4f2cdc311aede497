// The operations of a plan's clients, drawn as the clients draw them: one list for each.

import { randomStream } from '../../nodes/contract/random.ts';
import { transfers } from '../../nodes/workloads/transfers.ts';
import type { Transfer } from '../../nodes/contract/events.ts';
import type { ClientOptions } from '../../nodes/protocols/transfer-client.ts';
import type { Plan } from '../../scenarios/plan-types.ts';

export function drawnLists({ options, seed }: Pick<Plan, 'options' | 'seed'>): readonly (readonly Transfer[])[] {
  const { clients, operations, params } = options['client'] as ClientOptions;
  return Array.from({ length: clients }, (_, client) => {
    const drawer = { client, random: randomStream(seed, `client-${client}`) };
    const length = Math.floor(operations / clients) + (client < operations % clients ? 1 : 0);
    return Array.from({ length }, () => transfers.draw(params, drawer));
  });
}
