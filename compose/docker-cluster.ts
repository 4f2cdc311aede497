// The Docker arm of the cluster port: pods on an internal network, faults by the engine, evidence by what the engine saw.

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invariant, unreachable } from '../nodes/contract/invariant.ts';
import { decodeLog } from '../nodes/hosts/log.ts';
import { allOf } from './pods/all-of.ts';
import { removeObjects, sweepUntilClean } from './cleanup/cleanup.ts';
import { isEngineLost, messageOf } from './errors.ts';
import { cut, dropsOf, heal } from './pods/links.ts';
import { createNodeProcess } from './pods/node-process.ts';
import { copyFiles, DATA, readFiles } from './pods/pod-files.ts';
import { pause, resume } from './pods/freezer.ts';
import type { Evidence } from '../nodes/contract/events.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { NodeConfig } from '../nodes/contract/control.ts';
import type { Cluster, ClusterEvent, ClusterSpec, Injected, Remains, RunningCluster } from './cluster.ts';
import type { Engine, EngineEvent, Labels } from './engine/port.ts';
import type { Fault } from './faults.ts';
import type { NodeProcess } from './pods/node-process.ts';
import type { PodFile } from './pods/pod-files.ts';
import type { Pod, PodSource } from './pods/pods.ts';

export interface DockerOptions {
  readonly engine: Engine;
  /** On every object of this run and on nothing else: what bears them is removed at the end. */
  readonly labels: Labels;
  readonly pods: PodSource;
}

export function newUid(): string {
  return randomBytes(4).toString('hex');
}

export function dockerCluster(options: DockerOptions): Cluster {
  return {
    refuse: ({ do: what }) => (what === 'clock' ? 'The Docker arm cannot move the clock of a container yet.' : null),
    start: (spec, onEvent, onProgress) => startDockerCluster(options, spec, onEvent, onProgress),
  };
}

async function startDockerCluster(
  options: DockerOptions,
  spec: ClusterSpec,
  onEvent: (event: ClusterEvent) => void,
  onProgress: (text: string) => void,
): Promise<RunningCluster> {
  const { engine, labels } = options;
  const processes = new Map<NodeId, NodeProcess>();
  /** Containers whose end the lab is about to cause: their exit is evidence, not news. */
  const doomed = new Set<string>();
  const kills = new Map<string, EngineEvent>();
  let stopping = false;

  const watching = engine.watchEvents(labels, (event) => {
    if (event.action === 'kill') kills.set(event.container, event);
    if (event.action === 'die' && !doomed.has(event.container) && !stopping)
      died(event.container, event.exitCode ?? -1).catch(lost);
  });
  watching.then(
    ({ ended }) => ended.catch(lost),
    () => {}, // Whoever waits for it fails.
  );

  function lost(error: unknown): void {
    if (!stopping) onEvent({ kind: 'lost', why: messageOf(error) });
  }

  async function died(container: string, exitCode: number): Promise<void> {
    const process = [...processes.values()].find(({ pod }) => pod.container === container);
    if (!process) return;
    const { oomKilled } = await engine.inspect(container);
    onEvent({ kind: 'exited', node: process.pod.node, exitCode, oomKilled, lastLines: process.lastLines() });
  }

  async function keepLines({ pod: { node }, allLines }: Pick<NodeProcess, 'pod' | 'allLines'>): Promise<void> {
    const lines = allLines();
    if (lines.length > 0) await writeFile(join(spec.folder, 'nodes', `${node}.log`), `${lines.join('\n')}\n`);
  }

  let stopped: Promise<readonly string[]> | null = null;
  const stop = () => {
    stopped ??= stopAll();
    // Who asks again after a failure has it tried again.
    stopped.catch(() => (stopped = null));
    return stopped;
  };

  async function stopAll(): Promise<readonly string[]> {
    stopping = true;
    for (const process of processes.values()) {
      process.detach();
      process.pod.shell.close();
    }
    // What is known goes at once, and by nobody but this: an engine that is asked twice at the same time to remove one container may not
    // answer the second. What could not be removed is found by the sweep.
    const made = new Map([...processes.values()].flatMap(({ pod }) => pod.made).map((object) => [object.id, object]));
    const known = removeObjects(engine, [...made.values()]).catch(() => {});
    try {
      await allOf([...processes.values()].map(keepLines));
    } finally {
      // A disk that takes no more lines must not leave a container behind.
      await watching.then((watch) => watch[Symbol.asyncDispose]()).catch(() => {});
      await known;
      await sweepUntilClean(engine, labels, { quietMs: 0 });
    }
    return (await engine.listByLabel(labels)).map(({ kind, name }) => `${kind} ${name}`);
  }

  try {
    const boot = async (pod: Pod): Promise<void> => {
      const process = createNodeProcess(engine, pod, {
        onReport: (report) => onEvent({ kind: 'report', report }),
        onNonsense: (why) => onEvent({ kind: 'failed', node: pod.node, why, lastLines: process.lastLines() }),
      });
      processes.set(pod.node, process);
      // Now every address is known: nobody has to wait until the last container has started.
      if (processes.size === spec.nodes.length) configureAll();
      await watching;
      await process.boot();
    };
    const names = spec.nodes.map(({ id }) => id);
    const [pods] = await allOf([options.pods(names, onProgress, boot), watching]);
    onProgress(`${pods.length} nodes`);
  } catch (error) {
    if (!isEngineLost(error)) await stop();
    throw error;
  }

  function configureAll(): void {
    const pods = [...processes.values()].map(({ pod }) => pod);
    for (const process of processes.values()) process.configure(configOf(spec, process.pod, pods));
  }

  function processOf(node: NodeId): NodeProcess {
    const process = processes.get(node);
    invariant(process, `no such node: ${node}`);
    return process;
  }

  /** Dead by the engine's SIGKILL: not by itself, not for want of memory. The API answers late; the death is what counts. */
  async function kill(node: NodeId): Promise<Injected> {
    const { container } = processOf(node).pod;
    doomed.add(container);
    kills.delete(container);
    const answered = engine.kill(container, 'SIGKILL').then(
      () => true,
      () => false,
    );
    const exit = await engine.waitExit(container, KILL_DEADLINE_MS);
    const [{ log }, accepted] = await allOf([remainsOf(node, 'log'), answered]);
    const seen = accepted && exit.exitCode === 128 + 9 && !exit.oomKilled;
    const signal = kills.get(container)?.signal;
    const text = `${node} exited with code ${exit.exitCode}${signal === undefined ? '' : `, killed by the engine with signal ${signal}`}${exit.oomKilled ? ', out of memory' : ''}`;
    return { evidence: { seen, text }, log };
  }

  async function restart(node: NodeId): Promise<Evidence> {
    const process = processOf(node);
    doomed.delete(process.pod.container);
    const startedAt = performance.now();
    await process.boot();
    return { seen: true, text: `${node} was started again in ${Math.round(performance.now() - startedAt)} ms` };
  }

  /** Of all files, or of those of one name. */
  async function remainsOf(node: NodeId, name?: string): Promise<Remains> {
    const { shell, container } = processOf(node).pod;
    try {
      const files = await readFiles(shell, name).catch(() => null);
      return readRemains(files ?? (await copyFiles(engine, container)));
    } catch (error) {
      return { log: { incarnation: 0, records: [] }, traces: [], problem: messageOf(error) };
    }
  }

  const pod = (node: NodeId) => processOf(node).pod;
  const drops = (fault: Extract<Fault, { do: 'cut' }>) =>
    dropsOf(fault.group.map(pod), fault.from.map(pod), fault.oneWay);

  function inject(fault: Fault): Promise<Injected> {
    switch (fault.do) {
      case 'kill':
      case 'restart':
        return kill(fault.node);
      case 'pause':
        return pause(processOf(fault.node), engine).then((evidence) => ({ evidence }));
      case 'cut':
        return cut(drops(fault)).then((evidence) => ({ evidence }));
      case 'clock':
        return Promise.resolve({ evidence: NO_CLOCK });
      default:
        return unreachable(fault);
    }
  }

  function undo(fault: Fault): Promise<Evidence> {
    switch (fault.do) {
      case 'kill':
      case 'restart':
        return restart(fault.node);
      case 'pause':
        return resume(processOf(fault.node), engine);
      case 'cut':
        return heal(drops(fault));
      case 'clock':
        return Promise.resolve(NO_CLOCK);
      default:
        return unreachable(fault);
    }
  }

  /** A fault that cannot be done is a fault without evidence; the run goes on and ends inconclusive. */
  function unseen(error: unknown): Evidence {
    if (isEngineLost(error)) lost(error);
    return { seen: false, text: messageOf(error) };
  }

  return {
    command: (node, command) => processOf(node).command(command),
    // No role has anything to select by yet.
    resolve: () => Promise.resolve([]),
    inject: (fault) => inject(fault).catch((error: unknown) => ({ evidence: unseen(error) })),
    undo: (fault) => undo(fault).catch(unseen),
    collect: (node) => remainsOf(node),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

function configOf(spec: ClusterSpec, pod: Pod, pods: readonly Pod[]): NodeConfig {
  const node = spec.nodes.find(({ id }) => id === pod.node);
  invariant(node, `no plan for ${pod.node}`);
  const peers = Object.fromEntries(
    pods.filter((other) => other !== pod).map((other) => [other.node, `${other.address}:${PORT}`]),
  );
  return {
    run: spec.run,
    protocol: spec.protocol,
    role: node.role,
    setup: node.setup,
    peers,
    port: PORT,
    data: DATA,
    ...(spec.untraced && { untraced: true }),
  };
}

/** What a node left in its data folder: the log and one trace an incarnation. */
export function readRemains(files: readonly PodFile[]): Remains {
  const traces = files
    .filter(({ name }) => /^trace\.\d+\.jsonl$/.test(name))
    .toSorted((a, b) => incarnationOf(a.name) - incarnationOf(b.name));
  const log = files.find(({ name }) => name === 'log');
  const texts = traces.map(({ content }) => content.toString('utf8'));
  try {
    const { entries } = decodeLog(log?.content ?? Buffer.alloc(0));
    return {
      log: { incarnation: entries.at(-1)?.incarnation ?? 0, records: entries.map(({ record }) => record) },
      traces: texts,
      problem: null,
    };
  } catch (error) {
    return { log: { incarnation: 0, records: [] }, traces: texts, problem: messageOf(error) };
  }
}

function incarnationOf(name: string): number {
  return Number(name.split('.')[1]);
}

const NO_CLOCK: Evidence = { seen: false, text: 'There is no store whose clock could be moved.' };
const PORT = 7400;
const KILL_DEADLINE_MS = 10_000;
