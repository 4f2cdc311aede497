// Phrases for a run under way: what each node, each fault and the run as a whole are at, said from the model. A sign stands beside every
// colour, so that none carries meaning alone.

import { wordsFor } from '../../scenarios/workloads/catalog.ts';
import { formatTarget, isMessageFault, nodesOf, targetsOf } from '../../compose/faults.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import { formatGap, formatStep } from '../../nodes/contract/step.ts';
import { fateOf } from './fate.ts';
import { leaseText, recordText, sharedLock } from './lease-phrases.ts';
import { seconds } from './seconds.ts';
import { boundMs, isOfLocks, isRunning, leftMs } from './model.ts';
import { waitedMs } from './waiting.ts';
import { formatMs, listed } from '../../scenarios/checkers/conclude.ts';
import type { LockTimes, Verdict } from '../../scenarios/findings.ts';
import type { News } from '../../nodes/contract/notes.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Doubt, FaultModel, Line, Model, NodeModel, NodeState, Part, Style } from './model.ts';

/** A piece that always has a style. */
interface Said extends Part {
  readonly style: Style;
}

const STATES: Readonly<Record<NodeState, readonly [sign: string, style: Style]>> = {
  starting: ['◌', 'dim'],
  up: ['●', 'green'],
  held: ['◆', 'cyan'],
  killed: ['✗', 'red'],
  restarting: ['↻', 'yellow'],
  paused: ['‖', 'yellow'],
  'cut off': ['⊘', 'yellow'],
  'disk full': ['▣', 'yellow'],
  ended: ['✗', 'red'],
};

export function stateOf({ state }: NodeModel): Said {
  const [sign, style] = STATES[state];
  return { text: `${sign} ${state}`, style };
}

/** The one thing to know now. */
export function headlineOf(model: Model): Said {
  if (model.stopping)
    return { text: '■ stopping the run and cleaning up; once more to leave at once', style: 'yellow' };
  if (model.ended) return { text: `· ${model.waiting}`, style: 'green' };
  const bound = boundMs(model);
  const waiting = model.nodes
    .flatMap((node) => (isRunning(node) ? [{ id: node.id, ms: oldestMs(model, node) }] : []))
    .filter(({ ms }) => ms >= bound / 2);
  const blocked = waiting.filter(({ ms }) => ms >= bound);
  const shared = sharedLock(model);
  if (shared) return shared;
  if (blocked.length > 0) {
    const longest = Math.max(...blocked.map(({ ms }) => ms));
    const who = blocked.map(({ id }) => id).join(', ');
    return { text: `✗ BLOCKED for ${seconds(longest)}: ${who} (bound ${seconds(bound)})`, style: 'red' };
  }
  if (waiting.length > 0)
    return {
      text: `! in doubt for ${seconds(bound / 2)} and more: ${waiting.map(({ id }) => id).join(', ')}`,
      style: 'magenta',
    };
  const fault = model.faults.find(({ stage }) => stage === 'held' || stage === 'in force');
  if (fault) return stageOf(model, fault);
  return { text: `· ${model.waiting}`, style: model.stage === 'starting' ? 'dim' : 'green' };
}

export function verdictHeadline({ word }: Pick<Verdict, 'word'>): Said {
  const [sign, style] = VERDICTS[word];
  return { text: `${sign} ${word}`, style };
}

const VERDICTS = {
  'as expected': ['✓', 'green'],
  'not as expected': ['✗', 'red'],
  inconclusive: ['?', 'yellow'],
} as const satisfies Record<Verdict['word'], readonly [sign: string, style: Style]>;

/** How long promises held their locks, which is known when the run is judged. */
export function heldText({ p50Ms, p99Ms }: LockTimes): string {
  return `held for ${msText(p50Ms)} in the median, ${msText(p99Ms)} at p99`;
}

export function longestHeldText({ longest: { tx, site, keys, ms, open } }: LockTimes): string {
  const what = keys.length === 0 ? '' : `${listed(keys)} at `;
  return `longest ${msText(ms)}: ${what}${site} for ${tx}${open ? ', to the end' : ''}`;
}

function msText(ms: number): string {
  return formatMs(ms * 1000);
}

/** What the clients of this run ask for. */
export function operationsOf({ plan }: Model): string {
  return wordsFor(plan.workload).operations;
}

/** One of what counts at a step: of locks, what their holders do. */
export function countedOf(model: Model): string {
  return isOfLocks(model) ? wordsFor(model.plan.workload).operation : 'transaction';
}

/** Where a fault is at. */
export function stageOf(model: Model, fault: FaultModel): Said {
  const place = placeOf(fault);
  return stage(model, fault, place === '' ? '' : `; ${place}`);
}

/** For a narrow screen, on which the sentence says the step already: the transaction, and the rest if there is room. */
export function shortStageOf(model: Model, fault: FaultModel): Said {
  const { text, style } = stage(model, fault, '');
  return {
    text: fault.about === null || fault.stage === 'held' ? text : text.replace(' ', ` ${fault.about}: `),
    style,
  };
}

function stage(model: Model, fault: FaultModel, place: string): Said {
  const { planned, count, injectedMs } = fault;
  const who = whoOf(planned.fault);
  const done = DONE[planned.fault.do];
  switch (fault.stage) {
    case 'armed':
      if (planned.when.at === 'time')
        return {
          text: `· not yet: ${seconds(planned.when.afterMs)} after the ${operationsOf(model)} begin`,
          style: 'dim',
        };
      if (planned.when.nth === 'same')
        return { text: `· not yet: the same ${countedOf(model)} at ${formatStep(planned.when.step)}`, style: 'dim' };
      return {
        text: `· not yet: ${count} of ${planned.when.nth} ${countedOf(model)}s have reached ${formatStep(planned.when.step)}`,
        style: 'dim',
      };
    case 'held':
      return {
        text: `◆ ${planned.when.at === 'step' ? planned.when.step.node : who} is held ${placeOf(fault)}`,
        style: 'cyan',
      };
    case 'in force': {
      const ago = seconds(model.nowMs - (injectedMs ?? model.nowMs));
      return { text: `✗ ${who} ${done} ${ago} ago, ${untilOf(model, fault)}${place}`, style: 'red' };
    }
    case 'over':
      return { text: `✓ over: ${who} was ${done}${place.replace(';', '')}`, style: 'green' };
    default:
      return unreachable(fault.stage);
  }
}

function whoOf(fault: FaultModel['planned']['fault']): string {
  const targets = targetsOf(fault);
  const nodes = targets.length > NAMED ? `${targets.length} nodes` : targets.map(formatTarget).join(', ');
  if (isMessageFault(fault)) return `${fault.word} from ${nodes}`;
  return fault.do === 'clock' ? `the clock of ${nodes}` : nodes;
}

const NAMED = 3;

/** What was shown, not inferred; empty until the fault was tried. */
export function evidenceOf({ evidence }: FaultModel): Said {
  if (evidence === null) return { text: '', style: 'dim' };
  return evidence.seen
    ? { text: `✓ seen: ${evidence.text}`, style: 'green' }
    : { text: `✗ no evidence: ${evidence.text}`, style: 'red' };
}

/** What a node is doing, the gravest first. */
export function doingOf(model: Model, node: NodeModel): Part {
  if (node.state === 'starting') return { text: '' };
  const fault = model.faults.find(
    ({ stage, planned }) => (stage === 'held' || stage === 'in force') && concerns(planned, node, stage),
  );
  const doubt = doubtText(model, node) ?? leaseText(model, node);
  if (fault && node.state !== 'up')
    return { text: [untilOf(model, fault), doubt?.text, placeOf(fault)].filter(Boolean).join(', ') };
  if (doubt) return doubt;
  if (node.leads) return { text: 'leads', style: 'cyan' };
  const { asked, ok, failed, unknown } = node.operations;
  if (asked > 0) return { text: `${asked - ok - failed - unknown} ${operationsOf(model)} under way` };
  if (isOfLocks(model) && node.last?.record) return { text: recordText(node.last.record) };
  const last = node.last?.messages.at(-1);
  if (!last) return { text: '' };
  const fate = fateOf(model, { from: node.id, ...last }).text;
  return { text: `${last.word} → ${last.to}${fate === '' ? '' : ` ${fate}`}`, style: 'dim' };
}

function concerns({ fault, when }: FaultModel['planned'], { id }: NodeModel, stage: FaultModel['stage']): boolean {
  return stage === 'held' ? when.at === 'step' && when.step.node === id : nodesOf(fault).includes(id);
}

/** What ends a fault that is in force, and when. */
function untilOf(model: Model, fault: FaultModel): string {
  if (fault.stage !== 'in force') return '';
  if (fault.planned.then.never) return 'for ever';
  const left = leftMs(model, fault);
  return left > 0 ? `${fault.planned.then.do} in ${seconds(left)}` : `${fault.planned.then.do} is due`;
}

function doubtText(model: Model, node: NodeModel): Said | null {
  const oldest = oldestDoubt(node);
  if (!oldest || !isRunning(node)) return null;
  const ms = waitedMs(model, node, oldest);
  if (ms < SHORT_DOUBT_MS) return null;
  const more = node.doubts.size > 1 ? ` +${node.doubts.size - 1}` : '';
  const about = `${oldest.about}${more}${locksText(node)}`;
  return ms >= boundMs(model)
    ? { text: `BLOCKED ${seconds(ms)} by ${about}`, style: 'red' }
    : { text: `in doubt ${seconds(ms)}, ${about}`, style: 'magenta' };
}

export function locksOf({ doubts }: NodeModel): readonly string[] {
  return [...doubts.values()].flatMap(({ locks }) => locks).toSorted();
}

/** What can be said before the history is judged, and what cannot. */
export function findingsOf(model: Model): readonly Said[] {
  const bound = boundMs(model);
  const blocked = model.nodes
    .map(({ id }) => ({ id, ms: model.longest.get(id) ?? 0 }))
    .filter(({ ms }) => ms >= bound)
    .map(({ id, ms }) => said(`✗ ${id} was in doubt for ${seconds(ms)}, bound ${seconds(bound)}`, 'red'));
  const unknown = model.nodes.reduce((sum, { operations }) => sum + operations.unknown, 0);
  const calm = isOfLocks(model) ? [] : [said(`· nobody was in doubt for more than ${seconds(bound)} so far`, 'dim')];
  return [
    ...(blocked.length > 0 ? blocked : calm),
    ...(unknown > 0 ? [said(`? ${unknown} ${operationsOf(model)} ended unknown to their clients`, 'yellow')] : []),
    ...(model.stage === 'settled' ? [atRest(model)] : []),
    said('· the verdict is judged from the whole history, at the end', 'dim'),
  ];
}

function atRest(model: Model): Said {
  const isWhole = standing(model).length === 0;
  return said(`${isWhole ? '✓' : '!'} ${restText(model)}`, isWhole ? 'green' : 'yellow');
}

/** What of the faults there is, when no more is to come. */
export function endText(model: Model): string {
  const never = standing(model).map(stayText);
  return never.length === 0 ? 'every fault has ended' : `of the faults these are never undone: ${never.join('; ')}`;
}

function stayText({ planned: { fault } }: FaultModel): string {
  return `${whoOf(fault)} stays ${DONE[fault.do]}`;
}

/** At rest nothing goes on; what a fault that is never undone leaves open stays open. */
export function restText(model: Model): string {
  const faults = standing(model);
  if (faults.length === 0)
    return isOfLocks(model)
      ? 'quiescent: nobody holds or waits for a lock'
      : 'quiescent: nothing in doubt or unfinished';
  const never = faults.map(stayText);
  if (isOfLocks(model)) return `at rest, but ${never.join('; ')}`;
  const waiting = model.nodes.flatMap((node) => {
    const about = [...node.doubts.keys()];
    return isRunning(node) && about.length > 0
      ? [`${node.id} stays in doubt about ${about.join(', ')}${locksText(node)}`]
      : [];
  });
  return `at rest, but ${[...never, ...(waiting.length > 0 ? waiting : ['nobody else is in doubt'])].join('; ')}`;
}

function standing({ faults }: Model): readonly FaultModel[] {
  return faults.filter(({ planned, stage }) => planned.then.never === true && stage === 'in force');
}

function locksText(node: NodeModel): string {
  const locks = locksOf(node);
  return locks.length > 0 ? `, locks ${locks.join(' ')}` : '';
}

function said(text: string, style: Style): Said {
  return { text, style };
}

/** Before the clients begin, times in brackets tell how long the setting up has taken; from then on they are the run's. */
export function timeText({ ms, isSetup }: Pick<Line, 'ms' | 'isSetup'>): string {
  const text = (ms / 1000).toFixed(1);
  return (isSetup ? `(${text} s)` : `${text} s `).padStart(9);
}

/** `before force commit of coordinator.1.20` */
function placeOf({ planned: { when }, about }: FaultModel): string {
  if (when.at !== 'step') return '';
  return `${formatGap(when.step.gap)}${about === null ? '' : ` of ${about}`}`;
}

/** How long a node has been in doubt, in milliseconds; 0 where it is not. */
export function oldestMs(model: Model, node: NodeModel): number {
  const oldest = oldestDoubt(node);
  return oldest ? waitedMs(model, node, oldest) : 0;
}

function oldestDoubt({ doubts }: NodeModel): Doubt | undefined {
  return [...doubts.values()].toSorted((a, b) => a.since - b.since)[0];
}

export const DONE = {
  kill: 'killed',
  restart: 'killed',
  pause: 'paused',
  cut: 'cut off',
  slow: 'slow',
  clock: 'moved',
  fill: 'out of disk',
  promote: 'promoted',
  drop: 'dropped',
  duplicate: 'duplicated',
  delay: 'delayed',
} as const;
/** Why a holder has given its lock up. */
export const YIELDED = {
  done: 'its work is done',
  deadline: 'its time is over',
  other: 'it does not have the other lock that it needs',
  lost: 'the service has said so',
  fenced: 'the resource has seen another holder',
} as const;

/** In doubt for less is the normal course of a commit. */
const SHORT_DOUBT_MS = 300;

/** Who took over from the coordinator, or how a transaction ended without it. */
export function newsText(node: NodeId, news: News): string {
  if (news.word === 'yielded') return `${node} holds its lock no longer (${news.about}): ${YIELDED[news.why]}`;
  if (news.word === 'elected') return `${news.coordinator} coordinates ${news.about} in epoch ${news.epoch}`;
  return `${news.about} ends in ${news.decision}, decided by ${node} in epoch ${news.epoch} by ${news.rule}`;
}
