// The same four containers by testcontainers. Its own cleaner (Ryuk) is an image of a registry and is left out, to its advantage.

import { docker, READY_PROGRAM } from './raw-docker.ts';
import { loadPeer } from './packages.ts';
import type { Objects } from '../lab.ts';

/** What is used of the package. */
interface Testcontainers {
  readonly GenericContainer: new (image: string) => Generic;
  readonly Wait: { forLogMessage(text: string): unknown };
}
interface Generic {
  withNetworkMode(network: string): Generic;
  withEntrypoint(command: string[]): Generic;
  withLabels(labels: Record<string, string>): Generic;
  withWaitStrategy(strategy: unknown): Generic;
  start(): Promise<{ stop(options: { timeout: number }): Promise<unknown> }>;
}

/** Gives the function that does one round. Fails with the reason why testcontainers cannot be had. */
export async function openTestcontainers(
  image: string,
  say: (text: string) => void,
): Promise<(count: number, objects: Objects) => Promise<void>> {
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
  const { GenericContainer, Wait } = await loadPeer<Testcontainers>('testcontainers', say);
  // It wants a name with a tag, not an id.
  const name = (await docker.getImage(image).inspect()).RepoTags[0] ?? image;
  return async (count, { uid, labels }) => {
    // As its own Network makes it, which takes no labels: a bench that is killed must leave nothing that nobody knows.
    const network = await docker.createNetwork({
      Name: `txlab-bench-${uid}`,
      CheckDuplicate: true,
      Labels: { ...labels },
    });
    const started = await Promise.all(
      Array.from({ length: count }, () =>
        new GenericContainer(name)
          .withNetworkMode(`txlab-bench-${uid}`)
          .withEntrypoint(['node', '-e', READY_PROGRAM])
          .withLabels({ ...labels })
          .withWaitStrategy(Wait.forLogMessage('ready'))
          .start(),
      ),
    );
    await Promise.all(started.map((container) => container.stop({ timeout: 0 })));
    await network.remove();
  };
}
