// No order is without its customer: at rest, by what the services hold, and at each commit before, by the times of the decisions.

import type { Json } from '../../../nodes/contract/messages.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { HistoryEvent } from '../../../nodes/contract/events.ts';
import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, count, formatMs, listed, notApplicable, unknown } from '../conclude.ts';
import { type Facts, firstCommit, operationOf } from '../facts.ts';
import { factsOf } from '../gather.ts';
import { sitesAtRest, type Rest } from '../rest.ts';
import { askedIn, deletedIn, ordersIn } from './content.ts';

export function references(history: History): Finding {
  const facts = factsOf(history);
  const rest = sitesAtRest(history);
  const broken = [...orphans(facts, rest), ...passing(facts)];
  const gaps = [...rest.gaps, ...facts.holes.values()];
  if (broken.length === 0 && rest.gone.length > 0)
    return notApplicable('references', `Nobody knows what ${listed(rest.gone)} held, which never came back.`);
  if (rest.open.size > 0 && !rest.stands)
    gaps.push(`The states were taken before the end of ${listed([...rest.open])}.`);
  if (broken.length === 0 && gaps.length > 0) return unknown('references', gaps.join(' '));
  if (broken.length === 0 && !haveMet(facts))
    return notApplicable('references', 'No two operations used the same customer at the same time.');
  const orders = [...rest.dumps.values()].flatMap(({ state }) => [...ordersIn(state.content).values()].flat());
  return conclude('references', {
    broken,
    gaps,
    holds: `Each of ${count(orders.length, 'order')} that was placed had its customer for as long as it stood.`,
  });
}

/** At rest. While something is in doubt, the same is seen: what a service shows is committed there. */
function orphans(facts: Facts, { dumps, gaps }: Rest): readonly Complaint[] {
  if (gaps.length > 0) return [];
  const deleted = new Map([...dumps.values()].flatMap(({ state }) => [...deletedIn(state.content)]));
  return [...dumps.values()].flatMap((dumped) =>
    [...ordersIn(dumped.state.content)].flatMap(([key, orders]) => {
      const customer = key.replace('orders-of-', 'customer-');
      const by = deleted.get(customer);
      if (by === undefined) return [];
      return orders
        .filter(({ cancelledBy }) => cancelledBy === null)
        .map(({ placedBy }) => complaint(facts, { customer, placedBy, deletedBy: by }, [dumped]));
    }),
  );
}

interface Committed {
  readonly tx: TxId;
  readonly word: string;
  readonly customer: number;
  readonly at: number;
  /** What only a log shows was committed no later than this. */
  readonly isExact: boolean;
}

/** An order that was cancelled later stood without its customer all the same. Judged where the times of all commits are certain. */
function passing(facts: Facts): readonly Complaint[] {
  const commits = [...facts.txs.values()].flatMap((transaction): readonly Committed[] => {
    const asked = askedIn(operationOf(facts, transaction)?.invoked?.note.request as Json | undefined);
    const commit = firstCommit(transaction);
    if (asked === null || commit === null) return [];
    return [{ tx: transaction.tx, ...asked, at: commit.at, isExact: commit.source.kind === 'durable' }];
  });
  return [...Map.groupBy(commits, ({ customer }) => customer).values()]
    .filter((group) => group.every(({ isExact }) => isExact))
    .flatMap((group) => {
      const gone = group.find(({ word }) => word === 'delete');
      const placed = gone && standingAt(group, gone.at);
      if (!gone || !placed) return [];
      return [complaint(facts, { customer: `customer-${gone.customer}`, placedBy: placed.tx, deletedBy: gone.tx }, [])];
    });
}

/** An order that was committed after this moment, or before it and not cancelled by then: the oldest is cancelled first. */
function standingAt(commits: readonly Committed[], moment: number): Committed | undefined {
  const places = commits.filter(({ word }) => word === 'place').toSorted((left, right) => left.at - right.at);
  const cancelled = commits.filter(({ word, at }) => word === 'cancel' && at < moment).length;
  return places[cancelled];
}

interface Pair {
  readonly customer: string;
  readonly placedBy: TxId;
  readonly deletedBy: TxId;
}

function complaint(facts: Facts, { customer, placedBy, deletedBy }: Pair, more: readonly HistoryEvent[]): Complaint {
  const commits = [placedBy, deletedBy].map((tx) => {
    const transaction = facts.txs.get(tx);
    return transaction ? firstCommit(transaction) : null;
  });
  const [placed, deleted] = commits.map((commit) => (commit ? `, committed at ${formatMs(commit.at)}` : ''));
  return {
    reason: `The order of ${placedBy}${placed} is without its customer: ${customer} was deleted by ${deletedBy}${deleted}.`,
    events: [...commits.flatMap((commit) => commit?.source ?? []), ...more],
  };
}

/** Two that were under way at once, about one customer. */
function haveMet(facts: Facts): boolean {
  const spans = [...facts.ops.values()].flatMap(({ invoked, completed }) => {
    const asked = askedIn(invoked?.note.request as Json | undefined);
    return invoked && asked
      ? [{ customer: asked.customer, from: invoked.at, to: completed?.at ?? Number.POSITIVE_INFINITY }]
      : [];
  });
  return [...Map.groupBy(spans, ({ customer }) => customer).values()].some((group) => {
    const sorted = group.toSorted((left, right) => left.from - right.from);
    let until = Number.NEGATIVE_INFINITY;
    return sorted.some(({ from, to }) => {
      const meets = from < until;
      until = Math.max(until, to);
      return meets;
    });
  });
}
