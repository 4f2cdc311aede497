// Pods: a small sandbox container owns the network namespace, name and address; the node's own container joins it, so that killing
// and starting the node keeps its address and costs a third. The sandbox alone may change its own packet filter.

import { allOf } from './all-of.ts';
import { DATA, DISK } from './pod-files.ts';
import { NODE_LABEL, POD_LABEL, STORE_LABEL } from '../engine/labels.ts';
import { standingShell } from './shell.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { ContainerSpec, Engine, Labels, MadeObject } from '../engine/port.ts';
import type { Shell } from './shell.ts';
import type { StoreService } from './store-service.ts';

export interface Pod {
  readonly node: NodeId;
  /** The node's own container, created and not started. */
  readonly container: string;
  readonly address: string;
  /** It has a small disk beside its data. */
  readonly hasDisk?: boolean;
  /** Of the sandbox: works whatever the node's own container does. */
  readonly shell: Shell;
  /** What is removed when it is not needed any more; a network may be that of other pods, too. */
  readonly made: readonly MadeObject[];
  /** Of a server that stays in a pool when this run has left it as it was. */
  readonly stays?: Lease;
}

/** Of a group of servers in a standing pool. */
export interface Lease {
  /** Of the servers and their pods. */
  readonly labels: Labels;
  /** The container whose removal ends it. */
  readonly container: string;
}

/** Makes or finds a pod for each node, and has each booted as soon as it is there: the others' are still being made meanwhile. */
export type PodSource = (
  nodes: readonly NodeId[],
  onProgress: (text: string) => void,
  boot?: (pod: Pod) => Promise<void>,
  /** Of those of them that are stores. */
  services?: ReadonlyMap<NodeId, StoreService>,
  /** Those of them that get a small disk for their log. */
  disks?: ReadonlySet<NodeId>,
) => Promise<readonly Pod[]>;

export interface PodOptions {
  /** Unique over all runs of this engine. */
  readonly uid: string;
  readonly labels: Labels;
  readonly sandboxImage: string;
  readonly programImage: string;
}

/** Pods on a network of their own, made for one run and removed with it. */
export function freshPods(engine: Engine, options: PodOptions): PodSource {
  const { uid, labels } = options;
  const network = `txlab-${uid}`;
  const onePod = async (
    node: NodeId,
    madeNetwork: Promise<string>,
    hasDisk: boolean,
    service?: StoreService,
  ): Promise<Pod> => {
    const name = `${network}-${node}`;
    const spec: ContainerSpec = {
      ...sandboxSpec(options),
      ...(hasDisk && { smallVolume: { at: DISK, bytes: DISK_BYTES } }),
      name: `${name}-pod`,
      labels: { ...labels, [POD_LABEL]: node },
      network: { kind: 'network', name: network, aliases: [node] },
      hostName: node,
    };
    const sandbox = await engine.createContainer(spec);
    const [shell, container] = await allOf([
      startSandbox(engine, sandbox, spec.name, madeNetwork),
      engine.createContainer(tenantSpec(node, { name, sandbox, ...options }, service)),
    ]);
    const [{ ip }, on] = await allOf([engine.inspect(sandbox), madeNetwork]);
    const made: readonly MadeObject[] = [
      { kind: 'container', id: container, networks: [] },
      { kind: 'container', id: sandbox, networks: [on] },
      { kind: 'network', id: on, networks: [] },
    ];
    return { node, container, address: ip ?? '', ...(hasDisk && { hasDisk }), shell, made };
  };
  return async (nodes, onProgress, boot = NO_BOOT, services = new Map(), disks = new Set()) => {
    onProgress(`network and ${nodes.length} pods`);
    // An engine looks for a container's network when it starts the container, not when it makes it.
    const madeNetwork = engine.createNetwork({ name: network, labels });
    const pods = nodes.map(async (node) => {
      const pod = await onePod(node, madeNetwork, disks.has(node), amongOthers(node, services));
      await boot(pod);
      return pod;
    });
    const [, ...done] = await allOf([madeNetwork, ...pods]);
    return done;
  };
}

/** A service as it runs in the pod of this node. */
function amongOthers(node: NodeId, services: ReadonlyMap<NodeId, StoreService>): StoreService | undefined {
  const service = services.get(node);
  if (!service?.among) return service;
  const all = [...services].flatMap(([name, other]) => (other === service ? [name] : []));
  const told = service.among(node, all);
  return { ...service, ...told, env: { ...service.env, ...told.env } };
}

/** For whoever takes a pod over: it is rid of rules and queues that somebody else has left there. */
export const OPEN_LINKS = 'iptables -w -F && { /tools/tc qdisc del dev eth0 root 2>/dev/null || true; }';

export const NO_BOOT = () => Promise.resolve();

/** Attached before it is started, so that no word of its shell is lost; started when what it needs is `made`. */
export async function startSandbox(
  engine: Engine,
  id: string,
  name: string,
  made: Promise<unknown> = Promise.resolve(),
): Promise<Shell> {
  const [attached] = await allOf([engine.attach(id), made]);
  const shell = standingShell(attached, `the pod ${name}`);
  await engine.start(id);
  return shell;
}

export function sandboxSpec({ sandboxImage }: { readonly sandboxImage: string }) {
  return {
    image: sandboxImage,
    openStdin: true,
    capabilities: ['NET_ADMIN', 'NET_RAW'],
    noNewPrivileges: true,
    readOnlyRoot: true,
    tmpfs: { '/run': 'size=1m' },
    volume: DATA,
    memoryBytes: 32 * MIB,
    // A line that has a time leaves a process for that long, and a shell that cannot fork never takes note of those that have ended.
    pidsMax: 128,
  } satisfies Partial<ContainerSpec>;
}

interface Tenancy {
  readonly name: string;
  readonly sandbox: string;
  readonly labels: Labels;
  readonly programImage: string;
}

/**
 * The container that joins a pod: of our program, or of a store's service. No capability, nothing writable but `/data`, the sandbox's
 * anonymous volume, which survives kill and start, unless its service says so; our program runs without root.
 */
export function tenantSpec(node: NodeId, tenancy: Tenancy, service?: StoreService): ContainerSpec {
  const { name, sandbox, labels } = tenancy;
  return {
    name,
    labels: { ...labels, [service ? STORE_LABEL : NODE_LABEL]: node },
    network: { kind: 'container', id: sandbox },
    volumeOf: sandbox,
    openStdin: true,
    capabilities: [],
    noNewPrivileges: true,
    readOnlyRoot: true,
    memoryBytes: 512 * MIB,
    ...(service ? serviceSpec(service) : { image: tenancy.programImage, pidsMax: 64 }),
  };
}

function serviceSpec({ image, command, entryPoint, env, user, writableRoot = false, tmpfs }: StoreService) {
  return {
    image,
    readOnlyRoot: !writableRoot,
    pidsMax: 256,
    ...(command && { command }),
    ...(entryPoint && { entryPoint }),
    ...(env && { env }),
    ...(user !== undefined && { user }),
    ...(tmpfs && { tmpfs }),
  } satisfies Partial<ContainerSpec>;
}

const MIB = 1_048_576;
/** What fills it counts as memory of the sandbox. */
const DISK_BYTES = 12 * MIB;
