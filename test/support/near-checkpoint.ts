import type { Checkpointed } from '../../nodes/protocols/checkpoints.ts';
import type { Theatre } from './theatre.ts';

/** One more record of this node makes a checkpoint due. */
export function nearCheckpoint(theatre: Pick<Theatre, 'state'>, node: string): void {
  const state = theatre.state(node) as unknown as Checkpointed;
  state.recordsSinceCheckpoint = state.checkpointAfter - 1;
}
