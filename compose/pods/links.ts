// Cuts between pods: packet filter rules in the pods' own network namespaces, one rule a pair, direction and cut. TCP goes on sending
// what it could not, so a cut that heals is a delay; hosts drop silent connections so that it does not look like blocking.
// Cuts of one pair may overlap: a packet passes when no cut that stands forbids it, and a heal ends its own cut alone.

import type { Evidence } from '../../nodes/contract/events.ts';
import type { Pod } from './pods.ts';

/** What `from` says to `to` is dropped where it leaves. */
interface Drop {
  readonly from: Pod;
  readonly to: Pod;
  /** TCP's own acknowledgements pass, or else what the other says would starve within some 200 ms, and the cut be none of one way. */
  readonly oneWay: boolean;
}

export function dropsOf(group: readonly Pod[], others: readonly Pod[], oneWay: boolean): readonly Drop[] {
  const forth = group.flatMap((from) => others.map((to) => ({ from, to, oneWay })));
  return oneWay ? forth : [...forth, ...forth.map(({ from, to }) => ({ from: to, to: from, oneWay }))];
}

/** By the pod in whose packet filter they stand, and as long as it. */
const standing = new WeakMap<Pod, readonly Drop[]>();

/** The evidence: each rule is there, and packets from its pod were counted as dropped, a probe among them. */
export async function cut(drops: readonly Drop[]): Promise<Evidence> {
  const refusals = await change(drops, 'add');
  if (refusals.length > 0) return { seen: false, text: `the packet filter refuses it: ${refusals.join(', ')}` };
  const counts = await Promise.all(drops.map(probe));
  const seen = counts.every((count) => count !== null && count > 0);
  return {
    seen,
    text: drops
      .map(
        ({ from, to }, index) =>
          `${from.node} to ${to.node}: ${counts[index] === null ? 'no rule' : `${counts[index]} packets dropped`}`,
      )
      .join(', '),
  };
}

/** Sends packets into the cut until one was counted: on a busy machine the first may not have been sent before it is looked for. */
async function probe(drop: Drop): Promise<number | null> {
  const { from, to } = drop;
  for (const seconds of PROBES_S) {
    await from.shell.run(`ping -c 1 -W 1 -A ${to.address} >/dev/null & sleep ${seconds}; kill $! 2>/dev/null`);
    const count = await dropped(drop);
    if (count !== 0) return count;
  }
  return 0;
}

const PROBES_S = [0.02, 0.05, 0.2, 0.5, 1];

/**
 * The evidence: no rule of this cut is left, and a packet gets through again, where no other cut of the pair stands. Says what was dropped in
 * the meantime.
 */
export async function heal(drops: readonly Drop[]): Promise<Evidence> {
  const counts = await Promise.all(drops.map(dropped));
  await change(drops, 'delete');
  const ends = await Promise.all(drops.map(endOf));
  const text = drops.map(
    ({ from, to }, index) =>
      `${from.node} to ${to.node}: ${counts[index] ?? 0} packets dropped, ${ends[index]?.text ?? ''}`,
  );
  return { seen: ends.every(({ seen }) => seen), text: text.join(', ') };
}

async function endOf({ from, to }: Drop): Promise<Evidence> {
  const rules = await dropRules(from, to);
  const isGone = rules.length === standingFrom(from, to).length;
  // Another cut may begin while the packet is on its way.
  const isCut = () => standingFrom(from, to).length + standingFrom(to, from).length > 0;
  const passes = !isCut() && (await from.shell.run(`ping -c 1 -W 2 ${to.address} >/dev/null`)).code === 0;
  if (passes) return { seen: isGone, text: 'passes again' };
  return isCut() ? { seen: isGone, text: 'another cut still stands' } : { seen: false, text: 'does not pass' };
}

const standingFrom = (from: Pod, to: Pod): readonly Drop[] =>
  (standing.get(from) ?? []).filter((drop) => drop.to === to);

/** Adds or deletes the rules; answers what the packet filter complains of. */
async function change(drops: readonly Drop[], how: 'add' | 'delete'): Promise<readonly string[]> {
  const results = await Promise.all(drops.map((drop) => changeOne(drop, how)));
  return results.flatMap(({ code, output }) => (code === 0 ? [] : [output.trim() || `exit code ${code}`]));
}

/** A drop without exceptions goes before those that let something pass. */
async function changeOne(
  drop: Drop,
  how: 'add' | 'delete',
): Promise<{ readonly code: number; readonly output: string }> {
  const { from, to, oneWay } = drop;
  const verb = how === 'delete' ? '-D' : oneWay ? '-A' : '-I';
  const result = await from.shell.run(
    rulesOf(to, oneWay)
      .map((rule) => `iptables -w ${verb} OUTPUT ${rule}`)
      .join(' && '),
  );
  // The shell does one line after the other, so that who reads the rules next finds as many as stand here.
  const now = standing.get(from) ?? [];
  const same = now.findIndex((one) => one.to === to && one.oneWay === oneWay);
  standing.set(from, how === 'delete' ? now.filter((_, index) => index !== same) : [...now, drop]);
  return result;
}

function rulesOf(to: Pod, oneWay: boolean): readonly string[] {
  const rule = (match: string, verdict: 'ACCEPT' | 'DROP') =>
    `-d ${to.address}${match} -m comment --comment txlab -j ${verdict}`;
  const drop = rule('', 'DROP');
  if (!oneWay) return [drop];
  // An acknowledgement without data, its options included, and the answer to the other's first packet.
  return [
    rule(' -p tcp --tcp-flags ALL ACK -m length --length 40:80', 'ACCEPT'),
    rule(' -p tcp --tcp-flags SYN,ACK SYN,ACK', 'ACCEPT'),
    drop,
  ];
}

/** Packets that were dropped; null when there is no rule. */
async function dropped({ from, to }: Drop): Promise<number | null> {
  const rules = await dropRules(from, to);
  return rules.length === 0 ? null : rules.reduce((sum, packets) => sum + packets, 0);
}

/** Of each rule how many packets it has dropped. */
async function dropRules(from: Pod, to: Pod): Promise<readonly number[]> {
  const { output } = await from.shell.run('iptables -w -nvxL OUTPUT');
  const lines = output.split('\n').filter((text) => text.includes('DROP') && text.includes(` ${to.address} `));
  return lines.map((line) => Number(line.trim().split(/\s+/)[0]));
}
