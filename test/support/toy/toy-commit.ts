// A commit protocol in one file, as small as can be: two-phase commit without a timeout, a resend or a recovery. Without faults it keeps what
// it promises; it shows what a protocol must say of itself.

import { seal } from '../../../nodes/contract/machine.ts';
import { CLIENT, eachParticipant, partOf, PARTICIPANTS } from '../../../nodes/protocols/catalog-parts.ts';
import { answerOperation, openOperation } from '../../../nodes/protocols/commit-messages.ts';
import { machineOf } from '../../../nodes/protocols/machine-of.ts';
import { dump, end, openPromises, vote } from '../../../nodes/protocols/prepared.ts';
import type { NodeId, OpId, TxId } from '../../../nodes/contract/ids.ts';
import type { Effect, Machine, Setup } from '../../../nodes/contract/machine.ts';
import type { CommitProtocol } from '../../../nodes/contract/protocol.ts';
import type { Vote } from '../../../nodes/contract/votes.ts';
import type { SealedWorkload } from '../../../nodes/contract/workload.ts';
import type { Prepare, Promised } from '../../../nodes/protocols/commit-messages.ts';
import type { Keeper } from '../../../nodes/protocols/prepared.ts';

interface Told {
  readonly word: 'commit' | 'abort';
  readonly about: TxId;
}
interface Open {
  readonly by: NodeId;
  readonly op: OpId;
  readonly participants: readonly NodeId[];
  readonly yes: Set<NodeId>;
}
interface Coordinator {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  incarnation: number;
  counter: number;
  readonly open: Map<TxId, Open>;
}

function coordinator(workload: SealedWorkload): Machine<Coordinator> {
  const decide = (state: Coordinator, about: TxId, word: Told['word']): Effect[] => {
    const open = state.open.get(about);
    if (!open || !state.open.delete(about)) return [];
    const { by, op, participants } = open;
    const said =
      word === 'commit' ? { word: 'ok' as const, about } : { word: 'failed' as const, about, reason: 'a no' };
    return [
      { do: 'force', record: { mark: 'decision', word, about, decision: word } },
      ...participants.map((to): Effect => ({ do: 'send', to, message: { word, about } })),
      answerOperation(by, op, said),
    ];
  };
  const initial = ({ self, nodes }: Setup) => ({ self, nodes, incarnation: 0, counter: 0, open: new Map() });
  return machineOf<Coordinator, Vote>(initial, {
    started: (state, { incarnation }) => {
      state.incarnation = incarnation;
      return [];
    },
    asked: (state, { by, op, request }) => {
      if (request.word === 'dump') {
        const idle = { inDoubt: [], unfinished: [...state.open.keys()], holds: [], content: null };
        return [{ do: 'answer', to: by, op, answer: { word: 'dump', state: idle } as never }];
      }
      const opened = openOperation(state, workload, { by, op, operation: request });
      if ('do' in opened) return [opened];
      state.open.set(opened.tx, { by, op, participants: opened.participants, yes: new Set() });
      return [...opened.ask([], 0)];
    },
    received: (state, { from, message: { about, vote: said } }) => {
      const open = state.open.get(about);
      if (!open) return [];
      if (said === 'no') return decide(state, about, 'abort');
      open.yes.add(from);
      return open.yes.size === open.participants.length ? decide(state, about, 'commit') : [];
    },
  });
}

function participant({ resource }: SealedWorkload): Machine<Keeper<Promised>> {
  const voting = { doubtOf: (promised: Promised) => promised, refusing: 'append', thenWait: () => [] } as const;
  return machineOf<Keeper<Promised>, Prepare | Told>((setup) => openPromises(resource, setup), {
    started: () => [],
    asked: (state, input) => dump(resource, state, input),
    received: (state, { from, message }) => {
      if (message.word === 'prepare') return vote(resource, state, from, message, voting);
      const { word, about } = message;
      if (!state.inDoubt.has(about)) return [];
      end(resource, state, about, word);
      return [{ do: 'force', record: { mark: 'decision', word, about, decision: word } }];
    },
  });
}

export const TOY_COMMIT: CommitProtocol = {
  name: 'toy',
  family: 'commit',
  title: 'A toy',
  summary: 'Two-phase commit without any of what makes it one.',
  reference: '',
  topology: PARTICIPANTS,
  roles: {
    coordinator: {
      count: 'one',
      operations: 'receive',
      machine: (workload) => seal(coordinator(workload)),
      words: {
        receive: ['vote'],
        send: ['prepare', 'commit', 'abort'],
        force: ['commit', 'abort'],
        answer: ['ok', 'failed'],
      },
    },
    participant: {
      count: eachParticipant,
      isSite: true,
      partOf,
      machine: (workload) => seal(participant(workload)),
      words: {
        receive: ['prepare', 'commit', 'abort'],
        send: ['vote'],
        force: ['prepared', 'commit', 'abort'],
        append: ['abort'],
      },
    },
    client: CLIENT,
  },
  phases: {},
  promises: ['atomicity', 'validity', 'termination', 'durability', 'progress'],
  timeouts: { operation: { ms: 5000, means: '' }, blocked: { ms: 1000, means: '' } },
  stakes: [],
  delays: 4,
  cost: () => ({ commit: { forcedWrites: 0, messages: 0 }, abort: { forcedWrites: 0, messages: 0 } }),
};
