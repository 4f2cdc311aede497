// Whom the lines of a run call blocked, and whom its verdict does: the same history is told to the view and given to the checker.

import { describe, expect, test } from 'vitest';
import { doubtsOf } from '../../../scenarios/checkers/doubts.ts';
import { parseHistory } from '../../../scenarios/history/history.ts';
import {
  allVotesIn,
  HOLD,
  killedAfterDecision,
  killedBeforeDecision,
  killedBetweenTellings,
  participantKilled,
  T,
} from '../../support/commit-stories.ts';
import { linesOf } from '../../support/feed-of.ts';
import { BAD, GOOD, namesIn, recordedText } from '../../support/oracle.ts';
import type { History } from '../../../scenarios/findings.ts';
import type { HistoryBuilder } from '../../support/history-builder.ts';

/** A node says within a quarter of a second what it knows; and how long a dead one took to run again, nobody hears. */
const UNSEEN_MS = 500;

function compared(history: History) {
  const boundMs = history.run.timeouts['blocked'] ?? 1000;
  const measured = doubtsOf(history, boundMs);
  const named = (least: number) =>
    measured
      .filter(({ blocked, blockedMs }) => blocked && blockedMs > least)
      .map(({ node, tx: about }) => `${node} ${about}`);
  return { live: blockedIn(history), judged: named(boundMs), plainly: named(boundMs + UNSEEN_MS) };
}

/** Who was said to be blocked, and about what: `participant-1 for 1050 ms about a, b`. */
function blockedIn(history: History): readonly string[] {
  const said = linesOf(history).filter(({ word }) => word === 'blocked');
  return [
    ...new Set(
      said.flatMap(({ text }) => {
        const [, node, about = ''] = /^(\S+) for \d+ ms about (.*)$/.exec(text) ?? [];
        return about.split(', ').map((one) => `${node} ${one}`);
      }),
    ),
  ];
}

const RECORDED = [
  ...namesIn(GOOD).map((name) => [name, GOOD] as const),
  ...namesIn(BAD).map((name) => [name, BAD] as const),
];

describe('in a recorded run', () => {
  test.each(RECORDED)(
    'whom the lines call blocked the verdict calls blocked, and the other way round: %s',
    (name, folder) => {
      const { live, judged, plainly } = compared(parseHistory(recordedText(folder, name)));
      expect(judged).toEqual(expect.arrayContaining([...live]));
      expect(live).toEqual(expect.arrayContaining(plainly));
    },
  );

  test('somebody is called blocked in some of them, and nobody in others', () => {
    const told = RECORDED.slice(0, 40).map(([name]) => blockedIn(parseHistory(recordedText(GOOD, name))).length > 0);
    expect(new Set(told)).toEqual(new Set([true, false]));
  });
});

const BOTH = ['participant-1', 'participant-2'] as const;
const NOBODY: readonly string[] = [];
const commit = (h: HistoryBuilder) => h.decided(T, 'commit', 'coordinator', ...BOTH);

describe('in a run made by hand, lines and verdict call the same blocked:', () => {
  test.each<readonly [string, HistoryBuilder, readonly string[]]>([
    ['who waits for a coordinator that died with every vote', killedBeforeDecision(), BOTH],
    ['who waits for a coordinator that died with its decision', killedAfterDecision(), BOTH],
    ['who was not told before it died', killedBetweenTellings(), ['participant-2']],
    ['nobody, where only a voter died', participantKilled(), NOBODY],
    ['nobody, where the coordinator was back in time', killedBeforeDecision({ downMs: 600 }), NOBODY],
    [
      'who waits for one that never comes back',
      allVotesIn().held('coordinator', HOLD, T).kill('coordinator', { hold: HOLD }).wait(3000).rests(),
      BOTH,
    ],
    ['who waits although nothing has failed', commit(allVotesIn().wait(2000)).probesAndRests(), BOTH],
    [
      'who had waited too long before anything failed',
      commit(allVotesIn().wait(2000).fault('pause', 'coordinator').wait(300).fault('resume', 'coordinator')),
      BOTH,
    ],
    [
      'nobody, where two waits are each short: one before the fault and one for it',
      commit(allVotesIn().wait(700).fault('pause', 'coordinator').wait(700).fault('resume', 'coordinator')),
      NOBODY,
    ],
    [
      'nobody, where waiting goes on only after the heal',
      commit(allVotesIn().fault('pause', 'coordinator').wait(400).fault('resume', 'coordinator').wait(3000)),
      NOBODY,
    ],
    [
      'nobody, where the one in doubt was itself paused',
      allVotesIn()
        .fault('pause', 'participant-2')
        .decided(T, 'commit', 'coordinator', 'participant-1')
        .wait(3000)
        .fault('resume', 'participant-2')
        .wait(300)
        .decided(T, 'commit', 'participant-2'),
      NOBODY,
    ],
    [
      'nobody, where the one in doubt was itself dead',
      allVotesIn()
        .kill('participant-2')
        .decided(T, 'commit', 'coordinator', 'participant-1')
        .wait(3000)
        .restart('participant-2')
        .wait(400)
        .decided(T, 'commit', 'participant-2'),
      NOBODY,
    ],
    [
      'nobody, where the lab alone held the coordinator',
      commit(
        allVotesIn()
          .held('coordinator', HOLD, T)
          .wait(2000)
          .kill('client', { hold: HOLD })
          .released('coordinator', HOLD),
      ),
      NOBODY,
    ],
    [
      'nobody, where the one in doubt could write nothing down',
      allVotesIn()
        .fault('fill', 'participant-2')
        .decided(T, 'commit', 'coordinator', 'participant-1')
        .wait(3000)
        .fault('heal', 'participant-2')
        .decided(T, 'commit', 'participant-2'),
      NOBODY,
    ],
    [
      'who waits for messages that a host drops',
      commit(allVotesIn().fault('drop', 'coordinator').wait(2000).fault('heal', 'coordinator', { seen: false })),
      BOTH,
    ],
  ])('%s', (_, story, names) => {
    const { live, judged } = compared(story.build());
    const expected = names.map((name) => `${name} ${T}`);
    expect(judged).toEqual(expected);
    expect(live.toSorted()).toEqual(expected);
  });
});
