/** What every save is checked by, side by side; what finds something prints all of it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

// What has been typed once is not typed again while it stays as it is.
const typed = (project: string, memory: string) =>
  `tsc -p ${project} --incremental --tsBuildInfoFile node_modules/.cache/${memory}.tsbuildinfo`;

const CHECKS: readonly string[] = [
  'vitest run --project unit --maxWorkers=2',
  'oxlint',
  'knip',
  typed('tsconfig.json', 'types'),
  typed('nodes/tsconfig.json', 'wall'),
  typed('cli/page/browser/tsconfig.json', 'page'),
  'oxfmt --check .',
];

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

async function run(command: string): Promise<Ended> {
  const [program = '', ...args] = command.split(' ');
  const ended = promisify(execFile)(program, args, { maxBuffer: 64 * 1024 * 1024 });
  return ended.then(
    (said) => ({ ...said, code: 0 }),
    ({ stdout = '', stderr = '', message = '' }: Partial<Ended> & { readonly message?: string }) => ({
      stdout,
      stderr: stderr || (stdout ? '' : message),
      code: 1,
    }),
  );
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

const since = performance.now();
const codes = await Promise.all(
  CHECKS.map(async (command) => {
    const { stdout, stderr, code } = await run(command);
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    const name = `${command.split(' --', 1)[0]} (${seconds} s)`;
    process.stdout.write(code === 0 ? `✓ ${name} ${lastLine(stdout)}\n` : `✗ ${name}\n${stdout}${stderr}`);
    return code;
  }),
);
process.exitCode = Math.max(...codes);
