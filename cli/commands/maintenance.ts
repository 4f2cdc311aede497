// `ps`, `clean`, `doctor` and `setup`: what is there, and what a machine needs.

import { clean, cleanRun } from '../../compose/cleanup/cleanup.ts';
import { connectEngine } from '../../compose/engine/engine.ts';
import { examine, type Fact } from '../../compose/setup/doctor.ts';
import { ensureNodeProgramImage } from '../../compose/pods/program-image.ts';
import { ensureImage } from '../../compose/setup/images.ts';
import { OWNER_LABEL, RUN_LABEL, TXLAB } from '../../compose/engine/labels.ts';
import { parseOwner } from '../../compose/engine/owner.ts';
import { bundledFile } from '../package.ts';
import { findRun, readRunUid } from '../../scenarios/run/run-folder.ts';
import { Usage } from '../usage.ts';
import { paintFor } from '../paint.ts';
import { provideEngine } from '../provide.ts';
import { readSettings, settingsText, settingsTrouble } from '../settings.ts';
import { JSON_OPTION } from './options.ts';
import type { Terminal } from '../terminal.ts';
import type { Command } from './command.ts';

export const PS: Command = {
  words: 'ps',
  describe: "List txlab's containers, networks and volumes",
  options: JSON_OPTION,
  act: (given, terminal) => listContainers(given['json'] === true, terminal),
};

export const CLEAN: Command = {
  words: 'clean [run]',
  describe: 'Remove from the engine what a run has left there; without a run everything, also what other txlabs use',
  positionals: { run: { type: 'string', describe: 'A run of txlab runs, its folder, or latest' } },
  examples: [
    ['clean latest', 'what --keep has left'],
    ['clean', 'everything'],
  ],
  act: (given, terminal) => {
    const uid = typeof given['run'] === 'string' ? uidOf(given['run'], String(given['out'])) : null;
    return cleanUp(uid, terminal);
  },
};

export const DOCTOR: Command = {
  words: 'doctor',
  describe: 'Is this machine fit for txlab?',
  options: JSON_OPTION,
  act: (given, terminal) => doctor(given['json'] === true, String(given['out']), terminal),
};

export const SETUP: Command = {
  words: 'setup',
  describe: 'Install and start what runs need: engine and images. Twice is harmless',
  examples: [['setup --yes', '']],
  act: (given, terminal) => setUp(given['yes'] === true, terminal),
};

async function listContainers(json: boolean, { stdout }: Terminal): Promise<number> {
  const engine = await connectEngine();
  const objects = (await engine.listByLabel(TXLAB)).map(({ kind, name, labels }) => ({
    kind,
    name,
    run: labels[RUN_LABEL] ?? '',
    pid: parseOwner(labels[OWNER_LABEL] ?? '')?.pid ?? null,
  }));
  if (json) stdout.write(`${JSON.stringify(objects, null, 2)}\n`);
  else if (objects.length === 0) stdout.write('Nothing of txlab is there.\n');
  else
    for (const { kind, name, run, pid } of objects)
      stdout.write(`${kind.padEnd(10)} ${name.padEnd(40)} run ${run}, of process ${pid ?? '?'}\n`);
  return 0;
}

/** By which the engine knows the things of a run. */
function uidOf(name: string, out: string): string {
  const folder = findRun(out, name);
  const uid = readRunUid(folder);
  if (uid === null)
    throw new Usage(`${name}: its manifest.json does not say what its things are called in the engine.`);
  return uid;
}

/** Of one run, or everything. */
async function cleanUp(uid: string | null, { stdout }: Terminal): Promise<number> {
  const engine = await connectEngine();
  const removed = await (uid === null ? clean(engine) : cleanRun(engine, uid));
  stdout.write(
    removed.length === 0
      ? 'There was nothing to remove.\n'
      : removed.map(({ kind, name }) => `removed ${kind} ${name}\n`).join(''),
  );
  return 0;
}

const SIGN = { good: '✓', note: '·', bad: '✗' } as const;
const STYLE = { good: 'green', note: 'dim', bad: 'red' } as const;

async function doctor(json: boolean, out: string, terminal: Terminal): Promise<number> {
  const { stdout } = terminal;
  const facts = [...(await examine({ runsFolder: out })), settingsFact(terminal)];
  const isFit = facts.every(({ fit }) => fit !== 'bad');
  if (json) stdout.write(`${JSON.stringify({ fit: isFit, facts }, null, 2)}\n`);
  else {
    const paint = paintFor(stdout);
    for (const { name, value, fit, hint } of facts)
      stdout.write(
        `${paint(STYLE[fit], SIGN[fit])} ${name.padEnd(22)} ${value}${hint ? `\n  ${paint('dim', `try: ${hint}`)}` : ''}\n`,
      );
    stdout.write(`\n${isFit ? 'This machine is fit for txlab.' : 'This machine is not fit for txlab yet.'}\n`);
  }
  return isFit ? 0 : 4;
}

/** What is set beside the line, and by what. */
function settingsFact(terminal: Terminal): Fact {
  const settings = readSettings(terminal);
  if (settings.problems.length === 0) return { name: 'settings', value: settingsText(settings), fit: 'good' };
  return { name: 'settings', value: settingsTrouble(settings), fit: 'bad' };
}

/** Engine and images, in the words of what is done. */
async function setUp(yes: boolean, terminal: Terminal): Promise<number> {
  const opened = performance.now();
  const say = (text: string) =>
    void terminal.stdout.write(`${((performance.now() - opened) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
  const engine = await provideEngine(yes, terminal, say);
  const node = await ensureImage(engine, 'node', { onProgress: say });
  const { source } = await ensureNodeProgramImage(engine, node, bundledFile('dist/node.mjs'));
  say(`program image ${source}`);
  say('ready: txlab kill coordinator during prepare');
  return 0;
}
