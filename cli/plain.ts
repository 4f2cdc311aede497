// The plain view of a run: one line for each thing that happens, as it happens. It reads the same events as the checkers.

import { formatGap } from '../nodes/contract/step.ts';
import { unreachable } from '../nodes/contract/invariant.ts';
import type { LabEvent } from '../nodes/contract/events.ts';
import type { Report, Status } from '../nodes/contract/control.ts';
import type { Feed } from '../scenarios/run.ts';
import type { Plan } from '../scenarios/plan-types.ts';
import type { Paint } from './paint.ts';

export interface PlainView {
  show(feed: Feed): void;
  close(): void;
}

interface Seen {
  /** The engine's clock as last heard, in microseconds. */
  now: number;
  /** When `now` was true, by the lab's clock. */
  heardAt: number;
  /** By node and transaction. */
  readonly doubts: Map<string, Map<string, Doubt>>;
  readonly faults: Set<string>;
  /** What is being waited for, said when nothing else was for a while. */
  waiting: string;
  quietSince: number;
  /** Nobody is asked about doubts any more, and their ages would only be guessed. */
  isOver: boolean;
}

interface Doubt {
  readonly since: number;
  shownMs: number;
}

export function plainView(
  plan: Plan,
  { write, paint }: { readonly write: (line: string) => void; readonly paint: Paint },
): PlainView {
  const seen: Seen = {
    now: 0,
    heardAt: 0,
    doubts: new Map(),
    faults: new Set(),
    waiting: 'starting',
    quietSince: performance.now(),
    isOver: false,
  };
  const opened = performance.now();
  const ticker = setInterval(() => {
    if (performance.now() - seen.quietSince >= QUIET_MS) line('', `… ${seen.waiting}`);
  }, 250);
  ticker.unref();

  function line(word: string, text: string, style: Parameters<Paint>[0] = 'bold'): void {
    seen.quietSince = performance.now();
    const seconds = ((performance.now() - opened) / 1000).toFixed(1).padStart(6);
    write(`${paint('dim', `${seconds} s`)}  ${paint(style, word.padEnd(9))} ${text}`);
  }

  function show(feed: Feed): void {
    switch (feed.kind) {
      case 'progress':
        seen.waiting = feed.text;
        return line('', paint('dim', feed.text));
      case 'event':
        return showEvent(feed.event);
      case 'report':
        return showReport(feed.report);
      default:
        return unreachable(feed);
    }
  }

  function showEvent(event: LabEvent): void {
    tick(event.at);
    switch (event.kind) {
      case 'phase':
        seen.waiting = WAITING[event.phase];
        return line(event.phase, phaseText(event.phase, plan) + (event.detail ? ` (${event.detail})` : ''));
      case 'fault': {
        const mark = event.evidence.seen ? '' : `${paint('red', 'no evidence')}: `;
        seen.waiting = seen.faults.has(event.id) ? 'transfers go on' : waitText(plan, event.id);
        seen.faults.add(event.id);
        return line(event.fault, `${event.node}: ${mark}${event.evidence.text}`, 'yellow');
      }
      case 'exited':
        line(
          'exited',
          `${event.node} ended by itself with code ${event.exitCode}${event.oomKilled ? ', out of memory' : ''}`,
          'red',
        );
        for (const last of event.lastLines) line('', paint('dim', `  ${last}`));
        return;
      case 'trace-lost':
        return line('lost', `trace of ${event.node}: ${event.detail}`, 'red');
      case 'ended':
        seen.waiting = 'closing logs';
        seen.isOver = true;
        return event.why === 'complete'
          ? undefined
          : line('ended', `${event.why}${event.detail ? `: ${event.detail}` : ''}`, 'red');
      case 'run':
      case 'logged':
      case 'dumped':
        return;
      default:
        return unreachable(event);
    }
  }

  function showReport(report: Report): void {
    if (report.say === 'held') showHeld(report);
    else if (report.say === 'failed') line('failed', `${report.node}: ${report.message}`, 'red');
    else if (report.say === 'status') showDoubts(report.node, report, report.at);
  }

  function showHeld(report: Extract<Report, { say: 'held' }>): void {
    const planned = plan.faults.find(({ id }) => id === report.hold);
    if (planned?.when.at !== 'step') return;
    line(
      'held',
      `${report.node} ${formatGap(planned.when.step.gap)}: ${report.about ?? ''}, ${planned.when.nth === 'same' ? 'of the same transaction' : `the ${ordinal(planned.when.nth)} to come there`}`,
      'cyan',
    );
  }

  /** Who is in doubt, from the marks of durable records: first at half the bound, then when it is passed, then every second. */
  function showDoubts(node: string, status: Status, at: number): void {
    tick(at);
    const doubts = seen.doubts.get(node) ?? new Map<string, Doubt>();
    seen.doubts.set(node, doubts);
    const open = new Map(status.inDoubt.map(({ tx, since }) => [tx, since]));
    for (const [tx, since] of open) if (!doubts.has(tx)) doubts.set(tx, { since, shownMs: 0 });
    const ended = [...doubts].filter(([tx]) => !open.has(tx));
    for (const [tx] of ended) doubts.delete(tx);
    const shown = ended.filter(([, { shownMs }]) => shownMs > 0);
    const longest = Math.max(...shown.map(([, { since }]) => at - since));
    if (shown.length > 0)
      line(
        'decided',
        `${node} knows the end of ${shown.map(([tx]) => tx).join(', ')}, at most ${Math.round(longest / 1000)} ms after its vote`,
        'green',
      );
    ageDoubts();
  }

  function ageDoubts(): void {
    if (seen.isOver) return;
    const bound = plan.timeouts['blocked'] ?? 1000;
    const now = seen.now + (performance.now() - seen.heardAt) * 1000;
    for (const [node, doubts] of seen.doubts) {
      const due = [...doubts].filter(([, doubt]) => (now - doubt.since) / 1000 >= nextShow(doubt.shownMs, bound));
      if (due.length === 0) continue;
      for (const [, doubt] of due) doubt.shownMs = nextShow(doubt.shownMs, bound);
      const ageMs = Math.max(...due.map(([, { since }]) => (now - since) / 1000));
      const isBlocked = ageMs >= bound;
      line(
        isBlocked ? 'blocked' : 'in doubt',
        `${node} about ${due.map(([tx]) => tx).join(', ')} for ${Math.round(ageMs)} ms`,
        isBlocked ? 'red' : 'magenta',
      );
    }
  }

  function tick(at: number): void {
    if (at <= seen.now) return;
    seen.now = at;
    seen.heardAt = performance.now();
  }

  const ageing = setInterval(ageDoubts, 100);
  ageing.unref();
  return {
    show,
    close: () => {
      clearInterval(ticker);
      clearInterval(ageing);
    },
  };
}

function phaseText(phase: Extract<LabEvent, { kind: 'phase' }>['phase'], plan: Plan): string {
  switch (phase) {
    case 'serving':
      return `${plan.nodes.length} nodes hear each other; ${plan.faults.length === 0 ? 'no fault is planned' : plan.faults.map(({ text }) => text).join('; ')}`;
    case 'healed':
      return 'the transfers are done and every fault has ended';
    case 'probing':
      return `${plan.probes.length} transfers on all accounts: is everything usable again?`;
    case 'settled':
      return 'nobody works on anything any more';
    default:
      return unreachable(phase);
  }
}

function nextShow(shownMs: number, bound: number): number {
  if (shownMs === 0) return bound / 2;
  return shownMs < bound ? bound : shownMs + 1000;
}

function waitText(plan: Plan, id: string): string {
  const planned = plan.faults.find((fault) => fault.id === id);
  return planned ? `${planned.then.do} after ${planned.then.afterMs} ms` : 'the fault lasts';
}

export function ordinal(n: number): string {
  const last = n % 100 >= 11 && n % 100 <= 13 ? 0 : n % 10;
  return `${n}${last === 1 ? 'st' : last === 2 ? 'nd' : last === 3 ? 'rd' : 'th'}`;
}

const WAITING = {
  serving: 'transfers are running',
  healed: 'waiting until nobody is in doubt',
  probing: 'probing',
  settled: 'closing logs',
} as const;
const QUIET_MS = 1500;
