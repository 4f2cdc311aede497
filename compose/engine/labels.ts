/** The labels by which txlab knows what is its own. */
import type { Labels } from './port.ts';
import { formatOwner } from './owner.ts';
import type { Owner } from './owner.ts';

/** On everything that txlab makes, images included. */
export const TXLAB: Labels = { txlab: '1' };

export const RUN_LABEL = 'txlab.run';
export const OWNER_LABEL = 'txlab.owner';

/** On what the user asked to keep: it outlives its owner until `txlab clean`. */
export const KEEP_LABEL = 'txlab.keep';

/** For every container, network and volume of a run. */
export function runLabels(run: string, owner: Owner, keep = false): Labels {
  return { ...TXLAB, [RUN_LABEL]: run, [OWNER_LABEL]: formatOwner(owner), ...(keep && { [KEEP_LABEL]: '1' }) };
}

/** On the container of a node: its name. */
export const NODE_LABEL = 'txlab.node';
/** The name of a store whose container it is: what it has on its disk is its own, and nobody rescues it. */
export const STORE_LABEL = 'txlab.store';

/** On a sandbox: the node it was made for, or in a standing pool its number. */
export const POD_LABEL = 'txlab.pod';

/** On everything of a standing pool: what its pods are made of. Another txlab may need other ones. */
export const POOL_LABEL = 'txlab.pool';

/** On the servers of stores that stay in a standing pool, and on their pods: the name of their group. */
export const SERVERS_LABEL = 'txlab.servers';
/** On the container whose name is the lease of such a group: the group. */
export const SERVERS_LEASE_LABEL = 'txlab.servers.lease';

/** On the container of a node in a leased pod, and on the lease of a group of servers: the uid of the pool. */
export const LEASE_LABEL = 'txlab.lease';
