// What a run has left, judged: the lab's events and the nodes' traces become the text of a history, which is read like any other.
// A pure function of them and of the plan.

import { formatHistory, historyReader, mergeEvents } from '../history/history.ts';
import { judge } from './verdict.ts';
import type { HistoryEvent, LabEvent } from '../../nodes/contract/events.ts';
import type { History, Verdict } from '../findings.ts';
import type { Claims } from './verdict.ts';

export interface Judged {
  readonly history: History;
  readonly verdict: Verdict;
}

export function judgeRun(lab: readonly LabEvent[], traces: readonly (readonly HistoryEvent[])[], plan: Claims): Judged {
  const work = judgeInPieces(historyText(lab, traces), plan);
  for (;;) {
    const piece = work.next();
    if (piece.done) return piece.value;
  }
}

/** The events of all writers in one order, as the lines of a history. */
export function historyText(lab: readonly LabEvent[], traces: readonly (readonly HistoryEvent[])[]): string {
  return formatHistory(mergeEvents([lab, ...traces]));
}

/** Yields between two pieces, for whoever has something else to do meanwhile. */
export function* judgeInPieces(text: string, plan: Claims): Generator<undefined, Judged, undefined> {
  const reader = historyReader();
  for (let from = 0; from < text.length; from += PIECE_CHARS) {
    yield;
    reader.push(text.slice(from, from + PIECE_CHARS));
  }
  const history = reader.end();
  return { history, verdict: judge(history, plan) };
}

const PIECE_CHARS = 16_384;
