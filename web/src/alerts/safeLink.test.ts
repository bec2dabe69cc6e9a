import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeLink } from './safeLink.ts';

test('only http and https can be followed', () => {
  assert.equal(safeLink('https://runbooks/payments'), 'https://runbooks/payments');
  for (const address of [
    undefined,
    '',
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    '//x',
    'https://',
  ])
    assert.equal(safeLink(address), null, String(address));
});
