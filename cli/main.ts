// The command line's entry: the only place that reads the arguments, listens to signals and sets the exit code.

import { LabError, messageOf } from '../compose/errors.ts';
import { commandLine } from './command-line.ts';
import { paintFor } from './paint.ts';
import { Usage } from './usage.ts';

/** 128 + the signal's number, as shells say it. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
/** As of whom SIGPIPE has ended. */
const PIPE_CLOSED = 141;

async function main(): Promise<number> {
  const stop = new AbortController();
  let interruptedBy: number | null = null;
  let running = false;
  let measuring = false;
  const interrupt = (code: number) => {
    interruptedBy = code;
    stop.abort();
  };
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      // Before a run there is nothing to bring to an end; during one the second signal leaves the rest to the watcher.
      if (interruptedBy !== null || !running) process.exit(code);
      interrupt(code);
    });
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(5);
    // A reader that has seen enough of what is only to be read, `txlab runs | head`, is no error. A verdict that nobody hears is none.
    if (!measuring) process.exit(0);
    if (!running) process.exit(interruptedBy ?? PIPE_CLOSED);
    // Every word after the first meets the closed pipe, too.
    if (interruptedBy === null) interrupt(PIPE_CLOSED);
  });
  const code = await commandLine(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    folder: process.cwd(),
    interrupted: stop.signal,
    onMeasuring: () => {
      measuring = true;
    },
    onRunning: (now) => {
      running = now;
    },
  });
  return interruptedBy ?? code;
}

function report(thrown: unknown): number {
  // What went wrong first says more than what went wrong while leaving.
  const error = thrown instanceof SuppressedError ? thrown.suppressed : thrown;
  const paint = paintFor(process.stderr);
  if (error instanceof Usage) {
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  if (error instanceof LabError) {
    const hint = error.hint ? `${paint('dim', 'try:')}   ${error.hint}\n` : '';
    const more = error.code === 'usage' ? '' : `${paint('dim', 'more:')}  txlab explain ${error.code}\n`;
    process.stderr.write(`${paint('red', 'txlab:')} ${error.message}\n${hint}${more}`);
    return error.exitCode;
  }
  process.stderr.write(
    `${paint('red', 'txlab has a bug:')} ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`,
  );
  return 5;
}

// Nobody who reads along: the words for people are lost, the exit code is not.
process.stderr.on('error', () => {});

/** What was written into a pipe is still on its way: leaving at once would cut it off at the size of the pipe. */
async function leave(code: number): Promise<void> {
  const flushed = [process.stdout, process.stderr].map(
    (stream) => new Promise<void>((resolve) => stream.write('', () => resolve())),
  );
  await Promise.all(flushed);
  process.exit(code);
}

main()
  .catch(report)
  .then(leave, () => leave(5));
