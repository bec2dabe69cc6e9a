import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jaroWinkler, scoreOf, subsequence } from './search_scores.ts';

const close = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`);

test('a subsequence scores by its runs, less what lies between and behind', () => {
  assert.equal(subsequence('up', 'up'), 1);
  assert.equal(subsequence('pu', 'up'), 0);
  // One run of 2 with a gap of 1 before it and 3 letters behind, of 6 letters.
  close(subsequence('bc', 'abcdef'), ((4 - 1 / 6 - 3 / 12) / 4) * 0.999);
  // Two runs of 1 with a gap of 1 between them.
  close(subsequence('ac', 'abc'), ((1 + 1 - 1 / 3) / 4) * 0.999);
});

test('Jaro-Winkler gives the figures of its literature', () => {
  close(jaroWinkler('martha', 'marhta'), 0.9611111111111111);
  close(jaroWinkler('dwayne', 'duane'), 0.84);
  assert.equal(jaroWinkler('abc', 'xyz'), 0);
});

test('what is too far off is no match, a prefix is always one', () => {
  const search = { terms: ['http'], threshold: 0.9, algorithm: 'subsequence', caseSensitive: true } as const;
  assert.equal(scoreOf(search)('http_requests_total'), 1);
  assert.equal(scoreOf(search)('h_t_t_p'), 0);
  assert.equal(scoreOf(search)('HTTP_requests'), 0);
  assert.equal(scoreOf({ ...search, caseSensitive: false })('HTTP_requests'), 1);
});

test('the best of several terms counts; none at all lets everything through', () => {
  const score = scoreOf({ terms: ['zzz', 'node'], threshold: 0, algorithm: 'jarowinkler', caseSensitive: true });
  assert.equal(score('node_cpu'), 1);
  close(score('my_node'), 1 - (0.9 * 3) / 3);
  assert.equal(score('other'), 0);
  assert.equal(scoreOf({ terms: [''], threshold: 1, algorithm: 'subsequence', caseSensitive: true })('x'), 1);
});
