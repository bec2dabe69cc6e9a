import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredSpan } from '../../store/index.ts';
import { withWarnings } from './span_warnings.ts';

const span = (pairs: readonly string[], types: string): StoredSpan =>
  ({ spanId: '1', attributes: { pairs, types } }) as unknown as StoredSpan;

test('what is to be said of a trace stands on its first span, as Jaeger writes warnings', () => {
  const other = span([], '');
  const [first, second] = withWarnings([span(['a', '1'], 'i'), other], ['cut', 'left out']);
  assert.deepEqual(first?.attributes, { pairs: ['a', '1', '@jaeger@warnings', '["cut","left out"]'], types: 'ij' });
  assert.equal(second, other);
  assert.deepEqual(withWarnings([], ['cut']), []);
});

test('warnings that a span came with are kept', () => {
  for (const [stored, type, said] of [
    ['["skew"]', 'j', ['skew', 'cut']],
    ['skew', 's', ['skew', 'cut']],
    ['7', 'i', ['7', 'cut']],
  ] as const) {
    const [first] = withWarnings([span(['@jaeger@warnings', stored, 'a', 'b'], `${type}s`)], ['cut']);
    assert.deepEqual(first?.attributes, { pairs: ['a', 'b', '@jaeger@warnings', JSON.stringify(said)], types: 'sj' });
  }
});
