// What the diagram draws is what the history says and the findings rest on.

import { describe, expect, test } from 'vitest';
import { drawDiagram, type View } from '../../../cli/page/draw.ts';
import { storyOf } from '../../../cli/page/story.ts';
import { isArrow, type Story } from '../../../cli/page/story-types.ts';
import { doubtsOf } from '../../../scenarios/checkers/doubts.ts';
import { factsOf } from '../../../scenarios/checkers/gather.ts';
import { leasesIn } from '../../../scenarios/checkers/locks/leases.ts';
import { nodeAbsences } from '../../../scenarios/checkers/windows.ts';
import type { HistoryEvent } from '../../../nodes/contract/events.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { LOCKS, manyTimes, recordedRun, reportedOf } from '../../support/reported.ts';

const COMMITS = [
  'coordinator-crash-before-decision',
  'participant-crash-after-vote',
  'every-message-lost-once',
  'coordinator-paused-before-decision',
  '3pc-quorum-without-a-majority',
  'participant-cut-off-before-decision',
];
const redlock = recordedRun('redlock-pause-past-ttl', LOCKS);
const RUNS = [
  ...COMMITS.map((name) => ({ name, run: recordedRun(name) })),
  { name: 'redlock-pause-past-ttl', run: redlock },
];

const count = (text: string, part: RegExp) => [...text.matchAll(part)].length;

type Talk = Extract<HistoryEvent, { kind: 'asked' | 'answered' }>;

function isTalk(event: unknown): event is Talk {
  const { kind } = event as HistoryEvent;
  return kind === 'asked' || kind === 'answered';
}

/** All of it. */
function drawn(story: Story): string {
  const view: View = {
    ...story,
    width: 1200,
    subjects: new Set(),
    isAlone: false,
    hidden: new Set(),
    selected: null,
    isThin: false,
  };
  return drawDiagram(story, { ...view, from: story.from - 1, to: story.to + 1 });
}

describe.each(RUNS)('of $name', ({ run: { history, verdict } }) => {
  const { story, indexOf } = storyOf(history, verdict);
  const svg = drawn(story);

  test('there is an arrow for each message that was sent or lost, and one more for each that came twice', () => {
    const { events } = history;
    const left = events.filter(({ kind }) => kind === 'sent' || kind === 'lost').length;
    const messages = story.items.filter(({ kind }) => kind === 'message').filter(isArrow);
    const again = messages.filter(({ fate }) => fate === 'again').length;
    expect(messages.length - again).toBe(left);
    expect(messages.filter(({ fate }) => fate === 'arrived' || fate === 'again')).toHaveLength(
      events.filter(({ kind }) => kind === 'received').length,
    );
    expect(count(svg, /<g class="i message /g)).toBe(messages.length);
  });

  test('there is an arrow for each request and each answer between those that have a line', () => {
    const isTraced = (name: string) => history.run.nodes.includes(nodeId(name));
    const left = (event: unknown) => isTalk(event) && event.peer !== 'lab' && event.way === 'out';
    const ofStore = (event: unknown) =>
      isTalk(event) && event.way === 'in' && event.peer !== 'lab' && !isTraced(event.peer);
    const arrows = story.items.filter(({ kind }) => kind === 'ask' || kind === 'answer').filter(isArrow);
    const firsts = arrows.map(({ events: [first = -1] }) => story.events[first]?.event);
    for (const isMeant of [left, ofStore])
      expect(firsts.filter(isMeant)).toHaveLength(history.events.filter(isMeant).length);
  });

  test('what is shaded is what the findings rest on', () => {
    const shaded = (...kinds: readonly string[]) => story.stretches.filter(({ kind }) => kinds.includes(kind));
    const names = [...history.run.nodes, ...(history.run.stores ?? [])];
    expect(shaded('absent')).toHaveLength(names.flatMap((name) => nodeAbsences(history, name)).length);
    const doubts = doubtsOf(history, history.run.timeouts['blocked'] ?? Number.POSITIVE_INFINITY);
    expect(shaded('blocked')).toHaveLength(doubts.filter(({ blocked }) => blocked).length);
    expect(shaded('doubt')).toHaveLength(doubts.filter(({ blocked }) => !blocked).length);
    expect(shaded('lease', 'shared')).toHaveLength(leasesIn(factsOf(history)).length);
    expect(count(svg, /<g class="stretch /g)).toBe(story.stretches.length);
  });

  test('every event that a finding names is told, and an arrow or a mark shows it', () => {
    const named = verdict.findings.flatMap(({ events }) => events).map(indexOf);
    expect(named).not.toContain(null);
    const shown = new Set(story.items.flatMap(({ events }) => events));
    expect(named.filter((index) => index !== null && !shown.has(index))).toEqual([]);
  });

  test('every line is there, and every time lies within the run', () => {
    expect(story.lanes).toHaveLength(history.run.nodes.length + (history.run.stores ?? []).length);
    for (const { from, to } of [...story.stretches, ...story.windows, story.focus])
      expect(from <= to && to <= story.to + (story.to - story.from)).toBe(true);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('what is looked at first', () => {
  test('is the target of the fault', () => {
    const { history, verdict } = recordedRun('coordinator-crash-before-decision');
    const { focus } = storyOf(history, verdict).story;
    expect(focus.subjects).toEqual([verdict.target?.tx]);
  });

  test('is the holders of one lock at the same time, where there is no target', () => {
    const { story } = storyOf(redlock.history, redlock.verdict);
    const shared = new Set(story.stretches.filter(({ kind }) => kind === 'shared').map(({ about }) => about));
    expect(story.focus.subjects.length).toBeGreaterThan(1);
    expect(story.focus.subjects.filter((about) => shared.has(about))).not.toEqual([]);
  });
});

describe('replicas of one site', () => {
  test('stand together, whatever the order of nodes', () => {
    const { history, verdict } = redlock;
    const [first, ...others] = history.run.stores ?? [];
    const nodes = [...(first ? [first] : []), ...history.run.nodes, ...others];
    const sites = {
      ...history.run.sites,
      group: { nodes: [...others.slice(0, 2), ...(first ? [first] : [])], stores: [], quorum: 2 },
    };
    const { story } = storyOf({ ...history, run: { ...history.run, nodes, stores: [], sites } }, verdict);
    const inGroup = story.lanes.flatMap(({ group }, index) => (group === 'group' ? [index] : []));
    expect(inGroup).toEqual([0, 1, 2]);
  });
});

describe('a history that is too long for a page', () => {
  const long = reportedOf(
    manyTimes(recordedRun('coordinator-crash-before-decision').history, 6),
    'coordinator-crash-before-decision',
  );
  const { story } = storyOf(long.history, long.verdict, 1000);

  test('keeps all that is about the target, and what the lab did', () => {
    const whole = storyOf(long.history, long.verdict, Number.POSITIVE_INFINITY).story;
    const kept = (from: Story, isMeant: (item: Story['items'][number]) => boolean) => from.items.filter(isMeant).length;
    const [subject] = story.focus.subjects;
    expect(kept(story, ({ about }) => about === subject)).toBe(kept(whole, ({ about }) => about === subject));
    for (const kind of ['phase', 'fault', 'crash', 'hold'])
      expect(kept(story, (item) => item.kind === kind)).toBe(kept(whole, (item) => item.kind === kind));
  });

  test('has no more events than it may, and counts all', () => {
    expect(story.told).toBeLessThanOrEqual(1000);
    expect(story.told).toBeGreaterThan(900);
    expect(story.events).toHaveLength(story.told);
    expect(story.total).toBe(long.history.events.length);
  });
});
