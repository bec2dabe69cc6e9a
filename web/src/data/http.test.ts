import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundOf, bytesOf } from './http.ts';

test('an error names the setting of the bound that stopped the query', () => {
  assert.equal(
    boundOf('query timed out in query execution: the bound is 30 s (limits.query_seconds, or the timeout)'),
    'limits.query_seconds',
  );
  assert.equal(boundOf('1:5: parse error: unexpected "}"'), null);
});

test('what an answer read from the store is in its header', () => {
  assert.deepEqual(['rows=12,bytes=345', 'rows=0,bytes=0', '', null].map(bytesOf), [345, 0, null, null]);
});
