// Curator's lock in a container beside three ZooKeeper servers of the same image, settings and kind of network as txlab's: Debian's packages of
// it, and `Curator.java`, which is compiled by the JDK of this machine. What runs is the image of ZooKeeper, which has a Java run time.

import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runCommand, tryCommand } from '../../compose/command.ts';
import { openPackages } from '../../compose/recipes/debian.ts';
import { cacheFolder } from '../../compose/setup/folders.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { jainOf } from '../../scenarios/judging/lock-facts.ts';
import { onNetwork } from './on-network.ts';
import type { TarEntry } from '../../compose/engine/tar.ts';
import type { StoreService } from '../../compose/pods/store-service.ts';
import type { Lab } from '../lab.ts';

export interface CuratorOrder {
  readonly clients: number;
  readonly locks: 'one' | 'each';
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export type RunCurator = (order: CuratorOrder) => Promise<{ readonly perSecond: number; readonly fairness: number }>;

/** Fails with the reason where there is no JDK, or Debian's packages cannot be had. */
export async function openCurator(lab: Lab, service: StoreService): Promise<RunCurator> {
  if ((await tryCommand('javac', ['-version'])) === undefined)
    throw new Error('no javac; apt-get install openjdk-17-jdk-headless');
  const files = await programOf(lab);
  return (order) => runCurator(lab, service, files, order);
}

function runCurator(
  lab: Lab,
  service: StoreService,
  files: readonly TarEntry[],
  { clients, locks, warmUpMs, measureMs }: CuratorOrder,
): ReturnType<RunCurator> {
  return onNetwork(lab, async ({ create, run }) => {
    await Promise.all(
      SERVERS.map(async (name) => {
        const { image, command, env } = { ...service, ...service.among?.(name, SERVERS) };
        const spec = { image, ...(command && { command }), ...(env && { env }), user: '0:0', volume: '/data' };
        await lab.engine.start(await create(name, spec));
      }),
    );
    const servers = SERVERS.map((name) => `${name}:${service.port}`).join(',');
    const said = await run(
      'client',
      {
        image: service.image,
        entryPoint: ['java', '-Dorg.slf4j.simpleLogger.defaultLogLevel=off', '-cp', '/bench:/bench/*', 'Curator'],
        command: [servers, String(clients), locks, String(warmUpMs), String(measureMs)],
        user: '0:0',
      },
      files,
    );
    const counts = JSON.parse(said) as number[];
    const all = counts.reduce((sum, count) => sum + count, 0);
    return { perSecond: (all * 1000) / measureMs, fairness: jainOf(counts) };
  });
}

/** The compiled program and all jars that it needs, for `/bench`. */
async function programOf({ folder, say }: Lab): Promise<readonly TarEntry[]> {
  const kitchen = { folder: join(cacheFolder(), 'packages', 'curator'), onProgress: say };
  const packages = await openPackages(PACKAGES, kitchen, { alone: true });
  const jars = JARS.map((jar) => packages.find(`/usr/share/java/${jar}.jar`)).filter((jar) => jar !== undefined);
  const classes = join(folder, 'curator');
  mkdirSync(classes, { recursive: true });
  const source = join(import.meta.dirname, 'Curator.java');
  await runCommand('javac', ['--release', '11', '-nowarn', '-cp', jars.join(':'), '-d', classes, source]);
  return [
    { kind: 'folder', path: 'bench' },
    ...jars.map((from): TarEntry => ({ kind: 'copy', path: `bench/${basename(from)}`, from })),
    ...readdirSync(classes).map((name): TarEntry => ({
      kind: 'copy',
      path: `bench/${name}`,
      from: join(classes, name),
    })),
  ];
}

const SERVERS = [1, 2, 3].map((number) => nodeId(`zookeeper-${number}`));

const PACKAGES = [
  'libcurator-client-java',
  'libcurator-framework-java',
  'libcurator-recipes-java',
  'libguava-java',
  'libjackson2-annotations-java',
  'libjackson2-core-java',
  'libjackson2-databind-java',
  'libnetty-java',
  'libslf4j-java',
  'libzookeeper-java',
];

const JARS = [
  'curator-client',
  'curator-framework',
  'curator-recipes',
  'guava',
  'jackson-annotations',
  'jackson-core',
  'jackson-databind',
  'netty-buffer',
  'netty-codec',
  'netty-common',
  'netty-handler',
  'netty-resolver',
  'netty-transport',
  'slf4j-api',
  'slf4j-simple',
  'zookeeper',
  'zookeeper-jute',
];
