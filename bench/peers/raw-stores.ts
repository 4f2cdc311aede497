// Servers as anybody starts them who knows the engine's API: dockerode, a new network, everything in parallel that can be. They are asked
// over TCP from this machine, every few milliseconds, what the line of their service asks.

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import { timed } from '../contest.ts';
import { docker } from './raw-docker.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { StoreService } from '../../compose/pods/store-service.ts';
import type { Objects } from '../lab.ts';

/** What a server is asked, and how its answer begins or what is in it when it serves. */
export interface Question {
  readonly says: string;
  readonly answer: RegExp;
}

/** Milliseconds until all of them serve; then they are removed. */
export async function bringUpRawStores(
  names: readonly NodeId[],
  service: StoreService,
  question: Question,
  { uid, labels }: Objects,
): Promise<number> {
  const network = `txlab-bench-${uid}`;
  const made: string[] = [];
  const bringUp = async (): Promise<void> => {
    const net = { Name: network, CheckDuplicate: true, Internal: true, Labels: { ...labels } };
    await docker.createNetwork(net);
    await Promise.all(
      names.map(async (name) => {
        const container = await docker.createContainer(specOf(name, names, service, { uid, labels }));
        made.push(container.id);
        await container.start();
        const { NetworkSettings } = await container.inspect();
        await untilServing(NetworkSettings.Networks[network]?.IPAddress ?? '', service.port, question);
      }),
    );
  };
  try {
    return await timed(bringUp);
  } finally {
    await Promise.all(made.map((id) => docker.getContainer(id).remove({ force: true, v: true })));
    await docker.getNetwork(network).remove();
  }
}

function specOf(name: NodeId, all: readonly NodeId[], service: StoreService, { uid, labels }: Objects) {
  const { image, command, env = {} } = { ...service, ...service.among?.(name, all) };
  const network = `txlab-bench-${uid}`;
  return {
    name: `${network}-${name}`,
    Image: image,
    Labels: { ...labels },
    ...(command && { Cmd: [...command] }),
    Env: Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
    User: '0:0',
    Volumes: { '/data': {} },
    HostConfig: { NetworkMode: network },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [name] } } },
  };
}

async function untilServing(host: string, port: number, question: Question): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!question.answer.test(await answerOf(host, port, question.says))) {
    if (performance.now() > deadline)
      throw new Error(`the server at ${host}:${port} did not serve in ${PATIENCE_MS} ms`);
    await pass(BETWEEN_MS);
  }
}

/** Nothing where nobody answers. */
async function answerOf(host: string, port: number, says: string): Promise<string> {
  const socket = connect({ host, port }).setEncoding('utf8').setTimeout(ANSWER_MS);
  let heard = '';
  socket.on('data', (text: string) => (heard += text));
  socket.on('timeout', () => socket.destroy());
  socket.on('error', () => {});
  socket.write(says);
  await once(socket, 'close').catch(() => {});
  return heard;
}

const BETWEEN_MS = 10;
const ANSWER_MS = 1000;
const PATIENCE_MS = 60_000;
