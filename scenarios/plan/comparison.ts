// The same faults for each of several protocols, side by side: which runs a comparison takes, and what it reads off each.

import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { scenarioFromSentence, scenarioWithoutFaults } from '../language/scenario.ts';
import { kindOf } from '../workloads/catalog.ts';
import type { Protocol } from '../../nodes/contract/protocol.ts';
import type { Overrides, Scenario } from '../language/scenario.ts';
import type { Parsed } from '../language/problem.ts';

/** One fault, or none, for every protocol that it can be said of. */
export interface Row {
  readonly title: string;
  /** By protocol; null where the protocol has no such phase. */
  readonly scenarios: ReadonlyMap<string, Scenario | null>;
}

export interface ComparisonOptions {
  readonly participants: number;
  /** How long every fault lasts, in milliseconds: longer than the bound B, or nobody could be called blocked. */
  readonly lastMs: number;
  readonly overrides: Overrides;
}

/** The rows in the order in which a transaction goes through its phases; the first is without a fault. */
export function comparisonOf(protocols: readonly Protocol[], options: ComparisonOptions): Parsed<readonly Row[]> {
  const sentences = faultsFor(protocols, options);
  const rows: Row[] = [];
  for (const sentence of [null, ...sentences]) {
    const scenarios = new Map<string, Scenario | null>();
    for (const { name } of protocols) {
      if (sentence !== null && !sentence.fits(name)) {
        scenarios.set(name, null);
        continue;
      }
      const overrides = { ...options.overrides, participants: options.participants, protocol: name };
      const parsed =
        sentence === null
          ? scenarioWithoutFaults({ ...overrides, clients: 1, transactions: QUIET_TRANSACTIONS })
          : scenarioFromSentence(sentence.text, overrides);
      if (!parsed.ok) return parsed;
      scenarios.set(name, calm(parsed.value));
    }
    rows.push({ title: sentence?.title ?? 'nothing fails', scenarios });
  }
  return { ok: true, value: rows };
}

/** What is compared is protocols: nobody is refused, and an operation is of several sites where it can be. */
function calm({ workload, ...scenario }: Scenario): Scenario {
  return { ...scenario, workload: { ...workload, ...kindOf(workload.kind).calm(workload.clients) } };
}

interface ComparedFault {
  readonly title: string;
  readonly text: string;
  /** Whether the protocol has the moment. */
  readonly fits: (protocol: string) => boolean;
}

/** The coordinator dies in each phase of any of them; it stands still, it is cut off, and the participants are cut apart. */
function faultsFor(
  protocols: readonly Protocol[],
  { participants, lastMs }: ComparisonOptions,
): readonly ComparedFault[] {
  const names = Array.from({ length: participants }, (_, index) => `participant-${index + 1}`);
  const others = names.slice(0, -1);
  const last = names.at(-1) ?? '';
  const phases = phasesOf(protocols);
  const has = (phase: string) => (protocol: string) => Object.hasOwn(findProtocol(protocol)?.phases ?? {}, phase);
  const deaths = phases.map((phase) => ({
    title: `kill coordinator during ${phase}`,
    text: `kill coordinator during ${phase} then restart after ${lastMs}ms`,
    fits: has(phase),
  }));
  const at = `during ${DECISIVE_PHASE}`;
  const fits = has(DECISIVE_PHASE);
  return [
    ...deaths,
    {
      title: `pause coordinator ${at}`,
      text: `pause coordinator ${at} for ${lastMs}ms`,
      fits,
    },
    {
      title: `cut coordinator from all participants ${at}`,
      text: `cut coordinator from ${names.join(', ')} ${at} for ${lastMs}ms`,
      fits,
    },
    {
      title: `cut ${last} from all others ${at}`,
      text: `cut ${last} from coordinator, ${others.join(', ')} ${at} for ${lastMs}ms`,
      fits,
    },
  ];
}

/** Every phase of a coordinator that one of them has, in the order of whichever has most. */
function phasesOf(protocols: readonly Protocol[]): readonly string[] {
  const lists = protocols.map(({ phases }) =>
    Object.entries(phases).flatMap(([name, { role }]) => (role === 'coordinator' ? [name] : [])),
  );
  return [...new Set(lists.toSorted((a, b) => b.length - a.length).flat())];
}

/** The phase in which a commit protocol's coordinator has every yes and nobody else knows it: what happens here sets the protocols apart. */
const DECISIVE_PHASE = 'voted';
/** Enough for a median, one at a time. */
const QUIET_TRANSACTIONS = 60;
