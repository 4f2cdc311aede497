// The program in every node's container. The lab configures it by the first line on stdin; from then on it serves.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LogCorrupt } from './hosts/log.ts';
import { formatLine, readLines } from './hosts/lines.ts';
import { startContainerHost } from './hosts/container.ts';
import type { NodeId } from './contract/ids.ts';
import type { Command, NodeConfig, Report, ReportBody, Shown } from './contract/control.ts';
import type { ContainerHost } from './hosts/container.ts';

const EXIT_FAILED = 70;
/** The first line carries the whole workload. */
const CONFIG_MAX_BYTES = 256 * 1_048_576;

let host: ContainerHost | null = null;
let node = '?' as NodeId;
let data: string | null = null;
let incarnation = 0;
let seq = 0;

function report(body: ReportBody, of: number): void {
  incarnation = of;
  process.stdout.write(formatLine({ node, incarnation, seq: ++seq, ...body } satisfies Report));
}

async function configure(config: NodeConfig): Promise<void> {
  node = config.setup.self;
  data = config.data;
  host = await startContainerHost(config, report);
}

/** What is on the disk, and not what this process has in mind: the lab would read the same from outside. */
function show(): void {
  process.stdout.write(formatLine({ say: 'shown', files: filesIn(data) } satisfies Shown));
}

function filesIn(folder: string | null): Shown['files'] {
  if (folder === null) return null;
  const paths = readdirSync(folder).map((name) => join(folder, name));
  const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  if (bytes > SHOWN_MAX_BYTES) return null;
  return paths.map((path) => ({ name: basename(path), base64: readFileSync(path, 'base64') }));
}

/** More than that would be long lines in pieces; an archive is quicker. */
const SHOWN_MAX_BYTES = 2_097_152;

let failing = false;

/** Says why before it ends: the lab shows the last words of a node that ended by itself. Where nobody listens any more, saying so fails, too. */
function fail(error: unknown): void {
  if (failing) return;
  failing = true;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `${error instanceof Error && !(error instanceof LogCorrupt) ? (error.stack ?? message) : message}\n`,
  );
  report({ say: 'failed', message }, incarnation);
  process.exitCode = EXIT_FAILED;
  setImmediate(() => process.exit(EXIT_FAILED));
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
process.stdin.on(
  'data',
  readLines(
    (value) => {
      const command = value as Command;
      if (command.do === 'configure') configure(command).catch(fail);
      else if (command.do === 'show') show();
      else host?.command(command);
    },
    (why) => fail(new Error(`The lab sent ${why}`)),
    CONFIG_MAX_BYTES,
  ),
);
