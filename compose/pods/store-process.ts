// The process of a store: a server that is not ours, in a container of its own image. It is spoken to by lines in the shell of its pod's
// sandbox, which work whatever its container does; what it says itself is kept as its last lines.

import { setTimeout as pass } from 'node:timers/promises';
import { keepLastLines } from './last-lines.ts';
import { within } from './shell.ts';
import type { Evidence } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Json } from '../../nodes/contract/messages.ts';
import type { Attached, Engine } from '../engine/port.ts';
import type { Pod } from './pods.ts';
import type { PodProcess } from './pod-process.ts';
import type { StoreService } from './store-service.ts';

export interface StoreProcess extends PodProcess {
  /** Waits until it answers: false when it does not within that time, or is let go of. */
  ready(withinMs: number): Promise<boolean>;
  /** What it holds; undefined where it could not be asked. */
  dump(): Promise<Json | undefined>;
  /** Whether it says that it leads its ensemble; where it does not answer it has not said so. */
  leads(): Promise<boolean>;
  /** Makes a replica a primary. */
  promote(): Promise<Evidence>;
}

export function createStoreProcess(engine: Engine, pod: Pod, service: StoreService): StoreProcess {
  const lines = keepLastLines();
  let attached: Attached | null = null;
  let isLeft = false;

  async function boot(): Promise<void> {
    attached?.detach();
    attached = await engine.attach(pod.container);
    lines.end();
    for (const output of [attached.stdout, attached.stderr]) output.on('data', (chunk: Buffer) => lines.take(chunk));
    attached.stdin.on('error', () => {});
    await engine.start(pod.container);
  }

  const run = (line: string, withinMs: number) =>
    pod.shell.run(within(line, withinMs), withinMs + SHELL_MS).catch(() => ({ code: -1, output: '' }));
  // What outlives its time, as a part of a pipe does, must not speak into the output of a later line.
  const says = async (line: string, withinMs: number) =>
    (await run(`{ ${line}; } >/dev/null 2>&1`, withinMs)).code === 0;
  const hears = (withinMs: number) => says(service.ready, withinMs);

  async function ready(withinMs: number): Promise<boolean> {
    const begunAt = performance.now();
    for (let passed = 0; !isLeft && passed < withinMs; passed = performance.now() - begunAt) {
      if (await hears(TRY_MS)) return true;
      await pass(Math.min(MOST_BETWEEN_MS, Math.max(LEAST_BETWEEN_MS, passed / 8)));
    }
    return false;
  }

  return {
    pod,
    boot,
    hears,
    ready,
    dump: async () => {
      const { code, output } = await run(service.dump, DUMP_MS);
      return code === 0 ? parse(output) : undefined;
    },
    leads: async () => service.leader !== undefined && (await says(service.leader, TRY_MS)),
    promote: async () => promotion(pod.node, (await run(service.promote ?? 'false', PROMOTE_MS)).output),
    lastLines: () => lines.all().slice(-LAST_LINES),
    allLines: () => lines.all(),
    detach: () => {
      isLeft = true;
      attached?.detach();
    },
  };
}

/** Seen when it says itself that it was no primary, and is one. */
function promotion(node: NodeId, output: string): Evidence {
  const said = output.split(/\s+/).filter((word) => word !== '');
  const [was, is] = [said.slice(0, -1), said.at(-1)];
  if (is === undefined) return { seen: false, text: `${node} does not say what it is` };
  return {
    seen: was.includes('role:slave') && is === 'role:master',
    text: was.length === 0 ? `${node} is ${is}` : `${node} was ${was.join(', ')}, and is ${is}`,
  };
}

function parse(output: string): Json {
  try {
    return JSON.parse(output) as Json;
  } catch {
    return output.trimEnd();
  }
}

const LAST_LINES = 8;
const TRY_MS = 1000;
// Each try leaves a process in the pod for as long as a try may take: more than a pod may have, where it went on as it begins.
const LEAST_BETWEEN_MS = 30;
const MOST_BETWEEN_MS = 200;
const DUMP_MS = 10_000;
const PROMOTE_MS = 5000;
/** What the shell itself may take beside. */
const SHELL_MS = 5000;
