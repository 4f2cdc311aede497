// Cuts between pods: packet filter rules in the pods' own network namespaces, one rule a pair and direction. TCP goes on sending
// what it could not, so a cut that heals is a delay; hosts drop silent connections so that it does not look like blocking.

import type { Evidence } from '../nodes/contract/events.ts';
import type { Pod } from './pods.ts';

/** Packets of `from` that are meant for `to` are dropped where they leave. */
interface Drop {
  readonly from: Pod;
  readonly to: Pod;
}

export function dropsOf(group: readonly Pod[], others: readonly Pod[], oneWay: boolean): readonly Drop[] {
  const forth = group.flatMap((from) => others.map((to) => ({ from, to })));
  return oneWay ? forth : [...forth, ...forth.map(({ from, to }) => ({ from: to, to: from }))];
}

/** The evidence: each rule is there, and a probe packet from its pod was counted as dropped. */
export async function cut(drops: readonly Drop[]): Promise<Evidence> {
  await Promise.all(drops.map(({ from, to }) => from.shell.run(`iptables -w -A OUTPUT ${rule(to)}`)));
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
async function probe({ from, to }: Drop): Promise<number | null> {
  for (const seconds of PROBES_S) {
    await from.shell.run(`ping -c 1 -W 1 -A ${to.address} >/dev/null & sleep ${seconds}; kill $! 2>/dev/null`);
    const count = await dropped(from, to);
    if (count !== 0) return count;
  }
  return 0;
}

const PROBES_S = [0.02, 0.05, 0.2, 0.5, 1];

/** The evidence: no rule is left, and a packet gets through again. Says what the cut has dropped in the meantime. */
export async function heal(drops: readonly Drop[]): Promise<Evidence> {
  const counts = await Promise.all(drops.map(({ from, to }) => dropped(from, to)));
  await Promise.all(drops.map(({ from, to }) => from.shell.run(`iptables -w -D OUTPUT ${rule(to)}`)));
  const left = await Promise.all(drops.map(({ from, to }) => dropped(from, to)));
  const passes = await Promise.all(
    drops.map(async ({ from, to }) => (await from.shell.run(`ping -c 1 -W 2 ${to.address} >/dev/null`)).code === 0),
  );
  const seen = left.every((count) => count === null) && passes.every(Boolean);
  const text = drops.map(
    ({ from, to }, index) =>
      `${from.node} to ${to.node}: ${counts[index] ?? 0} packets dropped, ${passes[index] ? 'passes again' : 'does not pass'}`,
  );
  return { seen, text: text.join(', ') };
}

const rule = (to: Pod) => `-d ${to.address} -m comment --comment txlab -j DROP`;

/** Packets that the rule has dropped; null when there is no rule. */
async function dropped(from: Pod, to: Pod): Promise<number | null> {
  const { output } = await from.shell.run('iptables -w -nvxL OUTPUT');
  const line = output.split('\n').find((text) => text.includes('DROP') && text.includes(` ${to.address} `));
  return line === undefined ? null : Number(line.trim().split(/\s+/)[0]);
}
