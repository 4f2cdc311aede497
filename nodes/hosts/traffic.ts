// What leaves a node for others and for stores, and what comes from them. An ask ends once, whatever becomes of whom was asked.

import { unreachable } from '../contract/invariant.ts';
import { LAB } from '../contract/machine.ts';
import { isMessage } from './line.ts';
import type { NodeId, OpId } from '../contract/ids.ts';
import type { Effect, Reply } from '../contract/machine.ts';
import type { Message } from '../contract/messages.ts';
import type { Life } from './life.ts';
import type { Line } from './line.ts';

export function leave(life: Life, effect: Extract<Effect, { do: 'send' | 'ask' | 'answer' }>): void {
  const { trace, report: say } = life.ports;
  switch (effect.do) {
    case 'send':
      return send(life, effect);
    case 'ask':
      return ask(life, effect);
    case 'answer':
      if (effect.to === LAB) return say({ say: 'answered', op: effect.op, answer: effect.answer });
      trace.add({ kind: 'answered', way: 'out', peer: effect.to, op: effect.op, word: effect.answer.word });
      life.links.send(effect.to, { kind: 'answer', op: effect.op, answer: effect.answer });
      return;
    default:
      return unreachable(effect);
  }
}

function send(life: Life, { to, message }: Extract<Effect, { do: 'send' }>): void {
  const json = JSON.stringify(message);
  const rule = life.meddler.ruleFor(to, message);
  const how = rule?.isKept || life.links.send(to, message, json) ? 'sent' : 'lost';
  life.tally.sent(to, message, how);
  life.ports.trace.add({ kind: how, to, message }, json);
  if (rule && how === 'sent') rule.meet({ to, message, json });
}

/** The one way out for what is asked, whoever can answer it. */
function ask(life: Life, { to, op, request }: Extract<Effect, { do: 'ask' }>): void {
  const { trace } = life.ports;
  if (life.stored.has(to)) {
    trace.add({ kind: 'asked', way: 'out', peer: to, op, word: request.word, body: request });
    life.asked.set(op, { store: to, request });
    return life.stores.ask(to, op, request);
  }
  trace.add({ kind: 'asked', way: 'out', peer: to, op, word: request.word });
  life.pending.set(op, to);
  if (!life.links.send(to, { kind: 'request', op, request })) settle(life, op, to, { kind: 'refused' });
}

/** An ask ends once; later in the queue, because an effect is being performed now. */
function settle(life: Life, op: OpId, by: NodeId, reply: Reply): void {
  if (!life.pending.delete(op)) return;
  life.ports.soon(() => life.executor.take({ kind: 'answered', by, op, reply }));
}

// ── what comes from stores and other nodes ──

export function lose(life: Life, peer: NodeId): void {
  for (const [op, asked] of life.pending) if (asked === peer) settle(life, op, peer, { kind: 'lost' });
}

export function answeredByStore({ asked, executor }: Life, op: OpId, reply: Reply): void {
  const found = asked.get(op);
  if (!found || !asked.delete(op)) return;
  executor.take({ kind: 'answered', by: found.store, op, reply, asked: found.request });
}

export function hear(life: Life, from: NodeId, line: Line, json: string): void {
  const { executor, pending } = life;
  if (isMessage(line)) {
    if (knows(life, line.word, from) && fits(life, line, from))
      executor.take({ kind: 'received', from, message: line, json });
    return;
  }
  switch (line.kind) {
    case 'request':
      if (knows(life, line.request.word, from) && fits(life, line.request, from))
        executor.take({ kind: 'asked', by: from, op: line.op, request: line.request });
      return;
    case 'answer':
      if (pending.delete(line.op))
        executor.take({ kind: 'answered', by: from, op: line.op, reply: { kind: 'answer', answer: line.answer } });
      return;
    default:
      return unreachable(line);
  }
}

/** A word that this role does not know comes from another program version; the machine must not meet it. */
function knows({ heard, ports }: Life, word: string, from: NodeId): boolean {
  if (heard.includes(word)) return true;
  ports.trace.add({ kind: 'ignored', from, word, reason: 'unknown-word' });
  return false;
}

/** Whatever else comes with a word is what the machine counts on, or the machine does not meet it. */
function fits({ role, ports }: Life, message: Pick<Message, 'word'>, from: NodeId): boolean {
  const { word } = message;
  if (role.hears?.[word]?.(message) !== false) return true;
  ports.trace.add({ kind: 'ignored', from, word, reason: 'wrong-shape' });
  return false;
}
