// Many runs in one lab, some of them side by side: a line for each as it ends.

import { availableParallelism } from 'node:os';
import { openProgress, progressLine, progressScreen, type Progress } from '../feed/progress.ts';
import { BEAT_MS, isLive, openSpeaker, TIME_COLUMNS, type Room, type Speaker } from '../feed/speaker.ts';
import { hang } from '../feed/wrap.ts';
import { blockedWords } from '../reports/describe.ts';
import { formatScenario } from '../../scenarios/language/scenario.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { openLab } from '../lab.ts';
import { paintFor } from '../paint.ts';
import { labOptions } from './run-once.ts';
import { programOf } from './replay-line.ts';
import { writeReport } from '../page/report-file.ts';
import { Usage } from '../usage.ts';
import type { History, Verdict } from '../../scenarios/findings.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Terminal } from '../terminal.ts';
import type { LabResult } from '../lab.ts';
import type { Paint } from '../paint.ts';
import type { RunFlags } from './run-flags.ts';

/** What a run's plan is made of: when its turn has come, since hundreds of plans are more than the words that they are made of. */
export interface PlannedRun {
  /** Where many runs have one scenario's name: what tells this one apart. */
  readonly label?: string;
  readonly scenario: Scenario;
  readonly seed: number;
}

/** Refuses what no machine ends in days, before anything is made of it. */
export function refuseTooMany(repeat: number, scenarios: number): void {
  if (repeat * scenarios <= RUNS_MAX) return;
  const most = Math.max(1, Math.floor(RUNS_MAX / scenarios));
  throw new Usage(
    `--repeat ${repeat} is ${repeat * scenarios} runs; at most ${RUNS_MAX} go together: --repeat ${most}`,
  );
}

const RUNS_MAX = 10_000;

export interface DoneRun<Planned extends PlannedRun = PlannedRun, Read = unknown> {
  readonly planned: Planned;
  /** Without the events: hundreds of histories do not fit into memory, and are in their folders. */
  readonly result: Omit<LabResult, 'history'>;
  /** What was read off the history while it was there. */
  readonly read: Read;
}

export interface BatchOptions<Planned, Read> {
  /** How many runs are under way at a time. */
  readonly jobs: number;
  readonly read: (history: History, planned: Planned) => Read;
  /** Of a run whose step was not reached its line says so, and not that it showed nothing. */
  readonly isUnreached?: (read: Read, verdict: Verdict) => boolean;
  /** Runs whose times are measured: they come first, one after the other, while nothing else runs. */
  readonly isMeasured?: (planned: Planned) => boolean;
}

export interface Batch<Planned extends PlannedRun, Read> {
  readonly done: readonly DoneRun<Planned, Read>[];
  /** What ended the batch early: to be thrown once what was done has been shown. */
  readonly failure: unknown;
}

/** As many as keep the processors busy while runs wait for their own faults to last, and no more: a node that starves misses its timeouts. */
export function defaultJobs(): number {
  return JOBS_PER_CORE * availableParallelism();
}

/** A failure of the environment ends the batch, once the runs under way have ended; Ctrl-C too. What was done until then is given back. */
export async function runBatch<Planned extends PlannedRun, Read>(
  planned: readonly Planned[],
  { jobs, read, isUnreached = () => false, isMeasured = () => false }: BatchOptions<Planned, Read>,
  flags: RunFlags,
  terminal: Terminal,
): Promise<Batch<Planned, Read>> {
  if (flags.keep) throw new Usage('--keep is for a single run.');
  const stream = flags.json ? terminal.stderr : terminal.stdout;
  const paint = paintFor(stream);
  terminal.onMeasuring();
  const measured = planned.filter(isMeasured);
  const others = planned.filter((one) => !isMeasured(one));
  const total = planned.length;
  const progress = openProgress(total, performance.now());
  const { say, beat, close } = speakerFor(progress, stream, flags, terminal);
  const done: DoneRun<Planned, Read>[] = [];
  say(`${paint('bold', `${total} ${total === 1 ? 'run' : 'runs'}`)}, ${Math.min(jobs, total)} at a time`);
  const ticker = setInterval(beat, BEAT_MS);
  const onInterrupt = () => say('stopping the runs and cleaning up; once more to leave at once');
  terminal.interrupted.addEventListener('abort', onInterrupt);
  let failure: unknown = null;
  try {
    await using lab = await openLab(labOptions(flags, terminal), say);
    await lab.standPool(mostNodes(planned) * Math.min(jobs, total));
    const work = async (queue: Planned[]) => {
      for (let next = queue.shift(); next && !failure && !terminal.interrupted.aborted; next = queue.shift()) {
        const running = { name: nameOf(next), sinceMs: performance.now() };
        progress.running.add(running);
        try {
          const plan = makePlan(next.scenario, next.seed);
          const { history, verdict, ...rest } = await lab.run(plan, formatScenario(next.scenario), () => {});
          const result = { ...rest, verdict: withoutEvents(verdict) };
          if (flags.report) writeReport({ ...rest, plan, verdict, history, program: programOf(terminal) });
          const one = { planned: next, result, read: read(history, next) };
          done.push(one);
          const isMissed = isUnreached(one.read, verdict);
          progress.running.delete(running);
          progress.done.push({ name: running.name, word: isMissed ? 'as expected' : verdict.word });
          const lines = isMissed ? unreachedLine : lineOf;
          const { label } = next;
          const shown = { count: `${done.length}/${total}`, paint, columns: roomBeside(stream), label };
          for (const line of lines(plan, result, shown)) say(line);
        } catch (error) {
          failure ??= error;
        }
        progress.running.delete(running);
      }
    };
    await work(measured);
    await Promise.all(Array.from({ length: jobs }, () => work(others)));
  } finally {
    clearInterval(ticker);
    close();
    terminal.interrupted.removeEventListener('abort', onInterrupt);
  }
  return { done, failure };
}

function mostNodes(planned: readonly PlannedRun[]): number {
  const scenarios = new Set(planned.map(({ scenario }) => scenario));
  return Math.max(...[...scenarios].map((scenario) => makePlan(scenario, 1).nodes.length));
}

function speakerFor(progress: Progress, stream: NodeJS.WriteStream, { plain }: RunFlags, { env }: Terminal): Speaker {
  return openSpeaker(stream, {
    paint: paintFor(stream),
    status: statusOf(progress),
    isLive: isLive(stream, { plain, env }),
    nowMs: () => performance.now(),
  });
}

function nameOf({ scenario, seed, label }: PlannedRun): string {
  return label === undefined ? `${scenario.name} (${scenario.protocol}), seed ${seed}` : `${label}, seed ${seed}`;
}

/** Many runs have a screen where there is room for one, and one line elsewhere. Before the first, somebody may be asked something. */
function statusOf(progress: Progress) {
  return (room: Room | null): readonly string[] => {
    const { done, running, total } = progress;
    if (running.size === 0 && (done.length === 0 || done.length === total)) return [];
    return room !== null && progress.total > 1 && room.rows >= SCREEN_ROWS
      ? progressScreen(progress, performance.now(), Math.floor(room.rows / 2))
      : [progressLine(progress, performance.now())];
  };
}

function withoutEvents(verdict: Verdict): Verdict {
  return { ...verdict, findings: verdict.findings.map((finding) => ({ ...finding, events: [] })) };
}

const SIGN = { 'as expected': '✓', 'not as expected': '✗', inconclusive: '?' } as const;
const STYLE = { 'as expected': 'green', 'not as expected': 'red', inconclusive: 'yellow' } as const;

export interface ShownRun {
  /** As `3/10`. */
  readonly count: string;
  readonly paint: Paint;
  /** How wide a line may be; as wide as it is where nobody knows. */
  readonly columns?: number | undefined;
  /** Instead of the scenario's name. */
  readonly label?: string | undefined;
}

/** The time stands before each line. */
function roomBeside({ columns }: Pick<NodeJS.WriteStream, 'columns'>): number | undefined {
  return columns === undefined ? undefined : columns - TIME_COLUMNS;
}

/** A run that has ended; its folder is never broken, since people copy it. */
export function lineOf(
  plan: Plan,
  { verdict, folder, left }: Pick<LabResult, 'verdict' | 'folder' | 'left'>,
  { count, paint, columns, label = plan.scenario }: ShownRun,
): readonly string[] {
  const [before, word] = [`${count.padStart(9)}  `, `${SIGN[verdict.word]} ${verdict.word.padEnd(15)}`];
  const text = `${label}, seed ${plan.seed}: ${endingText(verdict)}`;
  const [first = '', ...below] = hang(`${before}${word} `, text, INDENT, columns);
  const beside = (line: string) => hang(' '.repeat(INDENT), line, INDENT, columns);
  return [
    before + paint(STYLE[verdict.word], word) + first.slice(before.length + word.length),
    ...below,
    ...(verdict.word === 'as expected' ? [] : [...verdict.reasons.flatMap(beside), ' '.repeat(INDENT) + folder]),
    ...(left.length > 0 ? beside(`left behind: ${left.join(', ')}`) : []),
  ];
}

const INDENT = 13;

function unreachedLine(
  { scenario, seed }: Plan,
  _result: Omit<LabResult, 'history'>,
  { count, paint, label = scenario }: ShownRun,
): readonly string[] {
  return [`${count.padStart(9)}  ${paint('dim', `– ${'not reached'.padEnd(15)}`)} ${label}, seed ${seed}`];
}

/** The end of the target, short enough to be counted. */
export function endingText({ target, findings }: Verdict): string {
  const broken = findings.filter(({ judgement }) => judgement === 'violated').map(({ property }) => property);
  const end = target === null ? 'no target' : `${target.decision ?? 'no single decision'}, ${blockedWords(target)}`;
  const beside = broken.filter((property) => property !== 'non-blocking');
  return beside.length === 0 ? end : `${end}; ${beside.join(', ')} violated`;
}

const SCREEN_ROWS = 16;
const JOBS_PER_CORE = 2;
