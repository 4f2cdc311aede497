// A pseudo-terminal with a program in it, and the screen that a person would see.

import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

export interface Terminal {
  /** The rows of the screen that is on. */
  readonly screen: () => readonly string[];
  readonly buffer: () => 'normal' | 'alternate';
  /** Everything on the normal screen, with what has scrolled away. */
  readonly scrollback: () => string;
  /** All bytes that the program wrote. */
  readonly written: () => string;
  readonly press: (keys: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Resolves once the screen is as wished for; fails with the screen when the program ends before or nothing comes of it. */
  readonly shows: (isAsWished: (screen: string) => boolean) => Promise<void>;
  /** The exit code, when everything it wrote is on the screen. */
  readonly ended: Promise<number>;
}

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `node` with these arguments. The environment is the given one alone, so that a CI's own does not decide. */
export function openTerminal(args: readonly string[], { columns, rows, env = {} }: TerminalOptions): Terminal {
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
  const program = spawn(process.execPath, [...args], {
    cols: columns,
    rows,
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm-256color', ...env },
  });
  let written = '';
  const lookers = new Set<() => void>();
  program.onData((data) => {
    written += data;
    emulator.write(data, () => lookers.forEach((look) => look()));
  });
  const ended = new Promise<number>((resolve) => {
    program.onExit(({ exitCode }) => emulator.write('', () => resolve(exitCode)));
  });
  const linesOf = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => {
      const line = emulator.buffer.active.getLine(from + index);
      return line?.translateToString(true) ?? '';
    });
  const screen = () => {
    const { baseY } = emulator.buffer.active;
    return linesOf(baseY, baseY + emulator.rows);
  };
  return {
    screen,
    buffer: () => emulator.buffer.active.type,
    scrollback: () => linesOf(0, emulator.buffer.active.length).join('\n').trimEnd(),
    written: () => written,
    press: (keys) => program.write(keys),
    resize: (newColumns, newRows) => {
      emulator.resize(newColumns, newRows);
      program.resize(newColumns, newRows);
    },
    signal: (name) => program.kill(name),
    shows: (isAsWished) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!isAsWished(screen().join('\n'))) return;
          lookers.delete(look);
          clearTimeout(bound);
          resolve();
        };
        const fail = (why: string) => reject(new Error(`${why}:\n${screen().join('\n')}`));
        const bound = setTimeout(() => fail('never shown'), SHOWN_WITHIN_MS);
        lookers.add(look);
        void ended.then((code) => fail(`ended with ${code} before it was shown`));
        look();
      }),
    ended,
  };
}

const SHOWN_WITHIN_MS = 20_000;
