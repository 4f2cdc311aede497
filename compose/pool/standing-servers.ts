// Servers of stores that stay in a standing pool: made by the first run that needs so many of them, emptied by each that leases them after it,
// and removed where a run has not left them as it found them.

import { createHash } from 'node:crypto';
import { allOf } from '../pods/all-of.ts';
import { LabError, unlessRefused } from '../errors.ts';
import { LEASE_LABEL, SERVERS_LABEL, SERVERS_LEASE_LABEL, TXLAB } from '../engine/labels.ts';
import { removeObjects } from '../cleanup/cleanup.ts';
import { nodeId, roleOf, type NodeId } from '../../nodes/contract/ids.ts';
import { hasLibrary } from '../pods/clock.ts';
import { OPEN_LINKS, sandboxSpec, startSandbox, tenantSpec } from '../pods/pods.ts';
import { standingShell, within } from '../pods/shell.ts';
import type { Engine, LabelledObject, Labels } from '../engine/port.ts';
import type { Lease, Pod, PodOptions } from '../pods/pods.ts';
import type { StoreService } from '../pods/store-service.ts';

/** The servers of one service in a run, in the order of their numbers. */
export interface Servers {
  readonly nodes: readonly NodeId[];
  readonly service: StoreService;
}

/** The pool in which they stay. */
export interface Place {
  readonly uid: string;
  /** Of the pool's own objects. */
  readonly labels: Labels;
  readonly network: string;
}

/** What one run does to a server must be undone for the next: by a line that empties it, and with a clock that is right. */
export function mayStay(service: StoreService): boolean {
  return service.empty !== undefined && !hasLibrary(service);
}

/** Null where as many groups as may stand are leased by others. Fails as the engine does. */
export async function leaseServers(
  engine: Engine,
  place: Place,
  servers: Servers,
  { labels, onProgress, ...options }: PodOptions & { readonly onProgress: (text: string) => void },
): Promise<readonly Pod[] | null> {
  const [first] = servers.nodes;
  const role = first === undefined ? '' : roleOf(first);
  for (let number = 1; number <= GROUPS_MAX; number++) {
    const group = `${place.network}-${role}-${servers.nodes.length}-${kindOf(servers.service)}-${number}`;
    const container = await unlessRefused(
      CONFLICT,
      engine.createContainer({
        name: `${group}-lease`,
        image: options.sandboxImage,
        labels: { ...labels, [LEASE_LABEL]: place.uid, [SERVERS_LEASE_LABEL]: group },
        network: { kind: 'none' },
      }),
    );
    if (container === null) continue;
    const lease: Lease = { container, labels: { ...TXLAB, [SERVERS_LABEL]: group } };
    const stood = await takeOver(engine, lease, group, servers);
    if (stood) onProgress(`leasing ${stood.length} standing servers of ${role}`);
    // Servers that are being removed keep their names until they have gone: another group is taken then.
    const pods = stood ?? (await unlessRefused(CONFLICT, stand(engine, { group, place, lease, options }, servers)));
    if (pods && !stood) onProgress(`${pods.length} servers of ${role} are made, and stay in the pool`);
    if (pods) return pods;
    await engine.removeContainer(container);
  }
  return null;
}

/** Null where they do not all stand as they should; what there was of them is removed then. */
async function takeOver(
  engine: Engine,
  lease: Lease,
  group: string,
  { nodes, service }: Servers,
): Promise<readonly Pod[] | null> {
  const found = await engine.listByLabel(lease.labels);
  const byName = new Map(found.map((object) => [object.name, object]));
  const one = async (node: NodeId, index: number): Promise<Pod | null> => {
    const { server, pod } = namesOf(group, index);
    const [container, sandbox] = [byName.get(server), byName.get(pod)];
    if (!container || !sandbox) return null;
    return takeOverOne(engine, { node, lease, name: pod, container, sandbox }, service).catch((error: unknown) => {
      if (error instanceof LabError && error.code === 'object-failed') return null;
      throw error;
    });
  };
  const pods = await allOf(nodes.map(one));
  const sound = pods.filter((pod) => pod !== null);
  if (sound.length === nodes.length) return sound;
  for (const { shell } of sound) shell.close();
  await removeObjects(engine, found);
  return null;
}

interface Found {
  readonly node: NodeId;
  readonly lease: Lease;
  readonly name: string;
  readonly container: LabelledObject;
  readonly sandbox: LabelledObject;
}

async function takeOverOne(
  engine: Engine,
  { node, lease, name, container, sandbox }: Found,
  { empty = 'false' }: StoreService,
): Promise<Pod | null> {
  const [of, { running, paused }] = await allOf([engine.inspect(sandbox.id), engine.inspect(container.id)]);
  if (!of.running || of.ip === undefined || !running || paused) return null;
  const shell = standingShell(await engine.attach(sandbox.id), `the pod ${name}`);
  const line = `${OPEN_LINKS} && { ${within(empty, EMPTY_MS)}; } >/dev/null`;
  const { code } = await shell.run(line, 2 * EMPTY_MS).catch(() => ({ code: 1 }));
  if (code === 0) return { node, container: container.id, address: of.ip, shell, made: [], stays: lease };
  shell.close();
  return null;
}

interface Standing {
  readonly group: string;
  readonly place: Place;
  readonly lease: Lease;
  readonly options: Omit<PodOptions, 'labels'>;
}

async function stand(
  engine: Engine,
  { group, place, lease, options }: Standing,
  { nodes, service }: Servers,
): Promise<readonly Pod[]> {
  const labels = { ...place.labels, ...lease.labels };
  const members = nodes.map((node, index) => ({ node, ...namesOf(group, index) }));
  // Servers that know each other meet by the names of the group: others of the same kind may stand beside it.
  const all = members.map(({ server }) => nodeId(server));
  return allOf(
    members.map(async ({ node, server, pod }) => {
      const sandbox = await engine.createContainer({
        ...sandboxSpec(options),
        name: pod,
        labels,
        network: { kind: 'network', name: place.network, aliases: [server] },
        hostName: server,
      });
      const tenancy = { name: server, sandbox, labels, programImage: options.programImage };
      const spec = tenantSpec(node, tenancy, { ...service, ...service.among?.(nodeId(server), all) });
      const [shell, container] = await allOf([startSandbox(engine, sandbox, pod), engine.createContainer(spec)]);
      const { ip = '' } = await engine.inspect(sandbox);
      return { node, container, address: ip, shell, made: [], stays: lease };
    }),
  );
}

/** Servers of another image, or that are told something else, are of another kind. */
function kindOf(service: StoreService): string {
  return createHash('sha256').update(JSON.stringify(service)).digest('hex').slice(0, 8);
}

function namesOf(group: string, index: number): { readonly server: string; readonly pod: string } {
  const server = `${group}-${index + 1}`;
  return { server, pod: `${server}-pod` };
}

/** Of one kind in a pool: more of them would hold more memory than they save time. */
const GROUPS_MAX = 3;
const EMPTY_MS = 2000;
const CONFLICT = 409;
