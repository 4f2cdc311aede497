// The host of a container: the log and the trace are files in its data folder, links are TCP, and the time is the kernel's.

import { join } from 'node:path';
import { createHost } from './host.ts';
import { openLinks } from './links.ts';
import { findLog } from './log.ts';
import { openTimers } from './timers.ts';
import { NO_TRACE, openTrace } from './trace-file.ts';
import type { NodeConfig, ReportBody } from '../contract/control.ts';
import type { Host } from './host.ts';
import type { OpenStores } from './stores.ts';

export type ReportOf = (body: ReportBody, incarnation: number) => void;

export function startContainerHost(config: NodeConfig, stores: OpenStores, report: ReportOf): Host {
  const { data, disk, run, port, peers, setup } = config;
  const { self } = setup;
  const onFull = () => void process.stderr.write('the disk of the log is full: waiting for room\n');
  const log = findLog(join(disk ?? data, 'log'), { hasRoom: disk === undefined, onFull });
  const { incarnation } = log;
  const host = createHost(config, {
    log,
    links: (events) => openLinks({ self, run, port, peers, ...events }),
    stores,
    timers: openTimers,
    trace: config.untraced
      ? NO_TRACE
      : openTrace(join(data, `trace.${incarnation}.jsonl`), { node: self, incarnation, now: nowUs }),
    now: nowUs,
    wallMs: Date.now,
    soon: setImmediate,
    later: setTimeout,
    report: (body) => report(body, incarnation),
  });
  setInterval(() => host.sayChanges(), STATUS_MS).unref();
  return host;
}

/** Microseconds of CLOCK_MONOTONIC: one clock for all containers of an engine. */
function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
}

const STATUS_MS = 200;
