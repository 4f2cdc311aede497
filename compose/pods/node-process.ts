// One node's process in its container: attached before every start, so that no line is lost; control goes over stdin and stdout.

import { parseReport } from '../../nodes/contract/control.ts';
import { formatLine, readLines } from '../../nodes/hosts/lines.ts';
import { keepLastLines } from './last-lines.ts';
import type { Command, NodeConfig, Report } from '../../nodes/contract/control.ts';
import type { Attached, Engine } from '../engine/port.ts';
import type { Pod } from './pods.ts';
import type { PodProcess } from './pod-process.ts';

export interface NodeProcess extends PodProcess {
  /** What the node gets first in each of its lives, as soon as it runs; it serves from then on. */
  configure(config: NodeConfig): void;
  command(command: Command): void;
}

export interface NodeEars {
  readonly onReport: (report: Report) => void;
  /** It has said what no node says: it is another program, or broken. Once in each of its lives. */
  readonly onNonsense: (why: string) => void;
}

export function createNodeProcess(engine: Engine, pod: Pod, { onReport, onNonsense }: NodeEars): NodeProcess {
  let attached: Attached | null = null;
  let config: NodeConfig | null = null;
  let isStarted = false;
  let beats = 0;
  const heard = new Map<string, () => void>();
  const lines = keepLastLines();

  /** The answers to our own marks are no news to the run. */
  function hear(report: Report): void {
    const waiting = report.say === 'marked' ? heard.get(report.id) : undefined;
    if (waiting) waiting();
    else if (report.say !== 'marked' || !report.id.startsWith(BEAT)) onReport(report);
  }

  function fail(why: string): void {
    onNonsense(why);
    lines.note(`(txlab: stdout carried ${why})`);
  }

  const command = (given: Command) => void attached?.stdin.write(formatLine(given));

  async function boot(): Promise<void> {
    isStarted = false;
    attached?.detach();
    attached = await engine.attach(pod.container);
    attached.stdout.on('data', readReports(hear, fail));
    lines.end();
    attached.stderr.on('data', (chunk: Buffer) => lines.take(chunk));
    attached.stdin.on('error', () => {});
    await engine.start(pod.container);
    isStarted = true;
    sendConfig();
  }

  function sendConfig(): void {
    if (isStarted && config) command({ do: 'configure', ...config });
  }

  return {
    pod,
    boot,
    configure: (given) => {
      config = given;
      sendConfig();
    },
    command,
    // Asks for a mark and waits for it.
    hears: (withinMs) =>
      new Promise((resolve) => {
        const id = `${BEAT}${++beats}`;
        const settle = (answered: boolean) => {
          clearTimeout(late);
          heard.delete(id);
          resolve(answered);
        };
        const late = setTimeout(() => settle(false), withinMs);
        heard.set(id, () => settle(true));
        command({ do: 'mark', id });
      }),
    lastLines: () => lines.all().filter(isTelling).slice(-LAST_LINES),
    allLines: () => lines.all(),
    detach: () => attached?.detach(),
  };
}

/** Of one life. What is a report is heard after nonsense, too: the run comes to its end with it. */
function readReports(hear: (report: Report) => void, failOnce: (why: string) => void): (chunk: Buffer) => void {
  let failed = false;
  const fail = (why: string) => {
    if (failed) return;
    failed = true;
    failOnce(why);
  };
  const take = (value: unknown) => {
    const report = parseReport(value);
    if ('wrong' in report) fail(report.wrong);
    else hear(report.value);
  };
  return readLines(take, fail, REPORT_MAX_BYTES);
}

const BEAT = 'beat-';
const LAST_LINES = 8;
/** Of an error its message says most; the frames of its stack are in the node's log file. */
const isTelling = (line: string) => !/^\s+at /.test(line);
/** A state dump is one line. */
const REPORT_MAX_BYTES = 256 * 1_048_576;
