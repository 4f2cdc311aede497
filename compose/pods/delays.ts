// Slow links: packets to one address leave later, by a queue of the kernel (netem) in the pod's own network namespace. One band a pair and
// direction, so that several may stand at once; what is in a queue when it goes is sent again by TCP.

import type { Evidence } from '../../nodes/contract/events.ts';
import { allOf } from './all-of.ts';
import type { Pod } from './pods.ts';
import type { Shell } from './shell.ts';

export type Pair = readonly [Pod, Pod];

interface Lane {
  readonly from: Pod;
  readonly to: Pod;
  readonly byMs: number;
  /** Of the pod's queue, from 1: the first two are for what is not slow. */
  readonly band: number;
}

/** By the pod in whose kernel queues they stand. */
const standing = new WeakMap<Pod, readonly Lane[]>();

/** The evidence: between each pair an echo takes as long as the delay, there and back. */
export async function slow(pairs: readonly Pair[], byMs: number): Promise<Evidence> {
  const lanes = directionsOf(pairs).map(([from, to]) => laneFor(from, to, byMs));
  const refusals = await allOf(lanes.map(open));
  const said = refusals.filter((text) => text !== null);
  if (said.length > 0) return { seen: false, text: `the kernel refuses it: ${said.join(', ')}` };
  const echoes = await allOf(pairs.map((pair) => echo(pair, byMs)));
  const seen = echoes.every((ms) => ms !== null && ms >= 2 * byMs);
  return { seen, text: echoesText(pairs, echoes) };
}

/** The evidence: no queue of this fault is left. A pair that another fault slows is still slow. */
export async function hurry(pairs: readonly Pair[], byMs: number): Promise<Evidence> {
  const lanes = directionsOf(pairs).flatMap(([from, to]) => standingLane(from, to, byMs) ?? []);
  const left = await allOf(lanes.map(close));
  const echoes = await allOf(pairs.map((pair) => echo(pair, byMs)));
  const isStill = ([one, other]: Pair) => [...lanesOf(one), ...lanesOf(other)].some(isBetween(one, other));
  const passes = pairs.every((pair, index) => isStill(pair) || (echoes[index] ?? byMs) < byMs);
  return {
    seen: passes && left.every((isGone) => isGone),
    text: echoesText(pairs, echoes),
  };
}

/** What the kernel complains of; null when it delays packets on the loopback. */
export async function whyNoNetem(shell: Pick<Shell, 'run'>): Promise<string | null> {
  const { code, output } = await shell.run(`${TC} qdisc add dev lo root netem delay 1ms`);
  if (code === 0) return null;
  const said = output.trim().split('\n').at(-1) ?? '';
  return said.replace(/\.$/, '') || `exit code ${code}`;
}

const directionsOf = (pairs: readonly Pair[]): readonly Pair[] =>
  pairs.flatMap(([one, other]) => [[one, other] as const, [other, one] as const]);

const lanesOf = (pod: Pod): readonly Lane[] => standing.get(pod) ?? [];

const isBetween = (one: Pod, other: Pod) => (lane: Lane) =>
  (lane.from === one && lane.to === other) || (lane.from === other && lane.to === one);

function laneFor(from: Pod, to: Pod, byMs: number): Lane {
  const taken = new Set(lanesOf(from).map(({ band }) => band));
  const band = BANDS.find((one) => !taken.has(one)) ?? 0;
  const lane = { from, to, byMs, band };
  standing.set(from, [...lanesOf(from), lane]);
  return lane;
}

function standingLane(from: Pod, to: Pod, byMs: number): Lane | undefined {
  return lanesOf(from).find((lane) => lane.to === to && lane.byMs === byMs);
}

/** What the kernel complains of; null when it took it. */
async function open({ from, to, byMs, band }: Lane): Promise<string | null> {
  if (band === 0) return `${from.node} has no band left`;
  const { code, output } = await from.shell.run(
    [
      `dev=${deviceTo(to)}`,
      `{ ${TC} qdisc show dev $dev | grep -q 'qdisc prio 1:' || ${TC} qdisc add dev $dev root handle 1: prio bands ${BANDS_MAX} priomap ${PRIOMAP}; }`,
      `${TC} qdisc add dev $dev parent 1:${hex(band)} handle ${hex(band)}0: netem delay ${byMs}ms limit ${PACKETS}`,
      `${TC} filter add dev $dev protocol ip parent 1: prio ${band} u32 match ip dst ${to.address}/32 flowid 1:${hex(band)}`,
    ].join(' && '),
  );
  return code === 0 ? null : output.trim() || `exit code ${code}`;
}

/** Whether its queue is gone. The root goes with the last of them. */
async function close(lane: Lane): Promise<boolean> {
  const { from, to, band } = lane;
  const { output } = await from.shell.run(
    [
      `dev=${deviceTo(to)}`,
      `${TC} filter del dev $dev parent 1: prio ${band}`,
      `${TC} qdisc del dev $dev parent 1:${hex(band)}`,
      `${TC} qdisc show dev $dev`,
    ].join('; '),
  );
  const others = lanesOf(from).filter((one) => one !== lane);
  standing.set(from, others);
  if (others.length === 0) await from.shell.run(`${TC} qdisc del dev ${deviceTo(to)} root`);
  return !output.includes(`netem ${hex(band)}0:`);
}

/** Milliseconds there and back; null when none came. The first may wait for the other's link address, which is not delayed. */
async function echo([from, to]: Pair, byMs: number): Promise<number | null> {
  const seconds = Math.ceil((3 * byMs) / 1000) + 1;
  const { output } = await from.shell.run(`ping -c 1 -W ${seconds} ${to.address}`, seconds * 1000 + SHELL_MS);
  const [, ms] = /time=([\d.]+) ms/.exec(output) ?? [];
  return ms === undefined ? null : Number(ms);
}

function echoesText(pairs: readonly Pair[], echoes: readonly (number | null)[]): string {
  return pairs.map((pair, index) => echoText(pair, echoes[index] ?? null)).join(', ');
}

function echoText([from, to]: Pair, ms: number | null): string {
  return `${from.node} to ${to.node} and back: ${ms === null ? 'no echo' : `${Math.round(ms)} ms`}`;
}

const deviceTo = ({ address }: Pod) => `$(ip route get ${address} | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)`;
const hex = (band: number) => band.toString(16);

const TC = '/tools/tc';
const BANDS_MAX = 16;
/** Whatever has no filter goes through the first. */
const PRIOMAP = Array.from({ length: 16 }, () => '0').join(' ');
const BANDS = Array.from({ length: BANDS_MAX - 2 }, (_, index) => index + 3);
/** More than a second of anything that nodes say. */
const PACKETS = 100_000;
const SHELL_MS = 5000;
