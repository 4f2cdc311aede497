// `logs`: what happened in a stored run, event by event in one order: everywhere, at some nodes, or to one transaction.

import { nearest } from '../../scenarios/language/nearest.ts';
import { findRun, readNodeLog, readPlan, readRun } from '../../scenarios/run/run-folder.ts';
import { aboutOf, eventText, servedAt } from '../reports/event-text.ts';
import { Usage, demandReadable } from '../usage.ts';
import { listOf } from './options.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Terminal } from '../terminal.ts';
import type { Command } from './command.ts';

export const LOGS: Command = {
  words: 'logs [nodes..]',
  describe: 'What happened in a stored run, event by event: everywhere, or at the nodes that are named',
  positionals: { nodes: { type: 'string', array: true, describe: 'Nodes of the run; absent: all, in one order' } },
  options: {
    run: { type: 'string', default: 'latest', requiresArg: true, describe: 'Which run' },
    about: { type: 'string', requiresArg: true, describe: 'Only what is about this transaction, as coordinator.1.20' },
  },
  examples: [
    ['logs participant-2', ''],
    ['logs coordinator --run latest', ''],
    ['logs --about coordinator.1.20', 'one transaction at all nodes, in one order'],
  ],
  act: (given, terminal) =>
    showLogs(
      {
        nodes: listOf(given['nodes']),
        run: String(given['run']),
        about: typeof given['about'] === 'string' ? given['about'] : null,
      },
      String(given['out']),
      terminal,
    ),
};

interface Asked {
  readonly nodes: readonly string[];
  readonly run: string;
  readonly about: string | null;
}

async function showLogs({ nodes, run, about }: Asked, out: string, { stdout }: Terminal): Promise<number> {
  const path = findRun(out, run);
  const plan = await demandReadable(run, () => readPlan(path));
  const names = plan.nodes.map(({ id }) => id as string);
  for (const node of nodes) if (!names.includes(node)) throw unknownNode(node, names);
  const { events } = await demandReadable(run, () => readRun(path));
  if (about !== null) demandSubject(about, events);
  const subjects = about === null ? null : relatedTo(about, events);
  // What a node wrote beside its trace is about no transaction.
  const beside = about === null ? await besideTraces(path, run, nodes.length > 0 ? nodes : names) : [];
  const served = servedAt(events);
  for (const event of events) if (isAsked(event, nodes, subjects)) stdout.write(`${eventText(event, served)}\n`);
  for (const text of beside) stdout.write(text);
  return 0;
}

async function besideTraces(path: string, run: string, nodes: readonly string[]): Promise<readonly string[]> {
  const logs = await Promise.all(
    nodes.map(async (node) => ({ node, text: await demandReadable(run, () => readNodeLog(path, node)) })),
  );
  return logs.flatMap(({ node, text }) => (text === null ? [] : [`\nstandard error of ${node}:\n${text}`]));
}

/** Faults stand between what happened to a transaction, since they may be why. */
function isAsked(event: HistoryEvent, nodes: readonly string[], subjects: ReadonlySet<string> | null): boolean {
  if (event.kind === 'run') return false;
  if (nodes.length > 0 && !('node' in event && nodes.includes(event.node))) return false;
  return subjects === null || event.kind === 'fault' || namesOf(event).some((name) => subjects.has(name));
}

/** What an event is about, and the operation that it is part of. */
function namesOf(event: HistoryEvent): readonly string[] {
  const op = event.kind === 'asked' || event.kind === 'answered' ? [event.op] : [];
  const noted = event.kind === 'told' && 'op' in event.note ? [event.note.op] : [];
  return [...op, ...noted, ...[aboutOf(event) ?? []].flat()];
}

/** A transaction is shown with the operation that it was begun for, and an operation with all that was begun for it. */
function relatedTo(about: string, events: readonly HistoryEvent[]): ReadonlySet<string> {
  const began = events.flatMap((event) => (event.kind === 'told' && event.note.word === 'began' ? [event.note] : []));
  const pairs = began.filter((note) => note.about === about || note.op === about);
  return new Set([about, ...pairs.flatMap((note) => [note.about, note.op])]);
}

function unknownNode(node: string, names: readonly string[]): Usage {
  const near = nearest(node, names);
  return new Usage(
    `This run has no node '${node}'${near ? `; did you mean ${near}?` : '.'} Its nodes: ${names.join(', ')}.`,
  );
}

function demandSubject(about: string, events: readonly HistoryEvent[]): void {
  const known = new Set(events.flatMap(namesOf));
  if (known.has(about)) return;
  const near = nearest(about, [...known]);
  throw new Usage(`Nothing in this run is about '${about}'${near ? `; did you mean ${near}?` : '.'}`);
}
