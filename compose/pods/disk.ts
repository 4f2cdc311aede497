// Fills the small disk of a pod until it takes no more, and makes room again, by lines in the shell of the pod's sandbox.

import { DISK } from './pod-files.ts';
import type { Evidence } from '../../nodes/contract/events.ts';
import type { Pod } from './pods.ts';

/** Seen when the disk itself refuses a write. */
export async function fill({ node, shell }: Pick<Pod, 'node' | 'shell'>): Promise<Evidence> {
  const { output } = await shell.run(`/bin/busybox dd if=/dev/zero of=${FILLER} bs=4k; ${LOOK}`);
  const space = spaceOf(output);
  const seen = output.includes(REFUSED) && space?.freeKib === 0;
  const refused = output.includes(REFUSED) ? `a write was refused (${REFUSED})` : 'no write was refused';
  return { seen, text: `the disk of ${node}: ${refused}, ${spaceText(space)}` };
}

export async function makeRoom({ node, shell }: Pick<Pod, 'node' | 'shell'>): Promise<Evidence> {
  const { output } = await shell.run(`rm -f ${FILLER}; ${LOOK}`);
  const space = spaceOf(output);
  return { seen: space !== null && space.freeKib > 0, text: `the disk of ${node}: ${spaceText(space)}` };
}

interface Space {
  readonly freeKib: number;
  readonly allKib: number;
}

/** Of what `df -k` says: device, all, used, free. */
function spaceOf(output: string): Space | null {
  const [, all, free] = /^\S+ +(\d+) +\d+ +(\d+) /m.exec(output) ?? [];
  return all === undefined || free === undefined ? null : { allKib: Number(all), freeKib: Number(free) };
}

function spaceText(space: Space | null): string {
  return space === null ? 'nobody could tell how full it is' : `${space.freeKib} of ${space.allKib} KiB are free`;
}

const FILLER = `${DISK}/filler`;
const LOOK = `/bin/busybox df -k ${DISK}`;
const REFUSED = 'No space left on device';
