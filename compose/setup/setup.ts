/** Provisions what a run needs beyond txlab itself: a container engine that answers, and the images. Harmless when repeated. */
import { join } from 'node:path';
import { daemonLog, findProgram, installEngine, startEngine } from './daemon.ts';
import { formatEndpoint, isSystemSocket, resolveEndpoint } from '../engine/endpoint.ts';
import type { Engine } from '../engine/port.ts';
import { connectEngine } from '../engine/engine.ts';
import { causeText } from '../engine/failure.ts';
import { LabError } from '../errors.ts';
import { stateFolder } from './folders.ts';
import { ensureImage, findImage, SETUP_ROLES } from './images.ts';
import type { ImageRole } from './images.ts';
import { withLock } from '../lock.ts';
import { thisHostPlatform } from './host-platform.ts';
import { planSetup } from './plan.ts';
import type { SetupFacts, SetupStep } from './plan.ts';

export interface SetupOptions {
  /** Whether programs may be installed and started; images are made in any case. */
  readonly yes: boolean;
  readonly onStep?: (line: string) => void;
  /** The images to get; those that every run needs when absent. */
  readonly roles?: readonly ImageRole[];
}

/**
 * Does what is missing and answers the engine. Fails with `setup-needed` when the user has to do or to allow something,
 * and with `setup-failed` when a step did not work.
 */
export async function runSetup({ yes, onStep = () => {}, roles = SETUP_ROLES }: SetupOptions): Promise<Engine> {
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
  if (engine instanceof LabError && isNotForSetup(engine)) throw engine;
  const refusal = engine instanceof LabError && engine.code === 'engine-refused' ? 'refused' : 'silent';
  return {
    platform: process.platform,
    distribution: thisHostPlatform().distribution,
    isRoot: process.getuid?.() === 0,
    engine: connected ? 'answers' : refusal,
    cause: engine instanceof Error && engine.cause !== undefined ? causeText(engine.cause) : undefined,
    address: formatEndpoint(endpoint),
    isDefaultAddress: isSystemSocket(endpoint),
    hasDaemon: findProgram('dockerd') !== undefined,
    missingImages: missing,
  };
}

/** Something answers, and says itself what is wrong. Whether the user is let in is another matter. */
function isNotForSetup({ code, status }: LabError): boolean {
  return code === 'engine-too-old' || code === 'engine-strange' || (code === 'engine-refused' && status !== undefined);
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
