// One run: from a scenario to a plan, the run and its verdict.

import { randomInt } from 'node:crypto';
import { formatScenario } from '../../scenarios/language/scenario.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { verdictLines } from '../reports/describe.ts';
import { servedAt } from '../reports/event-text.ts';
import { demandWritable, writeFiles } from '../reports/run-files.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { openLab } from '../lab.ts';
import { paintFor } from '../paint.ts';
import { provideEngine } from '../provide.ts';
import { notesOf } from './notes.ts';
import { printed } from './printed.ts';
import { cleanLine, programOf, replayLine } from './replay-line.ts';
import { writeReport } from '../page/report-file.ts';
import { openView } from '../view.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Terminal } from '../terminal.ts';
import type { LabOptions, LabResult } from '../lab.ts';
import type { RunDocument } from '../documents.ts';
import type { RunFlags } from './run-flags.ts';

/** One run, watched: every thing that happens, the verdict, and where it is kept. */
export async function runOnce(
  scenario: Scenario,
  words: readonly string[],
  flags: RunFlags,
  terminal: Terminal,
): Promise<number> {
  const text = formatScenario(scenario);
  if (flags.print) {
    terminal.stdout.write(printed([scenario], flags.json));
    return 0;
  }
  demandWritable(flags.files);
  const seed = flags.seed ?? randomInt(1, 1_000_000);
  const plan = makePlan(scenario, seed);
  // People's words go where the machine's document does not.
  const stream = flags.json ? terminal.stderr : terminal.stdout;
  const paint = paintFor(stream);
  const write = (line: string) => void stream.write(`${line}\n`);
  terminal.onMeasuring();
  write(`${paint('bold', plan.title)}   ${plan.protocol}, ${plan.nodes.length} nodes, seed ${seed}`);
  for (const note of notesOf(scenario, plan.faults)) write(`note     ${note}`);
  const view = await openView(plan, stream, flags, terminal);
  const onInterrupt = () => view.stopping();
  terminal.interrupted.addEventListener('abort', onInterrupt);
  try {
    await using lab = await openLab(labOptions(flags, terminal), (progress) =>
      view.show({ kind: 'progress', text: progress }),
    );
    const result = await lab.run(plan, text, (feed) => view.show(feed));
    await view.close(result.verdict);
    const shown = { paint, served: servedAt(result.history.events), columns: stream.columns };
    for (const line of verdictLines(result.verdict, plan, shown)) write(line);
    const replay = replayLine(words, seed, flags, programOf(terminal));
    const report = flags.report ? writeReport({ ...result, plan, program: programOf(terminal), replay }) : null;
    for (const line of closingLines(result, { replay, report, flags, program: programOf(terminal) })) write(line);
    writeFiles(flags.files, [{ verdict: result.verdict, plan, folder: result.folder }]);
    if (flags.json) terminal.stdout.write(`${JSON.stringify(documentOf(result, plan), null, 2)}\n`);
    return result.left.length > 0 ? 5 : exitCodeOf(result.verdict);
  } finally {
    terminal.interrupted.removeEventListener('abort', onInterrupt);
    await view.close();
  }
}

export function labOptions(flags: Pick<RunFlags, 'out' | 'keep' | 'yes' | 'images'>, terminal: Terminal): LabOptions {
  return {
    out: flags.out,
    keep: flags.keep,
    images: flags.images,
    provide: (say) => provideEngine(flags.yes, terminal, say),
    interrupted: terminal.interrupted,
    onRunning: terminal.onRunning,
  };
}

interface Closing {
  readonly replay: string;
  /** The path of the page; null where none was asked for. */
  readonly report: string | null;
  readonly flags: RunFlags;
  readonly program: string;
}

function closingLines({ folder, left }: LabResult, { replay, report, flags, program }: Closing): string[] {
  const rest = flags.keep
    ? `kept standing as you asked; removed by ${cleanLine(folder, flags.out, program)}`
    : left.length === 0
      ? 'nothing of this run is left in the engine'
      : `left behind: ${left.join(', ')}`;
  const page = report === null ? [] : [`report   ${report}`];
  return ['', `run      ${folder}`, ...page, `replay   ${replay}`, `cleanup  ${rest}`];
}

/** What `--json` prints of one run. */
function documentOf({ verdict, folder, left }: LabResult, plan: Plan): RunDocument {
  return { scenario: plan.scenario, protocol: plan.protocol, seed: plan.seed, folder, verdict, left };
}
