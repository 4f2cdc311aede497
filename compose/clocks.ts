// Which clocks of stores can be moved here, known before anything of a run starts, and the library that moves them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeId, type NodeId } from '../nodes/contract/ids.ts';
import { removeObjects } from './cleanup/cleanup.ts';
import { ARCHITECTURES, libraryName } from './clock/library.ts';
import { STORE_READY_MS } from './docker-faults.ts';
import { formatTarget, mayMean, type Target } from './faults.ts';
import { serverClock, withLibrary } from './pods/clock.ts';
import { sandboxSpec, startSandbox, tenantSpec, type PodOptions } from './pods/pods.ts';
import { createStoreProcess } from './pods/store-process.ts';
import type { Evidence } from '../nodes/contract/events.ts';
import type { Engine } from './engine/port.ts';
import type { StoreService } from './pods/store-service.ts';

export interface Clocks {
  /** Null where there is none for machines of this kind. */
  readonly library: Buffer | null;
  /** Why the clocks of some cannot be moved. */
  readonly fixed: ReadonlyMap<NodeId, string>;
}

/** Why the cluster cannot move this clock, or null. */
export function whyNotMoved(clocks: Clocks | undefined, target: Target): string | null {
  const name = formatTarget(target);
  const fixed = [...(clocks?.fixed ?? [])].find(([store]) => mayMean(target, store))?.[1];
  const why = clocks === undefined ? 'this cluster has nothing that does it' : fixed;
  return why === undefined ? null : `The clock of ${name} cannot be moved: ${why}.`;
}

/** For machines of the engine's kind, from the folder of the package's libraries; null where none is kept. */
export function clockLibrary({ facts: { architecture } }: Engine, folder: string): Buffer | null {
  const found = ARCHITECTURES.find((one) => one === architecture);
  return found === undefined ? null : readFileSync(join(folder, libraryName(found)));
}

interface Rehearsed {
  /** Its name in compose/stores.yml. */
  readonly name: string;
  readonly service: StoreService;
  readonly library: Buffer | null;
}

/**
 * Why clocks of this service cannot be moved here; undefined where they can. Tried with a server that nobody knows, in a pod without a network,
 * which is removed at once.
 */
export async function whyFixed(
  engine: Engine,
  options: Omit<PodOptions, 'programImage'>,
  { name, service, library }: Rehearsed,
): Promise<string | undefined> {
  const { clock } = service;
  if (clock === undefined) return `${name} has no line in compose/stores.yml upon which it looks at its clock`;
  if (library === null)
    return `there is no library that does it for machines of the kind ${engine.facts.architecture}, only for ${ARCHITECTURES.join(' and ')}`;
  const { seen, text } = await rehearse(engine, options, { name, service, clock, library });
  return seen ? undefined : `a library that is loaded with ${service.image} (LD_PRELOAD) has no effect (${text})`;
}

async function rehearse(
  engine: Engine,
  options: Omit<PodOptions, 'programImage'>,
  { name, service, clock: look, library }: Rehearsed & { readonly clock: string; readonly library: Buffer },
): Promise<Evidence> {
  const { labels, uid } = options;
  const node = nodeId(name);
  const spec = { name: `txlab-${uid}-clock-${name}`, labels, programImage: '' };
  const alone = { ...sandboxSpec(options), name: `${spec.name}-pod`, labels, network: { kind: 'none' } } as const;
  const sandbox = await engine.createContainer(alone);
  const made = [sandbox];
  try {
    const shell = await startSandbox(engine, sandbox, alone.name);
    const container = await engine.createContainer(tenantSpec(node, { ...spec, sandbox }, withLibrary(service)));
    made.unshift(container);
    const pod = { node, container, address: '', shell, made: [] };
    const server = createStoreProcess(engine, pod, service);
    const clock = serverClock(pod, look);
    await clock.load(library);
    await server.boot();
    const isReady = await server.ready(STORE_READY_MS);
    const evidence = await clock.move(REHEARSED_MS);
    server.detach();
    shell.close();
    return isReady ? evidence : { seen: false, text: `its server does not answer: ${server.lastLines().join(' ')}` };
  } finally {
    await removeObjects(
      engine,
      made.map((id) => ({ kind: 'container', id, networks: [] })),
    );
  }
}

const REHEARSED_MS = 3_600_000;
