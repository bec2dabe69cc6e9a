import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Triples } from './triples.ts';

test('combinations have one number each, in the order they are met, and are told again by it', () => {
  const number = fc.oneof(fc.nat(12), fc.constantFrom(0xffff_ffff, 0x1_0000));
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number, number), { maxLength: 2_000 }), (combinations) => {
      const triples = new Triples();
      const known = new Map<string, number>();
      for (const [first, second, third] of combinations) {
        const key = `${first} ${second} ${third}`;
        const expected = known.get(key) ?? known.size;
        known.set(key, expected);
        assert.equal(triples.codeOf(first, second, third), expected);
      }
      for (const [key, code] of known) assert.equal(triples.partsOf(code).join(' '), key);
    }),
    { numRuns: 30 },
  );
});
