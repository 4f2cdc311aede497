// Lines of a command that takes long, each with the time since it began. On a terminal what it is at stands below them and overwrites itself;
// elsewhere that is a line of its own, and only when nothing else was said for long.

import type { Paint } from '../paint.ts';

export interface Speaker {
  readonly say: (text: string) => void;
  /** Looks whether what it is at is to be shown anew: four times a second. */
  readonly beat: () => void;
  /** What it is at is not shown any more. Twice is harmless. */
  readonly close: () => void;
}

export interface SpeakerOptions {
  readonly paint: Paint;
  /** What it is at, in this room; none where there is nothing to say. */
  readonly status: (room: Room | null) => readonly string[];
  readonly isLive: boolean;
  readonly nowMs: () => number;
}

/** Of a terminal. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

type Sink = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows'>;

export function openSpeaker(stream: Sink, { paint, status, isLive, nowMs }: SpeakerOptions): Speaker {
  const opened = nowMs();
  let saidAt = opened;
  let drawn = 0;
  let isClosed = false;

  function erase(): string {
    const text = drawn === 0 ? '' : `\r${UP.repeat(drawn - 1)}${ERASE_BELOW}`;
    drawn = 0;
    return text;
  }

  function draw(): string {
    if (!isLive || isClosed) return '';
    const room = { columns: stream.columns, rows: stream.rows };
    const lines = status(room).map((line) => paint('dim', line.slice(0, Math.max(room.columns - 1, 1))));
    drawn = lines.length;
    return lines.join('\n');
  }

  function say(text: string): void {
    saidAt = nowMs();
    const time = paint('dim', `${((saidAt - opened) / 1000).toFixed(1).padStart(6)} s`);
    stream.write(`${erase()}${time}  ${text}\n${draw()}`);
  }

  return {
    say,
    beat: () => {
      if (isClosed) return;
      if (isLive) stream.write(erase() + draw());
      else if (nowMs() - saidAt >= QUIET_MS) for (const line of status(null)) say(paint('dim', `… ${line}`));
    },
    close: () => {
      isClosed = true;
      if (drawn > 0) stream.write(erase());
    },
  };
}

/** Somebody looks at it, and it can move its cursor. */
export function isLive(
  stream: Pick<NodeJS.WriteStream, 'isTTY'>,
  { plain = false, env }: { readonly plain?: boolean; readonly env: NodeJS.ProcessEnv },
): boolean {
  return stream.isTTY && !plain && env['TERM'] !== 'dumb' && !env['CI'];
}

export const BEAT_MS = 250;
const QUIET_MS = 10_000;
/** The time that a line begins with is as wide. */
export const TIME_COLUMNS = 10;
const UP = '\u001b[1A';
const ERASE_BELOW = '\u001b[J';
