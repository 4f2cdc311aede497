// The director's marks: times that it asks nodes for. A mark whose node dies before it answers is asked of another one.

import { alive, clients } from './director-state.ts';
import type { LabBody } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { AfterMark, AskedMark, Avoid, DirectorEffect, DirectorState } from './director-state.ts';

export function mark(state: DirectorState, after: AfterMark, avoid: Avoid = NOBODY): DirectorEffect[] {
  const id = `mark-${++state.markCount}`;
  const asked: AskedMark = { after, avoid, witness: null };
  state.marks.set(id, asked);
  return ask(state, id, asked);
}

const NOBODY: Avoid = { hit: [], holder: null };

/** Records what the lab did or saw, at the time of a node's next mark. */
export function record(state: DirectorState, body: LabBody): DirectorEffect[] {
  return mark(state, { then: 'record', body });
}

/** Somebody has died or come back: marks that no living node has been asked for are asked for. */
export function askAgain(state: DirectorState): DirectorEffect[] {
  return [...state.marks].flatMap(([id, asked]) =>
    asked.witness === null || state.down.has(asked.witness) ? ask(state, id, asked) : [],
  );
}

/** What was waiting for this mark; nothing for a mark that nobody asked for, or that another node has answered before. */
export function takeMark(state: DirectorState, id: string, at: number): AfterMark | undefined {
  const asked = state.marks.get(id);
  if (!asked) return undefined;
  state.marks.delete(id);
  state.lastAt = Math.max(state.lastAt, at);
  return asked.after;
}

function ask(state: DirectorState, id: string, asked: AskedMark): DirectorEffect[] {
  asked.witness = witnessOf(state, asked.avoid);
  return asked.witness === null ? [] : [{ do: 'command', node: asked.witness, command: { do: 'mark', id } }];
}

/** Clients first, for no step of a protocol holds them. */
function witnessOf(state: DirectorState, { hit, holder }: Avoid): NodeId | null {
  const living = alive(state);
  const order = [...clients(state).filter((node) => living.includes(node)), ...living];
  const unhurt = order.filter((node) => !hit.includes(node));
  return unhurt.find((node) => node !== holder) ?? unhurt[0] ?? order[0] ?? null;
}
