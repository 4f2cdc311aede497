import { describe, expect, test } from 'vitest';
import { nodeId, parseTxId, roleOf, txId } from '../../../nodes/contract/ids.ts';
import { randomBelow, randomStream, randomUnit } from '../../../nodes/contract/random.ts';
import { formatGap, formatStep, gapMatches } from '../../../nodes/contract/step.ts';

describe('names', () => {
  test('of transactions hold coordinator, incarnation and counter', () => {
    const parts = { coordinator: nodeId('coordinator'), incarnation: 2, counter: 17 };
    expect(txId(parts)).toBe('coordinator.2.17');
    expect(parseTxId('coordinator.2.17')).toEqual(parts);
    expect(parseTxId('a.b.3.4')).toEqual({ coordinator: nodeId('a.b'), incarnation: 3, counter: 4 });
    for (const none of [
      'coordinator-2',
      'coordinator.2',
      '.1.2',
      'coordinator.x.2',
      'coordinator.1.',
      'coordinator.1e1.2',
      'coordinator.01.2',
      'coordinator.1.02',
      'coordinator.1.-2',
    ])
      expect(parseTxId(none), none).toBeNull();
  });

  test('of nodes tell their role', () => {
    expect([roleOf(nodeId('participant-12')), roleOf(nodeId('coordinator'))]).toEqual(['participant', 'coordinator']);
  });
});

describe('random streams', () => {
  test('repeat for the same seed and label, and differ between labels', () => {
    const draw = (seed: number, label: string) =>
      Array.from(
        { length: 5 },
        (
          (stream) => () =>
            randomUnit(stream)
        )(randomStream(seed, label)),
      );
    expect(draw(7, 'a')).toEqual(draw(7, 'a'));
    expect(draw(7, 'a')).not.toEqual(draw(7, 'b'));
    expect(draw(7, 'a')).not.toEqual(draw(8, 'a'));
  });

  test('never come to where another has been, whatever their seeds and labels', () => {
    const seen = new Map<number, string>();
    const twice: string[] = [];
    for (let seed = 0; seed < 2000; seed++) {
      for (const label of ['client-0', 'client-1']) {
        const stream = randomStream(seed, label);
        // Two numbers in a row as one of 53 bits: that two streams have it by luck is as good as excluded.
        const last = { unit: randomUnit(stream) };
        for (let draw = 0; draw < 50; draw++) {
          const unit = randomUnit(stream);
          const pair = Math.floor(last.unit * 2 ** 26) * 2 ** 27 + Math.floor(unit * 2 ** 27);
          if (seen.has(pair)) twice.push(`${seen.get(pair)} and ${seed} ${label}`);
          seen.set(pair, `${seed} ${label}`);
          last.unit = unit;
        }
      }
    }
    expect(twice).toEqual([]);
  });

  test('differ for seeds that are equal in their lower 32 bits', () => {
    expect(randomUnit(randomStream(1, 'x'))).not.toBe(randomUnit(randomStream(1 + 2 ** 32, 'x')));
  });

  test('stay below their bound and reach every value', () => {
    const stream = randomStream(1, 'x');
    const seen = new Set(Array.from({ length: 300 }, () => randomBelow(stream, 6)));
    expect([...seen].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('a gap', () => {
  const gap = { when: 'before', verb: 'send', word: 'commit', peer: 'last' } as const;

  test('is written as people say it', () => {
    expect(formatStep({ node: nodeId('coordinator'), gap })).toBe('coordinator before send commit to last');
  });

  test('matches only the moment it names', () => {
    const moment = {
      when: 'before',
      verb: 'send',
      word: 'commit',
      peer: nodeId('participant-2'),
      place: { first: false, last: true },
    } as const;
    expect(gapMatches(gap, moment)).toBe(true);
    expect(gapMatches(gap, { ...moment, place: { first: true, last: false } })).toBe(false);
    expect(gapMatches({ ...gap, peer: nodeId('participant-1') }, moment)).toBe(false);
    expect(gapMatches({ ...gap, when: 'after' }, moment)).toBe(false);
  });

  test('of a kind matches only messages that say it', () => {
    const yes = { when: 'after', verb: 'send', word: 'vote', kind: { field: 'vote', is: 'yes' } } as const;
    const voted = (vote?: string) => ({
      when: 'after' as const,
      verb: 'send' as const,
      word: 'vote',
      message: { word: 'vote', about: null, ...(vote && { vote }) },
    });
    expect(formatGap(yes)).toBe('after send vote yes');
    expect([voted('yes'), voted('no'), voted()].map((moment) => gapMatches(yes, moment))).toEqual([true, false, false]);
    expect(gapMatches(yes, { when: 'after', verb: 'send', word: 'vote' })).toBe(false);
  });
});
