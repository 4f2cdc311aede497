/** Every image by role: what it is called officially, and how it is made here when no registry can be reached. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Engine } from '../engine/port.ts';
import { LabError, messageOf } from '../errors.ts';
import { cacheFolder } from './folders.ts';
import { TXLAB } from '../engine/labels.ts';
import { withLock } from '../lock.ts';
import { thisHostPlatform } from './host-platform.ts';
import type { HostPlatform } from './host-platform.ts';
import { nodeRecipe } from '../recipes/node.ts';
import type { Recipe } from '../recipes/recipe.ts';
import { redisRecipe } from '../recipes/redis.ts';
import { sandboxBuildContext, sandboxRecipe } from '../recipes/sandbox.ts';
import { packTar } from '../engine/tar.ts';
import type { TarEntry } from '../engine/tar.ts';
import { zookeeperRecipe } from '../recipes/zookeeper.ts';

interface ImageEntry {
  readonly official: string;
  readonly recipe: Recipe;
  /** For a role that nobody publishes: how the engine builds it on top of the official image. */
  readonly onTop?: (base: string) => readonly TarEntry[];
}

export const IMAGES = {
  node: { official: 'node:24-slim', recipe: nodeRecipe },
  sandbox: { official: 'alpine:3.22', recipe: sandboxRecipe, onTop: sandboxBuildContext },
  redis: { official: 'redis:7', recipe: redisRecipe },
  zookeeper: { official: 'zookeeper:3.9', recipe: zookeeperRecipe },
} as const satisfies Record<string, ImageEntry>;

export type ImageRole = keyof typeof IMAGES;

export const IMAGE_ROLES = Object.keys(IMAGES) as readonly ImageRole[];

/** What runs need, and setup gets. */
export const SETUP_ROLES: readonly ImageRole[] = ['node', 'sandbox'];

export interface EnsuredImage {
  readonly reference: string;
  readonly id: string;
  readonly source: 'present' | 'pulled' | 'built';
}

export interface EnsureOptions {
  /** The user's own image for the role; it is used if present and pulled if not, and nothing else is tried. */
  readonly override?: string | undefined;
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly host?: HostPlatform;
}

/**
 * The image of a role: present, else pulled, else made here. Fails with `image-missing` when none of it works.
 */
export async function ensureImage(engine: Engine, role: ImageRole, options: EnsureOptions = {}): Promise<EnsuredImage> {
  const { override, onProgress = () => {}, host = thisHostPlatform() } = options;
  if (override !== undefined) return presentOrPulled(engine, override, onProgress);
  const found = await findImage(engine, role, host);
  if (found) return found;
  return withLock(join(cacheFolder(), `image-${role}.lock`), LOCK_MS, async () => {
    // Another txlab may have made it while this one waited.
    return (await findImage(engine, role, host)) ?? obtain(engine, role, host, onProgress);
  });
}

const LOCK_MS = 300_000;

/** The image of a role if it is here already. */
export async function findImage(
  engine: Engine,
  role: ImageRole,
  host: HostPlatform = thisHostPlatform(),
): Promise<EnsuredImage | undefined> {
  for (const reference of candidates(role, host)) {
    const image = await engine.inspectImage(reference);
    if (image) return { reference, id: image.id, source: 'present' };
  }
  return undefined;
}

function candidates(role: ImageRole, host: HostPlatform): readonly string[] {
  const entry: ImageEntry = IMAGES[role];
  return [localReference(role, host), entry.onTop ? onTopReference(role) : entry.official];
}

/** A recipe's image is named by all that its content depends on, so that a change of the recipe makes a new one. */
export function localReference(role: ImageRole, host: HostPlatform): string {
  return `txlab/${role}:${shortHash(`${host.distribution ?? ''} ${host.arch} ${IMAGES[role].recipe.inputs()}`)}`;
}

function onTopReference(role: ImageRole): string {
  const { official, onTop }: ImageEntry = IMAGES[role];
  return `txlab/${role}:official-${shortHash(JSON.stringify(onTop?.(official)))}`;
}

export function shortHash(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function presentOrPulled(
  engine: Engine,
  reference: string,
  onProgress: (line: string) => void,
): Promise<EnsuredImage> {
  const image = await engine.inspectImage(reference);
  if (image) return { reference, id: image.id, source: 'present' };
  try {
    return await pull(engine, reference, onProgress);
  } catch (error) {
    throw new LabError(
      'image-missing',
      `Image ${reference} is not present and could not be pulled: ${messageOf(error)}`,
      {
        hint: `docker pull ${reference}`,
        cause: error,
        ids: { image: reference },
      },
    );
  }
}

async function obtain(
  engine: Engine,
  role: ImageRole,
  host: HostPlatform,
  onProgress: (line: string) => void,
): Promise<EnsuredImage> {
  try {
    return await fromRegistry(engine, role, onProgress);
  } catch (error) {
    if (!canCook(engine, host)) throw notHere(role, error);
    onProgress(`no registry gives ${IMAGES[role].official}, so the image is made here`);
    return cook(engine, role, host, onProgress);
  }
}

async function fromRegistry(
  engine: Engine,
  role: ImageRole,
  onProgress: (line: string) => void,
): Promise<EnsuredImage> {
  const { official, onTop }: ImageEntry = IMAGES[role];
  if (!onTop) return pull(engine, official, onProgress);
  if (!(await engine.inspectImage(official))) await pull(engine, official, onProgress);
  const reference = onTopReference(role);
  const id = await engine.buildImage(packTar(onTop(official)), { reference, labels: TXLAB, onProgress });
  return { reference, id, source: 'built' };
}

async function pull(engine: Engine, reference: string, onProgress: (line: string) => void): Promise<EnsuredImage> {
  await engine.pullImage(reference, { idleMs: PULL_IDLE_MS, onProgress });
  const image = await engine.inspectImage(reference);
  if (!image) throw new LabError('image-failed', `The engine pulled ${reference} but does not know it.`);
  return { reference, id: image.id, source: 'pulled' };
}

const PULL_IDLE_MS = 20_000;

/** A recipe copies this machine's programs, so the engine must run the same kind of machine. */
function canCook(engine: Engine, { platform, arch, distribution }: HostPlatform): boolean {
  return platform === 'linux' && arch === 'x64' && distribution !== undefined && engine.facts.architecture === 'amd64';
}

async function cook(
  engine: Engine,
  role: ImageRole,
  host: HostPlatform,
  onProgress: (line: string) => void,
): Promise<EnsuredImage> {
  const { entries, changes } = await IMAGES[role].recipe.make({
    folder: join(cacheFolder(), 'packages', role),
    onProgress,
  });
  const reference = localReference(role, host);
  const labels = Object.entries(TXLAB).map(([name, value]) => `LABEL ${name}=${value}`);
  const id = await engine.importImage(packTar(entries), { reference, changes: [...labels, ...changes] });
  return { reference, id, source: 'built' };
}

function notHere(role: ImageRole, cause: unknown): LabError {
  const { official } = IMAGES[role];
  return new LabError(
    'image-missing',
    `The ${role} image ${official} is not present and could not be pulled: ${messageOf(cause)}`,
    {
      hint: `docker pull ${official}; or name your own with --image ${role}=…. Without a registry, images are made on Debian and Ubuntu (x86-64) only.`,
      cause,
      ids: { image: official },
    },
  );
}
