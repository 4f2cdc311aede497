// The plain view of a run: one line for each thing that happens, as it happens, and a sign of life when nothing does.

import { next } from './follow.ts';
import { openModel, timeOf } from './model.ts';
import { timeText } from './phrases.ts';
import { startTicker } from './ticker.ts';
import type { ViewInput } from './follow.ts';
import type { Line } from './model.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Feed } from '../../scenarios/run/run.ts';
import type { Verdict } from '../../scenarios/findings.ts';
import type { Paint } from '../paint.ts';

/** Shows a run; this one by lines, the dashboard by a screen. */
export interface View {
  show(feed: Feed): void;
  /** Ctrl-C was heard, and the run is being brought to an end. */
  stopping(): void;
  /** Leaves the terminal to whoever writes next, with a last screen where a verdict is given. Twice is harmless. */
  close(verdict?: Pick<Verdict, 'word' | 'locks'>): Promise<void>;
}

export interface PlainOptions {
  readonly write: (line: string) => void;
  /** Where people read that their Ctrl-C was heard. */
  readonly warn: (line: string) => void;
  readonly paint: Paint;
}

export function plainView(plan: Plan, { write, warn, paint }: PlainOptions): View {
  const model = openModel(plan, performance.now());
  let lastMs = performance.now();
  const follow = (input: ViewInput) => {
    for (const line of next(model, input, performance.now())) print(line);
  };
  const print = (line: Line) => {
    lastMs = performance.now();
    write(lineText(line, paint));
  };
  const stopTicker = startTicker(TICK_MS, (lateMs) => {
    follow({ kind: 'tick', lateMs });
    if (performance.now() - lastMs < QUIET_MS) return;
    model.nowMs = performance.now();
    print({ ...timeOf(model), word: '', text: `… ${model.waiting}`, style: 'dim' });
  });
  return {
    show: follow,
    stopping: () => {
      follow({ kind: 'stopping' });
      warn('\nstopping the run and cleaning up; once more to leave at once');
    },
    close: () => Promise.resolve(stopTicker()),
  };
}

export function lineText({ word, text, style, ...when }: Line, paint: Paint): string {
  return `${paint('dim', timeText(when))} ${paint(style, word.padEnd(9))} ${word === '' ? paint('dim', text) : text}`;
}

const TICK_MS = 100;
const QUIET_MS = 1500;
