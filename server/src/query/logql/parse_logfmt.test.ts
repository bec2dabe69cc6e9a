import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keysThatMayBecome, parseLogfmt, sanitizeName } from './parse_logfmt.ts';

const piece = fc.constantFrom('a', 'b', '_', '-', '.', '1', 'é', '\u00a0', '\u{1f600}', 'A');
const key = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
const value = fc.constantFrom('', '1', 'x=y', '"a b"', '"a', 'é');
const pair = fc.tuple(key, fc.constantFrom('', '='), value).map((parts) => parts.join(''));

test('pairs of the wanted names are the same whether others are handed over or not', () => {
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 6 }), fc.array(key, { minLength: 1, maxLength: 2 }), (pairs, keys) => {
      const line = pairs.join(' ');
      const names = keys.map(sanitizeName);
      const [all, some]: [string[], string[]] = [[], []];
      const errors = [
        parseLogfmt(line, false, (found, text) => {
          if (names.includes(sanitizeName(found))) all.push(found, text);
        }),
        parseLogfmt(
          line,
          false,
          (found, text) => {
            if (names.includes(sanitizeName(found))) some.push(found, text);
          },
          keysThatMayBecome(names),
        ),
      ];
      assert.deepEqual(some, all, line);
      assert.equal(errors[0], errors[1]);
    }),
    { seed: 3, numRuns: 5_000 },
  );
});
