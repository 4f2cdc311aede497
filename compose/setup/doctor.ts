/** Looks at everything that decides whether txlab works here, and how well. Changes nothing and never fails. */
import { closeSync, existsSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { formatEndpoint, resolveEndpoint } from '../engine/endpoint.ts';
import type { Engine } from '../engine/port.ts';
import { connectEngine } from '../engine/engine.ts';
import { LabError, messageOf } from '../errors.ts';
import { findImage, IMAGE_ROLES, IMAGES, SETUP_ROLES } from './images.ts';
import type { ImageRole } from './images.ts';
import { TXLAB } from '../engine/labels.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** `bad` means that runs will not work; `note` that something is worth knowing. */
  readonly fit: 'good' | 'note' | 'bad';
  /** What to type about it. */
  readonly hint?: string | undefined;
}

export interface ExamineOptions {
  /** Where runs will be written; its disk is measured. */
  readonly runsFolder?: string;
  /** Whether to try the registry, which may take a few seconds where packets vanish. */
  readonly tryRegistry?: boolean;
}

export async function examine({ runsFolder = process.cwd(), tryRegistry = true }: ExamineOptions = {}): Promise<
  readonly Fact[]
> {
  const engine = await connectEngine().catch((error: unknown) => error);
  const folder = existingPart(runsFolder);
  const here = [diskSpace('runs disk', folder), syncCost(folder)];
  if (engine instanceof Error) return [noEngine(engine), ...here];
  return [...(await examineEngine(engine as Engine, tryRegistry)), ...here];
}

function noEngine(error: Error): Fact {
  const hint = error instanceof LabError ? error.hint : undefined;
  return { name: 'engine', value: messageOf(error), fit: 'bad', hint: hint ?? 'txlab setup' };
}

async function examineEngine(engine: Engine, tryRegistry: boolean): Promise<readonly Fact[]> {
  const images: Fact[] = [];
  for (const role of IMAGE_ROLES) images.push(await imageFact(engine, role));
  return [
    engineFact(engine),
    contextFact(),
    ...machineFacts(engine),
    tryRegistry ? await registryFact(engine) : { name: 'registry', value: 'not tried', fit: 'note' },
    ...images,
    ...(await networkFacts(engine)),
  ];
}

function engineFact({ facts }: Engine): Fact {
  const value = `${facts.brand} ${facts.version}, API ${facts.apiVersion}, kernel ${facts.kernel}, ${facts.architecture}`;
  return facts.brand === 'docker'
    ? { name: 'engine', value, fit: 'good' }
    : { name: 'engine', value: `${value}; txlab is not tested with it`, fit: 'note' };
}

function contextFact(): Fact {
  const endpoint = resolveEndpoint();
  return { name: 'address', value: `${formatEndpoint(endpoint)} (${endpoint.from})`, fit: 'good' };
}

function machineFacts({ facts }: Engine): readonly Fact[] {
  const cores: Fact = { name: 'cores', value: String(facts.cpus), fit: facts.cpus >= 2 ? 'good' : 'note' };
  const memory: Fact = {
    name: 'memory',
    value: `${gigabytes(facts.memoryBytes)} GB`,
    fit: facts.memoryBytes >= MEMORY_MIN ? 'good' : 'note',
  };
  const storage: Fact = { name: 'storage', value: `${facts.storageDriver} in ${facts.rootFolder}`, fit: 'good' };
  const isHere = facts.endpoint.kind === 'socket' && facts.hostName === hostname();
  return [cores, memory, storage, ...(isHere ? [diskSpace('engine disk', facts.rootFolder)] : [])];
}

const MEMORY_MIN = 2e9;

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);

/** The folder itself, or the nearest one above it that exists: nothing is made for the sake of measuring. */
function existingPart(folder: string): string {
  const path = resolve(folder);
  return existsSync(path) ? path : existingPart(dirname(path));
}

function diskSpace(name: string, folder: string): Fact {
  try {
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    return { name, value: `${gigabytes(free)} GB free`, fit: free >= DISK_MIN ? 'good' : 'note' };
  } catch (error) {
    return { name, value: messageOf(error), fit: 'note' };
  }
}

const DISK_MIN = 2e9;

/** Asks for an image that no registry has: being told so is an answer, too. */
async function registryFact(engine: Engine): Promise<Fact> {
  try {
    await engine.pullImage('txlab/registry-probe:none', { idleMs: REGISTRY_MS });
    return { name: 'registry', value: 'answers', fit: 'good' };
  } catch (error) {
    const words = messageOf(error);
    if (REGISTRY_REFUSAL.test(words)) return { name: 'registry', value: 'answers', fit: 'good' };
    return {
      name: 'registry',
      value: `not reachable, so images are made here (${words.replace(/^.*?: /, '')})`,
      fit: 'note',
    };
  }
}

const REGISTRY_REFUSAL = /denied|not found|not exist|unauthorized|toomanyrequests/i;
const REGISTRY_MS = 5_000;

async function imageFact(engine: Engine, role: ImageRole): Promise<Fact> {
  const image = await findImage(engine, role);
  if (image) return { name: `image ${role}`, value: image.reference, fit: 'good' };
  return { name: `image ${role}`, value: `absent (${IMAGES[role].official})`, fit: 'note', hint: absentHint(role) };
}

/** Setup gets what runs need; the images of stores are left to whoever wants them. */
export function absentHint(role: ImageRole): string {
  return SETUP_ROLES.includes(role) ? 'txlab setup' : `docker pull ${IMAGES[role].official}`;
}

/** Tries what faults do to a network, inside a namespace of its own that has nothing but a loopback. */
async function networkFacts(engine: Engine): Promise<readonly Fact[]> {
  const image = await findImage(engine, 'sandbox');
  if (!image)
    return [{ name: 'cutting links', value: 'not tried without the sandbox image', fit: 'note', hint: 'txlab setup' }];
  try {
    const cut = await inSandbox(engine, image.id, 'iptables -w -A INPUT -s 192.0.2.1 -j DROP');
    const slow = await inSandbox(engine, image.id, '/tools/tc qdisc add dev lo root netem delay 1ms');
    return [
      cut === ''
        ? { name: 'cutting links', value: 'works (iptables)', fit: 'good' }
        : { name: 'cutting links', value: cut, fit: 'bad', hint: 'sudo modprobe ip_tables (where the engine runs)' },
      slow === ''
        ? { name: 'delay and loss', value: 'works (netem)', fit: 'good' }
        : {
            name: 'delay and loss',
            value: `not here: ${slow}`,
            fit: 'note',
            hint: 'sudo modprobe sch_netem (where the engine runs)',
          },
    ];
  } catch (error) {
    return [{ name: 'cutting links', value: messageOf(error), fit: 'bad' }];
  }
}

/** The command's complaint; empty when it worked. */
async function inSandbox(engine: Engine, image: string, command: string): Promise<string> {
  const id = await engine.createContainer({
    name: `txlab-doctor-${process.pid}-${Date.now()}`,
    image,
    labels: TXLAB,
    network: { kind: 'none' },
    openStdin: true,
    capabilities: ['NET_ADMIN', 'NET_RAW'],
  });
  try {
    const { stdin, stdout, stderr } = await engine.attach(id);
    stderr.resume();
    await engine.start(id);
    stdin.write(`${command} 2>&1; echo END\n`);
    return await linesUntilEnd(stdout);
  } finally {
    await engine.removeContainer(id);
  }
}

async function linesUntilEnd(stdout: NodeJS.ReadableStream): Promise<string> {
  const said: string[] = [];
  for await (const line of createInterface({ input: stdout })) {
    if (line === 'END') break;
    said.push(line);
  }
  return said.join(' ');
}

/** What forcing a log record costs here: the median of many small appends, each made durable. */
function syncCost(runsFolder: string): Fact {
  const name = 'forced write';
  try {
    const median = medianSyncMs(runsFolder);
    const fit = median <= SYNC_SLOW_MS ? 'good' : 'note';
    return { name, value: `${median.toFixed(3)} ms (median fdatasync of 200 appends)`, fit };
  } catch (error) {
    return { name, value: messageOf(error), fit: 'bad', hint: `chmod u+w ${runsFolder}, or --out another-folder` };
  }
}

const SYNC_SLOW_MS = 10;

/** Of appends of 200 bytes, each made durable, to a file in this folder or, where there is none yet, the nearest above it. */
export function medianSyncMs(parent: string, appends = 200): number {
  const folder = mkdtempSync(join(existingPart(parent), '.txlab-sync-'));
  const file = openSync(join(folder, 'log'), 'a');
  try {
    const record = Buffer.alloc(200, 'x');
    const times = Array.from({ length: appends }, () => {
      const start = performance.now();
      writeSync(file, record);
      fdatasyncSync(file);
      return performance.now() - start;
    });
    return times.toSorted((a, b) => a - b)[Math.floor(appends / 2)] ?? 0;
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
