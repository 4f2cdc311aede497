// What a host does with single messages that its machine has sent, for faults of the lab: it drops them, sends them twice, or sends them
// later, while others of the same connection pass. Each time it is written down; the machine knows nothing of it.

import { unreachable } from '../contract/invariant.ts';
import type { ReportBody } from '../contract/control.ts';
import type { TraceBody } from '../contract/events.ts';
import type { MeddledHow, Meddling } from '../contract/meddling.ts';
import type { NodeId } from '../contract/ids.ts';
import type { Message } from '../contract/messages.ts';

/** A message on its way out, and its text. */
interface Leaving {
  readonly to: NodeId;
  readonly message: Message;
  readonly json: string;
}

export interface Meddler {
  /** Begins, or goes on, where this fault is known already. */
  begin(meddling: Meddling): void;
  cease(fault: string): void;
  /** The first rule that this message falls under, if any. */
  ruleFor(to: NodeId, message: Message): Rule | undefined;
}

export interface Rule {
  /** The message does not leave now. */
  readonly isKept: boolean;
  meet(leaving: Leaving): void;
}

interface MeddlerPorts {
  /** False without an open connection. */
  readonly send: (to: NodeId, message: Message, json: string) => boolean;
  readonly trace: (body: TraceBody) => void;
  /** What was sent may go to the kernel. */
  readonly flushOut: () => void;
  readonly now: () => number;
  readonly later: (work: () => void, afterMs: number) => void;
  readonly say: (body: ReportBody) => void;
}

interface Standing {
  readonly meddling: Meddling;
  /** With so many messages it has been done. */
  count: number;
  /** So many are kept back. */
  kept: number;
  ceased: boolean;
}

export function createMeddler({ send, trace, flushOut, now, later, say }: MeddlerPorts): Meddler {
  const standing = new Map<string, Standing>();

  function meet(rule: Standing, { to, message, json }: Leaving): void {
    const { meddling } = rule;
    const { word, about } = message;
    const did = (what: MeddledHow) => trace({ kind: 'meddled', fault: meddling.fault, did: what, to, word, about });
    rule.count++;
    if (meddling.times !== undefined || rule.count <= FIRST_FEW)
      say({ say: 'met', fault: meddling.fault, count: rule.count, at: now(), to, word, about });
    switch (meddling.how) {
      case 'drop':
        return did('dropped');
      case 'duplicate':
        send(to, message, json);
        return did('duplicated');
      case 'delay':
        rule.kept++;
        later(() => {
          rule.kept--;
          did(send(to, message, json) ? 'passed-on' : 'lost');
          flushOut();
          end(rule);
        }, meddling.byMs ?? 0);
        return did('delayed');
      default:
        return unreachable(meddling.how);
    }
  }

  /** Once it has ceased and nothing is kept back. */
  function end(rule: Standing): void {
    const { fault } = rule.meddling;
    if (!rule.ceased || rule.kept > 0 || !standing.delete(fault)) return;
    say({ say: 'ceased', fault, count: rule.count });
  }

  return {
    begin: (meddling) => {
      const { fault } = meddling;
      if (!standing.has(fault)) standing.set(fault, { meddling, count: 0, kept: 0, ceased: false });
      say({ say: 'meddling', fault });
    },
    cease: (fault) => {
      const rule = standing.get(fault);
      // A life that came after the fault was told of nothing.
      if (!rule) return say({ say: 'ceased', fault, count: 0 });
      rule.ceased = true;
      end(rule);
    },
    ruleFor: (to, message) => {
      // Nearly always: a node's rate must not pay for what is not there.
      if (standing.size === 0) return undefined;
      const rule = [...standing.values()].find((one) => isFor(one, to, message));
      return rule && { isKept: rule.meddling.how !== 'duplicate', meet: (leaving) => meet(rule, leaving) };
    },
  };
}

function isFor({ meddling, count, ceased }: Standing, to: NodeId, message: Message): boolean {
  const { word, about, times = Number.POSITIVE_INFINITY } = meddling;
  if (ceased || count >= times || word !== message.word || !meddling.to.includes(to)) return false;
  return about === undefined || about === message.about;
}

/** So many messages name themselves in the evidence. */
const FIRST_FEW = 8;
