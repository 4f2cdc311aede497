// Whoever is asked to look must see: a site that agrees to a part which only looks, where what it had committed before it was even asked is
// against it, has not looked. Judged by what it had durably committed by then, and in doubt for the site: what began before may be done.

import type { Json } from '../../nodes/contract/messages.ts';
import type { TxId } from '../../nodes/contract/ids.ts';
import type { Use } from '../../nodes/contract/workload.ts';
import { readerOf } from './contents.ts';
import type { Complaint } from './conclude.ts';
import { type EventOf, type Facts, operationOf, type Transaction } from './facts.ts';
import type { DoneBy } from './judging.ts';
import { formatKey, usesOf } from './keys.ts';
import { isPlainSite, placeOf } from './sites.ts';

export function blindLooks(facts: Facts): readonly Complaint[] {
  const { mustRefuse } = readerOf(facts.history.run.workload);
  if (mustRefuse === undefined) return [];
  const asked = firstAsked(facts);
  return [...facts.txs.values()].flatMap((transaction) => {
    const operation = operationOf(facts, transaction);
    const request = operation?.invoked?.note.request as Json | undefined;
    return usesOf(operation)
      .filter(({ mode, site }) => mode === 'read' && isPlainSite(facts, site) && agreed(transaction, site))
      .flatMap((use): readonly Complaint[] => {
        const first = asked.get(`${placeOf(facts.history.run.sites, use.site).nodes[0]} ${transaction.tx}`);
        const dumped = facts.states.get(use.site);
        if (first === undefined || dumped === undefined) return [];
        if (!mustRefuse(dumped.state.content, request, use, doneBy(facts, use, first.at))) return [];
        const reason = `${use.site} agreed to ${transaction.tx}, which looks at ${formatKey(use)}, though what it had committed by then is against it.`;
        return [{ reason, events: [first, dumped] }];
      });
  });
}

function agreed({ readers, prepared }: Transaction, site: Use['site']): boolean {
  return readers.has(site) || prepared.some((promise) => promise.site === site);
}

/** By node and transaction: it cannot have looked before. */
function firstAsked({ history }: Facts): ReadonlyMap<string, EventOf<'received'>> {
  const asked = new Map<string, EventOf<'received'>>();
  for (const event of history.events) {
    if (event.kind !== 'received') continue;
    const name = `${event.node} ${event.message.about}`;
    if (!asked.has(name)) asked.set(name, event);
  }
  return asked;
}

function doneBy(facts: Facts, { site }: Pick<Use, 'site'>, moment: number): DoneBy {
  const commits = (tx: TxId) => facts.txs.get(tx)?.decisions ?? [];
  return {
    certainly: (tx) => commits(tx).some((one) => one.site === site && one.decision === 'commit' && one.at < moment),
    possibly: (tx) => (facts.txs.get(tx)?.began?.at ?? Number.NEGATIVE_INFINITY) < moment,
  };
}
