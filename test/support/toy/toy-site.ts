// A toy protocol with a site of three nodes: the coordinator and its two replicas, of whom any two decide. The coordinator leads for ever, so
// nobody is elected; what is not held by two of them is not decided, and nobody is told.

import { seal } from '../../../nodes/contract/machine.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { answerOperation, openOperation } from '../../../nodes/protocols/commit-messages.ts';
import { machineOf } from '../../../nodes/protocols/machine-of.ts';
import { TOY_COMMIT } from './toy-commit.ts';
import type { NodeId, OpId, TxId } from '../../../nodes/contract/ids.ts';
import type { Effect, Input, Machine } from '../../../nodes/contract/machine.ts';
import type { Message } from '../../../nodes/contract/messages.ts';
import type { Protocol } from '../../../nodes/contract/protocol.ts';
import type { LogRecord } from '../../../nodes/contract/records.ts';
import type { Vote } from '../../../nodes/contract/votes.ts';
import type { SealedWorkload } from '../../../nodes/contract/workload.ts';

const REPLICAS = ['replica-1', 'replica-2'].map(nodeId);
const AGAIN_MS = 100;

interface Accept extends Message {
  readonly word: 'accept';
  readonly about: TxId;
  readonly record: Decided;
}
interface Accepted extends Message {
  readonly word: 'accepted';
  readonly about: TxId;
}
type Decided = Extract<LogRecord, { mark: 'decision' }>;

interface Open {
  readonly by: NodeId;
  readonly op: OpId;
  readonly participants: readonly NodeId[];
  readonly yes: Set<NodeId>;
  record: Decided | null;
}
interface Leader {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  incarnation: number;
  counter: number;
  slots: number;
  readonly open: Map<TxId, Open>;
}

type Asked = Extract<Input, { kind: 'asked' }>;
const dump = ({ by: to, op }: Asked, unfinished: readonly TxId[]): Effect => {
  const state = { inDoubt: [], unfinished, holds: [], content: null };
  return { do: 'answer', to, op, answer: { word: 'dump', state } as never };
};

/** Asks the replicas to hold the record, and again until one of them does. */
function spread(about: TxId, record: Decided): Effect[] {
  const message: Accept = { word: 'accept', about, record };
  const asks = REPLICAS.map((to): Effect => ({ do: 'send', to, message }));
  return [...asks, { do: 'arm', timer: { word: 'again', about }, afterMs: AGAIN_MS }];
}

function propose(state: Leader, about: TxId, decision: 'commit' | 'abort'): Effect[] {
  const open = state.open.get(about);
  if (!open || open.record) return [];
  const entry = { slot: ++state.slots, ballot: `1.${state.self}` };
  open.record = { mark: 'decision', word: decision, about, decision, entry };
  return [{ do: 'force', record: open.record }, ...spread(about, open.record)];
}

/** Two of three hold it: the site has decided. */
function decide(state: Leader, about: TxId): Effect[] {
  const open = state.open.get(about);
  if (!open?.record) return [];
  state.open.delete(about);
  const word = open.record.decision;
  const said = word === 'commit' ? { word: 'ok' as const, about } : { word: 'failed' as const, about, reason: 'a no' };
  return [
    { do: 'disarm', timer: { word: 'again', about } },
    ...open.participants.map((to): Effect => ({ do: 'send', to, message: { word, about } })),
    answerOperation(open.by, open.op, said),
  ];
}

const leader = (workload: SealedWorkload): Machine<Leader> =>
  machineOf<Leader, Vote | Accepted>(
    ({ self, nodes }) => ({ self, nodes, incarnation: 0, counter: 0, slots: 0, open: new Map() }),
    {
      started: (state, { incarnation }) => {
        state.incarnation = incarnation;
        return [];
      },
      asked: (state, input) => {
        const { by, op, request } = input;
        if (request.word === 'dump') return [dump(input, [...state.open.keys()])];
        const opened = openOperation(state, workload, { by, op, operation: request });
        if ('do' in opened) return [opened];
        const { tx, participants } = opened;
        state.open.set(tx, { by, op, participants, yes: new Set(), record: null });
        return [...opened.ask([], 0)];
      },
      received: (state, { from, message }) => {
        if (message.word === 'accepted') return decide(state, message.about);
        const open = state.open.get(message.about);
        if (!open) return [];
        if (message.vote === 'no') return propose(state, message.about, 'abort');
        open.yes.add(from);
        return open.yes.size === open.participants.length ? propose(state, message.about, 'commit') : [];
      },
      expired: (state, { timer }) => {
        const about = timer.about as TxId;
        const record = state.open.get(about)?.record;
        return record ? spread(about, record) : [];
      },
    },
  );

interface Replica {
  readonly held: Set<TxId>;
}

const replica: Machine<Replica> = machineOf<Replica, Accept>(() => ({ held: new Set() }), {
  started: (state, { log }) => {
    for (const { about } of log) if (about) state.held.add(about);
    return [];
  },
  asked: (_, input) => (input.request.word === 'dump' ? [dump(input, [])] : []),
  received: (state, { from: to, message: { about, record } }) => {
    const answer: Effect = { do: 'send', to, message: { word: 'accepted', about } };
    if (state.held.has(about)) return [answer];
    state.held.add(about);
    return [{ do: 'force', record }, answer];
  },
});

const { coordinator, participant, client } = TOY_COMMIT.roles as Record<
  'coordinator' | 'participant' | 'client',
  Protocol['roles'][string]
>;

const TOY_SITE: Protocol = {
  ...TOY_COMMIT,
  name: 'toy-site',
  title: 'A toy of three',
  roles: {
    coordinator: {
      ...coordinator,
      machine: (workload) => seal(leader(workload)),
      words: {
        receive: ['vote', 'accepted'],
        send: ['prepare', 'commit', 'abort', 'accept'],
        force: ['commit', 'abort'],
        answer: ['ok', 'failed'],
        expire: ['again'],
      },
    },
    replica: {
      count: () => REPLICAS.length,
      machine: () => seal(replica),
      words: { receive: ['accept'], send: ['accepted'], force: ['commit', 'abort'] },
    },
    participant,
    client,
  },
  coordinators: () => ({ coordinator: { nodes: [nodeId('coordinator'), ...REPLICAS], stores: [], quorum: 2 } }),
  promises: [...TOY_COMMIT.promises, 'log-agreement', { property: 'non-blocking', while: 'quorum' }],
};

/** Until it is taken out again, as if it had its line in the catalog. */
export function addToySite(): () => void {
  const protocols = PROTOCOLS as Protocol[];
  protocols.push(TOY_SITE);
  return () => void protocols.splice(protocols.indexOf(TOY_SITE), 1);
}
