// The program in every node's container. The lab configures it by the first line on stdin; from then on it serves.

import { LogCorrupt } from './hosts/log.ts';
import { formatLine, readLines } from './hosts/lines.ts';
import { parseCommand } from './contract/control.ts';
import { loadStores } from './hosts/stores.ts';
import { startContainerHost } from './hosts/container.ts';
import type { NodeId } from './contract/ids.ts';
import type { NodeConfig, Report, ReportBody } from './contract/control.ts';
import type { Host } from './hosts/host.ts';
import type { HostCommand } from './hosts/life.ts';

const EXIT_FAILED = 70;
/** The first line carries the whole workload. */
const CONFIG_MAX_BYTES = 256 * 1_048_576;

let host: Host | null = null;
let isConfigured = false;
/** What comes while the node starts. */
const early: HostCommand[] = [];
let node = '?' as NodeId;
let incarnation = 0;
let seq = 0;

function report(body: ReportBody, of: number): void {
  incarnation = of;
  process.stdout.write(formatLine({ node, incarnation, seq: ++seq, ...body } satisfies Report));
}

async function configure(config: NodeConfig): Promise<void> {
  const { stores = {}, setup } = config;
  node = setup.self;
  host = startContainerHost(config, await loadStores(stores, setup), report);
  for (const command of early) host.command(command);
}

/** Before it is configured a node can do nothing, and nothing of it is wanted. */
function take(value: unknown): void {
  const parsed = parseCommand(value);
  if ('wrong' in parsed) return fail(new Error(`The lab sent ${parsed.wrong}`));
  if (parsed.value.do !== 'configure') {
    if (host) host.command(parsed.value);
    else if (isConfigured) early.push(parsed.value);
    return;
  }
  if (isConfigured) return fail(new Error('The lab configured this node twice.'));
  isConfigured = true;
  configure(parsed.value).catch(fail);
}

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
  readLines(take, (why) => fail(new Error(`The lab sent ${why}`)), CONFIG_MAX_BYTES),
);
