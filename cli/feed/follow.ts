// Follows a run: a machine whose inputs are the feed and time. The plain view prints the lines that it gives, the dashboard draws what
// it has gathered in the model.

import { isMessageFault, nodesOf } from '../../compose/faults.ts';
import { formatGap } from '../../nodes/contract/step.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import { nodesAmong } from '../../scenarios/language/layout.ts';
import { countedOf, DONE, endText, newsText, operationsOf, restText } from './phrases.ts';
import { followLeader, followShared } from './follow-locks.ts';
import { say } from './say.ts';
import { boundMs, engineUs, isOfLocks, isRunning, leftMs } from './model.ts';
import { become, runAgain, waitedMs } from './waiting.ts';
import { spread } from './series.ts';
import { wordsFor } from '../../scenarios/workloads/catalog.ts';
import type { Report, Status } from '../../nodes/contract/control.ts';
import type { LabEvent } from '../../nodes/contract/events.ts';
import type { Note } from '../../nodes/contract/notes.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Feed } from '../../scenarios/run/run.ts';
import type { FaultModel, Line, Model, NodeModel, NodeState } from './model.ts';

export type ViewInput = Feed | { readonly kind: 'tick'; readonly lateMs?: number } | { readonly kind: 'stopping' };

/** Follows one input at `nowMs` of the lab's clock; gives what is worth a line. */
export function next(model: Model, input: ViewInput, nowMs: number): readonly Line[] {
  model.nowMs = nowMs;
  const before = model.lines.length;
  switch (input.kind) {
    case 'progress':
      model.waiting = input.text;
      say(model, '', input.text, 'dim');
      break;
    case 'event':
      followEvent(model, input.event);
      break;
    case 'report':
      followReport(model, input.report);
      break;
    case 'leader':
      followLeader(model, input);
      break;
    case 'tick':
      if ((input.lateMs ?? 0) < ASLEEP_MS) break;
      // Of the time for which the lab was stopped nothing is known yet.
      model.heard = { ...model.heard, atMs: model.heard.atMs + (input.lateMs ?? 0) };
      return [];
    case 'stopping':
      model.stopping = true;
      model.waiting = 'stopping the run and cleaning up';
      break;
    default:
      return unreachable(input);
  }
  if (!model.ended) {
    ageDoubts(model);
    awaitRestarts(model);
  }
  return model.lines.slice(before);
}

function followEvent(model: Model, event: LabEvent): void {
  hear(model, event.at);
  switch (event.kind) {
    case 'phase':
      model.stage = event.phase;
      model.waiting = WAITING[event.phase];
      if (event.phase === 'healed' && isOfLocks(model)) model.waiting = 'waiting until nobody wants a lock';
      if (event.phase === 'serving') {
        model.servedMs = model.nowMs;
        model.servedUs = event.at;
        storesServe(model, event.at);
      }
      return say(model, event.phase, stageText(event.phase, model) + (event.detail ? ` (${event.detail})` : ''));
    case 'fault':
      return followFault(model, event);
    case 'exited': {
      const node = nodeOf(model, event.node);
      if (node) become(node, 'ended', event.at);
      model.deaths.push({ node: event.node, from: event.at, to: Number.POSITIVE_INFINITY });
      const memory = event.oomKilled ? ', out of memory' : '';
      say(model, 'exited', `${event.node} ended by itself with code ${event.exitCode}${memory}`, 'red');
      for (const last of event.lastLines) say(model, '', `  ${last}`, 'dim');
      return;
    }
    case 'trace-lost':
      return say(model, 'lost', `trace of ${event.node}: ${event.detail}`, 'red');
    case 'ended':
      model.ended = true;
      model.waiting = 'closing logs';
      letGo(model, event.at);
      if (event.why !== 'complete')
        say(model, 'ended', `${event.why}${event.detail ? `: ${event.detail}` : ''}`, 'red');
      return;
    case 'run':
    case 'logged':
    case 'dumped':
      return;
    default:
      return unreachable(event);
  }
}

/** A store reports nothing: it serves when everybody does. */
function storesServe({ nodes }: Model, atUs: number): void {
  for (const node of nodes) if (node.state === 'starting') become(node, 'up', atUs);
}

/** The first event of a fault begins it, the second ends it. */
function followFault(model: Model, event: Extract<LabEvent, { kind: 'fault' }>): void {
  const { seen, text } = event.evidence;
  say(model, event.fault, `${event.node}: ${seen ? '' : 'no evidence: '}${text}`, seen ? 'yellow' : 'red');
  const fault = model.faults.find(({ planned }) => planned.id === event.id);
  if (!fault) return;
  const begins = fault.began === null;
  if (begins) fault.evidence = event.evidence;
  fault.injectedMs ??= model.nowMs;
  bracket(fault, event);
  fault.stage = fault.ended === null ? 'in force' : 'over';
  model.waiting = fault.stage === 'in force' ? waitText(fault) : `${operationsOf(model)} go on`;
  if (begins) letGo(model, event.at);
  // Whose messages are lost is up all the same.
  if (!seen || isMessageFault(fault.planned.fault)) return;
  // Who had no name in the plan is in the event.
  if (begins) fault.hit = [...new Set([...nodesOf(fault.planned.fault), event.node])];
  for (const id of fault.hit) {
    const node = nodeOf(model, id);
    if (node) followState(node, event);
  }
}

/** What hosts did with messages is over when they have said so; any other fault when it is seen to be. */
function bracket(fault: FaultModel, { since, at, evidence, fault: word }: Extract<LabEvent, { kind: 'fault' }>): void {
  if (fault.began !== null) {
    if (evidence.seen || isMessageFault(fault.planned.fault)) fault.ended = { since, at };
    return;
  }
  fault.began = { since, at };
  if (word === 'restart' || word === 'promote') fault.ended = { since, at };
}

/** A fault is there from when it began, and gone when it is seen to be. */
function followState(node: NodeModel, { fault, since, at }: Extract<LabEvent, { kind: 'fault' }>): void {
  const state = STATE_AFTER[fault];
  become(node, state, state === 'up' || state === 'cut off' ? at : since);
  if (state !== 'killed') return;
  // A dead process is in doubt about nothing; its next life reports anew.
  for (const { about, since: from } of node.doubts.values()) node.doubtedSince.set(about, from);
  node.doubts.clear();
}

/** A held node goes on once its fault is there, or the run ends. */
function letGo(model: Model, atUs: number): void {
  for (const node of model.nodes) if (node.state === 'held') become(node, 'up', atUs);
}

function followReport(model: Model, report: Report): void {
  const node = nodeOf(model, report.node);
  if (!node) return;
  switch (report.say) {
    case 'ready':
      if (node.state === 'starting' || node.state === 'killed' || node.state === 'restarting') runAgain(model, node);
      return;
    case 'counted':
      return countStep(model, report);
    case 'held':
      return hold(model, node, report);
    case 'met':
      hear(model, report.at);
      return meet(model, report);
    case 'failed':
      return say(model, 'failed', `${report.node}: ${report.message}`, 'red');
    case 'told':
      hear(model, report.at);
      return followNews(model, node, report.note, report.at);
    case 'status':
      hear(model, report.at);
      return followStatus(model, node, report);
    case 'linked':
    case 'meddling':
    case 'ceased':
    case 'marked':
    case 'answered':
    case 'finished':
      return;
    default:
      return unreachable(report);
  }
}

/** The first few; how many it were is said at the end. */
function meet(model: Model, report: Extract<Report, { say: 'met' }>): void {
  const { node, fault: id, count, word, about, to } = report;
  model.met.push(report);
  model.met.splice(0, model.met.length - MET_KEPT);
  const fault = model.faults.find(({ planned }) => planned.id === id)?.planned.fault;
  if (!fault || !isMessageFault(fault) || count > MET_SHOWN) return;
  say(model, DONE[fault.do], `${node}'s host: ${word}${about === null ? '' : ` about ${about}`} to ${to}`, 'yellow');
}

function countStep({ faults }: Model, { hold: id, count }: Extract<Report, { say: 'counted' }>): void {
  for (const fault of faults) if (fault.planned.id === id) fault.count = count;
}

function hold(model: Model, node: NodeModel, { hold: id, about, at }: Extract<Report, { say: 'held' }>): void {
  const fault = model.faults.find(({ planned }) => planned.id === id);
  if (fault?.planned.when.at !== 'step') return;
  const { step, nth } = fault.planned.when;
  fault.stage = 'held';
  fault.about = about;
  if (nth !== 'same') fault.count = nth;
  become(node, 'held', at);
  const what = countedOf(model);
  const whichOne = nth === 'same' ? `of the same ${what}` : `the ${ordinal(nth)} ${what} to reach this step`;
  say(model, 'held', `${node.id} ${formatGap(step.gap)}: ${about ?? ''}, ${whichOne}`, 'cyan');
}

/** Who took over, and by which rule the transaction ended. */
function followNews(model: Model, node: NodeModel, news: Note, at: number): void {
  if (news.word === 'yielded') return say(model, 'yielded', newsText(node.id, news), 'magenta');
  if (news.word !== 'elected' && news.word !== 'terminated') return;
  const since = node.doubts.get(news.about)?.since;
  if (news.word === 'elected') return say(model, 'elected', newsText(node.id, news), 'cyan');
  const unsure = since === undefined ? '' : `; nobody had told it for ${Math.round((at - since) / 1000)} ms`;
  say(model, 'decided', newsText(node.id, news) + unsure, 'green');
}

function followStatus(model: Model, node: NodeModel, report: Extract<Report, { say: 'status' }>): void {
  const previous = node.incarnation === report.incarnation ? node.last : null;
  node.incarnation = report.incarnation;
  node.last = report;
  count(model, node, report, previous);
  const newest = previous?.messages.at(-1)?.at ?? 0;
  for (const message of report.messages) if (message.at > newest) model.messages.push({ from: node.id, ...message });
  model.messages.sort((a, b) => a.at - b.at);
  model.messages.splice(0, model.messages.length - MESSAGES_KEPT);
  followDoubts(model, node, report);
  followShared(model);
}

/** Counters start anew with each incarnation; what is counted here does not. */
function count(
  { rates }: Model,
  node: NodeModel,
  status: Status & { readonly at: number },
  previous: (Status & { readonly at: number }) | null,
): void {
  const span = { from: Math.max(previous?.at ?? 0, status.at - STATUS_US), to: status.at };
  for (const name of ['committed', 'aborted', 'forced', 'sent'] as const)
    node.counts[name] += status[name] - (previous?.[name] ?? 0);
  for (const name of ['asked', 'ok', 'failed', 'unknown', 'okUs'] as const)
    node.operations[name] += status.operations[name] - (previous?.operations[name] ?? 0);
  for (const name of ['ok', 'okUs'] as const)
    spread(rates[name], span, status.operations[name] - (previous?.operations[name] ?? 0));
  for (const name of ['sent', 'forced'] as const) spread(rates[name], span, status[name] - (previous?.[name] ?? 0));
}

/** Who is in doubt, from the marks of durable records. */
function followDoubts(model: Model, node: NodeModel, { inDoubt, at }: Status & { readonly at: number }): void {
  const open = new Set(inDoubt.map(({ about: tx }) => tx as string));
  const ended = [...node.doubts.values()].filter(({ about: tx }) => !open.has(tx));
  for (const { about: tx } of ended) node.doubts.delete(tx);
  for (const doubt of inDoubt) {
    const known = node.doubts.get(doubt.about);
    const since = known?.since ?? node.doubtedSince.get(doubt.about) ?? doubt.since;
    node.doubts.set(doubt.about, { ...doubt, since, shownMs: known?.shownMs ?? 0 });
  }
  node.doubtedSince.clear();
  const shown = ended.filter(({ shownMs }) => shownMs > 0);
  if (shown.length === 0) return;
  const longest = Math.max(...shown.map(({ since }) => (at - since) / 1000));
  const which = shown.map(({ about: tx }) => tx).join(', ');
  say(
    model,
    'decided',
    `${node.id} learned the outcome of ${which} within ${Math.round(longest)} ms of its vote`,
    'green',
  );
}

/** First at half the bound, then when it is passed, then every second. */
function ageDoubts(model: Model): void {
  const bound = boundMs(model);
  for (const node of model.nodes.filter(isRunning)) {
    const oldest = Math.max(0, ...[...node.doubts.values()].map((doubt) => waitedMs(model, node, doubt)));
    model.longest.set(node.id, Math.max(oldest, model.longest.get(node.id) ?? 0));
    const due = [...node.doubts.values()].filter(
      (doubt) => waitedMs(model, node, doubt) >= nextShow(doubt.shownMs, bound),
    );
    if (due.length === 0) continue;
    for (const doubt of due) doubt.shownMs = nextShow(doubt.shownMs, bound);
    const longest = Math.max(...due.map((doubt) => waitedMs(model, node, doubt)));
    const which = due.map(({ about: tx }) => tx).join(', ');
    const isBlocked = longest >= bound;
    say(
      model,
      isBlocked ? 'blocked' : 'in doubt',
      `${node.id} for ${Math.round(longest)} ms about ${which}`,
      isBlocked ? 'red' : 'magenta',
    );
  }
}

function nextShow(shownMs: number, bound: number): number {
  if (shownMs === 0) return bound / 2;
  return shownMs < bound ? bound : shownMs + 1000;
}

/** The lab starts a killed node when its time is over; the node says when it is there. */
function awaitRestarts(model: Model): void {
  for (const fault of model.faults) {
    if (
      fault.stage !== 'in force' ||
      fault.planned.then.do !== 'restart' ||
      fault.planned.then.never ||
      leftMs(model, fault) > 0
    )
      continue;
    for (const id of fault.hit) {
      const node = nodeOf(model, id);
      if (node?.state === 'killed') become(node, 'restarting', engineUs(model));
    }
  }
}

function hear(model: Model, us: number): void {
  if (us > model.heard.us) model.heard = { us, atMs: model.nowMs };
}

function nodeOf({ nodes }: Model, id: NodeId): NodeModel | undefined {
  return nodes.find((node) => node.id === id);
}

function stageText(stage: Extract<LabEvent, { kind: 'phase' }>['phase'], model: Model): string {
  const { plan } = model;
  const { operations, key } = wordsFor(plan.workload);
  switch (stage) {
    case 'serving':
      return `all ${nodesAmong(plan.nodes).length} nodes connected; ${plan.faults.length === 0 ? 'no fault is planned' : plan.faults.map(({ text }) => text).join('; ')}`;
    case 'healed':
      return `the ${operations} are done and ${endText(model)}`;
    case 'probing':
      return `every ${key} with ${plan.probes.flat().length} ${operations}`;
    case 'settled':
      return restText(model);
    default:
      return unreachable(stage);
  }
}

function waitText({ planned }: FaultModel): string {
  if (planned.then.never) return `this is never undone; the clients go on for ${planned.then.afterMs} ms`;
  return `${planned.then.do} after ${planned.then.afterMs} ms`;
}

function ordinal(n: number): string {
  const last = n % 100 >= 11 && n % 100 <= 13 ? 0 : n % 10;
  return `${n}${last === 1 ? 'st' : last === 2 ? 'nd' : last === 3 ? 'rd' : 'th'}`;
}

const STATE_AFTER = {
  kill: 'killed',
  restart: 'up',
  pause: 'paused',
  resume: 'up',
  cut: 'cut off',
  slow: 'up',
  heal: 'up',
  clock: 'up',
  fill: 'disk full',
  promote: 'up',
  drop: 'up',
  duplicate: 'up',
  delay: 'up',
} as const satisfies Record<string, NodeState>;

const WAITING = {
  serving: 'clients are at work',
  healed: 'waiting until nobody is in doubt',
  probing: 'probing',
  settled: 'closing logs',
} as const;

/** Ticks come several times a second. */
const ASLEEP_MS = 1000;
const MESSAGES_KEPT = 40;
const MET_SHOWN = 4;
const MET_KEPT = 200;

/** Nodes report so often while anything changes; a longer silence was idle. In microseconds. */
const STATUS_US = 250_000;
