// `runs --prune`: which stored runs go, which stay and why, and their removal, which has to be asked for twice.

import { readlinkSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LabError, messageOf } from '../../compose/errors.ts';
import { readVerdict } from '../../scenarios/run/run-folder.ts';
import { DamagedFile } from '../../scenarios/history/stored-file.ts';
import { Usage } from '../usage.ts';
import { wholeNumber } from './options.ts';
import type { Terminal } from '../terminal.ts';
import type { Given, Option } from './command.ts';

export const PRUNE_OPTIONS = {
  prune: {
    type: 'boolean',
    default: false,
    describe: 'Show which of them go by --keep or --older; with --yes remove them',
  },
  keep: { type: 'number', requiresArg: true, describe: 'With --prune: so many stay, the newest' },
  older: {
    type: 'string',
    requiresArg: true,
    describe: 'With --prune: only those that began so long ago, as 12h, 7d or 4w',
  },
  yes: { type: 'boolean', default: false, describe: 'With --prune: remove them' },
} as const satisfies Readonly<Record<string, Option>>;

export interface PruneRule {
  /** Of those that were chosen so many stay; absent where the age alone decides. */
  readonly keep: number | undefined;
  /** Younger ones stay. */
  readonly olderMs: number | undefined;
}

/** Null where nothing is to be removed. */
export function pruneRuleOf(given: Given): PruneRule | null {
  const keep = wholeNumber('keep', given['keep']);
  const older = typeof given['older'] === 'string' ? given['older'] : undefined;
  if (given['prune'] !== true) {
    if (keep === undefined && older === undefined) return null;
    throw new Usage('--keep and --older are for --prune: txlab runs --prune --keep 20');
  }
  if (keep === undefined && older === undefined)
    throw new Usage('Which are to go? Say --keep or --older: txlab runs --prune --keep 20');
  return { keep, olderMs: older === undefined ? undefined : ageOf(older) };
}

function ageOf(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  if (digits === undefined) throw new Usage(`--older must be an age, as 12h, 7d or 4w; found '${text}'.`);
  return Number(digits) * (MS_IN[unit] ?? 0);
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MS_IN: Readonly<Record<string, number>> = { m: 60_000, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS };

interface Fate {
  readonly run: string;
  /** Why it stays; null where it goes. */
  readonly stays: string | null;
}

/** Of the folders of runs that were chosen, oldest first. */
export function fatesOf(out: string, paths: readonly string[], rule: PruneRule, now: number): readonly Fate[] {
  const latest = latestIn(out);
  const first = rule.keep === undefined ? paths.length : paths.length - rule.keep;
  return paths.map((path, index) => ({
    run: basename(path),
    stays: index >= first ? 'one of the newest' : whyItStays(path, rule, { latest, now }),
  }));
}

interface World {
  readonly latest: string | null;
  readonly now: number;
}

function whyItStays(path: string, { keep, olderMs }: PruneRule, { latest, now }: World): string | null {
  const began = beginningOf(basename(path));
  if (began === null) return 'renamed';
  if (olderMs !== undefined && now - began < olderMs) return 'younger';
  // A run lasts for an hour at most; the machine may have slept meanwhile.
  if (!isFinished(path) && now - began < DAY_MS) return 'not finished, and may be under way';
  return basename(path) === latest && keep !== 0 ? 'latest' : null;
}

/** A verdict that is damaged was written by a run that is over. */
function isFinished(path: string): boolean {
  try {
    return readVerdict(path) !== null;
  } catch (error) {
    if (error instanceof DamagedFile) return true;
    throw error;
  }
}

/** As the name of a run's folder says it; null for a name that no run was given. */
function beginningOf(name: string): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-./.exec(name);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hours, minutes, seconds);
}

function latestIn(out: string): string | null {
  try {
    return basename(readlinkSync(join(out, 'latest')));
  } catch {
    return null;
  }
}

export interface Pruning {
  readonly out: string;
  readonly fates: readonly Fate[];
  /** Without it nothing is removed. */
  readonly yes: boolean;
  readonly json: boolean;
}

export function prune({ out, fates, yes, json }: Pruning, { stdout }: Terminal): number {
  const going = fates.filter(({ stays }) => stays === null).map(({ run }) => run);
  const staying = fates.flatMap(({ run, stays }) => (stays === null ? [] : [{ run, why: stays }]));
  if (yes) for (const run of going) remove(out, run);
  if (json) stdout.write(`${JSON.stringify({ removed: yes, runs: going, stay: staying }, null, 2)}\n`);
  else for (const line of pruneLines(out, going, staying, yes)) stdout.write(`${line}\n`);
  return 0;
}

function remove(out: string, run: string): void {
  try {
    if (latestIn(out) === run) rmSync(join(out, 'latest'), { force: true });
    rmSync(join(out, run), { recursive: true, force: true });
  } catch (cause) {
    throw new LabError('run-folder', `${join(out, run)} cannot be removed: ${messageOf(cause)}.`, {
      hint: 'Whoever made it can remove it; the runs before it are removed.',
      cause,
    });
  }
}

function pruneLines(
  out: string,
  going: readonly string[],
  staying: readonly { readonly run: string; readonly why: string }[],
  yes: boolean,
): readonly string[] {
  const all = going.length + staying.length;
  // That the newest and the young stay is what was asked for.
  const notable = staying.filter(({ why }) => why !== 'one of the newest' && why !== 'younger');
  const stay = notable.map(({ run, why }) => `stays      ${run}: ${why}`);
  if (going.length === 0) return [...stay, `None of the ${all} runs in ${out} goes by that.`];
  const ending = yes
    ? `${going.length} of ${all} runs in ${out} were removed.`
    : `${going.length} of ${all} runs in ${out} would go; nothing is removed yet. To remove them, add --yes.`;
  return [...going.map((run) => `${yes ? 'removed   ' : 'would go  '} ${run}`), ...stay, ending];
}
