// Moves the clock of a store's server: a library that is loaded with it (compose/clock/clock.c) adds to the time of day what a file in the pod
// says. Both are put there, and the file is written anew, by lines in the shell of the pod's sandbox.

import { LabError } from '../errors.ts';
import { DATA } from './pod-files.ts';
import { within } from './shell.ts';
import type { Evidence } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Pod } from './pods.ts';
import type { StoreService } from './store-service.ts';

/** What it can do to the server of one pod. */
export interface ServerClock {
  /** Before the server first starts: its clock is right until it is moved. */
  load(library: Buffer): Promise<void>;
  /** Seen when the server's own time has jumped by so much. */
  move(byMs: number): Promise<Evidence>;
}

/** A service whose server is started with the library. */
export function withLibrary(service: StoreService): StoreService {
  return { ...service, env: { ...service.env, LD_PRELOAD: LIBRARY } };
}

export function hasLibrary({ env = {} }: StoreService): boolean {
  return env['LD_PRELOAD'] === LIBRARY;
}

/** `look` is a line upon which the server looks at its clock. */
export function serverClock({ node, shell }: Pick<Pod, 'node' | 'shell'>, look: string): ServerClock {
  let aheadMs = 0;
  const run = (line: string) => shell.run(within(line, LOOK_MS), LOOK_MS + SHELL_MS);
  return {
    load: async (library) => {
      const put = `echo ${library.toString('base64')} | base64 -d >${LIBRARY} && echo ${page(0)} ${INTO_PLACE}`;
      const { code, output } = await run(`umask 0; ${put}`);
      if (code !== 0)
        throw new LabError('object-failed', `The clock of ${node} cannot be moved later: ${output.slice(-200)}`);
    },
    move: async (byMs) => {
      const before = page(aheadMs);
      // Moves of one clock may overlap: each is added to what there is.
      aheadMs += byMs;
      const { output } = await run(`${looking(look)}; look ${before}; look ${page(aheadMs)}`);
      return judged(node, byMs, output);
    },
  };
}

interface Look {
  /** The pod's own time around the look, which nothing moves. */
  readonly since: number;
  readonly until: number;
  /** What the server's clock showed then; whether it has said so itself, or its process was told so. */
  readonly serverMs: number;
  readonly isItsWord: boolean;
}

/** By how much it has jumped is known as closely as the two looks took. */
function judged(node: NodeId, byMs: number, output: string): Evidence {
  const [before, after] = output.split('\n').flatMap(lookIn);
  if (!before || !after) return { seen: false, text: `${node} does not look at its clock` };
  const wentMs = after.serverMs - before.serverMs;
  const least = wentMs - (after.until - before.since) - EXACT_MS;
  const most = wentMs - (after.since - before.until) + EXACT_MS;
  const seen = least <= byMs && byMs <= most && (least > 0 || most < 0);
  const way = byMs < 0 ? 'back' : 'forward';
  const whose = after.isItsWord ? '' : ', as its process was told';
  const went = `${node}'s clock went from ${dayTime(before.serverMs)} to ${dayTime(after.serverMs)}${whose}`;
  return { seen, text: `${went}: ${seen ? `${Math.abs(byMs) / 1000} s ${way}` : 'it has not jumped'}` };
}

function lookIn(line: string): readonly Look[] {
  const [, since, until, said = '', numbers = ''] = /^looked (\S+) (\S+) \[(\d*)\] (\S+)$/.exec(line) ?? [];
  const bytes = Buffer.from(numbers, 'base64');
  if (bytes.length < PAGE_BYTES) return [];
  const isItsWord = said !== '';
  const serverMs = isItsWord ? Number(said) / 1000 : Number(bytes.readBigInt64LE(8)) / 1e6;
  return serverMs === 0 ? [] : [{ since: Number(since) * 1000, until: Number(until) * 1000, serverMs, isItsWord }];
}

/** `18:59:07.250`, of its day */
function dayTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, -1);
}

/** Both numbers of the file. The second asks for the time that the server is told next. */
function page(aheadMs: number): string {
  const numbers = Buffer.alloc(PAGE_BYTES);
  numbers.writeBigInt64LE(BigInt(Math.round(aheadMs)) * 1_000_000n);
  return numbers.toString('base64');
}

/** A function of the shell that writes the file, and prints on a line what the server's clock shows then. */
function looking(look: string): string {
  const steps = [
    'read since _ </proc/uptime',
    `echo "$1" ${INTO_PLACE}`,
    `said=$({ ${look}; } 2>/dev/null | grep -o '^[0-9]\\{10,\\}$')`,
    'read until _ </proc/uptime',
    `echo "looked $since $until [$said] $(base64 -w 0 ${PLACE})"`,
  ];
  return `look() { ${steps.join('; ')}; }`;
}

// Their names begin with a dot: whoever empties the data of a server leaves them.
const LIBRARY = `${DATA}/.txlab-clock.so`;
/** As in compose/clock/clock.c. */
const PLACE = `${DATA}/.txlab-clock`;
/** In place: the server has it mapped. */
const INTO_PLACE = `| base64 -d 1<>${PLACE}`;
const PAGE_BYTES = 16;
/** What /proc/uptime leaves out. */
const EXACT_MS = 10;
const LOOK_MS = 10_000;
const SHELL_MS = 5000;
