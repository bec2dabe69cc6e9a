import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom } from '../model/labels.ts';
import { fingerprintOf } from './fingerprint.ts';
import { compareAlerts, heldAlert, takeAlert } from './held_alert.ts';

test('fingerprints are Alertmanager’s', () => {
  for (const [labels, fingerprint] of [
    [{ alertname: 'Q', cluster: 'c3', mode: 'quiet', severity: 'warning' }, '45c9a2900051808d'],
    [{ alertname: 'Posted', team: 'a' }, 'a782755d7199861d'],
    [{}, 'cbf29ce484222325'],
  ] as const)
    assert.equal(fingerprintOf(labelsFrom(Object.entries(labels))), fingerprint);
});

const NOW = 1000;
const alert = (startsAtMs: number, endsAtMs: number, updatedAtMs: number, timeout = false) =>
  heldAlert({ labels: ['a', 'b'], annotations: [], startsAtMs, endsAtMs, updatedAtMs, generatorUrl: '' }, timeout);

test('an alert that is told again begins when it first did, and ends as somebody said, before what was assumed', () => {
  for (const [held, told, expected] of [
    // Told again while it lasts.
    [alert(100, 2000, 900), alert(950, 2500, 950), [100, 2500]],
    // Ended.
    [alert(100, 2000, 900), alert(100, 990, 990), [100, 990]],
    // An end somebody said is not shortened by one that is assumed; an assumed one is moved.
    [alert(100, 5000, 900), alert(950, 2500, 950, true), [100, 5000]],
    [alert(100, 5000, 900, true), alert(950, 2500, 950, true), [100, 2500]],
    // Over, and begun anew: another one.
    [alert(100, 500, 500), alert(950, 2500, 950), [950, 2500]],
    // What was told later counts, in whatever order it comes.
    [alert(950, 2500, 950), alert(100, 2000, 900), [100, 2500]],
  ] as const) {
    const { startsAtMs, endsAtMs } = takeAlert(held, told, NOW);
    assert.deepEqual([startsAtMs, endsAtMs], expected);
  }
});

test('alerts of a notification are ordered by job, instance, then all labels', () => {
  const of = (labels: Readonly<Record<string, string>>) => ({
    ...alert(0, 1, 0),
    labels: labelsFrom(Object.entries(labels)),
  });
  const sorted = [
    { z: '1' },
    { job: 'b', instance: '1' },
    { job: 'a', instance: '2' },
    { job: 'a', instance: '1', x: 'y' },
  ]
    .map(of)
    .sort(compareAlerts);
  assert.deepEqual(
    sorted.map(({ labels }) => labels.join(' ')),
    ['instance 1 job a x y', 'instance 2 job a', 'instance 1 job b', 'z 1'],
  );
});
