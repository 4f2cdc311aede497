// The command line in this process, with streams that remember and a folder for runs of its own.

import { readdirSync } from 'node:fs';
import { Writable } from 'node:stream';
import { commandLine } from '../../cli/command-line.ts';
import { tempFolder } from './temp-folder.ts';

export interface Outcome {
  /** The exit code, where nothing was thrown. */
  readonly code: number | null;
  readonly error: unknown;
  readonly stdout: string;
  readonly stderr: string;
  /** How often a run began. */
  readonly runs: number;
}

export interface Shell {
  /** The folder of runs, in which all is typed, too. */
  readonly out: string;
  readonly left: () => readonly string[];
  /** Words as the shell would split them; none of them may hold a blank. */
  readonly type: (words: string) => Promise<Outcome>;
  readonly typeWords: (words: readonly string[]) => Promise<Outcome>;
}

/** No engine answers in here: what starts one would fail with an error of the environment. */
export function openShell(env: NodeJS.ProcessEnv = {}): Shell {
  const out = tempFolder('txlab-cli-');
  return {
    out,
    left: () => readdirSync(out),
    type: (words) => type(words.split(' ').filter(Boolean), out, env),
    typeWords: (words) => type(words, out, env),
  };
}

async function type(args: readonly string[], out: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const [stdout, stderr] = [remember(), remember()];
  let runs = 0;
  const terminal = {
    stdin: process.stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: { TXLAB_OUT: out, ...env },
    folder: out,
    interrupted: new AbortController().signal,
    onMeasuring: () => {},
    onRunning: (now: boolean) => void (runs += now ? 1 : 0),
  };
  const end = await commandLine(args, terminal).then(
    (code) => ({ code, error: undefined }),
    (error: unknown) => ({ code: null, error }),
  );
  return { ...end, stdout: stdout.text(), stderr: stderr.text(), runs };
}

function remember(): { readonly stream: NodeJS.WriteStream; readonly text: () => string } {
  let text = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  return { stream: stream as NodeJS.WriteStream, text: () => text };
}
