// Whatever is in a scenario file, it is a scenario or something is said of it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../../scenarios/language/problem.ts';
import { BASE, problemsIn, yaml } from '../../support/scenario-text.ts';

describe('any text', () => {
  test('is a scenario or has a problem with a place', () => {
    const line = fc.oneof(fc.constantFrom(...Object.values(BASE), ...ODD), fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        for (const problem of problemsIn(lines.join('\n'))) {
          expect(problem.where.line).toBeGreaterThanOrEqual(1);
          expect(problem.where.column).toBeGreaterThanOrEqual(1);
          expect(formatProblem(problem)).toContain('my.yaml:');
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('that is a scenario with one letter changed never throws', () => {
    const whole = yaml();
    fc.assert(
      fc.property(fc.nat(whole.length), fc.string({ maxLength: 2 }), fc.nat(3), (at, inserted, removed) => {
        problemsIn(whole.slice(0, at) + inserted + whole.slice(at + removed)).map(formatProblem);
      }),
      { numRuns: 1000 },
    );
  });
});

const ODD = [
  '__proto__: { vote: 1 }',
  'timeouts: { __proto__: 3s }',
  'title: &a [*a]',
  '? [a]\n: b',
  '<<: { a: 1 }',
  'name: !!binary aGk=',
  'faults: [1, null, {}]',
  '1: 2',
  'expect: 3',
  '%YAML 1.1',
  '...',
];
