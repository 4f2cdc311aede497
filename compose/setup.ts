/** Provisions what a run needs beyond txlab itself: a container engine that answers, and the images. Harmless when repeated. */
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { launchDaemon, runCommand } from './command.ts';
import { formatEndpoint, resolveEndpoint } from './endpoint.ts';
import type { Engine } from './engine-port.ts';
import { connectEngine } from './engine.ts';
import { LabError, messageOf } from './errors.ts';
import { stateFolder } from './folders.ts';
import { ensureImage, findImage, thisMachine } from './images.ts';
import type { ImageRole } from './images.ts';
import { withLock } from './lock.ts';
import { readProcess } from './owner.ts';

export interface SetupOptions {
  /** Whether programs may be installed and started; images are made in any case. */
  readonly yes: boolean;
  readonly onStep?: (line: string) => void;
  /** Those that every run needs when absent. */
  readonly roles?: readonly ImageRole[];
}

/**
 * Does what is missing and answers the engine. Fails with `setup-needed` when the user has to do or to allow something,
 * and with `setup-failed` when a step did not work.
 */
export async function runSetup({ yes, onStep = () => {}, roles = ['node', 'sandbox'] }: SetupOptions): Promise<Engine> {
  const facts = await findFacts(roles);
  const plan = planSetup(facts);
  if (plan.obstacle) throw new LabError('setup-needed', plan.obstacle.message, { hint: plan.obstacle.hint });
  const intrusive = plan.steps.filter((step) => step.kind !== 'make-images');
  if (intrusive.length > 0 && !yes) {
    const words = intrusive.map(describeStep).join(', then ');
    throw new LabError('setup-needed', `txlab would ${words}.`, { hint: 'txlab setup --yes' });
  }
  for (const step of plan.steps) {
    onStep(describeStep(step));
    await perform(step, onStep);
  }
  return connectEngine();
}

/** What planSetup decides by. */
export interface SetupFacts {
  readonly platform: string;
  /** As `debian 12`; undefined where apt-get cannot be counted on. */
  readonly distribution: string | undefined;
  readonly isRoot: boolean;
  readonly engine: 'answers' | 'refused' | 'silent';
  /** The engine's address, for people. */
  readonly address: string;
  /** Whether a local engine would listen at that address. */
  readonly isDefaultAddress: boolean;
  readonly hasDaemon: boolean;
  readonly missingImages: readonly ImageRole[];
}

export type SetupStep =
  | { readonly kind: 'install-engine' }
  | { readonly kind: 'start-engine' }
  | { readonly kind: 'make-images'; readonly roles: readonly ImageRole[] };

export interface SetupPlan {
  readonly steps: readonly SetupStep[];
  /** What only the user can do; then there are no steps. */
  readonly obstacle?: { readonly message: string; readonly hint: string };
}

/** What is to be done, in order. */
export function planSetup(facts: SetupFacts): SetupPlan {
  const { engine, missingImages, hasDaemon } = facts;
  const images: readonly SetupStep[] = missingImages.length === 0 ? [] : [{ kind: 'make-images', roles: missingImages }];
  if (engine === 'answers') return { steps: images };
  const obstacle = findObstacle(facts);
  if (obstacle) return { steps: [], obstacle };
  return { steps: [...(hasDaemon ? [] : [INSTALL]), START, ...images] };
}

const INSTALL: SetupStep = { kind: 'install-engine' };
const START: SetupStep = { kind: 'start-engine' };

function findObstacle(facts: SetupFacts): SetupPlan['obstacle'] {
  const { address, platform, distribution, isRoot, hasDaemon } = facts;
  if (facts.engine === 'refused') {
    return {
      message: `The engine at ${address} does not let this user in.`,
      hint: 'sudo usermod -aG docker $USER, then log in again; or run txlab as root',
    };
  }
  if (!facts.isDefaultAddress) {
    return {
      message: `The engine at ${address} does not answer, and only you know how it is started.`,
      hint: 'unset DOCKER_HOST DOCKER_CONTEXT; docker context use default',
    };
  }
  if (platform !== 'linux') return { message: 'No container engine answers.', hint: 'Install and start Docker Desktop.' };
  if (!hasDaemon && distribution === undefined) {
    return { message: 'There is no container engine.', hint: "Install Docker Engine with your distribution's package manager." };
  }
  if (isRoot) return undefined;
  return {
    message: hasDaemon ? 'The container engine is not running.' : 'There is no container engine.',
    hint: hasDaemon ? 'sudo systemctl start docker' : 'sudo apt-get install docker.io && sudo usermod -aG docker $USER',
  };
}

function describeStep(step: SetupStep): string {
  switch (step.kind) {
    case 'install-engine':
      return 'install the package docker.io with apt-get';
    case 'start-engine':
      return `start dockerd, which stays running (log: ${daemonLog()})`;
    case 'make-images':
      return `get the images for ${step.roles.join(', ')}`;
  }
}

async function findFacts(roles: readonly ImageRole[]): Promise<SetupFacts> {
  const endpoint = resolveEndpoint();
  const engine = await connectEngine().catch((error: unknown) => error);
  const missing: ImageRole[] = [];
  const connected = engine instanceof Error ? undefined : (engine as Engine);
  for (const role of roles) if (!connected || !(await findImage(connected, role))) missing.push(role);
  const refusal = engine instanceof LabError && engine.code !== 'engine-missing' ? 'refused' : 'silent';
  return {
    platform: process.platform,
    distribution: thisMachine().distribution,
    isRoot: process.getuid?.() === 0,
    engine: connected ? 'answers' : refusal,
    address: formatEndpoint(endpoint),
    isDefaultAddress: endpoint.kind === 'socket' && endpoint.path === '/var/run/docker.sock',
    hasDaemon: findProgram('dockerd') !== undefined,
    missingImages: missing,
  };
}

/** The client alone is common on machines whose engine is elsewhere, so it is the daemon that is looked for. */
function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

async function perform(step: SetupStep, onStep: (line: string) => void): Promise<void> {
  switch (step.kind) {
    case 'install-engine':
      return withLock(join(stateFolder(), 'setup.lock'), LOCK_MS, () => installEngine(onStep));
    case 'start-engine':
      return withLock(join(stateFolder(), 'setup.lock'), LOCK_MS, () => startEngine(onStep));
    case 'make-images':
      return makeImages(step.roles, onStep);
  }
}

const LOCK_MS = 600_000;

async function makeImages(roles: readonly ImageRole[], onProgress: (line: string) => void): Promise<void> {
  const engine = await connectEngine();
  for (const role of roles) {
    const image = await ensureImage(engine, role, { onProgress });
    onProgress(`${role}: ${image.reference} (${image.source})`);
  }
}

/** The package lists may be empty or stale, which only shows when installing by them fails. */
async function installEngine(onStep: (line: string) => void): Promise<void> {
  if (findProgram('dockerd')) return;
  try {
    await aptGet(['install', '-y', '--no-install-recommends', 'docker.io'], onStep);
  } catch {
    onStep('reading the package lists of the distribution');
    await aptGet(['update'], onStep);
    await aptGet(['install', '-y', '--no-install-recommends', 'docker.io'], onStep);
  }
}

/** Another apt may be at work, which it says in words only; it is given two minutes. */
async function aptGet(args: readonly string[], onStep: (line: string) => void): Promise<void> {
  const deadline = Date.now() + APT_WAIT_MS;
  for (;;) {
    try {
      await runCommand('apt-get', args, { env: APT_ENVIRONMENT, timeoutMs: APT_MS, hint: `apt-get ${args.join(' ')}` });
      return;
    } catch (error) {
      if (!/could not get lock|unable to lock/i.test(messageOf(error)) || Date.now() > deadline) throw error;
      onStep('waiting for another apt to finish');
      await delay(2_000);
    }
  }
}

const APT_WAIT_MS = 120_000;
const APT_MS = 600_000;
/** A run level that no service belongs to keeps the package from starting the engine: txlab does, and knows the log. */
const APT_ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive', ...(hasSystemd() ? {} : { RUNLEVEL: '1' }) };

function hasSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

export function daemonLog(): string {
  return hasSystemd() ? 'journalctl -u docker' : join(stateFolder(), 'dockerd.log');
}

async function startEngine(onStep: (line: string) => void): Promise<void> {
  if (await answers()) return;
  if (hasSystemd()) {
    await runCommand('systemctl', ['start', 'docker'], { hint: daemonLog() });
    return waitForEngine(() => true);
  }
  mkdirSync(stateFolder(), { recursive: true });
  removeStalePids();
  const pid = launchDaemon(findProgram('dockerd') ?? 'dockerd', [], daemonLog());
  await waitForEngine(() => pid !== undefined && (readProcess(pid)?.state ?? 'Z') !== 'Z');
  onStep(`dockerd runs as process ${pid}; its log is ${daemonLog()}`);
}

/**
 * A machine that was stopped hard leaves pid files, and after its next start the pids may belong to other programs;
 * the engine would take those for itself and refuse to start, or wait for them.
 */
function removeStalePids(): void {
  for (const [file, program] of PID_FILES) {
    if (existsSync(file) && programOf(readFileSync(file, 'utf8').trim()) !== program) rmSync(file, { force: true });
  }
}

const PID_FILES = [
  ['/var/run/docker.pid', 'dockerd'],
  ['/var/run/docker/containerd/containerd.pid', 'containerd'],
] as const;

function programOf(pid: string): string | undefined {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)).split(' ')[0];
  } catch {
    return undefined;
  }
}

async function waitForEngine(isAlive: () => boolean): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!(await answers())) {
    if (!isAlive()) throw notStarted('dockerd ended at once');
    if (Date.now() > deadline) throw notStarted(`dockerd did not answer within ${START_MS} ms`);
    await delay(POLL_MS);
  }
}

const START_MS = 60_000;
const POLL_MS = 100;

async function answers(): Promise<boolean> {
  return connectEngine().then(
    () => true,
    () => false,
  );
}

function notStarted(what: string): LabError {
  return new LabError('setup-failed', `${what}: ${lastWords()}`, { hint: hasSystemd() ? daemonLog() : `less ${daemonLog()}` });
}

function lastWords(): string {
  if (hasSystemd() || !existsSync(daemonLog())) return 'see its log.';
  return readFileSync(daemonLog(), 'utf8').trim().split('\n').at(-1) ?? '';
}
