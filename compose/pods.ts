// Pods: a small sandbox container owns the network namespace, name and address; the node's own container joins it, so that killing
// and starting the node keeps its address and costs a third. The sandbox alone may change its own packet filter.

import { allOf } from './all-of.ts';
import { NODE_LABEL, POD_LABEL } from './labels.ts';
import { standingShell } from './shell.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { ContainerSpec, Engine, Labels } from './engine-port.ts';
import type { Shell } from './shell.ts';

export interface Pod {
  readonly node: NodeId;
  /** The node's own container, created and not started. */
  readonly container: string;
  readonly address: string;
  /** Of the sandbox: works whatever the node's own container does. */
  readonly shell: Shell;
}

/** Makes or finds a pod for each node. */
export type PodSource = (nodes: readonly NodeId[], onProgress: (text: string) => void) => Promise<readonly Pod[]>;

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
  const onePod = async (node: NodeId): Promise<Pod> => {
    const name = `${network}-${node}`;
    const { id, shell } = await startSandbox(engine, {
      ...sandboxSpec(options),
      name: `${name}-pod`,
      labels: { ...labels, [POD_LABEL]: node },
      network: { kind: 'network', name: network, aliases: [node] },
      hostName: node,
    });
    const [{ ip }, container] = await Promise.all([
      engine.inspect(id),
      engine.createContainer(nodeSpec(node, { name, sandbox: id, ...options })),
    ]);
    return { node, container, address: ip ?? '', shell };
  };
  return async (nodes, onProgress) => {
    onProgress(`network and ${nodes.length} pods`);
    await engine.createNetwork({ name: network, labels });
    return allOf(nodes.map(onePod));
  };
}

export async function startSandbox(
  engine: Engine,
  spec: ContainerSpec,
): Promise<{ readonly id: string; readonly shell: Shell }> {
  const id = await engine.createContainer(spec);
  const shell = standingShell(await engine.attach(id), `the pod ${spec.name}`);
  await engine.start(id);
  return { id, shell };
}

export function sandboxSpec({ sandboxImage }: { readonly sandboxImage: string }) {
  return {
    image: sandboxImage,
    openStdin: true,
    capabilities: ['NET_ADMIN', 'NET_RAW'],
    noNewPrivileges: true,
    readOnlyRoot: true,
    tmpfs: { '/run': 'size=1m' },
    memoryBytes: 32 * MIB,
    pidsMax: 32,
  } satisfies Partial<ContainerSpec>;
}

/** No capability, no root, nothing writable but `/data`, the image's own anonymous volume, which survives kill and start. */
export function nodeSpec(
  node: NodeId,
  {
    name,
    sandbox,
    labels,
    programImage,
  }: { readonly name: string; readonly sandbox: string; readonly labels: Labels; readonly programImage: string },
): ContainerSpec {
  return {
    name,
    image: programImage,
    labels: { ...labels, [NODE_LABEL]: node },
    network: { kind: 'container', id: sandbox },
    openStdin: true,
    capabilities: [],
    noNewPrivileges: true,
    readOnlyRoot: true,
    memoryBytes: 512 * MIB,
    pidsMax: 64,
  };
}

const MIB = 1_048_576;
