// A toy protocol whose promises live in stores: a teller puts each operation into all boxes, and their answers are the decisions.
// With its line client: a connection, a line and an answer for each ask.

import { connect } from 'node:net';
import { nodeId, opId, txId } from '../../../nodes/contract/ids.ts';
import { seal } from '../../../nodes/contract/machine.ts';
import { CLIENT } from '../../../nodes/protocols/catalog-parts.ts';
import { PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { STORE_CLIENTS } from '../../../nodes/hosts/stores.ts';
import { machineOf } from '../../../nodes/protocols/machine-of.ts';
import type { NodeId, OpId, TxId } from '../../../nodes/contract/ids.ts';
import type { DumpAnswer, Effect, Machine, Reply } from '../../../nodes/contract/machine.ts';
import type { Answer, Request } from '../../../nodes/contract/messages.ts';
import type { Protocol } from '../../../nodes/contract/protocol.ts';
import type { OpenClient, StoreEvents } from '../../../nodes/hosts/store-client.ts';

interface Put {
  readonly by: NodeId;
  readonly op: OpId;
  readonly replies: Reply[];
}

interface TellerState {
  readonly self: NodeId;
  readonly boxes: readonly NodeId[];
  incarnation: number;
  puts: number;
  open: Map<TxId, Put>;
  /** Which put each ask under way is part of. */
  asks: Map<OpId, TxId>;
}

const teller: Machine<TellerState> = machineOf<TellerState>(
  ({ self, stores = [] }) => ({ self, boxes: stores, incarnation: 0, puts: 0, open: new Map(), asks: new Map() }),
  {
    started: (state, { incarnation }) => {
      state.incarnation = incarnation;
      return [];
    },
    asked: (state, { by, op, request }) => (request.word === 'dump' ? [dump(by, op)] : put(state, { by, op })),
    answered: (state, { op, reply }) => take(state, op, reply),
  },
);

function dump(to: NodeId, op: OpId): Effect {
  const answer: DumpAnswer = { word: 'dump', state: { inDoubt: [], unfinished: [], holds: [], content: null } };
  return { do: 'answer', to, op, answer };
}

function put(state: TellerState, { by, op }: { readonly by: NodeId; readonly op: OpId }): Effect[] {
  const { self, incarnation, boxes } = state;
  const about = txId({ coordinator: self, incarnation, counter: ++state.puts });
  state.open.set(about, { by, op, replies: [] });
  const asks = boxes.map((box): Effect => {
    const ask = opId(`${about}-${box}`);
    state.asks.set(ask, about);
    const marks = { site: box, as: { stored: 'commit' } } as const;
    return { do: 'ask', to: box, op: ask, request: { word: 'put', about, marks } };
  });
  return [{ do: 'tell', note: { word: 'began', about, op, participants: boxes } }, ...asks];
}

/** Where one box may have stored it and another has not, nobody is told anything: the client calls it unknown. */
function take(state: TellerState, ask: OpId, reply: Reply): Effect[] {
  const about = state.asks.get(ask);
  const found = about && state.open.get(about);
  if (!found) return [];
  found.replies.push(reply);
  if (found.replies.length < state.boxes.length) return [];
  state.open.delete(about);
  const { by: to, op, replies } = found;
  const all = (kind: Reply['kind']) => replies.every((one) => one.kind === kind);
  if (all('answer')) return [{ do: 'answer', to, op, answer: { word: 'ok', about } as Answer }];
  if (!all('refused')) return [];
  return [{ do: 'answer', to, op, answer: { word: 'failed', about, reason: 'no box is there' } as Answer }];
}

const ASKING = { role: 'teller', gap: { when: 'before', verb: 'ask', word: 'put', peer: 'first' } } as const;

const toyStore: Protocol = {
  name: 'toy-store',
  family: 'commit',
  title: 'Boxes',
  summary: 'A teller puts everything into all boxes.',
  reference: 'none',
  topology: { participants: { default: 2, least: 2, most: 4, means: 'boxes' } },
  roles: {
    teller: {
      count: 'one',
      machine: () => seal(teller),
      operations: 'receive',
      words: { ask: ['put'], receive: ['stored', 'refused', 'lost'], answer: ['ok', 'failed'] },
    },
    client: CLIENT,
  },
  stores: { box: { count: ({ participants = 2 }) => participants, service: 'box', means: 'keeps lines' } },
  sites: ({ participants = 2 }) =>
    Object.fromEntries(
      Array.from({ length: participants }, (_, index) => {
        const box = nodeId(`box-${index + 1}`);
        return [box, { nodes: [], stores: [box], quorum: 1 }];
      }),
    ),
  phases: { asking: { ...ASKING, means: 'nobody has been asked' } },
  promises: [],
  timeouts: {
    operation: { ms: 800, means: 'a client gives up' },
    blocked: { ms: 700, means: 'longer is blocked' },
  },
  stakes: [],
};

/** Refused is what never left: nobody took the connection. What has left may have been done. */
const openLineClient: OpenClient = ({ addresses: [at = ''] }, events) => {
  const [host = '', port = ''] = at.split(':');
  const gathered: (readonly [OpId, Request])[] = [];
  let unaccepted = 0;
  const accepted = () => {
    unaccepted--;
    events.onIdle();
  };
  return {
    ask: (op, request) => void gathered.push([op, request]),
    flush: () => {
      for (const [op, { word, about = '' }] of gathered.splice(0)) {
        unaccepted++;
        askLine({ host, port: Number(port) }, `${word} ${about} 1\n`, { op, accepted, events });
      }
    },
    get unaccepted() {
      return unaccepted;
    },
  };
};

interface Asking {
  readonly op: OpId;
  readonly accepted: () => void;
  readonly events: StoreEvents;
}

function askLine(
  to: { readonly host: string; readonly port: number },
  line: string,
  { op, accepted, events }: Asking,
): void {
  let said = '';
  let stage: 'dialling' | 'sent' | 'ended' = 'dialling';
  const socket = connect(to, () => {
    if (stage === 'ended') return;
    stage = 'sent';
    socket.write(line, accepted);
  });
  const end = () => {
    if (stage === 'ended') return;
    const wasSent = stage === 'sent';
    stage = 'ended';
    socket.destroy();
    if (!wasSent) accepted();
    const word = said.trim();
    const lost: Reply = { kind: wasSent ? 'lost' : 'refused' };
    events.onReply(op, word === '' ? lost : { kind: 'answer', answer: { word } });
  };
  socket.setTimeout(PATIENCE_MS, end);
  socket.on('data', (chunk) => (said += chunk.toString('utf8')));
  socket.on('error', end);
  socket.on('close', end);
}

const PATIENCE_MS = 300;

/** Until it is taken out again, as if it had its lines in the catalogs. */
export function addToyStore(): () => void {
  const protocols = PROTOCOLS as Protocol[];
  protocols.push(toyStore);
  STORE_CLIENTS.set('box', { of: 'server', load: () => Promise.resolve(openLineClient) });
  return () => {
    protocols.splice(protocols.indexOf(toyStore), 1);
    STORE_CLIENTS.delete('box');
  };
}
