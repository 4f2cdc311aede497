// What the Docker arm knows of a cluster that stands: its processes by name, and what the engine said of their containers.

import { invariant } from '../nodes/contract/invariant.ts';
import { messageOf } from './errors.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { ClusterEvent, ClusterSpec } from './cluster.ts';
import type { Engine, EngineEvent, EventWatch, Labels } from './engine/port.ts';
import type { ServerClock } from './pods/clock.ts';
import type { NodeProcess } from './pods/node-process.ts';
import type { PodProcess } from './pods/pod-process.ts';
import type { StoreProcess } from './pods/store-process.ts';

export interface DockerState {
  readonly engine: Engine;
  readonly spec: ClusterSpec;
  readonly onEvent: (event: ClusterEvent) => void;
  readonly nodes: Map<NodeId, NodeProcess>;
  readonly stores: Map<NodeId, StoreProcess>;
  /** Of the stores whose servers can be told another time. */
  readonly clocks: Map<NodeId, ServerClock>;
  /** Containers whose end the lab is about to cause: their exit is evidence, not news. */
  readonly doomed: Set<string>;
  /** The last signal by container. */
  readonly kills: Map<string, EngineEvent>;
  /** Whom the lab has killed or frozen, and not brought back: they are not asked, for they would not answer. */
  readonly still: Set<NodeId>;
  stopping: boolean;
}

export function processesOf({ nodes, stores }: DockerState): readonly PodProcess[] {
  return [...nodes.values(), ...stores.values()];
}

export function processOf({ nodes, stores }: DockerState, name: NodeId): PodProcess {
  const process = nodes.get(name) ?? stores.get(name);
  invariant(process, `no such node: ${name}`);
  return process;
}

export function nodeOf({ nodes }: DockerState, name: NodeId): NodeProcess {
  const process = nodes.get(name);
  invariant(process, `no such node: ${name}`);
  return process;
}

export function clockOf({ clocks }: DockerState, name: NodeId): ServerClock {
  const clock = clocks.get(name);
  invariant(clock, `no clock of ${name} that can be moved`);
  return clock;
}

export function lost(state: DockerState, error: unknown): void {
  if (!state.stopping) state.onEvent({ kind: 'lost', why: messageOf(error) });
}

/** Containers that end by themselves are told of, and signals are kept as evidence. */
export function watch(state: DockerState, labels: Labels): Promise<EventWatch> {
  const watching = state.engine.watchEvents(labels, (event) => {
    const { action, container } = event;
    if (action === 'kill') state.kills.set(container, event);
    if (action === 'die' && !state.doomed.has(container) && !state.stopping)
      died(state, container, event.exitCode ?? -1).catch((error: unknown) => lost(state, error));
  });
  watching.then(
    ({ ended }) => ended.catch((error: unknown) => lost(state, error)),
    () => {}, // Whoever waits for it fails.
  );
  return watching;
}

async function died(state: DockerState, container: string, exitCode: number): Promise<void> {
  const process = processesOf(state).find(({ pod }) => pod.container === container);
  if (!process) return;
  const { oomKilled } = await state.engine.inspect(container);
  state.onEvent({ kind: 'exited', node: process.pod.node, exitCode, oomKilled, lastLines: process.lastLines() });
}
