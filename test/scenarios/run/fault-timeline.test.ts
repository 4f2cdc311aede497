// The timeline of one fault, fed by hand: each test says what it hears and what it wants then.

import { beforeEach, describe, expect, test } from 'vitest';
import type { TimelineInput } from '../../../scenarios/run/fault-timeline-state.ts';
import { isPending, isReached, isRestarting, whyNotHit } from '../../../scenarios/run/fault-timeline-state.ts';
import { advance } from '../../../scenarios/run/fault-timeline.ts';
import {
  COORDINATOR,
  ONE,
  TX,
  OPEN,
  isOpen,
  kill,
  atStep,
  planned,
  SEEN,
  STARTED,
  state,
  start,
  hear,
  marked,
} from '../../support/timeline.ts';

/** Held, bracketed and injected. */
function inject(evidence = SEEN): void {
  hear({ kind: 'held', about: TX });
  marked(100);
  hear({ kind: 'injected', evidence });
}

beforeEach(() => start(planned()));

describe('the timeline of a fault at a step', () => {
  test('goes from armed to undone', () => {
    expect(hear({ kind: 'ready', node: ONE })).toEqual([]);
    expect(hear({ kind: 'ready', node: COORDINATOR })).toEqual(['arm coordinator 20 from 0']);
    expect(hear({ kind: 'began' })).toEqual([]);
    expect(hear({ kind: 'counted', count: 20 })).toEqual([]);
    expect(hear({ kind: 'held', about: TX })).toEqual(['mark']);
    expect(marked(100)).toEqual(['down coordinator', 'inject kill coordinator']);
    expect(hear({ kind: 'injected', evidence: SEEN })).toEqual(['mark']);
    expect(marked(200)).toEqual(['kill of coordinator 100–200: dead, held', 'wait undo 3000']);
    expect(hear({ kind: 'expired', wait: 'undo' })).toEqual(['mark']);
    expect(marked(300)).toEqual(['undo kill coordinator']);
    expect(hear({ kind: 'undone', evidence: STARTED })).toEqual([]);
    expect(isRestarting(state, COORDINATOR)).toBe(true);
    expect(hear({ kind: 'ready', node: ONE })).toEqual([]);
    expect(hear({ kind: 'ready', node: COORDINATOR })).toEqual(['mark']);
    expect(marked(400)).toEqual(['restart of coordinator 300–400: started']);
    expect(state.stage).toBe('undone');
  });

  test('ends with its evidence where nothing ends it, and lets go of whom it held', () => {
    start({ ...planned({ do: 'promote', node: ONE }), then: { do: 'nothing', afterMs: 0 } });
    inject();
    expect(marked(200)).toEqual(['promote of participant-1 100–200: dead, held', 'release coordinator']);
    expect(state.stage).toBe('undone');
    expect(isPending(state)).toBe(false);
  });

  test('asks for marks of nodes that are neither hit nor held', () => {
    start(planned(kill(ONE)));
    expect(advance(state, { kind: 'held', about: TX })).toEqual([{ do: 'mark', hit: [ONE], holder: COORDINATOR }]);
  });

  test('a restart is recorded as a kill, and its end as a restart', () => {
    start(planned({ do: 'restart', node: COORDINATOR }));
    inject();
    expect(marked(200)[0]).toBe('kill of coordinator 100–200: dead, held');
    hear({ kind: 'expired', wait: 'undo' });
    expect(marked(300)).toEqual(['undo restart coordinator']);
    hear({ kind: 'undone', evidence: STARTED });
    hear({ kind: 'ready', node: COORDINATOR });
    expect(marked(400)).toEqual(['restart of coordinator 300–400: started']);
  });

  test('a node that is held for a fault of another one goes on when that is there', () => {
    start(planned(kill(ONE)));
    inject();
    expect(marked(200)).toEqual(['kill of participant-1 100–200: dead, held', 'release coordinator', 'wait undo 3000']);
  });

  test('a paused node is back when it has been resumed, without saying that it is ready', () => {
    start({ ...planned({ do: 'pause', node: COORDINATOR }), then: { do: 'resume', afterMs: 500 } });
    inject();
    expect(marked(200)).toContain('release coordinator');
    hear({ kind: 'expired', wait: 'undo' });
    marked(300);
    expect(hear({ kind: 'undone', evidence: SEEN })).toEqual(['up coordinator', 'mark']);
    expect(marked(400)).toEqual(['resume of coordinator 300–400: dead']);
  });

  test('a fault that is never to end stands when it has been looked at, and waits for nothing', () => {
    const never = { ...planned(), then: { do: 'restart', afterMs: 3000, never: true } } as const;
    start(never);
    inject();
    const [recorded] = advance(state, { kind: 'marked', at: 200 });
    expect(recorded).toMatchObject({ event: { kind: 'fault', ends: 'never' } });
    expect(isPending(state)).toBe(true);
    expect(hear({ kind: 'expired', wait: 'undo' })).toEqual([]);
    expect(state.stage).toBe('standing');
    expect(isPending(state)).toBe(false);
    expect(hear({ kind: 'closed' })).toEqual([]);
  });

  test('one that is never to end and left no evidence is undone like any other', () => {
    start({ ...planned(), then: { do: 'restart', afterMs: 3000, never: true } });
    inject({ seen: false, text: 'nothing' });
    expect(marked(200)).toEqual(['kill of coordinator 100–200: unseen, nothing, held', 'wait undo 0']);
    expect(hear({ kind: 'expired', wait: 'undo' })).toEqual(['mark']);
    expect(marked(300)).toEqual(['undo kill coordinator']);
  });

  test('a fault without evidence is undone at once', () => {
    inject({ seen: false, text: 'nothing' });
    expect(marked(200)).toEqual(['kill of coordinator 100–200: unseen, nothing, held', 'wait undo 0']);
  });

  test('a node that could not be started again is not waited for', () => {
    inject();
    marked(200);
    hear({ kind: 'expired', wait: 'undo' });
    marked(300);
    expect(hear({ kind: 'undone', evidence: { seen: false, text: 'no such container' } })).toEqual(['mark']);
    expect(marked(400)).toEqual(['restart of coordinator 300–400: unseen, no such container']);
  });

  test('is armed again with the count so far when its node comes back from another fault', () => {
    hear({ kind: 'counted', count: 7 });
    expect(hear({ kind: 'ready', node: COORDINATOR })).toEqual(['arm coordinator 20 from 7']);
  });

  test('of the same transaction is watched until that is known, and armed then, for that one alone', () => {
    start(planned(kill(COORDINATOR), atStep('same')));
    expect(hear({ kind: 'ready', node: COORDINATOR })).toEqual(['watch coordinator']);
    expect(hear({ kind: 'same', about: 'c.1.20' })).toEqual(['arm coordinator c.1.20 from 0']);
    expect(hear({ kind: 'ready', node: COORDINATOR })).toEqual(['arm coordinator c.1.20 from 0']);
  });

  test('of the same transaction is never armed where the first fault was held for none', () => {
    start(planned(kill(COORDINATOR), atStep('same')));
    expect(hear({ kind: 'same', about: null })).toEqual([]);
  });

  test('of a transaction of its own does not mind which one another fault hit', () => {
    expect(hear({ kind: 'same', about: 'c.1.20' })).toEqual([]);
  });

  test('that is missed lets its node go, also when it is held there later', () => {
    expect(hear({ kind: 'missed' })).toEqual(['release coordinator']);
    expect(hear({ kind: 'held', about: TX })).toEqual(['release coordinator']);
    expect(state.stage).toBe('missed');
  });

  test('is not missed once it is under way', () => {
    hear({ kind: 'held', about: TX });
    expect(hear({ kind: 'missed' })).toEqual([]);
    expect(marked(100)).toContain('inject kill coordinator');
  });

  test('that will not come any more lets the node go that stands held for it, unless it was to be killed', () => {
    hear({ kind: 'held', about: TX });
    expect(hear({ kind: 'closed' })).toEqual([]);
    start(planned(kill(ONE)));
    expect(hear({ kind: 'closed' })).toEqual([]);
    hear({ kind: 'held', about: TX });
    expect(hear({ kind: 'closed' })).toEqual(['release coordinator']);
  });

  test('hears nothing that does not belong to where it is', () => {
    const strays: readonly TimelineInput[] = [
      { kind: 'marked', at: 1 },
      { kind: 'injected', evidence: SEEN },
      { kind: 'undone', evidence: SEEN },
      { kind: 'resolved', nodes: [ONE] },
      { kind: 'expired', wait: 'undo' },
    ];
    expect(strays.flatMap(hear)).toEqual([]);
    expect(state.stage).toBe('armed');
  });

  test('is pending from the moment that it is held until it is undone', () => {
    expect(isPending(state)).toBe(false);
    hear({ kind: 'held', about: TX });
    expect(isPending(state)).toBe(true);
    hear({ kind: 'missed' });
    expect(isPending(state)).toBe(true);
  });

  test('says how far it came where it was not hit', () => {
    hear({ kind: 'counted', count: 7 });
    expect(isReached(state)).toBe(false);
    expect(whyNotHit(state, isOpen)).toBe('coordinator before force commit: reached by 7 of 20 transactions');
    hear({ kind: 'counted', count: 20 });
    expect(isReached(state)).toBe(true);
    expect(whyNotHit(state, isOpen)).toMatch('reached, but coordinator did not say in time that it is held there');
  });

  describe('of the same transaction, where it was not hit, says whether that transaction', () => {
    const same = (about: string | null, passed?: true) => {
      start(planned(kill(COORDINATOR), atStep('same')));
      hear({ kind: 'same', about });
      hear({ kind: 'counted', count: 0, ...(passed && { passed }) });
      return whyNotHit(state, isOpen);
    };

    test('had passed the step before it could be armed', () => {
      expect(same(TX, true)).toMatch('passed by the transaction of the first fault before it could be armed');
    });

    test('never came there', () => {
      expect(same(TX)).toMatch('not reached by the transaction of the first fault');
    });

    test('had not ended when nobody waited any longer', () => {
      expect(same(OPEN)).toMatch('not awaited any longer, though the transaction of the first fault had not ended');
    });

    test('is known at all', () => {
      expect(same(null)).toMatch('the first fault hit no transaction');
    });
  });
});

describe('the timeline of a fault by the clock', () => {
  const when = { at: 'time', afterMs: 1000 } as const;
  const cut = { do: 'cut', group: [ONE], from: [COORDINATOR], oneWay: false } as const;

  test('goes from armed to undone, and neither holds nor stops a node', () => {
    start({ ...planned(cut, when), then: { do: 'heal', afterMs: 500 } });
    expect(hear({ kind: 'ready', node: ONE })).toEqual([]);
    expect(isPending(state)).toBe(true);
    expect(hear({ kind: 'began' })).toEqual(['wait at 1000']);
    expect(hear({ kind: 'expired', wait: 'at' })).toEqual(['mark']);
    expect(marked(100)).toEqual(['inject cut participant-1']);
    hear({ kind: 'injected', evidence: SEEN });
    expect(marked(200)).toEqual(['cut of participant-1 100–200: dead', 'wait undo 500']);
    hear({ kind: 'expired', wait: 'undo' });
    marked(300);
    expect(hear({ kind: 'undone', evidence: SEEN })).toEqual(['mark']);
    expect(marked(400)).toEqual(['heal of participant-1 300–400: dead']);
    expect(isPending(state)).toBe(false);
  });

  test('comes once, however often its time is said to be over', () => {
    start(planned(kill(ONE), when));
    hear({ kind: 'expired', wait: 'at' });
    expect(hear({ kind: 'expired', wait: 'at' })).toEqual([]);
  });

  test('is named by its sentence where it was not hit', () => {
    start(planned(kill(ONE), when));
    expect(whyNotHit(state, isOpen)).toBe('as planned');
  });
});
