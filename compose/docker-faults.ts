// Faults of the Docker arm, by the same verbs for nodes and stores, each with what the engine or the network shows of it.

import { unreachable } from '../nodes/contract/invariant.ts';
import { remainsOf } from './docker-remains.ts';
import { clockOf, lost, processOf } from './docker-state.ts';
import { isEngineLost, messageOf } from './errors.ts';
import { allOf } from './pods/all-of.ts';
import { fill, makeRoom } from './pods/disk.ts';
import { pause, resume } from './pods/freezer.ts';
import { hurry, slow } from './pods/delays.ts';
import { cut, dropsOf, heal } from './pods/links.ts';
import type { Evidence } from '../nodes/contract/events.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { Injected } from './cluster.ts';
import type { DockerState } from './docker-state.ts';
import type { NodeFault } from './faults.ts';

/** A fault that cannot be done is a fault without evidence; the run goes on and ends inconclusive. */
export function inject(state: DockerState, fault: NodeFault): Promise<Injected> {
  return injectNow(state, fault).catch((error: unknown) => ({ evidence: unseen(state, error) }));
}

export function undo(state: DockerState, fault: NodeFault): Promise<Evidence> {
  return undoNow(state, fault).catch((error: unknown) => unseen(state, error));
}

function injectNow(state: DockerState, fault: NodeFault): Promise<Injected> {
  switch (fault.do) {
    case 'kill':
    case 'restart':
      return kill(state, fault.node);
    case 'pause':
      state.still.add(fault.node);
      return pause(processOf(state, fault.node), state.engine).then((evidence) => ({ evidence }));
    case 'cut':
      return cut(drops(state, fault)).then((evidence) => ({ evidence }));
    case 'slow':
      return slow(pairs(state, fault), fault.byMs).then((evidence) => ({ evidence }));
    case 'fill':
      return fill(processOf(state, fault.node).pod).then((evidence) => ({ evidence }));
    case 'promote':
      return promote(state, fault.node);
    case 'clock':
      return clockOf(state, fault.node)
        .move(fault.byMs)
        .then((evidence) => ({ evidence }));
    default:
      return unreachable(fault);
  }
}

function undoNow(state: DockerState, fault: NodeFault): Promise<Evidence> {
  switch (fault.do) {
    case 'kill':
    case 'restart':
      return restart(state, fault.node);
    case 'pause':
      return thaw(state, fault.node);
    case 'cut':
      return heal(drops(state, fault));
    case 'slow':
      return hurry(pairs(state, fault), fault.byMs);
    case 'fill':
      return makeRoom(processOf(state, fault.node).pod);
    case 'promote':
      return Promise.resolve({ seen: false, text: `${fault.node} stays what it is: nothing ends a promote` });
    case 'clock':
      return clockOf(state, fault.node).move(-fault.byMs);
    default:
      return unreachable(fault);
  }
}

/** Dead by the engine's SIGKILL: not by itself, not for want of memory. The API answers late; the death is what counts. */
async function kill(state: DockerState, name: NodeId): Promise<Injected> {
  const { engine, kills } = state;
  const { pod } = processOf(state, name);
  const { container } = pod;
  state.doomed.add(container);
  state.still.add(name);
  kills.delete(container);
  const answered = engine.kill(container, 'SIGKILL').then(
    () => true,
    () => false,
  );
  const exit = await engine.waitExit(container, KILL_DEADLINE_MS);
  const left = state.nodes.has(name) ? remainsOf(engine, pod, 'log') : null;
  const [remains, accepted] = await allOf([left, answered]);
  const seen = accepted && exit.exitCode === 128 + 9 && !exit.oomKilled;
  const signal = kills.get(container)?.signal;
  const text = `${name} exited with code ${exit.exitCode}${signal === undefined ? '' : `, killed by the engine with signal ${signal}`}${exit.oomKilled ? ', out of memory' : ''}`;
  return { evidence: { seen, text }, ...(remains && { log: remains.log }) };
}

async function promote(state: DockerState, name: NodeId): Promise<Injected> {
  const store = state.stores.get(name);
  return { evidence: store ? await store.promote() : { seen: false, text: `${name} is no store` } };
}

function thaw(state: DockerState, name: NodeId): Promise<Evidence> {
  const store = state.stores.get(name);
  state.still.delete(name);
  return resume(processOf(state, name), state.engine, store && (() => store.ready(STORE_READY_MS)));
}

/** A node says itself when it serves again; a store is asked until it does. */
async function restart(state: DockerState, name: NodeId): Promise<Evidence> {
  const process = processOf(state, name);
  state.doomed.delete(process.pod.container);
  state.still.delete(name);
  const startedAt = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedAt);
  await process.boot();
  const text = `${name} was started again in ${elapsedMs()} ms`;
  const store = state.stores.get(name);
  if (!store) return { seen: true, text };
  const seen = await store.ready(STORE_READY_MS);
  return { seen, text: `${text} and ${seen ? `answers after ${elapsedMs()} ms` : 'does not answer'}` };
}

/** In both directions. */
function pairs(state: DockerState, { group, from }: Extract<NodeFault, { do: 'slow' }>) {
  const pod = (name: NodeId) => processOf(state, name).pod;
  return group.flatMap((one) => from.map((other) => [pod(one), pod(other)] as const));
}

function drops(state: DockerState, fault: Extract<NodeFault, { do: 'cut' }>) {
  const pod = (name: NodeId) => processOf(state, name).pod;
  return dropsOf(fault.group.map(pod), fault.from.map(pod), fault.oneWay);
}

function unseen(state: DockerState, error: unknown): Evidence {
  if (isEngineLost(error)) lost(state, error);
  return { seen: false, text: messageOf(error) };
}

const KILL_DEADLINE_MS = 10_000;
/** A server of much data may read it first. */
export const STORE_READY_MS = 30_000;
