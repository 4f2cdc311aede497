// What is said of a cluster that fails in the middle of a run or a load.

import { LabError } from '../../compose/errors.ts';
import type { ClusterEvent } from '../../compose/cluster.ts';

export function engineLost(work: 'run' | 'load', why: string): LabError {
  return new LabError('engine-lost', `The engine was lost in the middle of the ${work}: ${why}`, {
    hint: `docker info; once the engine answers, try again: what this ${work} left is removed at the next start`,
  });
}

export function failureText({ node, why, lastLines }: Extract<ClusterEvent, { kind: 'failed' }>): string {
  return `${node} said what no node says, ${why}; ${lastWords(lastLines)}`;
}

export function silenceText({ node, afterMs, lastLines }: Extract<ClusterEvent, { kind: 'store-silent' }>): string {
  return `${node} did not answer in ${afterMs} ms; ${lastWords(lastLines)}`;
}

function lastWords(lines: readonly string[]): string {
  return lines.length === 0 ? 'it said nothing else' : `its last lines: ${lines.slice(-3).join(' | ')}`;
}
