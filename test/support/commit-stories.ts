// Histories of two-phase commit with a killed coordinator, at the moments of the published proof of blocking: all votes in (F3),
// decision forced and nobody told (F4), only the first told (F5). F3 and F4 look the same to the participants and end differently.

import { HistoryBuilder } from './history-builder.ts';

export const T = 'coordinator.1.20';
export const HOLD = 'f1';

export interface Story {
  readonly downMs?: number;
  readonly blockedMs?: number;
}

/** Everything up to the moment when the coordinator is held with both votes in its hand. */
export function allVotesIn({ blockedMs = 1000 }: Story = {}): HistoryBuilder {
  return new HistoryBuilder({ blockedMs })
    .phase('serving')
    .commits('coordinator.1.19', 'op-19')
    .invoked('op-20')
    .began(T, 'op-20')
    .prepared(T, 'participant-1', 'participant-2');
}

/** Nothing decided: after the restart the participants hear abort. */
export function killedBeforeDecision(story: Story = {}): HistoryBuilder {
  return allVotesIn(story)
    .held('coordinator', HOLD, T)
    .kill('coordinator', { hold: HOLD })
    .completed('op-20', 'unknown')
    .wait(story.downMs ?? 3000)
    .restart('coordinator')
    .appendedAbort(T, 'participant-1', 'participant-2')
    .probesAndRests();
}

/** Decided and nobody told: after the restart the participants hear commit. */
export function killedAfterDecision(story: Story = {}): HistoryBuilder {
  return allVotesIn(story)
    .decided(T, 'commit', 'coordinator')
    .held('coordinator', HOLD, T)
    .kill('coordinator', { hold: HOLD })
    .completed('op-20', 'unknown')
    .wait(story.downMs ?? 3000)
    .restart('coordinator')
    .decided(T, 'commit', 'participant-1', 'participant-2')
    .probesAndRests();
}

/** Only participant-1 was told. */
export function killedBetweenTellings(story: Story = {}): HistoryBuilder {
  return allVotesIn(story)
    .decided(T, 'commit', 'coordinator')
    .held('coordinator', HOLD, T)
    .decided(T, 'commit', 'participant-1')
    .kill('coordinator', { hold: HOLD })
    .completed('op-20', 'unknown')
    .wait(story.downMs ?? 3000)
    .restart('coordinator')
    .decided(T, 'commit', 'participant-2')
    .probesAndRests();
}

/** participant-2 dies before it promised: the coordinator gives up waiting, participant-1 is told in time. */
export function participantKilled(story: Story = {}): HistoryBuilder {
  return new HistoryBuilder(story)
    .phase('serving')
    .commits('coordinator.1.19', 'op-19')
    .invoked('op-20')
    .began(T, 'op-20')
    .prepared(T, 'participant-1')
    .held('participant-2', HOLD, T)
    .kill('participant-2', { hold: HOLD })
    .wait(400)
    .gaveUp(T)
    .completed('op-20', 'failed', T)
    .appendedAbort(T, 'participant-1')
    .wait((story.downMs ?? 3000) - 400)
    .restart('participant-2')
    .probesAndRests();
}
