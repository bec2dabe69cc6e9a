import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patternParts, tokensOf, tokenValues } from './patternTokens.ts';
import { addPattern } from './refine.ts';

test('the texts in the holes of a pattern are found from left to right', () => {
  assert.deepEqual(tokensOf('retry <_> of job <_>', 'WARN retry 3 of job 77'), ['3', '77']);
  assert.deepEqual(tokensOf('<_> done in <_>ms', 'job 5 done in 12ms'), ['job 5', '12']);
  assert.equal(tokensOf('retry <_> of', 'nothing'), null);
  assert.deepEqual(patternParts('a <_> b'), ['a ', 0, ' b']);
});

test('the values of each hole are counted, the most frequent first', () => {
  assert.deepEqual(tokenValues('user=<_> ok', ['user=a ok', 'user=b ok', 'user=b ok', 'other']), [
    {
      distinct: 2,
      top: [
        ['b', 2],
        ['a', 1],
      ],
    },
  ]);
});

test('a pattern is added to a query as the lines it selects, or taken away from it', () => {
  const pattern = { filter: '{service="a", level="INFO"} |> `job <_>`' };
  assert.equal(addPattern('{service="a"} |= "x"', pattern, false), pattern.filter);
  assert.equal(addPattern('{service="a"} |= "x"', pattern, true), '{service="a"} |= "x" !> "job <_>"');
});
