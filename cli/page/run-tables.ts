// The pages of a comparison and of a batch: which cell a run belongs to, and how it is coloured.

import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { explainWriteFailure } from '../../scenarios/run/run-folder.ts';
import { kindOf } from '../reports/comparison-text.ts';
import { endingOf } from '../reports/comparison-table.ts';
import { lockText } from '../reports/lock-table.ts';
import { REPORT_FILE } from './report-file.ts';
import { tablePageText, type PageCell, type TablePage, type Tone } from './table-page.ts';
import type { LockFacts } from '../../scenarios/judging/lock-facts.ts';
import type { Verdict } from '../../scenarios/findings.ts';

/** What a cell says of one run. */
export interface Said {
  readonly tone: Tone;
  readonly text: string;
}

/** Of a commit protocol under a fault. */
export function saidOfCommit(verdict: Verdict): Said {
  const ending = endingOf(verdict);
  return { text: kindOf(ending), tone: toneOfCommit(ending) };
}

function toneOfCommit({ verdict, diverged, broken, blocked }: ReturnType<typeof endingOf>): Tone {
  if (verdict === 'inconclusive') return 'unknown';
  if (diverged || broken.length > 0) return 'bad';
  return blocked.length > 0 ? 'wait' : 'good';
}

/** Of a lock under a fault. */
export function saidOfLock({ word, reasons }: Verdict, facts: LockFacts | null): Said {
  if (word === 'inconclusive' || !facts)
    return { tone: 'unknown', text: `inconclusive${reasons[0] === undefined ? '' : `: ${reasons[0]}`}` };
  const tone = word === 'as expected' ? LOCK_TONES[facts.outcome] : 'bad';
  return { tone, text: lockText(word, reasons[0] ?? '', facts.outcome) };
}

const LOCK_TONES: Readonly<Record<LockFacts['outcome'], Tone>> = {
  exclusive: 'good',
  overlap: 'wait',
  refused: 'wait',
  stale: 'bad',
};

/** Of a scenario with a claim. */
export function saidOfScenario({ word }: Verdict, seed: number): Said {
  const tones = { 'as expected': 'good', 'not as expected': 'bad', inconclusive: 'unknown' } as const;
  return { tone: tones[word], text: `${word}, seed ${seed}` };
}

export function cellOf(said: Said, folder: string): PageCell {
  return { ...said, href: `${basename(folder)}/${REPORT_FILE}` };
}

/** Gives the path, which is beside the folders of the runs. */
export function writeTablePage(out: string, name: string, page: TablePage): string {
  const path = join(out, `${name.replaceAll(/[^\w.-]+/g, '-')}.html`);
  explainWriteFailure(path, () => writeFileSync(path, tablePageText(page)));
  return path;
}
