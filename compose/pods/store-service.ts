// What a service of stores is: the container that runs, and the lines by which it is met there. Each service is one such value.

import type { NodeId } from '../../nodes/contract/ids.ts';

/** What runs in the pods of a service, and how it is met there. */
export interface StoreService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entryPoint?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Of servers that know each other: how each runs, by its own name and the names of all, which only pods of the run have. */
  readonly among?: (self: NodeId, all: readonly NodeId[]) => Pick<StoreService, 'env' | 'command'>;
  /** Numeric, as `999:999`; the image's user when absent. */
  readonly user?: string;
  /** It leaves folders in `/data` that are its user's alone: no pod that another run takes over is for it. */
  readonly keepsData?: boolean;
  /** Where its entry point writes files before it starts. */
  readonly writableRoot?: boolean;
  /** Mount point → options, of what it must be able to write beside `/data`. */
  readonly tmpfs?: Readonly<Record<string, string>>;
  readonly port: number;
  /** A line of the sandbox's shell that ends with 0 when the server answers. */
  readonly ready: string;
  /** A line that prints all that the server holds: as JSON, or else as text. */
  readonly dump: string;
  /** Of an ensemble: a line that ends with 0 where the server leads the others. */
  readonly leader?: string;
  /**
   * A line upon which the server looks at its clock: in microseconds since 1970 it prints what the server says, where that says anything.
   * Where there is none, its clock cannot be moved.
   */
  readonly clock?: string;
  /** A line that empties the server for another run, ending with 0. Where there is none, each run has servers of its own. */
  readonly empty?: string;
  /** Of servers of which the first is the primary of the others: a line that makes one of those a primary, and prints its role before and after. */
  readonly promote?: string;
}
