/** Decides what setting up takes. Looks at nothing and does nothing. */
import type { ImageRole } from './images.ts';

/** What planSetup decides by. */
export interface SetupFacts {
  readonly platform: string;
  /** As `debian 12`; undefined where apt-get cannot be counted on. */
  readonly distribution: string | undefined;
  readonly isRoot: boolean;
  readonly engine: 'answers' | 'refused' | 'silent';
  /** Why it does not answer, if that is known. */
  readonly cause?: string | undefined;
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
  const images: readonly SetupStep[] =
    missingImages.length === 0 ? [] : [{ kind: 'make-images', roles: missingImages }];
  if (engine === 'answers') return { steps: images };
  const obstacle = findObstacle(facts);
  if (obstacle) return { steps: [], obstacle };
  return { steps: [...(hasDaemon ? [] : [INSTALL]), START, ...images] };
}

const INSTALL: SetupStep = { kind: 'install-engine' };
const START: SetupStep = { kind: 'start-engine' };

function findObstacle(facts: SetupFacts): SetupPlan['obstacle'] {
  const { address, cause, platform, distribution, isRoot, hasDaemon } = facts;
  if (facts.engine === 'refused') {
    return {
      message: `The engine at ${address} does not let this user in.`,
      hint: 'sudo usermod -aG docker $USER, then log in again; or run txlab as root',
    };
  }
  if (!facts.isDefaultAddress) {
    return {
      message: `The engine at ${address} does not answer${cause ? ` (${cause})` : ''}, and only you know how it is started.`,
      hint: 'unset DOCKER_HOST DOCKER_CONTEXT; docker context use default',
    };
  }
  if (platform !== 'linux')
    return { message: 'No container engine answers.', hint: 'Install and start Docker Desktop.' };
  if (!hasDaemon && distribution === undefined) {
    return {
      message: 'There is no container engine.',
      hint: "Install Docker Engine with your distribution's package manager.",
    };
  }
  if (isRoot) return undefined;
  return {
    message: hasDaemon ? 'The container engine is not running.' : 'There is no container engine.',
    hint: hasDaemon ? 'sudo systemctl start docker' : 'sudo apt-get install docker.io && sudo usermod -aG docker $USER',
  };
}
