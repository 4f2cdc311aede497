// Stores in pods of their own beside nodes: servers of twenty lines that are asked, killed, paused, cut off, started again and dumped.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLab, planOfSentence } from '../support/lab.ts';
import { bundleToyStore, planOfBoxes, toyBox } from '../support/toy/toy-box.ts';
import { addToyStore } from '../support/toy/toy-store.ts';
import type { StoreService } from '../../compose/pods/store-service.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Feed, RunResult } from '../../scenarios/run/run.ts';
import type { Lab } from '../support/lab.ts';

let lab: Lab;
let program: string;
const takeOut = addToyStore();
beforeAll(async () => {
  lab = await openLab();
  program = await bundleToyStore(lab);
});
afterAll(() => {
  takeOut();
  rmSync(lab.folder, { recursive: true, force: true });
});

const box = (more: Partial<StoreService> = {}): StoreService => toyBox(lab.sandboxImage, more);

const kindOf =
  <Kind extends HistoryEvent['kind']>(kind: Kind) =>
  (event: HistoryEvent): event is Extract<HistoryEvent, { kind: Kind }> =>
    event.kind === kind;
const ofKind = <Kind extends HistoryEvent['kind']>({ history }: RunResult, kind: Kind) =>
  history.events.filter(kindOf(kind));
const answersOf = (result: RunResult, store: string) =>
  ofKind(result, 'answered').filter(({ way, peer }) => way === 'in' && peer === store);

test('stores are killed, paused, cut off and started again with evidence, and what they answered stands in the history', async () => {
  const result = await lab.run(planOfBoxes(), { program, stores: { box: box() } });
  const { history, verdict, left } = result;
  expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
  expect(left).toEqual([]);

  const faults = ofKind(result, 'fault');
  expect(faults.map(({ evidence }) => evidence.seen)).toEqual([true, true, true, true, true, true]);
  const texts = new Map(faults.map(({ fault, node, evidence }) => [`${fault} ${node}`, evidence.text]));
  expect(texts.get('kill box-1')).toBe('box-1 exited with code 137, killed by the engine with signal 9');
  expect(texts.get('restart box-1')).toMatch(/^box-1 was started again in \d+ ms and answers after \d+ ms$/);
  expect(texts.get('pause box-2')).toBe('box-2 is paused and missed a heartbeat of 100 ms');
  expect(texts.get('resume box-2')).toBe('box-2 is running and answers');
  expect(texts.get('cut box-1')).toMatch(/box-1 to teller: [1-9]\d* packets dropped/);
  expect(texts.get('heal box-1')).toContain('passes again');

  const { nodes, stores, roles } = history.run;
  expect({ nodes, stores, role: roles['box-2'] }).toEqual({
    nodes: ['teller', 'client'],
    stores: ['box-1', 'box-2'],
    role: 'box',
  });
  expect(ofKind(result, 'trace-lost')).toEqual([]);
  const wordsOf = (store: string) => answersOf(result, store).map(({ word }) => word);
  expect(wordsOf('box-1')).toEqual(expect.arrayContaining(['stored', 'refused']));
  expect(wordsOf('box-2')).toEqual(expect.arrayContaining(['stored', 'lost']));
  const stored = answersOf(result, 'box-1').filter(({ word }) => word === 'stored');
  expect(stored.find(({ op }) => op === 'teller.1.1-box-1')).toMatchObject({
    body: { word: 'stored' },
    gives: { site: 'box-1', about: 'teller.1.1', mark: 'commit' },
  });
  const asked = ofKind(result, 'asked').find(({ way, op }) => way === 'out' && op === 'teller.1.1-box-1');
  expect(asked?.body).toMatchObject({ word: 'put', about: 'teller.1.1', marks: { site: 'box-1' } });

  const dumps = new Map(ofKind(result, 'dumped').map(({ node, state }) => [`${node}`, state.content]));
  expect([...dumps.keys()].toSorted()).toEqual(['box-1', 'box-2', 'client', 'teller']);
  // What a box has answered outlives its kill.
  const kept = dumps.get('box-1');
  expect(typeof kept === 'string' && kept.split('\n')).toEqual(
    expect.arrayContaining(stored.map(({ gives }) => `${gives?.about} 1`)),
  );
  const log = join(lab.folder, history.run.run, 'nodes', 'box-1.log');
  expect(readFileSync(log, 'utf8')).toBe('a box opens\na box opens\n');
});

test('a store in a leased pod is hit at the step of the node that asks it, in the middle of its asks', async () => {
  const pool = await lab.standPool(4);
  const heard: string[] = [];
  const onFeed = (feed: Feed) => void (feed.kind === 'progress' && heard.push(feed.text));
  const overrides = { protocol: 'toy-store', clients: 1, transactions: 20 };
  const sentence = 'kill box-2 at teller before ask put to last then restart after 300ms';
  const settings = { program, stores: { box: box() }, onFeed };
  const result = await lab.run(planOfSentence(sentence, 2, overrides), settings).finally(() => pool.release());
  expect(heard).toContain('leasing 4 of 4 standing pods');
  expect(result.verdict.word, result.verdict.reasons.join('\n')).toBe('as expected');
  const [held] = ofKind(result, 'held');
  expect(held).toMatchObject({ node: 'teller', nth: 10, about: 'teller.1.10' });
  const words = ['box-1', 'box-2'].map(
    (store) => answersOf(result, store).find(({ op }) => op === `teller.1.10-${store}`)?.word,
  );
  expect(words).toEqual(['stored', 'refused']);
});

test('a store that ends by itself ends the run, with its last words', async () => {
  const service = box({ command: ['-c', 'echo no room; exit 3'] });
  const plan = planOfSentence('kill box-1 at 1s', 3, { protocol: 'toy-store' });
  const { verdict, left } = await lab.run(plan, { program, stores: { box: service } });
  expect(verdict.word).toBe('not as expected');
  expect(verdict.reasons.join('\n')).toMatch(/box-\d ended by itself with exit code 3\. Its last lines: no room/);
  expect(left).toEqual([]);
});
