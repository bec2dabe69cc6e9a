import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenLabels, labelParameter, runbookNameIn, runbookPath } from './runbookPath.ts';

test('the page of a runbook leads back to its name', () => {
  for (const name of ['slow', 'payments/high-error-rate', 'a b/c%d', 'оплата/ошибки'])
    assert.equal(runbookNameIn(runbookPath(name)), name);
  assert.equal(runbookNameIn('/runbooks/100%/a/'), '100%/a');
});

test('labels in an address are those with a value', () => {
  const params = new URLSearchParams({ [labelParameter('job')]: 'payments', [labelParameter('pod')]: '', alert: 'x' });
  assert.deepEqual(givenLabels(params), { job: 'payments' });
});
