/** Other programs, run to the end: apt-get, dpkg, ldd, jlink. The one file that imports execa, and only when there is one to run. */
import { LabError } from './errors.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** The next command to type when this one fails. */
  readonly hint?: string;
}

/** What the program wrote to standard output. Fails with `setup-failed`, which carries the program's last words. */
export async function runCommand(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { execa } = await import('execa');
  const { cwd, env = {}, timeoutMs = 120_000, hint } = options;
  const result = await execa(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...env, LC_ALL: 'C' },
    timeout: timeoutMs,
    stdin: 'ignore',
    reject: false,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (!result.failed) return result.stdout;
  const words = result.stderr.trim().split('\n').slice(-LAST_LINES).join('\n');
  throw new LabError('setup-failed', `${file} ${args.join(' ')} failed: ${words || result.shortMessage}`, {
    hint,
    cause: result.cause,
  });
}

const LAST_LINES = 5;

/** Undefined when the program is absent or fails. */
export async function tryCommand(
  file: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<string | undefined> {
  try {
    return await runCommand(file, args, options);
  } catch {
    return undefined;
  }
}

/** Starts a program that stays when txlab ends, its output appended to a log file. Answers its pid. */
export async function launchDaemon(file: string, args: readonly string[], log: string): Promise<number | undefined> {
  const { execa } = await import('execa');
  const redirected = ['-c', 'exec "$@" >>"$0" 2>&1', log, file, ...args];
  const daemon = execa('sh', redirected, { detached: true, cleanup: false, stdio: 'ignore', reject: false });
  daemon.nodeChildProcess.unref();
  return daemon.pid;
}
