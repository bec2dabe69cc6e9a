import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromAlertmanagerHash } from './alertmanagerHash.ts';

test('links of pages in Alertmanager’s form lead to the alerts', () => {
  assert.equal(fromAlertmanagerHash('#/alerts?receiver=team'), '/alerts');
  assert.equal(fromAlertmanagerHash('#/silences/new'), '/alerts');
  for (const hash of ['', '#', '#/alertsome', '#section']) assert.equal(fromAlertmanagerHash(hash), null, hash);
});
