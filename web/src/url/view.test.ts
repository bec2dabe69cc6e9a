import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedIn, patchSearch, screenHref } from './view.ts';

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

test('a name in the path comes back whole, whatever is in it', () => {
  for (const name of ['checkout', 'a=b', 'team/api', 'a%3Db', 'a?b#c&d+e', '<img src="x">', 'касса'])
    assert.equal(namedIn(`/services/${encodeURIComponent(name)}`), name);
  assert.equal(namedIn('/services/100%'), '100%');
});
