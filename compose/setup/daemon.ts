/** Installs and starts a container engine on this machine, with apt-get and dockerd. For root on Linux. */
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { launchDaemon, runCommand } from '../command.ts';
import { connectEngine } from '../engine/engine.ts';
import { LabError, messageOf } from '../errors.ts';
import { stateFolder } from './folders.ts';
import { readProcess } from '../engine/owner.ts';

type OnStep = (line: string) => void;

/** The client alone is common on machines whose engine is elsewhere, so it is the daemon that is looked for. */
export function findProgram(name: string): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/bin',
    '/usr/local/bin',
  ];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The package lists may be empty or stale, which only shows when installing by them fails. */
export async function installEngine(onStep: OnStep): Promise<void> {
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
async function aptGet(args: readonly string[], onStep: OnStep): Promise<void> {
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

export async function startEngine(onStep: OnStep): Promise<void> {
  if (await answers()) return;
  if (hasSystemd()) {
    await runCommand('systemctl', ['start', 'docker'], { hint: daemonLog() });
    return waitForEngine(() => true);
  }
  mkdirSync(stateFolder(), { recursive: true });
  removeStalePids();
  const pid = await launchDaemon(findProgram('dockerd') ?? 'dockerd', [], daemonLog());
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
  return new LabError('setup-failed', `${what}: ${lastWords()}`, {
    hint: hasSystemd() ? daemonLog() : `less ${daemonLog()}`,
  });
}

function lastWords(): string {
  if (hasSystemd() || !existsSync(daemonLog())) return 'see its log.';
  return readFileSync(daemonLog(), 'utf8').trim().split('\n').at(-1) ?? '';
}
