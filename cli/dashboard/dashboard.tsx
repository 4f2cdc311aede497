// The dashboard, live: follows the run on the terminal's other screen, four frames a second, and leaves in the scrollback the same lines
// that the plain view prints. Until the run begins it is the plain view: before that, somebody may be asked something.

import { render, renderToString, useInput, useWindowSize } from 'ink';
import { useState } from 'react';
import { lineText } from '../feed/plain.ts';
import { next } from '../feed/follow.ts';
import { openModel } from '../feed/model.ts';
import { next as nextAsked, NOTHING_ASKED } from './asked.ts';
import { LastScreen, Screen } from './screen.tsx';
import type { Instance } from 'ink';
import type { ReactNode } from 'react';
import type { Key } from './asked.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { PlainOptions, View } from '../feed/plain.ts';
import { startTicker } from '../feed/ticker.ts';
import type { ViewInput } from '../feed/follow.ts';
import type { Line, Model } from '../feed/model.ts';

export interface DashboardOptions extends PlainOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

export function dashboardView(plan: Plan, options: DashboardOptions): View {
  const { write, warn, paint } = options;
  const model = openModel(plan, performance.now());
  const unwritten: Line[] = [];
  let shown: Instance | null = null;
  let gone: Promise<void> = Promise.resolve();
  let stopTicker = () => {};

  function follow(input: ViewInput): void {
    unwritten.push(...next(model, input, performance.now()));
    if (!shown) flush();
  }

  function flush(): void {
    for (const line of unwritten.splice(0)) write(lineText(line, paint));
  }

  function enter(): void {
    shown = paintOn(options, model);
    options.stdout.on('resize', redraw);
    gone = shown.waitUntilExit().then(leave, (error: unknown) => {
      leave();
      // The run does not depend on who watches it.
      warn(`the dashboard broke, plain lines from here: ${error instanceof Error ? error.message : String(error)}`);
    });
    stopTicker = startTicker(1000 / FRAMES_PER_SECOND, (lateMs) => {
      follow({ kind: 'tick', lateMs });
      shown?.rerender(<Live model={model} />);
    });
  }

  /** Terminals move rows about when their size changes; what is drawn next must not rest on them. */
  function redraw(): void {
    shown?.clear();
    options.stdout.write(CLEAR);
    shown?.rerender(<Live model={model} />);
  }

  function leave(): void {
    stopTicker();
    options.stdout.off('resize', redraw);
    shown = null;
    flush();
  }

  return {
    show: (feed) => {
      follow(feed);
      if (feed.kind === 'event' && feed.event.kind === 'run' && !shown) enter();
    },
    stopping: () => {
      follow({ kind: 'stopping' });
      if (!shown) warn('\nstopping the run and cleaning up; once more to leave at once');
    },
    close: async (verdict) => {
      const wasShown = shown !== null;
      shown?.unmount();
      await gone;
      if (!wasShown || verdict === undefined) return;
      const { columns } = options.stdout;
      const last = <LastScreen model={model} columns={columns} verdict={verdict} />;
      write(`\n${renderToString(last, { columns })}`);
    },
  };
}

function paintOn({ stdin, stdout }: DashboardOptions, model: Model): Instance {
  return render(<Live model={model} />, {
    stdin,
    stdout,
    exitOnCtrlC: false,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: FRAMES_PER_SECOND,
  });
}

function Live({ model }: { readonly model: Model }): ReactNode {
  const size = useWindowSize();
  const [asked, setAsked] = useState(NOTHING_ASKED);
  useInput((input, key) => {
    const meant = keyOf(input, key);
    if (meant !== null) setAsked((before) => nextAsked(before, meant, model));
    // In raw mode the terminal sends no signal for Ctrl-C: this process sends it to itself, and all is as without a dashboard.
    if (input === 'q' || (key.ctrl && input === 'c')) process.kill(process.pid, 'SIGINT');
  });
  return <Screen model={model} asked={asked} {...size} />;
}

function keyOf(input: string, { upArrow, downArrow, escape }: Pressed): Key | null {
  if (upArrow || input === 'k') return 'up';
  if (downArrow || input === 'j') return 'down';
  if (escape) return 'back';
  if (input === 't') return 'subject';
  return input === '?' ? 'keys' : null;
}

type Pressed = Readonly<Record<'upArrow' | 'downArrow' | 'escape', boolean>>;

/** The whole screen, and the cursor to its first place. */
const CLEAR = '\u001b[2J\u001b[H';
const FRAMES_PER_SECOND = 4;
