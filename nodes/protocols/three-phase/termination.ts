// The rules by which a transaction ends without its coordinator. Pure: states in, ruling out.

import { unreachable } from '../../contract/invariant.ts';
import type { Decision, NodeId } from '../../contract/ids.ts';

/** Where a site stands that has voted yes and not decided. */
export type Phase = 'waiting' | 'precommitted' | 'preaborted';

/** What a site must not forget while it is undecided. */
export interface Standing {
  phase: Phase;
  /** The newest coordinator that it listens to (E3PC: Last_Elected). */
  epoch: number;
  /** The epoch in which it last changed its phase, 0 while it waits (E3PC: Last_Attempt). */
  attempt: number;
}

export const newStanding = (): Standing => ({ phase: 'waiting', epoch: 1, attempt: 0 });

/** What a site says of itself when asked. */
export interface SiteState {
  /** `none`: a coordinator that has restarted and whose log says nothing. */
  readonly phase: Phase | 'committed' | 'aborted' | 'none';
  readonly attempt: number;
  /** It has been down since it voted, and knows nothing of what the others did meanwhile. */
  readonly recovered: boolean;
  /** Whom it had not seen fail, itself included, when it last wrote its log; nothing where it does not know. */
  readonly up: readonly NodeId[] | null;
}

export type Ruling =
  | { readonly do: Decision; readonly rule: string }
  /** A first move; the decision follows when enough have acknowledged it. */
  | { readonly do: 'precommit' | 'preabort'; readonly rule: string }
  | { readonly do: 'wait' };

/** Each site for itself: what most texts say of timeouts. Safe for two sites (Skeen, Stonebraker 1983), and taught for any number. */
export function ruleAlone(phase: Phase): { readonly do: Decision; readonly rule: string } {
  switch (phase) {
    case 'waiting':
    case 'preaborted':
      return { do: 'abort', rule: 'its own timeout: waiting for pre-commit, it aborts' };
    case 'precommitted':
      return { do: 'commit', rule: 'its own timeout: pre-committed, it commits' };
    default:
      return unreachable(phase);
  }
}

/** TR1–TR4 of Bernstein, Hadzilacos, Goodman 1987, section 7.5. Recovered sites count only if they know the end. */
export function ruleOfAll(sites: readonly SiteState[]): Ruling {
  const decided = ruleOfDecided(sites);
  if (decided) return decided;
  if (!sites.some(({ phase, recovered }) => phase === 'precommitted' && !recovered))
    return { do: 'abort', rule: 'TR3: everybody is waiting' };
  return { do: 'precommit', rule: 'TR4: somebody is pre-committed' };
}

/** E3PC, Keidar, Dolev 1998: a majority goes on where the last attempt stood, and pre-aborts where that is not clear. */
export function ruleOfQuorum(sites: readonly SiteState[], quorum: number): Ruling {
  const decided = ruleOfDecided(sites);
  if (decided) return decided;
  if (sites.length < quorum) return { do: 'wait' };
  const last = Math.max(...sites.map(({ attempt }) => attempt));
  const ofLast = sites.filter(({ attempt }) => attempt === last);
  return ofLast.every(({ phase }) => phase === 'precommitted')
    ? { do: 'precommit', rule: `E3PC: a quorum, and attempt ${last} was to commit` }
    : { do: 'preabort', rule: 'E3PC: a quorum, and the last attempt was not to commit' };
}

function ruleOfDecided(sites: readonly SiteState[]): Ruling | null {
  if (sites.some(({ phase }) => phase === 'aborted')) return { do: 'abort', rule: 'TR1: somebody has aborted' };
  if (sites.some(({ phase }) => phase === 'committed')) return { do: 'commit', rule: 'TR2: somebody has committed' };
  return null;
}

/**
 * After a total failure, when everybody who is back was down and nobody knows the end. What the last to fail had not decided nobody
 * had: it is known when it is the only one whom nobody has seen fail (Skeen, "Determining the Last Process to Fail", TOCS 1985).
 * When all are back, nobody has decided, and all see the same states.
 */
export function ruleOfTotalFailure(
  sites: Readonly<Record<NodeId, SiteState>>,
  everybody: readonly NodeId[],
): { readonly do: Decision; readonly rule: string } | null {
  const back = Object.values(sites);
  if (back.some(({ recovered }) => !recovered)) return null;
  const unseen = everybody.filter((node) => back.every(({ up }) => up?.includes(node) ?? true));
  const [last] = unseen;
  const lastSite = unseen.length === 1 && last !== undefined ? sites[last] : undefined;
  if (lastSite) return { do: endOf([lastSite]), rule: `total failure: ${last} was the last to fail` };
  if (!everybody.every((node) => Object.hasOwn(sites, node))) return null;
  return { do: endOf(back), rule: 'total failure: everybody is back and undecided' };
}

function endOf(sites: readonly SiteState[]): Decision {
  return sites.some(({ phase }) => phase === 'precommitted') ? 'commit' : 'abort';
}
