/** Who made an object, as a label that outlives its maker, and the proof that the maker is dead. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where a process lives. A pid means something only on the same host, since the same boot, in the same pid namespace. */
export interface Place {
  readonly host: string;
  /** The kernel's boot id; empty where there is none to be had. */
  readonly boot: string;
  /** The pid namespace; empty outside Linux. */
  readonly namespace: string;
}

export interface Owner extends Place {
  readonly pid: number;
  /** The process's start, in clock ticks since boot, which tells it from a later process of the same pid; empty outside Linux. */
  readonly started: string;
}

export function currentPlace(): Place {
  return { host: hostname(), boot: firstLine('/proc/sys/kernel/random/boot_id'), namespace: pidNamespace() };
}

export function currentOwner(pid: number = process.pid): Owner {
  return { ...currentPlace(), pid, started: readProcess(pid)?.started ?? '' };
}

export function formatOwner({ host, boot, namespace, pid, started }: Owner): string {
  return [host, boot, namespace, pid, started].join(',');
}

/** Undefined when the text is not an owner label. */
export function parseOwner(text: string): Owner | undefined {
  const [host, boot, namespace, pid, started, ...more] = text.split(',');
  if (!host || boot === undefined || namespace === undefined || started === undefined || more.length > 0)
    return undefined;
  return /^[1-9]\d*$/.test(pid ?? '') ? { host, boot, namespace, pid: Number(pid), started } : undefined;
}

export interface DeathInquiry {
  readonly here: Place;
  /** Whether the engine runs on this very machine: two machines of one name may share a remote engine. */
  readonly engineIsLocal: boolean;
  readonly lookUp?: (pid: number) => ProcessFacts | undefined;
}

/** True only on proof; an owner on another host, or one that cannot be looked at, counts as alive. */
export function isProvablyDead(owner: Owner, { here, engineIsLocal, lookUp = readProcess }: DeathInquiry): boolean {
  if (owner.host !== here.host) return false;
  if (owner.boot !== here.boot) return engineIsLocal && owner.boot !== '' && here.boot !== '';
  if (owner.namespace !== here.namespace) return false;
  const found = lookUp(owner.pid);
  return found === undefined || found.state === 'Z' || (owner.started !== '' && found.started !== owner.started);
}

export interface ProcessFacts {
  /** One letter of /proc/<pid>/stat: `Z` is a process that has ended and not been waited for. */
  readonly state: string;
  readonly started: string;
}

/** Undefined when there is no such process. Outside Linux the state and start are unknown. */
export function readProcess(pid: number): ProcessFacts | undefined {
  if (process.platform !== 'linux') return isAlive(pid) ? { state: '', started: '' } : undefined;
  const stat = firstLine(`/proc/${pid}/stat`);
  // The name stands in brackets and may hold anything, brackets and spaces too; fields are counted after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' ? undefined : { state: fields[0] ?? '', started: fields[START_FIELD] ?? '' };
}

/** Field 22 of the file is the start; the fields before the state are two. */
const START_FIELD = 22 - 3;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '';
  }
}

function firstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n', 1)[0] ?? '';
  } catch {
    return '';
  }
}
