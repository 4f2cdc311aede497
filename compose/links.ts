// Cuts between pods: packet filter rules in the pods' own network namespaces, one rule a pair and direction. TCP goes on sending
// what it could not, so a cut that heals is a delay; hosts drop silent connections so that it does not look like blocking.

import type { Evidence } from '../nodes/contract/events.ts';
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

/** The evidence: each rule is there, and a probe packet from its pod was counted as dropped. */
export async function cut(drops: readonly Drop[]): Promise<Evidence> {
  const refusals = await change(drops, '-A');
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
  await change(drops, '-D');
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

/** Adds or deletes the rules; answers what the packet filter complains of. */
async function change(drops: readonly Drop[], how: '-A' | '-D'): Promise<readonly string[]> {
  const results = await Promise.all(
    drops.map(({ from, to, oneWay }) =>
      from.shell.run(
        rulesOf(to, oneWay)
          .map((rule) => `iptables -w ${how} OUTPUT ${rule}`)
          .join(' && '),
      ),
    ),
  );
  return results.flatMap(({ code, output }) => (code === 0 ? [] : [output.trim() || `exit code ${code}`]));
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

/** Packets that the rule has dropped; null when there is no rule. */
async function dropped(from: Pod, to: Pod): Promise<number | null> {
  const { output } = await from.shell.run('iptables -w -nvxL OUTPUT');
  const line = output.split('\n').find((text) => text.includes('DROP') && text.includes(` ${to.address} `));
  return line === undefined ? null : Number(line.trim().split(/\s+/)[0]);
}
