// The transfers of a plan, drawn from the seed. Each client has accounts of its own in every bank, so that a transaction is never
// refused for a lock that another client's holds; a share of contention sends everybody to one hot account instead.

import { randomBelow, randomStream, randomUnit, type Random } from '../nodes/contract/random.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { Transfer } from '../nodes/contract/events.ts';
import type { Workload } from './scenario-types.ts';

/** One list for each client, together as many transfers as the workload has. */
export function drawLoops(
  workload: Workload,
  banks: readonly NodeId[],
  seed: number,
): readonly (readonly Transfer[])[] {
  const { clients, transactions } = workload;
  return Array.from({ length: clients }, (_, client) => {
    const random = randomStream(seed, `client-${client}`);
    const own = ownAccounts(workload, client);
    const length = Math.floor(transactions / clients) + (client < transactions % clients ? 1 : 0);
    return Array.from({ length }, () => drawTransfer(random, workload, banks, own));
  });
}

/** On every account of neighbouring banks, so that a lock that nobody gave back shows: asked when everything has healed. */
export function probesFor({ accounts, between }: Workload, banks: readonly NodeId[]): readonly Transfer[] {
  const chain = between ?? banks;
  return chain.slice(1).flatMap((bank, index) => {
    const neighbour = chain[index] ?? bank;
    return Array.from({ length: accounts }, (_, number) => {
      const [from, to] = number % 2 === 0 ? [neighbour, bank] : [bank, neighbour];
      const account = accountName(number);
      return transfer({ bank: from, account }, { bank: to, account }, 1);
    });
  });
}

/** `a00`, `a01`… The same names in every bank; the first is the hot one. */
export function accountName(index: number): string {
  return `a${String(index).padStart(2, '0')}`;
}

function ownAccounts({ accounts, clients, contention }: Workload, client: number): readonly string[] {
  const indexes = Array.from({ length: accounts }, (_, index) => index);
  const shared = contention > 0 ? 1 : 0;
  return indexes.filter((index) => index >= shared && index % clients === client).map(accountName);
}

function drawTransfer(random: Random, workload: Workload, banks: readonly NodeId[], own: readonly string[]): Transfer {
  const [source, target] = drawBanks(random, workload.between ?? drawPair(random, banks));
  if (workload.reads > 0 && randomUnit(random) < workload.reads) return drawReading(random, [source, target], own);
  const isHot = randomUnit(random) < workload.contention;
  const pick = () => (isHot ? accountName(0) : (own[randomBelow(random, own.length)] ?? accountName(0)));
  const drawn = transfer(
    { bank: source, account: pick() },
    { bank: target, account: pick() },
    1 + randomBelow(random, 9),
  );
  if (workload.enlist === 'two') return drawn;
  const others = banks.filter((bank) => bank !== source && bank !== target);
  return { ...drawn, reads: others.map((bank) => ({ bank, account: pick() })) };
}

/** A look at an account of each bank; or a transfer inside of one bank that needs an account of the other to be there. */
function drawReading(random: Random, [source, target]: readonly [NodeId, NodeId], own: readonly string[]): Transfer {
  const [first, second] = drawTwo(random, own);
  const seen = { bank: target, account: second };
  const from = { bank: source, account: first };
  if (first === second || randomBelow(random, 2) === 0) return transfer(from, seen, 0);
  return { ...transfer(from, { ...from, account: second }, 1 + randomBelow(random, 9)), reads: [seen] };
}

/** Two different ones, where there are two. */
function drawTwo(random: Random, own: readonly string[]): readonly [string, string] {
  const one = randomBelow(random, own.length);
  const other = (one + 1 + randomBelow(random, Math.max(1, own.length - 1))) % own.length;
  return [own[one] ?? accountName(0), own[other] ?? accountName(0)];
}

function drawPair(random: Random, banks: readonly NodeId[]): readonly [NodeId, NodeId] {
  const one = randomBelow(random, banks.length);
  const other = (one + 1 + randomBelow(random, banks.length - 1)) % banks.length;
  return [banks[one], banks[other]] as readonly [NodeId, NodeId];
}

function drawBanks(random: Random, [one, other]: readonly [NodeId, NodeId]): readonly [NodeId, NodeId] {
  return randomBelow(random, 2) === 0 ? [one, other] : [other, one];
}

function transfer(from: Transfer['from'], to: Transfer['to'], amount: number): Transfer {
  return { word: 'transfer', from, to, amount };
}
