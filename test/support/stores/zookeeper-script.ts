// One story of two sessions for a model of ZooKeeper and for a real ensemble: who locks, who waits, and what becomes of it.

import type { ZooKeeperAnswer, ZooKeeperRequest } from '../../../nodes/stores/zookeeper.ts';

export type Who = 'one' | 'two';

export interface ZooKeeperSubject {
  /** The answer, or how the ask ended without one. */
  ask(by: Who, request: ZooKeeperRequest): Promise<ZooKeeperAnswer | 'refused' | 'lost'>;
  /** Lets time pass until it has come. */
  wait<Result>(result: Promise<Result>): Promise<Result>;
  /** The client of this one is cut off, and back. */
  part(by: Who): Promise<void>;
  meet(by: Who): Promise<void>;
}

type Short<One> = One extends unknown ? Omit<One, 'about' | 'withinMs'> : never;

export async function playZooKeeper(subject: ZooKeeperSubject): Promise<readonly string[]> {
  const { said, begin, end, ask } = transcriptOf(subject);
  await ask('one', { word: 'list', folder: '/locks' });
  await ask('one', { word: 'create', folder: '/locks', name: 'a-' });
  await ask('two', { word: 'create', folder: '/locks', name: 'b-' });
  await ask('two', { word: 'list', folder: '/locks' });
  await ask('two', { word: 'look', path: FIRST });
  await ask('two', { word: 'look', path: SECOND });

  const first = begin('two', { word: 'watch', path: FIRST });
  await ask('one', { word: 'heartbeat' });
  await ask('one', { word: 'delete', path: FIRST });
  await end(first);
  await ask('two', { word: 'watch', path: FIRST });
  await ask('two', { word: 'look', path: FIRST });
  await ask('one', { word: 'delete', path: FIRST });

  await ask('one', { word: 'create', folder: '/locks', name: 'a-' });
  const third = begin('two', { word: 'watch', path: THIRD });
  const lost = begin('one', { word: 'watch', path: SECOND });
  // Both are asked before anybody is cut off.
  await ask('two', { word: 'heartbeat' });
  await ask('one', { word: 'heartbeat' });
  await subject.part('one');
  await end(lost);
  await ask('one', { word: 'heartbeat' });
  await end(third);
  await ask('two', { word: 'list', folder: '/locks' });
  await subject.meet('one');
  await ask('one', { word: 'create', folder: '/locks', name: 'a-' });
  await ask('one', { word: 'create', folder: '/locks', name: 'a-' });
  await ask('two', { word: 'list', folder: '/locks' });
  return said;
}

type End = Awaited<ReturnType<ZooKeeperSubject['ask']>>;

interface Begun {
  readonly asked: string;
  readonly answer: Promise<End>;
}

/** A line for each ask and its end. Ids of sessions and zxids are each ensemble's own: they are named and ordered. */
function transcriptOf(subject: ZooKeeperSubject) {
  const said: string[] = [];
  const sessions: string[] = [];
  let newest = 0;
  const nameOf = (session: string): string => {
    if (!sessions.includes(session)) sessions.push(session);
    return `session ${sessions.indexOf(session) + 1}`;
  };
  const textOf = (end: End): string => {
    if (typeof end === 'string') return end;
    const text = `${end.word} in ${nameOf(end.session)} of ${end.timeoutMs} ms`;
    if (end.word === 'created') return `${text}: ${end.path}`;
    if (end.word === 'listed') return `${text}: ${end.names.toSorted().join(', ')}`;
    if (end.word !== 'found') return text;
    const age = end.zxid > newest ? 'newer' : 'not newer';
    newest = end.zxid;
    return `${text}: of ${nameOf(end.owner)}, ${age}`;
  };
  const begin = (by: Who, short: Short<ZooKeeperRequest>): Begun => {
    const request = { about: 'a', withinMs: 5000, ...short } as ZooKeeperRequest;
    const words = Object.values(short).filter((word) => typeof word === 'string');
    return { asked: `${by}: ${words.join(' ')}`, answer: subject.ask(by, request) };
  };
  const end = async ({ asked, answer }: Begun): Promise<void> => {
    said.push(`${asked} → ${textOf(await subject.wait(answer))}`);
  };
  return { said, begin, end, ask: (by: Who, short: Short<ZooKeeperRequest>) => end(begin(by, short)) };
}

const FIRST = '/locks/a-0000000000';
const SECOND = '/locks/b-0000000001';
const THIRD = '/locks/a-0000000002';

export const ZOOKEEPER_STORY: readonly string[] = [
  'one: list /locks → listed in session 1 of 2000 ms: ',
  'one: create /locks a- → created in session 1 of 2000 ms: /locks/a-0000000000',
  'two: create /locks b- → created in session 2 of 2000 ms: /locks/b-0000000001',
  'two: list /locks → listed in session 2 of 2000 ms: a-0000000000, b-0000000001',
  'two: look /locks/a-0000000000 → found in session 2 of 2000 ms: of session 1, newer',
  'two: look /locks/b-0000000001 → found in session 2 of 2000 ms: of session 2, newer',
  'one: heartbeat → alive in session 1 of 2000 ms',
  'one: delete /locks/a-0000000000 → deleted in session 1 of 2000 ms',
  'two: watch /locks/a-0000000000 → gone in session 2 of 2000 ms',
  'two: watch /locks/a-0000000000 → gone in session 2 of 2000 ms',
  'two: look /locks/a-0000000000 → missing in session 2 of 2000 ms',
  'one: delete /locks/a-0000000000 → missing in session 1 of 2000 ms',
  'one: create /locks a- → created in session 1 of 2000 ms: /locks/a-0000000002',
  'two: heartbeat → alive in session 2 of 2000 ms',
  'one: heartbeat → alive in session 1 of 2000 ms',
  'one: watch /locks/b-0000000001 → lost',
  'one: heartbeat → refused',
  'two: watch /locks/a-0000000002 → gone in session 2 of 2000 ms',
  'two: list /locks → listed in session 2 of 2000 ms: b-0000000001',
  'one: create /locks a- → expired in session 1 of 2000 ms',
  'one: create /locks a- → created in session 3 of 2000 ms: /locks/a-0000000003',
  'two: list /locks → listed in session 2 of 2000 ms: a-0000000003, b-0000000001',
];
