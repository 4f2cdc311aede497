// `init`: writes a first scenario, which runs as it is, and says what to type next.

import { statSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { messageOf } from '../../compose/errors.ts';
import { demandProtocol } from '../known.ts';
import { SETTINGS_FILE } from '../settings.ts';
import { Usage } from '../usage.ts';
import { initText } from './init-text.ts';
import { programOf } from './replay-line.ts';
import type { Terminal } from '../terminal.ts';
import type { Command } from './command.ts';

export const INIT: Command = {
  words: 'init [file]',
  describe: 'Write a commented scenario of your own, which runs as it is',
  positionals: { file: { type: 'string', describe: 'Its file, which must not be there yet; or my-scenario.yaml' } },
  options: { protocol: { type: 'string', requiresArg: true, describe: 'Of this protocol, as redlock; or 2pc' } },
  examples: [
    ['init', ''],
    ['init transfer.yaml --protocol 3pc', ''],
  ],
  act: (given, terminal) => {
    const text = (name: string) => (typeof given[name] === 'string' ? given[name] : undefined);
    return init(text('file') ?? DEFAULT_FILE, text('protocol') ?? '2pc', terminal);
  },
};

const DEFAULT_FILE = 'my-scenario.yaml';

function init(file: string, protocolName: string, terminal: Terminal): number {
  const protocol = demandProtocol(protocolName);
  if (!/\.ya?ml$/.test(file)) throw new Usage(`A scenario is a file that ends in .yaml. Try: txlab init ${file}.yaml`);
  if (basename(file) === SETTINGS_FILE)
    throw new Usage(`Settings are looked for in ${SETTINGS_FILE}, and no scenarios. Try: txlab init ${DEFAULT_FILE}`);
  const text = initText({ name: nameFor(file), file, protocol });
  writeNew(file, resolve(terminal.folder, file), text);
  const run = `${programOf(terminal)} run ${file}`;
  terminal.stdout.write(
    `${file} is written. Next:\n  ${run} --print   shows it in full, and starts nothing\n  ${run}\n`,
  );
  return 0;
}

/** Of letters, digits and hyphens, as names of scenarios are. */
function nameFor(file: string): string {
  const words = basename(file)
    .replace(/\.ya?ml$/, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  return (words ?? ['my', 'scenario']).join('-').slice(0, NAME_LENGTH).replace(/-$/, '');
}

const NAME_LENGTH = 80;

function writeNew(file: string, path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new Usage(whyUnwritten(file, path, error));
  }
}

function whyUnwritten(file: string, path: string, error: unknown): string {
  const other = file.replace(/(\.ya?ml)$/, '-2$1');
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EEXIST':
      return statSync(path, { throwIfNoEntry: false })?.isDirectory()
        ? `${file} is a folder. Try: txlab init ${file}/${DEFAULT_FILE}`
        : `${file} is there already, and stays as it is. Another: txlab init ${other}; or run that one: txlab run ${file}`;
    case 'ENOENT':
      return `${file} cannot be written: there is no folder ${dirname(file)}. Try: mkdir -p ${dirname(file)}`;
    case 'EACCES':
      return `${file} cannot be written: this user may not write there. Try: txlab init /tmp/${basename(file)}`;
    default:
      return `${file} cannot be written: ${messageOf(error)}.`;
  }
}
