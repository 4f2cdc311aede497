// Whom the lines of a run call blocked, and whom its verdict does: the same history is told to the view and given to the checker.

import { describe, expect, test } from 'vitest';
import { compared } from '../../support/blocked.ts';
import {
  allVotesIn,
  HOLD,
  killedAfterDecision,
  killedBeforeDecision,
  killedBetweenTellings,
  participantKilled,
  T,
} from '../../support/commit-stories.ts';
import type { HistoryBuilder } from '../../support/history-builder.ts';

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
