// Pause and resume by the engine's freezer. The process stands still between two instructions; its kernel goes on acknowledging data.

import { isEngineLost } from '../errors.ts';
import type { Evidence } from '../../nodes/contract/events.ts';
import type { Engine } from '../engine/port.ts';
import type { PodProcess } from './pod-process.ts';

/** The evidence: the engine says paused, and the process misses a heartbeat. */
export async function pause(node: PodProcess, engine: Engine): Promise<Evidence> {
  await freeze(node, engine);
  const [{ paused }, answered] = await Promise.all([engine.inspect(node.pod.container), node.hears(BEAT_MS)]);
  return {
    seen: paused && !answered,
    text: `${node.pod.node} is ${paused ? 'paused' : 'not paused'} and ${answered ? 'still answers' : `missed a heartbeat of ${BEAT_MS} ms`}`,
  };
}

/** On a busy machine the kernel may not get all threads to stand still in the time that the engine gives it; the next try finds them there. */
async function freeze(node: PodProcess, engine: Engine): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await engine.pause(node.pod.container);
    } catch (error) {
      if (isEngineLost(error) || tries === TRIES) throw error;
    }
  }
}

const TRIES = 3;

/** The evidence: the engine says running, and the process answers; one of an ensemble may have to find the others first. */
export async function resume(
  node: PodProcess,
  engine: Engine,
  answers: () => Promise<boolean> = () => node.hears(RESUMED_MS),
): Promise<Evidence> {
  await engine.unpause(node.pod.container);
  const [{ paused }, answered] = await Promise.all([engine.inspect(node.pod.container), answers()]);
  return {
    seen: !paused && answered,
    text: `${node.pod.node} is ${paused ? 'still paused' : 'running'} and ${answered ? 'answers' : 'does not answer'}`,
  };
}

const BEAT_MS = 100;
const RESUMED_MS = 5000;
