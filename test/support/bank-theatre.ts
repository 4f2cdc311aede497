// A coordinator and two banks on the test stage.

import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { sealWorkload, type SealedWorkload } from '../../nodes/contract/workload.ts';
import { transfers } from '../../nodes/workloads/transfers.ts';
import { Theatre } from './theatre.ts';
import type { Transfer } from '../../nodes/workloads/transfers.ts';
import type { Machine, SealedState, Setup } from '../../nodes/contract/machine.ts';

export const ACCOUNTS = { a: 100, b: 100 };
export const TRANSFERS = sealWorkload(transfers);

export interface Cast {
  readonly protocol?: string;
  readonly participants?: number;
  readonly voters?: 'all' | 'participants';
  readonly workload?: SealedWorkload;
  /** What each participant guards at first. */
  readonly opening?: Readonly<Record<string, number>>;
  /** An error to be planted in each participant's machine. */
  readonly plant?: (machine: Machine<SealedState>) => Machine<SealedState>;
}

export function bankTheatre(protocol = '2pc', participants = 2): Theatre {
  const theatre = new Theatre();
  castBanks(theatre, { protocol, participants });
  return theatre;
}

/** Puts a coordinator and banks on any stage, or sites of another workload. */
export function castBanks(
  stage: Pick<Theatre, 'add'>,
  { protocol = '2pc', participants = 2, voters = 'all', workload = TRANSFERS, opening = ACCOUNTS, plant }: Cast,
): void {
  const banks = Array.from({ length: participants }, (_, index) => `participant-${index + 1}`);
  const names = ['coordinator', ...banks];
  const roles = findProtocol(protocol)?.roles ?? {};
  for (const name of names) {
    const role = roles[name.replace(/-\d+$/, '')];
    if (!role) throw new Error(`${protocol} has no role for ${name}`);
    const honest = role.machine(workload);
    const machine = plant && name !== 'coordinator' ? plant(honest) : honest;
    stage.add(name, machine, {
      nodes: names.map(nodeId),
      seed: 1,
      timeouts: {},
      workload: workload.name,
      initial: Object.fromEntries(banks.map((bank) => [bank, opening])),
      params: {},
      options: { voters },
    });
  }
}

/** What a setup says of banks that hold the same at first. */
export function openingOf(banks: readonly string[]): Pick<Setup, 'workload' | 'initial' | 'params'> {
  return { workload: 'transfers', initial: Object.fromEntries(banks.map((bank) => [bank, ACCOUNTS])), params: {} };
}

export function transfer(amount = 10, { from = 'a', to = 'a' } = {}): Transfer {
  return {
    word: 'transfer',
    from: { bank: nodeId('participant-1'), account: from },
    to: { bank: nodeId('participant-2'), account: to },
    amount,
  };
}
