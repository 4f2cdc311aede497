// A stored run, told again to the feed that views follow: nodes report what a host would, five times a second, and the lab what it does. What
// comes out is the lines that were seen while it went on, from the history alone.

import { next } from '../feed/follow.ts';
import { openModel } from '../feed/model.ts';
import { openTally, type Tally } from '../../nodes/hosts/tally.ts';
import type { Line, Model } from '../feed/model.ts';
import type { HistoryEvent, TraceEvent } from '../../nodes/contract/events.ts';
import type { Note } from '../../nodes/contract/notes.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import type { ReportBody } from '../../nodes/contract/control.ts';
import type { History } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';

interface Teller {
  readonly incarnation: number;
  readonly tally: Tally;
  readonly durable: LogRecord[];
  toldMs: number;
}

export function retold({ events }: History, plan: Plan): readonly Line[] {
  const startUs = events.find(({ at }) => at > 0)?.at ?? 0;
  const model = openModel(plan, 0);
  const tellers = new Map<NodeId, Teller>();
  let nowUs = startUs;
  const nowMs = () => (nowUs - startUs) / 1000;
  const tell = (node: NodeId, body: ReportBody) => {
    const incarnation = tellers.get(node)?.incarnation ?? 1;
    next(model, { kind: 'report', report: { node, incarnation, seq: 1, ...body } }, nowMs());
  };
  const sayStatus = (node: NodeId, { tally }: Teller) => tell(node, { say: 'status', at: nowUs, ...tally.status() });
  const goOnTo = (atUs: number) => {
    const step = Math.max(TICK_US, (atUs - nowUs) / TICKS_MOST);
    for (nowUs += step; nowUs < atUs; nowUs += step) {
      for (const [node, teller] of tellers) {
        if (nowMs() - teller.toldMs < STATUS_MS || !isThere(model, node) || !teller.tally.changed()) continue;
        teller.toldMs = nowMs();
        sayStatus(node, teller);
      }
      next(model, { kind: 'tick' }, nowMs());
    }
    nowUs = atUs;
  };
  const hear = (event: TraceEvent) => {
    if (event.kind === 'booted') {
      const durable = tellers.get(event.node)?.durable ?? [];
      const tally = openTally({ survived: durable, nowUs: () => nowUs });
      tellers.set(event.node, { incarnation: event.incarnation, tally, durable, toldMs: 0 });
      return tell(event.node, { say: 'ready' });
    }
    const teller = tellers.get(event.node);
    if (!teller) return;
    count(teller, event);
    if (event.kind === 'told' && isNews(event.note)) tell(event.node, { say: 'told', at: event.at, note: event.note });
    if (event.kind !== 'held') return;
    sayStatus(event.node, teller);
    tell(event.node, { say: 'held', hold: event.hold, about: event.about, at: event.at });
  };
  for (const event of events) {
    if (event.at > nowUs) goOnTo(event.at);
    if ('seq' in event) hear(event);
    else next(model, { kind: 'event', event }, nowMs());
  }
  return model.lines;
}

const TICK_US = 50_000;
/** Between two events: a silence of hours is told in fewer words. */
const TICKS_MOST = 400;
const STATUS_MS = 200;

function isThere({ nodes }: Model, id: NodeId): boolean {
  const state = nodes.find((node) => node.id === id)?.state;
  return state !== 'killed' && state !== 'paused' && state !== 'ended';
}

function count({ tally, durable }: Teller, event: HistoryEvent): void {
  if (event.kind === 'appended') tally.appended(event.record);
  if (event.kind === 'told') tally.told(event.note);
  if (event.kind === 'sent' || event.kind === 'lost') tally.sent(event.to, event.message, event.kind);
  if (event.kind !== 'durable') return;
  durable.push(event.record);
  tally.durable({ incarnation: event.incarnation, how: event.how, record: event.record });
}

function isNews({ word }: Note): boolean {
  return word === 'elected' || word === 'terminated' || word === 'yielded';
}
