// A fault that the chosen cluster cannot do is refused before anything starts.

import { LabError } from '../compose/errors.ts';
import type { Cluster } from '../compose/cluster.ts';
import { formatTarget, type Fault, type Target } from '../compose/faults.ts';
import { findProtocol } from '../nodes/protocols/catalog.ts';
import { formatDuration } from '../scenarios/language/duration.ts';
import type { Plan } from '../scenarios/plan/plan-types.ts';

export function explainRefusals(plan: Plan, cluster: Cluster): void {
  for (const { fault, text } of plan.faults) {
    const why = cluster.refuse(fault);
    if (why) throw new LabError('fault-refused', `${why} (${text})`, { hint: insteadOf(fault, plan) });
  }
}

const MOVED =
  'Clocks of the servers of redis, redlock and zookeeper can be moved, with the images that txlab takes by itself: txlab clock redis-3 forward 60s --protocol redlock';

/** Hosts can delay the messages of one word where no kernel delays packets. */
function insteadOf(fault: Fault<Target>, plan: Plan): string {
  if (fault.do === 'clock') return MOVED;
  if (fault.do !== 'slow') return 'txlab kill coordinator during prepare';
  const roles = findProtocol(plan.protocol)?.roles ?? {};
  const roleOf = (target: Target | undefined) => plan.nodes.find(({ id }) => id === target)?.role ?? '';
  const ways = [fault, { group: fault.from, from: fault.group }].flatMap(({ group: [one], from: [other] }) => {
    if (one === undefined || other === undefined) return [];
    const heard = roles[roleOf(other)]?.words.receive ?? [];
    const word = roles[roleOf(one)]?.words.send?.find((said) => heard.includes(said));
    return word === undefined ? [] : [`txlab delay ${word} to ${formatTarget(other)} by ${formatDuration(fault.byMs)}`];
  });
  const [way] = ways;
  return way === undefined
    ? 'txlab cut client from coordinator for 300ms'
    : `Messages of one word can be delayed by their sender's host: ${way}`;
}
