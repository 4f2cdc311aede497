// Money is neither made nor lost: all banks together hold what they opened with, and no account is overdrawn, missing or new
// (Jepsen's bank workload). Blind to a whole transfer that was lost or done twice; the journal checker sees those.

import type { HistoryEvent } from '../../../nodes/contract/events.ts';
import { own } from '../../../nodes/contract/own.ts';
import type { SiteId } from '../../../nodes/contract/workload.ts';
import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, listed, notApplicable, unknown } from '../conclude.ts';
import type { EventOf } from '../facts.ts';
import { sitesAtRest, type Rest } from '../rest.ts';
import { accountsIn, openingIn } from './content.ts';

export function conservation(history: History): Finding {
  const rest = sitesAtRest(history);
  if (rest.gone.length > 0)
    return notApplicable('conservation', `Nobody knows what ${listed(rest.gone)} held, which never came back.`);
  if (rest.dumps.size === 0) return unknown('conservation', 'No bank reported its balances.');
  const dumps = [...rest.dumps.values()];
  const opening = totalOf(Object.values(history.run.initial).map(openingIn));
  const total = totalOf(dumps.map(balancesOf));
  // What is promised and not applied anywhere is nowhere on its way.
  const gaps = [...rest.gaps, ...(rest.stands && total === opening ? [] : openGap(rest))];
  if (rest.stands && rest.gaps.length === 0 && gaps[0] !== undefined) return notApplicable('conservation', gaps[0]);
  const broken = [...rest.dumps].flatMap(([bank, dumped]) => accountComplaints(history, bank, dumped));
  if (gaps.length === 0 && total !== opening) broken.push(wrongTotal({ opening, total, dumps }));
  return conclude('conservation', {
    broken,
    gaps,
    holds: `All accounts together hold ${total}, as they did when the run began.`,
  });
}

function openGap({ open }: Rest): readonly string[] {
  return open.size === 0 ? [] : [`Money was still on its way when the states were taken: ${listed([...open])}.`];
}

type Balances = ReadonlyMap<string, number>;

function balancesOf({ state }: EventOf<'dumped'>): Balances {
  return new Map([...accountsIn(state.content)].map(([account, { balance }]) => [account, balance]));
}

function totalOf(banks: readonly Balances[]): number {
  return banks.flatMap((bank) => [...bank.values()]).reduce((sum, balance) => sum + balance, 0);
}

interface Totals {
  readonly opening: number;
  readonly total: number;
  readonly dumps: readonly HistoryEvent[];
}

function wrongTotal({ opening, total, dumps }: Totals): Complaint {
  const change = total > opening ? `${total - opening} were made` : `${opening - total} were lost`;
  return { reason: `All accounts together hold ${total} of ${opening}: ${change}.`, events: dumps };
}

/** These are wrong at any moment, quiet or not. */
function accountComplaints(history: History, bank: SiteId, dumped: EventOf<'dumped'>): Complaint[] {
  const opening = openingIn(own(history.run.initial, bank));
  const balances = balancesOf(dumped);
  const overdrawn = [...balances].filter(([, balance]) => !(balance >= 0));
  const strange = [...balances.keys()].filter((account) => !opening.has(account));
  const gone = [...opening.keys()].filter((account) => !balances.has(account));
  return [
    ...overdrawn.map(([account, balance]) => `${account} of ${bank} is overdrawn: ${balance}.`),
    ...strange.map((account) => `${bank} holds an account ${account} that it did not open with.`),
    ...gone.map((account) => `${bank} has lost the account ${account}.`),
  ].map((reason) => ({ reason, events: [dumped] }));
}
