import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { logfmtValues } from './logfmt_value.ts';
import { parseLogfmt, sanitizeName } from './parse_logfmt.ts';

const NAMES = ['user_id', 'a', 'a_b', '_a', 'id', '__user', 'b__a', 'user_', 'A1', 'a_1'] as const;
const names = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const key = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('user_id', 'user-id', 'user', 'id', 'a', 'a.b', 'A1', 'a_1', '-a', 'b__a', 'user_'),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom('a', 'b', '_', '-', '1', 'é', '\u00a0', '\u{1f600}', 'user', '\u007f'), { maxLength: 4 })
      .map((pieces) => pieces.join('')),
  },
);
const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('', '1', '22', 'x=y', 'c d') },
  { weight: 1, arbitrary: fc.constantFrom('"a b"', '"a', 'b"', 'é', '" user_id=3 "') },
);
const pair = fc.tuple(key, fc.constantFrom('', '=', '=', '='), value).map((parts) => parts.join(''));
const separator = fc.constantFrom(' ', ' ', '\n', '  ', '');
const line = fc
  .array(fc.tuple(pair, separator), { maxLength: 5 })
  .map((pairs) => pairs.map((parts) => parts.join('')).join(''));

test('values that are looked for are those of all pairs, or it is said that only these tell', () => {
  let found = 0;
  fc.assert(
    fc.property(line, names, (line, names) => {
      const look = logfmtValues(names);
      const values: (string | undefined)[] = [];
      if (look?.(line, values) !== true) return;
      const last = new Map<string, string>();
      parseLogfmt(line, false, (key, value) => last.set(sanitizeName(key), value));
      const expected = names.map((name) => last.get(name));
      assert.deepEqual(values, expected, JSON.stringify(line));
      if (expected.some((value) => value !== undefined)) found++;
    }),
    { seed: 5, numRuns: 20_000 },
  );
  assert.ok(found > 1_000, `${found} lines with a value`);
});

test('a value is found in a line of usual shape whatever stands before it', () => {
  const look = logfmtValues(['user_id', 'took']);
  const values: (string | undefined)[] = [];
  assert.equal(look?.('ERROR [a] it failed user-id=u7 n=1=2 trace_id=0\n\tat x("y")', values), true);
  assert.deepEqual(values, ['u7', undefined]);
  assert.equal(look?.('{"user_id":"u8","msg":"it failed"}', values), true);
  assert.deepEqual(values, [undefined, undefined]);
  assert.equal(look?.('msg="for user_id=u9" user_id=u1', values), false);
});

test('names that no key becomes letter by letter are left to the parser', () => {
  for (const name of ['', '_', '__', 'a-b', 'é', '_1a', '1a']) assert.equal(logfmtValues([name]), undefined, name);
});
