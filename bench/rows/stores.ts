// Row 32: servers that are not ours ready from cold, in the pods of a run, against the same images started by the engine's bare API.

import { nodeId } from '../../nodes/contract/ids.ts';
import { timed } from '../contest.ts';
import { bringUpRawStores, type Question } from '../peers/raw-stores.ts';
import type { EnsuredServices } from '../../compose/services.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Benchmark, Side } from '../contest.ts';
import type { Lab } from '../lab.ts';

interface Kind {
  readonly title: string;
  readonly service: string;
  readonly names: readonly NodeId[];
  /** What the line `ready` of its service asks, for whoever has no shell beside the server. */
  readonly question: Question;
}

const KINDS: readonly Kind[] = [
  {
    title: 'five Redis',
    service: 'redis-durable',
    names: [1, 2, 3, 4, 5].map((number) => nodeId(`redis-${number}`)),
    question: { says: 'PING\r\nQUIT\r\n', answer: /PONG/ },
  },
  {
    title: 'three ZooKeeper, an ensemble',
    service: 'zookeeper',
    names: [1, 2, 3].map((number) => nodeId(`zookeeper-${number}`)),
    question: { says: 'srvr\n', answer: /^Mode:/m },
  },
];

export const stores: Benchmark = {
  name: 'stores',
  rows: KINDS.map(({ title, service }) => ({
    number: '32',
    what: `${title} ready from cold (own pods)`,
    unit: 'ms',
    ours: service,
    peer: { name: 'dockerode, in parallel', quantity: `raw ${service}` },
    bar: { at: 'most', required: 1.35, goal: 1.15 },
  })),
  open: async (lab) => {
    const services = await lab.services(KINDS.map(({ service }) => service));
    return {
      sides: KINDS.flatMap((kind) => sidesOf(lab, services, kind)),
      absent: {},
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};

function sidesOf(lab: Lab, services: EnsuredServices['services'], kind: Kind): readonly Side[] {
  const { service: name, names, question } = kind;
  const service = services[name];
  if (!service) return [];
  return [
    { name: `txlab ${name}`, round: async () => ({ [name]: await bringUp(lab, services, kind) }) },
    {
      name: `raw ${name}`,
      round: async () => ({ [`raw ${name}`]: await bringUpRawStores(names, service, question, lab.objects()) }),
    },
  ];
}

/** Milliseconds until all of them serve, on a cluster that has nothing else; then it is removed. */
async function bringUp(lab: Lab, services: EnsuredServices['services'], { service, names }: Kind): Promise<number> {
  const { name: run, path: folder } = lab.runFolder();
  const spec = { run, folder, protocol: '2pc', nodes: [], stores: names.map((id) => ({ id, service })) };
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  const waiting = new Set<NodeId>(names);
  const cluster = lab.cluster(services);
  let stop = () => Promise.resolve<unknown>(null);
  try {
    return await timed(async () => {
      const running = await cluster.start(
        spec,
        (event) => {
          if (event.kind === 'store-ready' && waiting.delete(event.node) && waiting.size === 0) resolve();
          if (event.kind === 'store-silent' || event.kind === 'exited')
            reject(new Error(`${event.node} does not serve: ${event.lastLines.join('; ')}`));
        },
        () => {},
      );
      stop = () => running.stop();
      await ready;
    });
  } finally {
    await stop();
  }
}
