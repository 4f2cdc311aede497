// Containers as anybody starts them who knows the engine's API: dockerode, a user network, everything in parallel that can be.

import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import Docker from 'dockerode';
import type { Labels } from '../../compose/engine/port.ts';
import type { Objects } from '../lab.ts';

export const docker = new Docker();

export interface RawContainer {
  readonly id: string;
  /** Starts it and waits until its program says that it is ready. */
  start(): Promise<void>;
  /** Kills it and waits until it is dead. */
  kill(): Promise<void>;
}

export interface RawOptions {
  readonly name: string;
  readonly image: string;
  readonly labels: Labels;
  /** A network's name, or `container:<id>`. */
  readonly network: string;
  /** For `node -e`; says a line when it is ready. */
  readonly program?: string;
}

export const READY_PROGRAM = "process.stdout.write('ready\\n'); setInterval(() => {}, 1e6)";

export async function createRaw({
  name,
  image,
  labels,
  network,
  program = READY_PROGRAM,
}: RawOptions): Promise<RawContainer> {
  const container = await docker.createContainer({
    name,
    Image: image,
    Labels: { ...labels },
    Entrypoint: ['node', '-e', program],
    Tty: true,
    HostConfig: { NetworkMode: network },
  });
  return {
    id: container.id,
    start: async () => {
      const output = await container.attach({ stream: true, stdout: true });
      const ready = once(output, 'data');
      await container.start();
      await ready;
      (output as Duplex).destroy();
    },
    kill: async () => {
      const dead = container.wait();
      // The call answers some 100 ms after the death.
      container.kill().catch(() => {});
      await dead;
    },
  };
}

/** A new network and so many containers on it, ready, and all of it removed. */
export async function bringUpRaw(count: number, { uid, labels }: Objects, image: string): Promise<void> {
  const network = `txlab-bench-${uid}`;
  const made = await docker.createNetwork({
    Name: network,
    CheckDuplicate: true,
    Internal: true,
    Labels: { ...labels },
  });
  const containers = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const container = await createRaw({ name: `${network}-${index}`, image, labels, network });
      await container.start();
      return container;
    }),
  );
  await Promise.all(containers.map(({ id }) => docker.getContainer(id).remove({ force: true, v: true })));
  await made.remove();
}

/** One command in a running container, as `docker exec` does it. */
export async function execRaw(id: string, command: readonly string[]): Promise<void> {
  const exec = await docker.getContainer(id).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const output = await exec.start({});
  output.resume();
  await once(output, 'end');
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) throw new Error(`${command.join(' ')} ended with ${ExitCode}`);
}
