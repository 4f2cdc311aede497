// The shape of each line of a history, as tables: enough for a checker to rely on, quick enough to run on every line. Written by hand
// because a schema library takes longer over a line than parsing its JSON does.

/** A field that is not what it should be: its path, and what is allowed there. */
export interface Misfit {
  readonly field: string;
  readonly allowed: string;
}

type Test = (value: unknown) => Misfit | null;
type Fields = readonly (readonly [name: string, test: Test])[];

/** Null when the value is an event of this version. */
export function misfitOf(event: unknown): Misfit | null {
  const misfit = anyEvent(event);
  return misfit === null ? null : { ...misfit, field: misfit.field || 'the line' };
}

const FITS = null;

function plain(allowed: string, fits: (value: unknown) => boolean): Test {
  const misfit = { field: '', allowed };
  return (value) => (fits(value) ? FITS : misfit);
}

const text = plain('text', (value) => typeof value === 'string');
const number = plain('a number', (value) => typeof value === 'number');
const whole = plain('a whole number of 0 or more', (value) => Number.isInteger(value) && (value as number) >= 0);
const flag = plain('true or false', (value) => typeof value === 'boolean');
const textOrNull = plain('text or null', (value) => value === null || typeof value === 'string');

function oneOf(...words: readonly string[]): Test {
  return plain(`one of ${words.join(', ')}`, (value) => words.includes(value as string));
}

function optional(test: Test): Test {
  return (value) => (value === undefined ? FITS : test(value));
}

function list(item: Test): Test {
  const misfit = { field: '', allowed: 'a list' };
  return (value) => {
    if (!Array.isArray(value)) return misfit;
    for (let at = 0; at < value.length; at++) {
      const found = item(value[at]);
      if (found !== FITS) return under(String(at), found);
    }
    return FITS;
  };
}

function tableOf(item: Test): Test {
  const misfit = { field: '', allowed: 'an object' };
  return (value) => {
    if (!isObject(value)) return misfit;
    for (const [name, one] of Object.entries(value)) {
      const found = item(one);
      if (found !== FITS) return under(name, found);
    }
    return FITS;
  };
}

function object(shape: Readonly<Record<string, Test>>): Test {
  const fields: Fields = Object.entries(shape);
  const misfit = { field: '', allowed: 'an object' };
  return (value) => (isObject(value) ? firstMisfit(value, fields) : misfit);
}

/** An object whose other fields depend on the word in one of them. */
function variants(tag: string, shapes: Readonly<Record<string, Test>>): Test {
  const known = new Map(Object.entries(shapes));
  const misfit = { field: '', allowed: 'an object' };
  const unknownTag = { field: tag, allowed: `one of ${[...known.keys()].join(', ')}` };
  return (value) => {
    if (!isObject(value)) return misfit;
    const shape = known.get(value[tag] as string);
    return shape === undefined ? unknownTag : shape(value);
  };
}

function firstMisfit(value: Readonly<Record<string, unknown>>, fields: Fields): Misfit | null {
  for (const [name, test] of fields) {
    const found = test(value[name]);
    if (found !== FITS) return under(name, found);
  }
  return FITS;
}

function under(name: string, { field, allowed }: Misfit): Misfit {
  return { field: field === '' ? name : `${name}.${field}`, allowed };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const end = object({ bank: text, account: text });
const transfer = object({ word: oneOf('transfer'), from: end, to: end, amount: number });

const record = variants('mark', {
  prepared: object({ word: text, tx: text }),
  decision: object({ word: text, tx: text, decision: oneOf('commit', 'abort') }),
  other: object({ word: text, tx: textOrNull }),
  checkpoint: object({ word: text }),
});

const note = variants('about', {
  invoked: object({ op: text, process: number, request: transfer }),
  completed: object({
    op: text,
    process: number,
    outcome: oneOf('ok', 'failed', 'unknown'),
    tx: optional(text),
    reason: text,
  }),
  began: object({ tx: text, op: text, participants: list(text) }),
  refused: object({
    tx: text,
    reason: oneOf('overdraft', 'locked', 'stale', 'unknown-account'),
    holder: optional(text),
  }),
  'gave-up': object({ tx: text, waitedFor: text }),
});

const message = object({ word: text, tx: text });
const gap = object({ when: oneOf('before', 'after'), verb: text, word: text, peer: optional(text) });
const account = object({ balance: number, journal: list(object({ tx: text, delta: number })) });
const state = object({
  inDoubt: list(text),
  unfinished: list(text),
  locks: list(object({ account: text, tx: text })),
  accounts: tableOf(account),
});

function traced(shape: Readonly<Record<string, Test>>): Test {
  return object({ at: number, node: text, incarnation: whole, seq: whole, ...shape });
}

function noted(shape: Readonly<Record<string, Test>>): Test {
  return object({ at: number, ...shape });
}

const talk = { way: oneOf('out', 'in'), peer: text, op: text, word: text };

const anyEvent = variants('kind', {
  booted: traced({ wallMs: number, logBytes: number, cutBytes: number }),
  appended: traced({ record }),
  durable: traced({ how: oneOf('append', 'force'), position: number, record }),
  sent: traced({ to: text, message }),
  lost: traced({ to: text, message }),
  received: traced({ from: text, message }),
  asked: traced(talk),
  answered: traced(talk),
  expired: traced({ word: text, about: textOrNull }),
  told: traced({ note }),
  held: traced({ hold: text, gap, about: textOrNull, nth: number }),
  released: traced({ hold: text }),
  bug: traced({ message: text }),
  run: noted({
    version: number,
    txlab: text,
    run: text,
    protocol: text,
    seed: number,
    nodes: list(text),
    participants: list(text),
    timeouts: tableOf(number),
    promises: list(text),
    opening: tableOf(tableOf(number)),
  }),
  fault: noted({
    id: text,
    fault: oneOf('kill', 'restart', 'pause', 'resume', 'cut', 'heal', 'clock'),
    node: text,
    since: number,
    hold: optional(text),
    evidence: object({ seen: flag, text }),
  }),
  exited: noted({ node: text, byLab: flag, exitCode: number, oomKilled: flag, lastLines: list(text) }),
  logged: noted({ node: text, moment: oneOf('after-kill', 'end'), incarnation: whole, records: list(record) }),
  dumped: noted({ node: text, state }),
  phase: noted({ phase: oneOf('serving', 'healed', 'probing', 'settled'), detail: optional(text) }),
  'trace-lost': noted({ node: text, detail: text }),
  ended: noted({
    why: oneOf('complete', 'time-limit', 'interrupted', 'engine-lost', 'node-failed'),
    detail: optional(text),
  }),
});
