// A run's folder: everything that is left of a run, and where to find each piece of it.
//
//   manifest.json  versions, images, engine       plan.json     what was to be done
//   lab.jsonl      the lab's events as they come  history.jsonl all events, merged by time; written at the end, instead of lab.jsonl
//   nodes/<name>/  what a node left on its disk, only when a run could not be finished       verdict.json

import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  type Dirent,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LabError, messageOf } from '../../compose/errors.ts';
import { readTrace } from '../../nodes/contract/trace-text.ts';
import { nearest } from '../language/nearest.ts';
import { formatEvent, formatHistory, mergeEvents, parseHistory, parseLine, readHistory } from '../history/history.ts';
import { misfitOf } from '../history/history-shape.ts';
import { DamagedFile, damageOf, readStoredJson, readStoredText } from '../history/stored-file.ts';
import { planMisfit, verdictMisfit } from './stored-shape.ts';
import type { HistoryEvent, LabEvent, TraceEvent } from '../../nodes/contract/events.ts';
import type { Remains } from '../../compose/cluster.ts';
import type { History, Verdict } from '../findings.ts';
import type { Plan } from '../plan/plan-types.ts';

export interface RunFolder {
  readonly name: string;
  readonly path: string;
  write(file: string, value: unknown): void;
  /** Adds one event to the lab's own file: kept even if the lab is killed right after. */
  keep(event: LabEvent): void;
  /** Keeps the whole history, which holds the lab's events too, in place of the lab's own file. */
  finish(history: string): void;
}

/** Makes `<out>/<time>-<scenario>-<seed>` and points `<out>/latest` at it. */
export function makeRunFolder(
  out: string,
  { scenario, seed, now }: { readonly scenario: string; readonly seed: number; readonly now: Date },
): RunFolder {
  const stem = `${timeText(now)}-${scenario}-${seed}`;
  mkdirOrExplain(out);
  let name = stem;
  for (let again = 2; existsSync(join(out, name)); again++) name = `${stem}-${again}`;
  const path = resolve(out, name);
  mkdirOrExplain(join(path, 'nodes'));
  pointLatest(out, name);
  return {
    name,
    path,
    write: (file, value) =>
      explainWriteFailure(path, () =>
        writeFileSync(join(path, file), typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`),
      ),
    keep: (event) => explainWriteFailure(path, () => appendFileSync(join(path, 'lab.jsonl'), formatEvent(event))),
    finish: (history) => {
      // Whole or not at all: whoever finds a history looks no further.
      explainWriteFailure(path, () => {
        writeFileSync(join(path, 'history.jsonl.part'), history);
        renameSync(join(path, 'history.jsonl.part'), join(path, 'history.jsonl'));
      });
      rmSync(join(path, 'lab.jsonl'), { force: true });
    },
  };
}

function pointLatest(out: string, name: string): void {
  const link = join(out, 'latest');
  try {
    rmSync(link, { force: true });
    symlinkSync(name, link);
  } catch {
    // Two runs that start at once both make the link; either is the latest.
  }
}

function mkdirOrExplain(path: string): void {
  explainWriteFailure(path, () => makeFolder(resolve(path)));
}

/** From the top down: where nobody can make folders, as in /proc, Node's own recursion comes to no end. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another lab may have made it at the same time.
    if (!existsSync(path)) throw error;
  }
}

/** What cannot be written is said with its place; a full disk with what to do. */
export function explainWriteFailure<Value>(path: string, act: () => Value): Value {
  try {
    return act();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === 'ENOSPC'
        ? 'the disk is full'
        : code === 'EACCES'
          ? 'this user may not write there'
          : (cause as Error).message;
    throw new LabError('run-folder', `${path} cannot be written: ${why}.`, {
      hint: 'Free some space, or name another folder with --out.',
      cause,
    });
  }
}

/** `2026-11-21T04:05:06Z` → `20261121-040506`. */
function timeText(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}

/** The events of a node's traces. */
export function eventsOf(remains: Remains): TraceEvent[] {
  return remains.traces.flatMap(readTrace);
}

/** A run by its folder's path, its name in the runs folder, or `latest`; its own path, which no later run changes. */
export function findRun(out: string, name: string): string {
  for (const path of [name, join(out, name)]) if (existsSync(join(path, 'plan.json'))) return realpathSync(path);
  const known = listRuns(out).map((path) => basename(path));
  const absence = whyNoRun(out, name);
  if (absence !== null) throw new LabError('usage', absence, { hint: whereRunsAre(name, known) });
  const near = nearest(name, known.length === 0 ? [] : [...known, 'latest']);
  throw new LabError('usage', `There is no run '${name}' in ${resolve(out)}${near ? `; did you mean ${near}?` : '.'}`, {
    hint: whereRunsAre(name, known),
  });
}

/** Where more can be said than that no run has this name: what stands there instead. Null otherwise. */
function whyNoRun(out: string, name: string): string | null {
  for (const path of [name, join(out, name)]) {
    const entry = lstatSync(path, { throwIfNoEntry: false });
    if (entry?.isSymbolicLink() && !existsSync(path))
      return `${path} points at ${readlinkSync(path)}, which is not there any more.`;
    if (entry && existsSync(path))
      return `${path} is ${statSync(path).isDirectory() ? 'a folder without a plan.json' : 'a file'}, and no run.`;
  }
  return /[/\\]|\.jsonl?$/.test(name) ? `There is no file or folder ${name}.` : null;
}

function whereRunsAre(name: string, known: readonly string[]): string {
  if (/\.ya?ml$/.test(name)) return `A scenario is run with: txlab run ${name}`;
  if (known.length === 0) return 'No run is stored there yet. Try: txlab run two-phase-baseline';
  return `The newest is: ${known.at(-1) ?? ''}. See: txlab runs`;
}

/** Oldest first. */
export function listRuns(out: string): readonly string[] {
  if (!existsSync(out) || !statSync(out).isDirectory()) return [];
  const names = readdirSync(out, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && existsSync(join(out, entry.name, 'plan.json')),
  );
  return names.map(({ name }) => resolve(out, name)).toSorted();
}

export function readPlan(path: string): Plan {
  return readStoredJson(join(path, 'plan.json'), planMisfit) as Plan;
}

/** Null where the run did not finish. */
export function readVerdict(path: string): Verdict | null {
  const file = join(path, 'verdict.json');
  return existsSync(file) ? (readStoredJson(file, verdictMisfit) as Verdict) : null;
}

/** What its things are called in the engine; null where its manifest does not say. */
export function readRunUid(path: string): string | null {
  try {
    const manifest = JSON.parse(readStoredText(join(path, 'manifest.json'))) as { readonly uid?: unknown } | null;
    return typeof manifest?.uid === 'string' && manifest.uid !== '' ? manifest.uid : null;
  } catch {
    return null;
  }
}

/** What a node wrote to its standard error; null where it wrote nothing. */
export function readNodeLog(path: string, node: string): string | null {
  const file = join(path, 'nodes', `${node}.log`);
  return existsSync(file) ? readStoredText(file) : null;
}

/** The history of a finished run; of one whose lab was killed, merged from what was rescued. */
export async function readRun(path: string): Promise<History> {
  const whole = join(path, 'history.jsonl');
  if (existsSync(whole)) return readHistory(whole);
  return parseHistory(formatHistory(mergeEvents([labEvents(path), ...rescuedTraces(path)])));
}

function labEvents(path: string): readonly HistoryEvent[] {
  const file = join(path, 'lab.jsonl');
  if (!existsSync(file))
    throw new LabError('usage', `${path} holds no history.`, { hint: 'Name a run of txlab runs, or a history.jsonl.' });
  // The last one may be cut.
  const lines = readStoredText(file).split('\n').slice(0, -1);
  return lines.flatMap((line, index) => (line === '' ? [] : [parseLine(line, index + 1)]));
}

function rescuedTraces(path: string): readonly (readonly HistoryEvent[])[] {
  const folder = join(path, 'nodes');
  if (!existsSync(folder)) return [];
  return entriesOf(folder)
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => entriesOf(join(folder, name)).map((entry) => join(folder, name, entry.name)))
    .filter((file) => basename(file).startsWith('trace.'))
    .map(rescuedTrace);
}

/** The first line says whose trace it is, unless it was cut. */
function demandWriter(text: string): void {
  const end = text.indexOf('\n');
  if (end < 0) return;
  const { node, incarnation } = (JSON.parse(text.slice(0, end)) ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof node !== 'string' || typeof incarnation !== 'number') throw new TypeError('its first line names no node');
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw damageOf(folder, error);
  }
}

function rescuedTrace(file: string): readonly HistoryEvent[] {
  const events = traceOf(file, readStoredText(file));
  for (const event of events) {
    const misfit = misfitOf(event);
    if (misfit !== null) throw new DamagedFile(file, `event ${event.seq}: ${misfit.field}: ${misfit.problem}.`);
  }
  return events;
}

/** Reading a trace is a pure function of its text: whatever it throws, the text is no trace. */
function traceOf(file: string, text: string): readonly TraceEvent[] {
  try {
    demandWriter(text);
    return readTrace(text);
  } catch (error) {
    throw new DamagedFile(file, `this is no trace (${messageOf(error)}).`);
  }
}
