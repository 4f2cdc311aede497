// Whatever nodes report, in whatever order, the director goes on, and its limit ends the run.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { parseReport } from '../../../nodes/contract/control.ts';
import { direct, startDirector } from '../../../scenarios/run/director.ts';
import { scenarioFromSentence } from '../../../scenarios/language/scenario.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import type { DirectorEffect, DirectorInput } from '../../../scenarios/run/director.ts';
import type { Plan } from '../../../scenarios/plan/plan-types.ts';

const PLANS = [
  'kill coordinator before force commit then restart after 1s',
  'pause participant-2 at 10ms for 1s',
  'drop ack from participant-1 3 times for 300ms',
].map((sentence): Plan => {
  const parsed = scenarioFromSentence(sentence, { transactions: 20 });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return makePlan(parsed.value, 1);
});

const node = fc.constantFrom('coordinator', 'participant-1', 'participant-2', 'client', 'nobody', 'constructor');
const name = fc.constantFrom(
  'fault-1',
  'fault-2',
  'mark-1',
  'mark-2',
  'run',
  'stop-1',
  'probe',
  'dump-1',
  '',
  '__proto__',
);
const about = fc.option(fc.constantFrom('coordinator.1.1', 'coordinator.1.20', 'nothing'));
const count = fc.integer({ min: -1, max: 30 });
const dump = fc.record({
  word: fc.constant('dump'),
  state: fc.record({
    inDoubt: fc.array(fc.constant('coordinator.1.1'), { maxLength: 1 }),
    unfinished: fc.array(fc.constant('coordinator.1.20'), { maxLength: 1 }),
    holds: fc.constant([]),
    content: fc.jsonValue(),
  }),
});

const body = fc.oneof(
  fc.record({ say: fc.constantFrom('ready', 'finished') }),
  fc.record({ say: fc.constant('linked'), peers: fc.array(node) }),
  fc.record({ say: fc.constant('counted'), hold: name, count }),
  fc.record({ say: fc.constant('held'), hold: name, about, at: count }),
  fc.record({ say: fc.constant('meddling'), fault: name }),
  fc.record({ say: fc.constant('met'), fault: name, count, at: count, to: node, word: fc.string(), about }),
  fc.record({ say: fc.constant('ceased'), fault: name, count }),
  fc.record({ say: fc.constant('marked'), id: name, at: count }),
  fc.record({ say: fc.constant('answered'), op: name, answer: fc.oneof(dump, fc.record({ word: fc.string() })) }),
  fc.record({ say: fc.constant('told'), at: count, note: fc.record({ word: fc.string(), about }) }),
  fc.record({ say: fc.constant('failed'), message: fc.string() }),
);

const report = fc.tuple(node, body).map(([from, said]): DirectorInput => {
  const parsed = parseReport({ node: from, incarnation: 1, seq: 1, ...said });
  if ('wrong' in parsed) throw new Error(`no report: ${parsed.wrong}`);
  return { kind: 'report', report: parsed.value };
});

const EVIDENCE = fc.record({ seen: fc.boolean(), text: fc.string() });
const other: fc.Arbitrary<DirectorInput> = fc.oneof(
  fc.record({ kind: fc.constant('injected' as const), fault: name, evidence: EVIDENCE }),
  fc.record({ kind: fc.constant('undone' as const), fault: name, evidence: EVIDENCE }),
  fc.record({
    kind: fc.constant('expired' as const),
    timer: fc.constantFrom('at fault-1', 'undo fault-1', 'look-again', 'settle', 'undo nothing', ''),
  }),
);

const isEnd = ({ do: what }: DirectorEffect) => what === 'end';

test('any reports leave a run that can be ended', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PLANS),
      fc.boolean(),
      fc.array(fc.oneof({ weight: 4, arbitrary: report }, { weight: 1, arbitrary: other }), { maxLength: 60 }),
      (plan, serves, inputs) => {
        const state = startDirector(plan);
        const give = (input: DirectorInput) => direct(state, input);
        const effects = give({ kind: 'started' });
        if (serves) effects.push(...serving(plan).flatMap(give));
        effects.push(...inputs.flatMap(give));
        effects.push(...give({ kind: 'expired', timer: 'limit' }), ...give({ kind: 'expired', timer: 'finish' }));
        expect(effects.filter(isEnd)).toHaveLength(1);
      },
    ),
    { numRuns: 400 },
  );
});

/** Everybody is there and hears everybody. */
function serving({ nodes }: Plan): readonly DirectorInput[] {
  const stamp = (id: string) => ({ node: nodeId(id), incarnation: 1, seq: 1 });
  const peersOf = (id: string) => nodes.flatMap((one) => (one.id === id ? [] : [one.id]));
  return nodes.flatMap(({ id }): DirectorInput[] => [
    { kind: 'report', report: { ...stamp(id), say: 'ready' } },
    { kind: 'report', report: { ...stamp(id), say: 'counted', hold: 'fault-1', count: 0 } },
    { kind: 'report', report: { ...stamp(id), say: 'linked', peers: peersOf(id) } },
  ]);
}
