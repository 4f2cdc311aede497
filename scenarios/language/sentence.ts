// The sentences of txlab, the same on the command line and in scenario files:
//   fault [moment] ["of" ("transaction" N | "the" "same" "transaction")] ["for" duration] ["then" ("never" | what-ends-it ["after" duration])]
// Parsed against a protocol and its nodes, so that a word that cannot mean anything there is refused where it stands.

import { parseDuration } from './duration.ts';
import { ENDS, readFault, type FaultOfOne, type SaidFault, type SeveralFault } from './fault.ts';
import {
  defaultMoment,
  MOMENT_WORDS,
  readDuration,
  readMoment,
  stepOfMoment,
  type Hit,
  type Moment,
} from './moment.ts';
import { nearest } from './nearest.ts';
import { drives, severalOf } from './several.ts';
import { complain, notOneOf, peek, readWords, skip, takeOneOf, type Reader } from './tokens.ts';
import { problemAt, refused, type Complaint, type Parsed } from './problem.ts';
import { isBetween, isMessageFault, nodesOf, targetsOf, type MessageFault } from '../../compose/faults.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Layout } from './layout.ts';

/** What was said, and nothing that was not: defaults come with the plan. */
export interface Sentence {
  readonly fault: FaultOfOne;
  /** Where several are hit by one sentence: the other nodes to which the same is done. */
  readonly alike?: readonly NodeId[];
  readonly moment?: Moment;
  /** The so-many-th transaction to reach the step, from 1, or the one that the scenario's first fault hits. */
  readonly nth?: number | 'same';
  /** From the fault's evidence to what ends it. */
  readonly lastsMs?: number;
  /** Nothing ends it: what stands at rest stands for ever. */
  readonly ends?: 'never';
}

/** Words as the shell gave them are joined by single spaces; columns count in that text. */
export function parseSentence(words: string | readonly string[], layout: Layout): Parsed<Sentence> {
  // Every blank is a space, so that a problem's line is one line.
  const text = (typeof words === 'string' ? words : words.join(' ')).replace(/\s/g, ' ');
  const reader = readWords(text);
  const sentence = readSentence(reader, layout);
  const { complaint } = reader;
  if (sentence !== null && complaint === null) return { ok: true, value: sentence };
  const start = reader.words[complaint?.word ?? 0]?.start ?? (text.trim() === '' ? 0 : text.trimEnd().length + 1);
  const where = { source: 'sentence', line: 1, column: start + 1, text };
  return refused([problemAt(where, complaint ?? { found: text, message: 'This is not a sentence.' })]);
}

function readSentence(reader: Reader, layout: Layout): Sentence | null {
  const begun = readFault(reader, layout);
  if (begun === null) return null;
  const said = readClauses(reader, layout, begun);
  if (said === null) return null;
  const { moment, nth, lasts, ends } = said;
  if (nth && moment?.value.kind === 'time') return complain(reader, COUNTED_AT_NO_STEP, nth.word);
  if (nth && !moment && isOnMessages(begun) && begun.from.length > 1)
    return complain(reader, countedAtWhose(begun), nth.word);
  if (lasts && ends && ends.value !== null)
    return complain(reader, saidTwice('for', 'How long the fault lasts is'), lasts.word);
  const whom = 'several' in begun ? eachOf(reader, layout, begun, moment?.value) : { fault: begun };
  if (whom === null) return null;
  const isNever = ends?.value === 'never';
  const outside = isNever && !isBetween(whom.fault) && hitBy(whom).find((id) => isDriver(layout, id));
  if (outside) return complain(reader, neverAsks(outside), ends.word);
  const lastsMs = lasts?.value ?? (ends?.value === 'never' ? undefined : ends?.value) ?? undefined;
  return {
    ...whom,
    ...(moment && { moment: moment.value }),
    ...(nth && { nth: nth.value }),
    ...(lastsMs !== undefined && { lastsMs }),
    ...(isNever && { ends: 'never' }),
  };
}

function isDriver(layout: Layout, id: NodeId): boolean {
  return layout.nodes.some((node) => node.id === id && drives(layout, node));
}

/** The same to each of them, the first of whom stands for all. */
function eachOf(
  reader: Reader,
  layout: Layout,
  { do: what, several, word }: SeveralFault,
  moment: Moment = defaultMoment(layout),
): Pick<Sentence, 'fault' | 'alike'> | null {
  const holder = stepOfMoment(moment, layout, [])?.node ?? null;
  if (several.all === 'others' && holder === null) return complain(reader, OTHERS_THAN_WHOM, word);
  const [node, ...alike] = severalOf(several, layout, holder);
  if (node === undefined) return complain(reader, NOBODY_IS, word);
  return { fault: { do: what, node }, ...(alike.length > 0 && { alike }) };
}

/** Everybody whom a sentence stops or cuts off. */
export function hitBy({ fault, alike = [] }: Pick<Sentence, 'fault' | 'alike'>): readonly NodeId[] {
  return [...nodesOf(fault), ...alike];
}

function hitAsSaid(fault: SaidFault, layout: Layout): Hit {
  const nodes = 'several' in fault ? severalOf(fault.several, layout, null) : nodesOf(fault);
  const unknown = 'several' in fault ? undefined : targetsOf(fault).find((target) => typeof target !== 'string');
  return {
    nodes,
    ...(unknown && { unknown }),
    several: isOnMessages(fault) ? 'several nodes can send this' : 'this fault hits several nodes',
  };
}

function isOnMessages(fault: SaidFault): fault is MessageFault {
  return !('several' in fault) && isMessageFault(fault);
}

interface Said<Value> {
  readonly value: Value;
  /** Where the clause begins. */
  readonly word: number;
}

interface Clauses {
  readonly moment?: Said<Moment>;
  readonly nth?: Said<number | 'same'>;
  readonly lasts?: Said<number>;
  /** Null where it is not said how long after. */
  readonly ends?: Said<number | null | 'never'>;
}

const CLAUSE_WORDS = [...MOMENT_WORDS, 'of', 'for', 'then'] as const;

/** Clauses come in any order, each at most once. */
function readClauses(reader: Reader, layout: Layout, fault: SaidFault): Clauses | null {
  let said: Clauses = {};
  while (peek(reader) !== '') {
    const word = reader.next;
    const clause = readClause(reader, layout, fault);
    if (clause === null) return null;
    const [twice] = Object.keys(clause).filter((name) => name in said);
    if (twice !== undefined) return complain(reader, saidTwice(reader.words[word]?.text ?? '', 'This is'), word);
    said = { ...said, ...clause };
  }
  return said;
}

function readClause(reader: Reader, layout: Layout, fault: SaidFault): Clauses | null {
  const word = reader.next;
  const found = peek(reader);
  const what = 'the beginning of a moment, of a count or of an end';
  if (parseDuration(found).ok)
    return complain(reader, { ...notOneOf(found, CLAUSE_WORDS, what), hint: whatLasts(fault, found) });
  if (!CLAUSE_WORDS.some((one) => one === found))
    return complain(reader, { ...notOneOf(found, mayFollow(fault), what), ...splitName(reader, layout) });
  const first = takeOneOf(reader, CLAUSE_WORDS, what);
  switch (first) {
    case null:
      return null;
    case 'of': {
      const value = readCount(reader, layout);
      return value === null ? null : { nth: { value, word } };
    }
    case 'for': {
      const value = readFor(reader, fault, word);
      return value === null ? null : { lasts: { value, word } };
    }
    case 'then':
      return readThen(reader, fault, word);
    default: {
      const value = readMoment(reader, layout, hitAsSaid(fault, layout), first);
      return value === null ? null : { moment: { value, word } };
    }
  }
}

function mayFollow({ do: what }: SaidFault): readonly string[] {
  return what === 'cut' ? [...CLAUSE_WORDS, 'from', 'one-way'] : CLAUSE_WORDS;
}

/** A name that was written as two words. */
function splitName({ words, next }: Reader, { nodes }: Layout): Pick<Complaint, 'nearest'> {
  const whole = `${words[next - 1]?.text ?? ''}-${words[next]?.text ?? ''}`;
  return nodes.some(({ id }) => id === whole) ? { nearest: whole } : {};
}

function whatLasts({ do: what }: SaidFault, duration: string): string {
  const comes = `at ${duration}, when it comes`;
  if (what === 'restart') return `Say ${comes}.`;
  return `Say ${what === 'kill' ? 'then restart after' : 'for'} ${duration}, how long it lasts, or ${comes}.`;
}

/** A transaction that never comes is no mistake of the sentence: such a run ends inconclusive, saying how many came. */
function readCount(reader: Reader, { transactions }: Layout): number | 'same' | null {
  const word = takeOneOf(reader, ['transaction', 'the'], 'what is counted');
  if (word === null) return null;
  if (word === 'the') {
    const isSame =
      takeOneOf(reader, ['same'], 'a transaction that is known') && takeOneOf(reader, ['transaction'], 'what is meant');
    return isSame ? 'same' : null;
  }
  const found = peek(reader);
  const count = /^\d{1,9}$/.test(found) ? Number(found) : 0;
  if (count < 1) return complain(reader, notOneOf(found, [`1 to ${transactions}`], 'the number of a transaction'));
  reader.next++;
  return count;
}

function readFor(reader: Reader, fault: SaidFault, word: number): number | null {
  if (fault.do === 'kill') {
    const after = peek(reader) || '3s';
    return complain(
      reader,
      {
        found: 'for',
        message: 'What was killed does not come back by itself.',
        hint: `Say when it is started again: then restart after ${after}`,
      },
      word,
    );
  }
  if (fault.do === 'restart') return complain(reader, restartsAtOnce('for'), word);
  if (fault.do === 'promote') return complain(reader, staysPromoted('for'), word);
  return readLasting(reader, fault);
}

/** What was killed may be started again at once; of anything else nothing would be seen. */
function readLasting(reader: Reader, { do: what }: SaidFault): number | null {
  const ms = readDuration(reader);
  if (ms !== 0 || what === 'kill') return ms;
  const found = reader.words[reader.next - 1]?.text ?? '';
  const complaint = { found, message: `A ${what} that lasts no time shows nothing.`, allowed: ['1ms and more'] };
  return complain(reader, complaint, reader.next - 1);
}

function readThen(reader: Reader, fault: SaidFault, word: number): Clauses | null {
  if (fault.do === 'promote') return complain(reader, staysPromoted('then'), word);
  const end = ENDS[fault.do];
  if (end === null) return complain(reader, restartsAtOnce('then'), word);
  const found = peek(reader);
  if (found === 'never' && isOnMessages(fault)) return complain(reader, neverTold(fault));
  if (found === 'never' && fault.do === 'fill') return complain(reader, NEVER_FULL);
  if (skip(reader, 'never')) {
    if (peek(reader) === 'after')
      return complain(reader, {
        found: 'after',
        message: 'What never ends has no time after which it does.',
        hint: `Say then never, or then ${end} after …`,
      });
    return { ends: { value: 'never', word } };
  }
  if (found !== end)
    return complain(reader, {
      ...notOneOf(
        found,
        isOnMessages(fault) || fault.do === 'fill' ? [end] : [end, 'never'],
        `what ends a ${fault.do}`,
      ),
      nearest: (isOnMessages(fault) || fault.do === 'fill' ? null : nearest(found, ['never'])) ?? end,
    });
  reader.next++;
  if (!skip(reader, 'after')) return { ends: { value: null, word } };
  const value = readLasting(reader, fault);
  return value === null ? null : { ends: { value, word } };
}

function restartsAtOnce(found: string): Complaint {
  return {
    found,
    message: 'A restart ends by itself: the node is killed and started again at once.',
    hint: 'For a node that stays away for a while: kill … then restart after 3s',
  };
}

function staysPromoted(found: string): Complaint {
  const message = 'A replica that is promoted stays a primary: nothing ends it.';
  return { found, message, hint: 'Leave it out. For a primary that dies: kill … in a sentence of its own' };
}

function saidTwice(found: string, what: string): Complaint {
  return { found, message: `${what} said twice.`, hint: 'Say it once.' };
}

function countedAtWhose({ word, from: [first] }: MessageFault): Complaint {
  const message = `It is not said at whose step transactions are counted: several nodes can send ${word}.`;
  return { found: 'of', message, hint: `Say whose: from ${first ?? ''}, or name a step: at ${first ?? ''} before …` };
}

function neverTold({ do: how }: MessageFault): Complaint {
  const message = `A ${how} ends at some time: hosts say then what they did.`;
  return {
    found: 'never',
    message,
    allowed: ['heal'],
    hint: 'Cut the nodes apart, then never, or say how long: for 30s',
  };
}

function neverAsks(node: NodeId): Complaint {
  const message = `${node} does the workload, and a run without it never comes to rest.`;
  return { found: 'then', message, hint: 'Say when it comes back, or cut it off, which leaves it asking.' };
}

const NEVER_FULL: Complaint = {
  found: 'never',
  message: 'A disk that is filled gets room again: before that its node writes down and answers nothing.',
  allowed: ['heal'],
  hint: 'Say how long: for 30s',
};

const OTHERS_THAN_WHOM: Complaint = {
  found: 'all',
  message: 'It is not said whom the others are other than: this fault comes at a time.',
  hint: 'Name a step or a phase, whose node is left alone, or say all.',
};

const NOBODY_IS: Complaint = { found: 'all', message: 'There is nobody else here.', hint: 'Name a node.' };

const COUNTED_AT_NO_STEP: Complaint = {
  found: 'of',
  message: 'Transactions are counted at a step, and this fault comes at a time.',
  hint: 'Leave out "of transaction …", or name a step or a phase instead of the time.',
};
