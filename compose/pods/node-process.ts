// One node's process in its container: attached before every start, so that no line is lost; control goes over stdin and stdout.

import { formatLine, readLines } from '../../nodes/hosts/lines.ts';
import type { Command, NodeConfig, Report } from '../../nodes/contract/control.ts';
import type { Attached, Engine } from '../engine/port.ts';
import type { Pod } from './pods.ts';

export interface NodeProcess {
  readonly pod: Pod;
  /** Attaches and starts the container, for the first time or again. Resolves when the engine has started it. */
  boot(): Promise<void>;
  /** What the node gets first in each of its lives, as soon as it runs; it serves from then on. */
  configure(config: NodeConfig): void;
  command(command: Command): void;
  /** Asks for a mark and waits for it: false when the node does not answer in time. */
  hears(withinMs: number): Promise<boolean>;
  /** The last lines of standard error over all incarnations. */
  lastLines(): readonly string[];
  /** Every line of standard error, for the run's folder. */
  allLines(): readonly string[];
  detach(): void;
}

export function createNodeProcess(engine: Engine, pod: Pod, onReport: (report: Report) => void): NodeProcess {
  let attached: Attached | null = null;
  let config: NodeConfig | null = null;
  let isStarted = false;
  const lines: string[] = [];
  const command = (given: Command) => void attached?.stdin.write(formatLine(given));
  const heartbeat = createHeartbeat((id) => command({ do: 'mark', id }));
  const take = (report: Report) => void (heartbeat.takes(report) || onReport(report));

  async function boot(): Promise<void> {
    isStarted = false;
    attached?.detach();
    attached = await engine.attach(pod.container);
    listenTo(attached, take, lines);
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
    hears: heartbeat.hears,
    // Of an error its message says most; the frames of its stack are in the node's log file.
    lastLines: () => lines.filter((line) => !/^\s+at /.test(line)).slice(-LAST_LINES),
    allLines: () => lines,
    detach: () => attached?.detach(),
  };
}

const LAST_LINES = 8;

/** Its reports are taken; what it says besides is kept in `lines`. */
function listenTo({ stdin, stdout, stderr }: Attached, take: (report: Report) => void, lines: string[]): void {
  const complain = (why: string) => lines.push(`(txlab: stdout carried ${why})`);
  stdout.on(
    'data',
    readLines((value) => take(value as Report), complain, REPORT_MAX_BYTES),
  );
  stderr.on('data', (chunk: Buffer) => lines.push(...chunk.toString('utf8').trimEnd().split('\n')));
  stdin.on('error', () => {});
}

/** A state dump is one line. */
const REPORT_MAX_BYTES = 256 * 1_048_576;

interface Heartbeat {
  readonly hears: (withinMs: number) => Promise<boolean>;
  /** Whether it is an answer to a mark of ours, which is no news to the run. */
  takes(report: Report): boolean;
}

function createHeartbeat(mark: (id: string) => void): Heartbeat {
  let beats = 0;
  const heard = new Map<string, () => void>();
  return {
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
        mark(id);
      }),
    takes: (report) => {
      if (report.say !== 'marked' || !report.id.startsWith(BEAT)) return false;
      heard.get(report.id)?.();
      return true;
    },
  };
}

const BEAT = 'beat-';
