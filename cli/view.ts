// What people see of a run while it goes on: the dashboard where somebody sits at a terminal that is large enough, else plain lines.

import { fits, MIN_SIZE } from './dashboard/size.ts';
import { paintFor } from './paint.ts';
import { plainView } from './feed/plain.ts';
import type { Plan } from '../scenarios/plan/plan-types.ts';
import type { Terminal } from './terminal.ts';
import type { View } from './feed/plain.ts';

export interface ViewFlags {
  readonly json: boolean;
  readonly plain: boolean;
}

/** `stream` is where words for people go. */
export async function openView(
  plan: Plan,
  stream: NodeJS.WriteStream,
  flags: ViewFlags,
  terminal: Pick<Terminal, 'stdin' | 'stdout' | 'stderr' | 'env'>,
): Promise<View> {
  const options = {
    write: (line: string) => void stream.write(`${line}\n`),
    warn: (line: string) => void terminal.stderr.write(`${line}\n`),
    paint: paintFor(stream),
  };
  if (!isWatched(flags, terminal)) return plainView(plan, options);
  if (!fits(terminal.stdout)) {
    const { columns, rows } = terminal.stdout;
    options.write(
      `plain lines: the dashboard needs ${MIN_SIZE.columns}×${MIN_SIZE.rows}, this terminal has ${columns}×${rows}`,
    );
    return plainView(plan, options);
  }
  // The library that paints asks for FORCE_COLOR only, once, when it is loaded; and loading it takes longer than `txlab --help`.
  if (terminal.env['NO_COLOR'] && terminal.env['FORCE_COLOR'] === undefined) terminal.env['FORCE_COLOR'] = '0';
  const { dashboardView } = await import('./dashboard/dashboard.tsx');
  return dashboardView(plan, { ...options, stdin: terminal.stdin, stdout: terminal.stdout });
}

function isWatched(
  { json, plain }: ViewFlags,
  { stdin, stdout, env }: Pick<Terminal, 'stdin' | 'stdout' | 'env'>,
): boolean {
  const isTerminal = stdin.isTTY && stdout.isTTY && env['TERM'] !== 'dumb';
  return isTerminal && !env['CI'] && !json && !plain;
}
