import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goNumber } from './label_filter.ts';
import { flattenJson } from './parse_json.ts';
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

test('names, numbers and objects of any length are read in time that grows no faster than they do', () => {
  const began = performance.now();
  assert.equal(sanitizeName(` a${' '.repeat(200_000)}b\u0085`), `a${'_'.repeat(200_000)}b`);
  assert.equal(sanitizeName('\ufeffa '), '_a');
  assert.throws(() => goNumber(`${'1'.repeat(200_000)}x`), /invalid syntax/);
  const line = Buffer.from(`{${'"a":{"b":1},'.repeat(60_000)}${' '.repeat(600_000)}`).toString();
  assert.ok(flattenJson(line, () => undefined) !== undefined);
  assert.ok(performance.now() - began < 5_000);
});

test('nothing is read behind the pair that is enough, so that nothing wrong with it is told', () => {
  for (const first of ['a=1', 'a="1"', 'a']) {
    const keys: string[] = [];
    const hasEnough = (): boolean => keys.includes('a');
    const error = parseLogfmt(`b=2 ${first} c=3 d="open`, true, (key) => keys.push(key), undefined, hasEnough);
    assert.deepEqual([keys, error], [['b', 'a'], undefined], first);
  }
});
