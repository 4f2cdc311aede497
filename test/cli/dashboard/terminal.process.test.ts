// The dashboard on a real pseudo-terminal: a recorded run is played to it, no engine is needed.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTerminal } from '../../support/terminal.ts';
import type { Terminal, TerminalOptions } from '../../support/terminal.ts';

const RECORDING = join(import.meta.dirname, 'recorded-run.jsonl');
const folder = mkdtempSync(join(tmpdir(), 'txlab-dashboard-'));
const program = join(folder, 'play.mjs');
const COMMONJS = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

beforeAll(async () => {
  await build({
    entryPoints: { play: join(import.meta.dirname, 'programs/play.ts') },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    external: ['react-devtools-core'],
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: COMMONJS },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (options: Partial<TerminalOptions> = {}, ...flags: readonly string[]): Terminal =>
  openTerminal([program, RECORDING, ...flags], { columns: 80, rows: 24, ...options });

const isBlocked = (screen: string) => screen.includes('✗ BLOCKED for');
/** Select graphic rendition with a colour in it; bold and dim are none. */
// oxlint-disable-next-line no-control-regex
const COLOUR = /\u001b\[(?:3|4|9|10)[0-8][;m]/;
// oxlint-disable-next-line no-control-regex
const ALTERNATE = /\u001b\[\?1049h/;

/** The screen is one frame of this size and nothing else: title first, what to press last, and each heading once. */
function isLaidAt(lines: readonly string[], columns: number, rows: number): boolean {
  const times = (words: string) => lines.filter((line) => line.includes(words)).length;
  const headings = ['── fault ─', '── nodes ─', '── transfers ─', '── what happened ─', '── last messages ─'];
  return (
    lines.length === rows &&
    lines[0]?.startsWith(' txlab  kill') === true &&
    lines.at(-1)?.includes('Ctrl-C') === true &&
    times(' txlab  kill') === 1 &&
    times('Ctrl-C') === 1 &&
    times('✗ BLOCKED for') === 1 &&
    headings.every((heading) => times(heading) === 1) &&
    lines.find((line) => line.startsWith('── transfers'))?.length === columns
  );
}

describe('on a terminal', { timeout: 60_000 }, () => {
  test('the run has a screen of its own, which is laid anew at each size, and leaves its lines and the verdict', async () => {
    const terminal = open();
    await terminal.shows(isBlocked);
    expect(terminal.buffer()).toBe('alternate');
    expect(terminal.screen().at(-1)).toContain('Ctrl-C');

    terminal.resize(130, 40);
    await terminal.shows((screen) => screen.includes('─'.repeat(100)) && screen.trimEnd().split('\n').length === 40);
    terminal.resize(60, 12);
    await terminal.shows((screen) => screen.trim() === 'terminal too small: 80×24 needed');
    terminal.resize(80, 24);
    await terminal.shows((screen) => isBlocked(screen) && screen.split('\n').at(-1)?.includes('Ctrl-C') === true);

    terminal.signal('SIGUSR2');
    expect(await terminal.ended).toBe(0);
    expect(terminal.buffer()).toBe('normal');
    expect(terminal.scrollback()).toMatch(
      / txlab {2}kill coordinator[^]*✓ as expected[^]*── nodes[^]*verdict {2}as expected/,
    );
    expect(terminal.screen().join('\n')).toContain('verdict  as expected');
    for (const word of ['serving', 'held', 'kill', 'blocked', 'decided', '✗ non-blocking'])
      expect(terminal.scrollback()).toContain(word);
    expect(terminal.written()).toMatch(COLOUR);
  });

  test('a resize leaves no stale row: each title stands once, and in its place', async () => {
    const terminal = open({ columns: 120, rows: 40 });
    await terminal.shows(isBlocked);
    for (const [columns, rows] of [
      [80, 24],
      [160, 50],
      [100, 30],
      [200, 60],
      [81, 25],
      [120, 40],
    ] as const) {
      terminal.resize(columns, rows);
      await terminal.shows((screen) => isLaidAt(screen.split('\n'), columns, rows));
    }
    terminal.signal('SIGUSR2');
    expect(await terminal.ended).toBe(0);
  });

  test('keys show what is known of a node, and the list of keys, and go back', async () => {
    const terminal = open();
    await terminal.shows(isBlocked);
    terminal.press('?');
    await terminal.shows((screen) => screen.includes('── keys ─'));
    terminal.press('\u001b[B');
    await terminal.shows((screen) => screen.includes('── coordinator ─') && screen.includes('▸coordinator'));
    terminal.press('j');
    await terminal.shows(
      (screen) => screen.includes('── participant-1 ─') && screen.includes(' about coordinator.1.8: in doubt'),
    );
    terminal.press('t');
    await terminal.shows(
      (screen) => screen.includes('── coordinator.1.8 ─') && screen.includes('participant-2: in doubt'),
    );
    terminal.press('\u001b');
    await terminal.shows((screen) => screen.includes('── what happened ─') && !screen.includes('▸'));
    terminal.signal('SIGUSR2');
    expect(await terminal.ended).toBe(0);
  });

  test.each([
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
  ])('%s stops the run once, and leaves at once the second time', async (_, key) => {
    const terminal = open();
    await terminal.shows(isBlocked);
    terminal.press(key);
    await terminal.shows((screen) => screen.includes('stopping the run and cleaning up'));
    expect(terminal.buffer()).toBe('alternate');
    terminal.press(key);
    expect(await terminal.ended).toBe(130);
    expect(terminal.buffer()).toBe('normal');
    expect(terminal.written().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      terminal.written().lastIndexOf('\u001b[?25l'),
    );
  });

  test('NO_COLOR leaves the dashboard and takes the colours', async () => {
    const terminal = open({ env: { NO_COLOR: '1' } });
    await terminal.shows(isBlocked);
    terminal.signal('SIGUSR2');
    expect(await terminal.ended).toBe(0);
    expect(terminal.written()).toMatch(ALTERNATE);
    expect(terminal.written()).not.toMatch(COLOUR);
  });
});

describe('plain lines', { timeout: 60_000 }, () => {
  test.each<readonly [string, Partial<TerminalOptions>, readonly string[]]>([
    ['on a dumb terminal', { env: { TERM: 'dumb' } }, []],
    ['in CI', { env: { CI: 'true' } }, []],
    ['on wish', {}, ['--plain']],
    ['on a small terminal', { columns: 79 }, []],
  ])('%s', async (_, options, flags) => {
    const terminal = open(options, ...flags);
    await terminal.shows((screen) => screen.includes('blocked'));
    terminal.signal('SIGUSR2');
    expect(await terminal.ended).toBe(0);
    expect(terminal.written()).not.toMatch(ALTERNATE);
    expect(terminal.scrollback()).toContain('verdict  as expected');
    expect(terminal.scrollback().includes('plain lines: the dashboard needs 80×24')).toBe(options.columns === 79);
  });

  test('into a pipe', async () => {
    const child = spawn(process.execPath, [program, RECORDING], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.once('data', () => child.kill('SIGUSR2'));
    const said = await text(child.stdout);
    expect(said).not.toContain('\u001b');
    expect(said).toMatch(/verdict {2}as expected$/m);
  });
});
