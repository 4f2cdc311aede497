// What comes with a word is checked before a machine meets it, so no word may be left without its shape.

import { describe, expect, test } from 'vitest';
import { PROTOCOLS } from '../../../nodes/protocols/catalog.ts';

// What drives the workload hears answers alone.
const hearers = PROTOCOLS.flatMap(({ name: protocol, roles }) =>
  Object.entries(roles).flatMap(([name, role]) => (role.drives ? [] : [{ protocol, name, role }])),
);

describe.each(hearers)('$name of $protocol', ({ role }) => {
  test('has a shape for every message that it hears', () => {
    expect(Object.keys(role.hears ?? {})).toEqual(expect.arrayContaining([...(role.words.receive ?? [])]));
  });

  test('takes no message that lacks what it is about', () => {
    for (const [word, isFit] of Object.entries(role.hears ?? {})) expect(isFit({ word }), word).toBe(false);
  });
});
