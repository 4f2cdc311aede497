// Moments of runs with much to show: five participants, a store, long ids, each kind of fault, and one that is never undone.

import { IDLE } from './idle-status.ts';
import { next } from '../../cli/feed/follow.ts';
import { openModel } from '../../cli/feed/model.ts';
import { demand } from '../../cli/usage.ts';
import { nodeId, txId } from '../../nodes/contract/ids.ts';
import { scenarioFromSentence } from '../../scenarios/language/scenario.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { nodesAmong } from '../../scenarios/language/layout.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Model } from '../../cli/feed/model.ts';
import type { Overrides } from '../../scenarios/language/overrides.ts';
import type { ReportBody, SentReport, Status } from '../../nodes/contract/control.ts';
import type { LabEvent } from '../../nodes/contract/events.ts';

const CROWD: Overrides = { protocol: '3pc', participants: 5, transactions: 60 };
const TX = (counter: number) => txId({ coordinator: nodeId('coordinator'), incarnation: 1, counter });
const PARTICIPANTS = [1, 2, 3, 4, 5].map((number) => `participant-${number}`);

/** A model of a run of this sentence, with a store beside its nodes, in which the clients have begun. */
function begun(sentence: string) {
  const plan = makePlan(demand(scenarioFromSentence(sentence.split(' '), CROWD)), 7);
  return begunOf({ ...plan, nodes: [...plan.nodes, { id: nodeId('redis-1'), role: 'store', kind: 'store' }] });
}

function begunOf(plan: Plan) {
  const model = openModel(plan, 0);
  const report = (node: string, atMs: number, body: ReportBody) =>
    next(model, { kind: 'report', report: { node: nodeId(node), incarnation: 1, seq: 1, ...body } }, atMs);
  const event = (atMs: number, body: Omit<LabEvent, 'at'>) =>
    next(model, { kind: 'event', event: { at: atMs * 1000, ...body } as LabEvent }, atMs);
  for (const { id } of nodesAmong(plan.nodes)) report(id, 900, { say: 'ready' });
  event(1000, { kind: 'phase', phase: 'serving' } as never);
  return {
    model,
    report,
    event,
    status: (node: string, atMs: number, some: Partial<Status>) =>
      report(node, atMs, { say: 'status', at: atMs * 1000, ...IDLE, ...some }),
    fault: (atMs: number, fault: string, node: string, text: string) =>
      event(atMs, {
        kind: 'fault',
        id: 'fault-1',
        fault,
        node: nodeId(node),
        since: atMs * 1000 - 50_000,
        evidence: { seen: true, text },
      } as never),
    tick: (atMs: number) => next(model, { kind: 'tick' }, atMs),
  };
}

const sent = (atMs: number, to: string, word: string, counter: number, lost = false): SentReport => ({
  at: atMs * 1000,
  to: nodeId(to),
  word,
  about: TX(counter),
  lost,
});

const doubt = (counter: number, sinceMs: number, ...locks: readonly string[]) => ({
  about: TX(counter),
  since: sinceMs * 1000,
  locks,
});

/** The coordinator of five is dead, each of them has said that it has pre-committed, and has counted much. */
export function blockedCrowd(): Model {
  const { model, report, status, fault, tick } = begun(
    'kill coordinator after send precommit to first of transaction 20 then restart after 3s',
  );
  status('client', 1100, { operations: { asked: 31, ok: 19, failed: 4, unknown: 0, okUs: 190_000 } });
  status('coordinator', 1150, {
    committed: 123_456,
    forced: 80,
    sent: 400,
    messages: [sent(1120, 'participant-1', 'precommit', 20), sent(1121, 'participant-5', 'precommit', 20)],
  });
  PARTICIPANTS.forEach((node, index) =>
    status(node, 1160 + index, {
      committed: 19,
      inDoubt: [doubt(20, 1100, 'a03', 'a07'), doubt(21, 1110 + index)],
      messages: [sent(1150 + index, 'coordinator', 'precommitted', 20, index > 2)],
    }),
  );
  report('coordinator', 1170, { say: 'held', hold: 'fault-1', about: TX(20), at: 1_170_000 });
  fault(1300, 'kill', 'coordinator', 'coordinator exited with code 137, killed by the engine with signal 9');
  for (let atMs = 1400; atMs <= 3700; atMs += 100) tick(atMs);
  return model;
}

/** A host drops what its node sends; one of its messages had passed before. */
export function droppedCrowd(): Model {
  const { model, report, status, fault, tick } = begun('drop precommit from coordinator to participant-5 for 2s');
  const to = nodeId('participant-5');
  fault(1300, 'drop', 'coordinator', 'the host of coordinator drops them');
  report('coordinator', 1450, {
    say: 'met',
    fault: 'fault-1',
    count: 1,
    at: 1_440_100,
    to,
    word: 'precommit',
    about: TX(20),
  });
  status('coordinator', 1500, { messages: [sent(1290, to, 'precommit', 19), sent(1440, to, 'precommit', 20)] });
  tick(1600);
  return model;
}

export function delayedCrowd(): Model {
  const { model, fault, tick } = begun('delay commit from coordinator to participant-2 by 3s for 2s');
  fault(1300, 'delay', 'coordinator', 'the host of coordinator keeps them back');
  tick(1600);
  return model;
}

export function filledCrowd(): Model {
  const { model, fault, tick } = begun('fill participant-2 disk for 2s');
  fault(1300, 'fill', 'participant-2', 'the disk of participant-2 has no byte left');
  tick(1600);
  return model;
}

/** Everything that can come to rest has; who is in doubt stays so. */
export function standingCrowd(): Model {
  const { model, status, fault, event, tick } = begun('kill coordinator during voted of transaction 20 then never');
  status('participant-1', 1150, { committed: 19, inDoubt: [doubt(20, 1100, 'a03')] });
  status('participant-5', 1150, { committed: 19, inDoubt: [doubt(20, 1100, 'a31')] });
  fault(1300, 'kill', 'coordinator', 'coordinator exited with code 137, killed by the engine with signal 9');
  tick(3000);
  event(3400, { kind: 'phase', phase: 'healed' } as never);
  event(3500, { kind: 'phase', phase: 'settled' } as never);
  tick(3600);
  return model;
}

const ofHolder = (client: string, counter: number) => txId({ coordinator: nodeId(client), incarnation: 1, counter });

/** A holder of a lock is paused before its write; the other client gets it when that lease is over. */
export function pausedHolder(isAtRest = false): Model {
  const sentence = 'pause lock-client-1 before send write of transaction 10 for 3s';
  const locks: Overrides = { protocol: 'redis', workload: 'counter' };
  const { model, report, status, fault, event, tick } = begunOf(
    makePlan(demand(scenarioFromSentence(sentence.split(' '), locks)), 7),
  );
  tick(1050);
  status('lock-client-1', 1100, { operations: { asked: 10, ok: 9, failed: 0, unknown: 0, okUs: 90_000 } });
  status('lock-client-2', 1100, {
    operations: { asked: 9, ok: 8, failed: 0, unknown: 0, okUs: 90_000 },
    messages: [{ ...sent(1090, 'redis-1', 'acquire', 9), about: ofHolder('lock-client-2', 9) }],
  });
  report('lock-client-1', 1170, { say: 'held', hold: 'fault-1', about: ofHolder('lock-client-1', 10), at: 1_170_000 });
  fault(1300, 'pause', 'lock-client-1', 'the processes of lock-client-1 are frozen');
  tick(2600);
  if (!isAtRest) return model;
  fault(4300, 'resume', 'lock-client-1', 'the processes of lock-client-1 run');
  event(4400, { kind: 'phase', phase: 'healed' } as never);
  tick(4450);
  event(4500, { kind: 'phase', phase: 'settled' } as never);
  tick(4600);
  return model;
}
