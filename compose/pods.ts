// Pods: a small sandbox container owns the network namespace, name and address; the node's own container joins it, so that killing
// and starting the node keeps its address and costs a third. The sandbox alone may change its own packet filter.

import { NODE_LABEL } from './labels.ts';
import { standingShell } from './shell.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { ContainerSpec, Engine, Labels } from './engine-port.ts';
import type { Shell } from './shell.ts';

export interface PodOptions {
  readonly node: NodeId;
  readonly uid: string;
  readonly labels: Labels;
  readonly network: string;
  readonly sandboxImage: string;
  readonly programImage: string;
}

export interface Pod {
  readonly node: NodeId;
  readonly sandbox: string;
  /** The node's own container, created and not started. */
  readonly container: string;
  readonly address: string;
  /** Of the sandbox: works whatever the node's own container does. */
  readonly shell: Shell;
}

export async function createPod(engine: Engine, options: PodOptions): Promise<Pod> {
  const { node, labels } = options;
  const name = `txlab-${options.uid}-${node}`;
  const sandbox = await engine.createContainer({
    name: `${name}-pod`,
    image: options.sandboxImage,
    labels: { ...labels, 'txlab.pod': node },
    network: { kind: 'network', name: options.network, aliases: [node] },
    hostName: node,
    openStdin: true,
    capabilities: ['NET_ADMIN', 'NET_RAW'],
    noNewPrivileges: true,
    readOnlyRoot: true,
    tmpfs: { '/run': 'size=1m' },
    memoryBytes: 32 * MIB,
    pidsMax: 32,
  });
  const shell = standingShell(await engine.attach(sandbox), `the pod of ${node}`);
  await engine.start(sandbox);
  const [{ ip }, container] = await Promise.all([
    engine.inspect(sandbox),
    engine.createContainer(nodeSpec(name, sandbox, options)),
  ]);
  return { node, sandbox, container, address: ip ?? '', shell };
}

/** No capability, no root, nothing writable but `/data`, the image's own anonymous volume, which survives kill and start. */
function nodeSpec(name: string, sandbox: string, { node, labels, programImage }: PodOptions): ContainerSpec {
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
