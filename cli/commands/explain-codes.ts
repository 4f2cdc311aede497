// What `explain` says of errors and exit codes: what each means, and what to type about it.

import { ERRORS } from '../../compose/errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ErrorCode } from '../../compose/errors.ts';

interface Remedy {
  /** How it comes about, and what helps. */
  readonly more: string;
  /** Without the program's name. */
  readonly tries: readonly string[];
}

const REMEDIES: Readonly<Record<ErrorCode, Remedy>> = {
  usage: {
    more: 'The message names the place, what was found there, what is allowed, and the nearest word that would do.',
    tries: ['--help', 'explain 2pc'],
  },
  'engine-missing': {
    more: 'Start Docker, or let txlab install an engine (on Debian, as root). DOCKER_HOST and the contexts of Docker say which address is asked.',
    tries: ['doctor', 'setup --yes'],
  },
  'engine-refused': {
    more: 'The socket belongs to a group that this user is not in, or the engine wants TLS. Whoever may use the socket owns the machine.',
    tries: ['doctor'],
  },
  'engine-strange': {
    more: 'Something else listens at that address: a proxy, say, or a server of another kind. DOCKER_HOST and the contexts of Docker name it.',
    tries: ['doctor'],
  },
  'engine-too-old': { more: 'API 1.40 came with Docker 19.03. A newer engine is needed.', tries: ['doctor', 'setup'] },
  'engine-lost': {
    more: 'It was stopped, or ran out of memory or disk. What the run had made is removed by a watcher, or by the next start.',
    tries: ['doctor', 'ps', 'clean'],
  },
  'image-missing': {
    more: 'Pull it where a registry answers, or name one of your own: --image node=my/node:24, or images in txlab.yaml.',
    tries: ['doctor', 'setup --yes'],
  },
  'image-failed': {
    more: 'The message has the last words of what failed: a registry, npm, apt-get, or a disk that is full.',
    tries: ['doctor', 'setup --yes'],
  },
  'object-failed': {
    more: 'Often something of an earlier run stands in the way, or the engine has no room for more.',
    tries: ['ps', 'clean', 'doctor'],
  },
  'setup-needed': { more: 'Nothing is installed or started unasked.', tries: ['setup --yes'] },
  'setup-failed': {
    more: 'The message has the last words of the program that failed. Setting up twice is harmless.',
    tries: ['doctor', 'setup --yes'],
  },
  'fault-refused': {
    more: 'The kernel has no netem, say, or an image of your own cannot load the library that moves clocks. The hint names another fault.',
    tries: ['doctor', 'kill coordinator during prepare --print'],
  },
  'run-folder': {
    more: 'The disk is full, or this user may not write there. Another folder is named by --out, TXLAB_OUT or out in txlab.yaml.',
    tries: ['runs --prune --keep 20', 'doctor'],
  },
  bug: { more: 'The message and the folder of the run say what is needed to find it.', tries: ['logs', 'ps'] },
};

/** How each code comes about, and what to do where it was not hoped for. */
const AFTER: Readonly<Record<string, Remedy>> = {
  0: {
    more: 'A claim may say that a promise is violated: then the run that shows it is as expected.',
    tries: ['report latest'],
  },
  1: {
    more: 'The report names the property and the events that break it; another seed may end otherwise.',
    tries: ['report latest', 'logs', 'replay latest --repeat 10'],
  },
  2: { more: 'The message says what to write instead.', tries: ['--help'] },
  3: {
    more: 'The fault was not seen to hit, its step was not reached, too little was done, or a trace was lost. It says neither yes nor no.',
    tries: ['report latest', 'replay latest'],
  },
  4: { more: 'The message says what is missing, and what to type.', tries: ['doctor', 'setup --yes'] },
  5: { more: 'A verdict of such a run still counts, if there is one.', tries: ['ps', 'clean'] },
  130: { more: 'A second Ctrl-C leaves at once, and a watcher cleans up.', tries: ['ps'] },
  141: { more: 'As in txlab run … | head: a verdict that nobody hears is none.', tries: ['report latest'] },
  143: { more: 'As Ctrl-C, by whoever ended the process.', tries: ['ps'] },
};

/** All that can be asked for: `exit codes`, each of them, and errors. */
export const EXPLAINED_CODES: readonly string[] = [...Object.keys(ERRORS), 'errors', 'exit codes'];

/** Null for what is neither an error nor an exit code. */
export function codeText(what: string): readonly string[] | null {
  if (/^errors?$/.test(what)) return errorsText();
  if (/^exit[ -]?codes?$/.test(what)) return exitCodesText();
  const [, number] = /^(?:exit[ -]?(?:code[ -]?)?)?(\d+)$/.exec(what) ?? [];
  if (number !== undefined) return exitCodeText(number);
  return Object.hasOwn(ERRORS, what) ? errorText(what as ErrorCode) : null;
}

function errorText(code: ErrorCode): readonly string[] {
  const { exitCode, doc } = ERRORS[code];
  const { more, tries } = REMEDIES[code];
  return [
    `${code}: an error that ends with exit code ${exitCode}`,
    '',
    `  ${doc}`,
    `  ${more}`,
    '',
    ...triesText(tries),
  ];
}

function exitCodeText(number: string): readonly string[] | null {
  const [, meaning] = EXIT_CODES.find(([code]) => code === number) ?? [];
  const after = Object.hasOwn(AFTER, number) ? AFTER[number] : undefined;
  if (meaning === undefined || after === undefined) return null;
  const errors = Object.entries(ERRORS).filter(([, { exitCode }]) => String(exitCode) === number);
  return [
    `exit code ${number}`,
    '',
    `  ${meaning}.`,
    `  ${after.more}`,
    '',
    ...(errors.length === 0 ? [] : [`errors that end so: ${errors.map(([code]) => code).join(', ')}`, '']),
    ...triesText(after.tries),
  ];
}

function exitCodesText(): readonly string[] {
  const rows = EXIT_CODES.map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`);
  return ['exit codes', ...rows, '', 'try: txlab explain 3', '     txlab explain errors'];
}

function errorsText(): readonly string[] {
  const width = Math.max(...Object.keys(ERRORS).map((code) => code.length));
  const rows = Object.entries(ERRORS).map(
    ([code, { exitCode, doc }]) => `  ${code.padEnd(width)}  ${exitCode}  ${doc}`,
  );
  return ['errors, with the exit code of each', ...rows, '', 'try: txlab explain engine-missing'];
}

function triesText(tries: readonly string[]): readonly string[] {
  return tries.map((line, index) => `${index === 0 ? 'try:' : '    '} txlab ${line}`);
}
