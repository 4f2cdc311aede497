// The timeline of a fault whose node is known only when it comes, fed by hand.

import { beforeEach, describe, expect, test } from 'vitest';
import { advance } from '../../../scenarios/run/fault-timeline.ts';
import { TWO, TX, LEADER, kill, planned, SEEN, state, start, hear, marked, resolved } from '../../support/timeline.ts';

describe('a fault of a node that is known only when it comes', () => {
  beforeEach(() => start(planned(kill(LEADER))));

  test('hits the node that is meant then, and says so', () => {
    expect(hear({ kind: 'held', about: TX })).toEqual(['resolve zookeeper leader']);
    expect(resolved('zookeeper-2')).toEqual(['mark']);
    expect(marked(100)).toEqual(['down zookeeper-2', 'inject kill zookeeper-2']);
    expect(hear({ kind: 'injected', evidence: SEEN })).toEqual(['mark']);
    // Whoever leads next does so because of it.
    expect(marked(200)).toEqual([
      'kill of zookeeper-2 100–200: zookeeper leader is zookeeper-2: dead, held',
      'release coordinator',
      'wait undo 3000',
    ]);
    hear({ kind: 'expired', wait: 'undo' });
    expect(marked(300)).toEqual(['undo kill zookeeper-2']);
  });

  test('has no evidence where a name means another node after a cut, and is undone at once', () => {
    const when = { at: 'time', afterMs: 1000 } as const;
    start(planned({ do: 'cut', group: [LEADER], from: [TWO], oneWay: false }, when));
    hear({ kind: 'expired', wait: 'at' });
    resolved('zookeeper-2');
    marked(100);
    hear({ kind: 'injected', evidence: SEEN });
    expect(marked(200)).toEqual(['resolve zookeeper leader']);
    const [fault, wait] = resolved('zookeeper-3');
    expect(fault).toMatch('unseen, zookeeper leader was zookeeper-2, and is zookeeper-3 since');
    expect(wait).toBe('wait undo 0');
  });

  test('has no evidence where a cut leaves nobody who is meant: that one may have been none when it came', () => {
    const when = { at: 'time', afterMs: 1000 } as const;
    start(planned({ do: 'cut', group: [LEADER], from: [TWO], oneWay: false }, when));
    hear({ kind: 'expired', wait: 'at' });
    resolved('zookeeper-2');
    marked(100);
    hear({ kind: 'injected', evidence: SEEN });
    marked(200);
    expect(resolved()[0]).toMatch('unseen, zookeeper leader was zookeeper-2, and is nobody since');
  });

  test('is not cut off from itself: where a name means somebody on the other side, nothing is injected', () => {
    const when = { at: 'time', afterMs: 1000 } as const;
    start(planned({ do: 'cut', group: [LEADER], from: [TWO], oneWay: false }, when));
    hear({ kind: 'expired', wait: 'at' });
    expect(resolved(TWO)).toEqual(['mark']);
    expect(marked(100)[0]).toMatch(`zookeeper leader is ${TWO}: ${TWO} is on both sides`);
  });

  test('does not ask again where the injection has left no evidence', () => {
    hear({ kind: 'held', about: TX });
    resolved('zookeeper-2');
    marked(100);
    hear({ kind: 'injected', evidence: { seen: false, text: 'nothing' } });
    expect(marked(200)[0]).toBe('kill of zookeeper-2 100–200: unseen, nothing, held');
  });

  test('has no evidence where nobody is meant: nothing is injected, and the held node goes on', () => {
    hear({ kind: 'held', about: TX });
    expect(resolved()).toEqual(['mark']);
    expect(marked(100)).toEqual([
      'kill of lab 100–100: unseen, nobody is zookeeper leader, held',
      'release coordinator',
    ]);
    expect(state.stage).toBe('undone');
  });

  test('has no evidence where more nodes are meant than it can hit', () => {
    hear({ kind: 'held', about: TX });
    resolved('zookeeper-1', 'zookeeper-2');
    expect(marked(100)[0]).toMatch('zookeeper leader is zookeeper-1, zookeeper-2: a kill hits one node alone');
  });

  test('lets the held node go when the run ends while the name is asked for', () => {
    hear({ kind: 'held', about: TX });
    expect(hear({ kind: 'closed' })).toEqual(['release coordinator']);
  });

  test('may be a cut with a name on either side, each asked for in turn', () => {
    const others = { role: 'zookeeper', select: 'others' } as const;
    const when = { at: 'time', afterMs: 1000 } as const;
    start({ ...planned({ do: 'cut', group: [LEADER], from: [others, TWO], oneWay: true }, when) });
    expect(hear({ kind: 'expired', wait: 'at' })).toEqual(['resolve zookeeper leader']);
    expect(resolved('zookeeper-2')).toEqual(['resolve zookeeper others']);
    resolved('zookeeper-1', 'zookeeper-3');
    expect(advance(state, { kind: 'marked', at: 100 })).toEqual([
      {
        do: 'inject',
        about: null,
        fault: {
          do: 'cut',
          group: ['zookeeper-2'],
          from: ['zookeeper-1', 'zookeeper-3', 'participant-2'],
          oneWay: true,
        },
      },
    ]);
    hear({ kind: 'injected', evidence: SEEN });
    marked(200);
    expect(resolved('zookeeper-2')).toEqual(['resolve zookeeper others']);
    expect(resolved('zookeeper-3', 'zookeeper-1')[0]).toMatch(
      'cut of zookeeper-2 100–200: zookeeper leader is zookeeper-2; zookeeper others is zookeeper-1, zookeeper-3: dead',
    );
  });
});
