// Errors of the trace, of faults and of the run's end, planted into recorded histories.

import {
  addAfter,
  addToTrace,
  booted,
  change,
  durable,
  fault,
  type Line,
  lose,
  phase,
  type PlantedErrors,
  told,
  without,
} from './planting.ts';

const FIRST = 'participant-1';
const SECOND = 'participant-2';
const TX = 'coordinator.1.1';

const isEnd = ({ kind }: Line) => kind === 'ended';
const isVote = ({ kind, node, message }: Line) => kind === 'sent' && node === FIRST && message?.tx === TX;
const unseen = (line: Line): Line => ({ ...line, evidence: { seen: false, text: 'the container was still running' } });

export const TRACE_ERRORS: PlantedErrors = {
  'trace-lacks-an-event': {
    base: 'calm',
    plant: lose(durable(FIRST, 'prepared', TX)),
    breaks: { validity: 'unknown', termination: 'unknown', durability: 'unknown', progress: 'unknown' },
    verdict: 'inconclusive',
  },
  'trace-lacks-its-beginning': {
    base: 'calm',
    plant: lose(booted(FIRST, 1)),
    breaks: { atomicity: 'unknown', validity: 'unknown', termination: 'unknown', durability: 'unknown' },
    verdict: 'inconclusive',
  },
  'trace-lacks-the-beginning-of-a-second-life': {
    base: 'bank killed',
    plant: lose(booted(SECOND, 2)),
    breaks: { atomicity: 'unknown', validity: 'unknown', termination: 'unknown', durability: 'unknown' },
    verdict: 'inconclusive',
  },
  'trace-of-a-node-missing': {
    base: 'calm',
    plant: lose((line) => line.node === SECOND && line.seq !== undefined),
    breaks: { validity: 'unknown', termination: 'unknown', journal: 'unknown', 'non-blocking': 'unknown' },
    verdict: 'inconclusive',
  },
  'trace-lost': {
    base: 'calm',
    plant: addAfter(isEnd, { kind: 'trace-lost', node: FIRST, detail: 'its file could not be read' }),
    breaks: {
      atomicity: 'unknown',
      validity: 'unknown',
      termination: 'unknown',
      journal: 'unknown',
      progress: 'unknown',
    },
    verdict: 'inconclusive',
  },
  'incarnation-skipped': {
    base: 'coordinator killed',
    plant: change(
      ({ node, incarnation, seq }) => node === 'coordinator' && incarnation === 2 && seq !== undefined,
      (line) => ({ ...line, incarnation: 3 }),
    ),
    breaks: { atomicity: 'unknown', validity: 'unknown', termination: 'unknown', durability: 'unknown' },
    verdict: 'inconclusive',
  },
  'run-that-never-settled': {
    base: 'calm',
    plant: without((line) => phase('settled')(line) || line.kind === 'dumped'),
    breaks: { termination: 'unknown', journal: 'unknown', conservation: 'unknown', durability: 'unknown' },
    verdict: 'inconclusive',
  },
  'fault-never-healed': {
    base: 'coordinator killed',
    plant: without(fault('restart')),
    breaks: { termination: 'unknown', journal: 'unknown', conservation: 'unknown', progress: 'unknown' },
    verdict: 'inconclusive',
  },
  'fault-whose-heal-has-no-evidence': {
    base: 'coordinator killed',
    plant: change(fault('restart'), unseen),
    breaks: { termination: 'unknown', journal: 'unknown', conservation: 'unknown', progress: 'unknown' },
    verdict: 'inconclusive',
  },
  'fault-without-evidence': {
    base: 'coordinator killed',
    plant: change(fault('kill'), unseen),
    breaks: {},
    verdict: 'inconclusive',
  },
  'node-that-ended-by-itself': {
    base: 'calm',
    plant: addAfter(phase('probing'), {
      kind: 'exited',
      node: FIRST,
      byLab: false,
      exitCode: 1,
      oomKilled: false,
      lastLines: ['out of its mind'],
    }),
    breaks: { termination: 'unknown', journal: 'unknown', conservation: 'unknown', progress: 'unknown' },
    verdict: 'not as expected',
  },
  'node-killed-for-want-of-memory': {
    base: 'calm',
    plant: addAfter(phase('probing'), {
      kind: 'exited',
      node: FIRST,
      byLab: true,
      exitCode: 137,
      oomKilled: true,
      lastLines: [],
    }),
    breaks: {},
    verdict: 'not as expected',
  },
  'bug-in-a-node': {
    base: 'calm',
    plant: addToTrace(durable(FIRST, 'prepared', TX), { kind: 'bug', message: 'a vote was counted twice' }),
    breaks: {},
    verdict: 'not as expected',
  },
  'run-whose-node-failed': {
    base: 'calm',
    plant: change(isEnd, (line) => ({ ...line, why: 'node-failed', detail: 'coordinator did not answer' })),
    breaks: {},
    verdict: 'not as expected',
  },
  'run-without-an-end': {
    base: 'calm',
    plant: without(isEnd),
    breaks: {},
    verdict: 'inconclusive',
  },
  'run-that-was-interrupted': {
    base: 'calm',
    plant: change(isEnd, (line) => ({ ...line, why: 'interrupted' })),
    breaks: {},
    verdict: 'inconclusive',
  },
  'run-over-its-time': {
    base: 'calm',
    plant: change(isEnd, (line) => ({ ...line, why: 'time-limit' })),
    breaks: {},
    verdict: 'inconclusive',
  },
  'last-line-torn': {
    base: 'calm',
    plant: (lines) => lines.slice(0, lines.findIndex(told('completed', 'client.1.2')) + 1),
    torn: true,
    breaks: { termination: 'unknown', journal: 'unknown', conservation: 'unknown' },
    verdict: 'inconclusive',
  },
  'event-twice-with-its-number': {
    base: 'calm',
    plant: (lines) => lines.flatMap((line) => (isVote(line) ? [line, line] : [line])),
    breaks: { validity: 'unknown', termination: 'unknown' },
    verdict: 'inconclusive',
  },
};
