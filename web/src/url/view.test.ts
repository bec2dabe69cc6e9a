import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patchSearch, screenHref } from './view.ts';

test('a link to another screen keeps time, zone and scope and drops what belongs to this screen', () => {
  const here = '?q=up&from=now-6h&to=now&tz=utc&scope=ledger&tab=table';
  assert.equal(
    screenHref('/explore/logs', { q: '{a="b"}' }, here),
    '/explore/logs?from=now-6h&to=now&tz=utc&scope=ledger&q=%7Ba%3D%22b%22%7D',
  );
});

test('a patch sets, replaces and removes', () => {
  assert.equal(patchSearch('a=1&b=2', { a: null, b: '3', c: '4', d: '' }), 'b=3&c=4');
});
