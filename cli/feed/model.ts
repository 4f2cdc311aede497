// What is known of a run while it goes on, and what can be read from it at any moment. It judges nothing: the verdict comes from the
// history alone.

import { BIN_MS, binOf, openSeries } from './series.ts';
import { isOfLocks as isLockFamily } from '../../nodes/contract/properties.ts';
import type { LabEvent } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { DoubtReport, OperationCounts, Report, SentReport, Status } from '../../nodes/contract/control.ts';
import type { Plan, PlannedFault } from '../../scenarios/plan/plan-types.ts';
import type { Series } from './series.ts';

/** `held`: stands at the step of a fault. `ended`: by itself, which the lab did not ask for. */
export type NodeState =
  | 'starting'
  | 'up'
  | 'held'
  | 'killed'
  | 'restarting'
  | 'paused'
  | 'cut off'
  | 'disk full'
  | 'ended';

export interface NodeModel {
  readonly id: NodeId;
  state: NodeState;
  /** When it was dead, paused, held or without room on its disk, in microseconds of the engine's clock; the last may be without end. */
  readonly absences: Absence[];
  /** Since when it was in doubt before it died, about what its next life may be in doubt about again. */
  readonly doubtedSince: Map<string, number>;
  incarnation: number;
  /** Of all incarnations together. */
  readonly counts: { committed: number; aborted: number; forced: number; sent: number };
  readonly operations: { -readonly [Name in keyof OperationCounts]: number };
  readonly doubts: Map<string, Doubt>;
  /** Of a store: it leads its ensemble. */
  leads: boolean;
  /** The last that this incarnation said of itself. */
  last: (Status & { readonly at: number }) | null;
}

export interface Absence {
  readonly from: number;
  to: number;
  /** By the lab, at a step. */
  readonly held: boolean;
}

/** A node that ended by itself, until it runs again. */
export interface Death {
  readonly node: NodeId;
  readonly from: number;
  to: number;
}

/** Of the engine's clock: not there yet at `since`, seen at `at`. */
export interface Bracket {
  readonly since: number;
  readonly at: number;
}

export interface Doubt extends DoubtReport {
  shownMs: number;
}

export interface FaultModel {
  readonly planned: PlannedFault;
  stage: 'armed' | 'held' | 'in force' | 'over';
  /** How many transactions have come to the step. */
  count: number;
  /** The transaction at the step, once it is held. */
  about: string | null;
  /** When it was injected and ended, in milliseconds of the lab's clock. */
  injectedMs: number | null;
  began: Bracket | null;
  ended: Bracket | null;
  evidence: { readonly seen: boolean; readonly text: string } | null;
  /** Whom it has hit; nobody before it was injected. */
  hit: readonly NodeId[];
}

export interface Sent extends SentReport {
  readonly from: NodeId;
}

/** A host dropped a message, kept it back or sent it twice, for the so many-th time. */
export type Met = Pick<Extract<Report, { say: 'met' }>, 'node' | 'fault' | 'count' | 'at' | 'to' | 'word' | 'about'>;

export type Style = 'dim' | 'bold' | 'cyan' | 'green' | 'magenta' | 'red' | 'yellow';

/** A piece of a row. */
export interface Part {
  readonly text: string;
  readonly style?: Style | undefined;
}

/** One thing that happened, at milliseconds since the view was opened. */
export interface Line {
  readonly ms: number;
  /** Said before the clients began: the time is that since the run was asked for. */
  readonly isSetup: boolean;
  readonly word: string;
  readonly text: string;
  readonly style: Style;
}

export interface Model {
  readonly plan: Plan;
  readonly openedMs: number;
  /** When the clients began; null until then. Times of lines count from there, as those of evidence and logs do. */
  servedMs: number | null;
  /** The same moment by the engine's clock. */
  servedUs: number | null;
  nowMs: number;
  /** The engine's clock as last heard, in microseconds, and when that was by the lab's. */
  heard: { us: number; atMs: number };
  readonly nodes: readonly NodeModel[];
  readonly faults: readonly FaultModel[];
  readonly deaths: Death[];
  /** What is being waited for. */
  waiting: string;
  stage: 'starting' | Extract<LabEvent, { kind: 'phase' }>['phase'];
  stopping: boolean;
  /** Nothing of the nodes changes any more; what follows is the lab's. */
  ended: boolean;
  readonly lines: Line[];
  /** Newest last. */
  readonly messages: Sent[];
  /** What hosts said that they did with messages; newest last. */
  readonly met: Met[];
  /** What was said of a lock that two hold, while they do. */
  shared: string | null;
  /** The longest stay in doubt of each node, in milliseconds. */
  readonly longest: Map<NodeId, number>;
  readonly rates: { readonly ok: Series; readonly okUs: Series; readonly sent: Series; readonly forced: Series };
}

export function openModel(plan: Plan, nowMs: number): Model {
  return {
    plan,
    openedMs: nowMs,
    servedMs: null,
    servedUs: null,
    nowMs,
    heard: { us: 0, atMs: nowMs },
    nodes: plan.nodes.map(({ id }) => ({
      id,
      state: 'starting',
      absences: [],
      doubtedSince: new Map(),
      incarnation: 0,
      counts: { committed: 0, aborted: 0, forced: 0, sent: 0 },
      operations: { asked: 0, ok: 0, failed: 0, unknown: 0, okUs: 0 },
      doubts: new Map(),
      leads: false,
      last: null,
    })),
    faults: plan.faults.map((planned) => ({
      planned,
      stage: 'armed',
      count: 0,
      about: null,
      injectedMs: null,
      began: null,
      ended: null,
      evidence: null,
      hit: [],
    })),
    deaths: [],
    waiting: 'starting',
    stage: 'starting',
    stopping: false,
    ended: false,
    lines: [],
    messages: [],
    met: [],
    shared: null,
    longest: new Map(),
    rates: { ok: openSeries(), okUs: openSeries(), sent: openSeries(), forced: openSeries() },
  };
}

export function timeOf({ nowMs, openedMs, servedMs }: Model): Pick<Line, 'ms' | 'isSetup'> {
  return { ms: nowMs - (servedMs ?? openedMs), isSetup: servedMs === null };
}

/** The engine's clock now, as far as the lab can tell. */
export function engineUs({ heard, nowMs }: Model): number {
  return heard.us + (nowMs - heard.atMs) * 1000;
}

/** So many operations the clients are to do at least; null where the plan does not say. */
export function plannedOperations({ plan }: Model): number | null {
  const client = plan.options['client'];
  const isObject = typeof client === 'object' && client !== null;
  return isObject && 'operations' in client && typeof client.operations === 'number' ? client.operations : null;
}

/** Nobody is in doubt in a run of locks: clients hold one, or wait for it. */
export function isOfLocks({ plan }: Model): boolean {
  return isLockFamily(plan.family);
}

/** A live node longer in doubt than this is called blocked, in milliseconds. */
export function boundMs({ plan }: Model): number {
  return plan.timeouts['blocked'] ?? 1000;
}

/** A node that is dead, paused or held waits for nobody. */
export function isRunning({ state }: NodeModel): boolean {
  return state === 'up' || state === 'cut off';
}

/** How long a fault in force will go on, in milliseconds. */
export function leftMs(model: Model, { injectedMs, planned }: FaultModel): number {
  return Math.max((injectedMs ?? model.nowMs) + planned.then.afterMs - model.nowMs, 0);
}

/** The last `width` bins of a rate, in units a second, null before the first; the bin that is still filling is left out. */
export function perSecond(model: Model, series: Series, width: number): readonly (number | null)[] {
  const first = Math.min(...series.bins.keys());
  return lastBins(model, width).map((bin) => (bin < first ? null : ((series.bins.get(bin) ?? 0) * 1000) / BIN_MS));
}

/** The mean latency of the operations that ended ok, by bin, in milliseconds; null where none did. */
export function latencies(model: Model, width: number): readonly (number | null)[] {
  const { ok, okUs } = model.rates;
  return lastBins(model, width).map((bin) => {
    const ended = ok.bins.get(bin) ?? 0;
    return ended > 0 ? (okUs.bins.get(bin) ?? 0) / ended / 1000 : null;
  });
}

function lastBins(model: Model, width: number): readonly number[] {
  const last = binOf(engineUs(model)) - 1;
  return Array.from({ length: width }, (_, index) => last - width + 1 + index);
}
