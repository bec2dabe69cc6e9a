import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom, labelsKey } from '../model/labels.ts';
import { stepAlerts } from './alert_states.ts';
import { forStateMatchers, restoredAlerts } from './restore.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 1);
const LABELS = labelsFrom([
  ['alertname', 'A'],
  ['job', 'x'],
]);

/** When an alert fires at last that was pending since and until some minutes ago, in minutes from now. */
function firesIn(forMinutes: number, activeAgo: number, seenAgo: number): number {
  const found = new Map([[labelsKey(LABELS), { labels: LABELS, annotations: [], value: 1 }]]);
  const timings = { forMs: forMinutes * MINUTE, keepFiringForMs: 0 };
  const { alerts } = stepAlerts(new Map(), found, timings, NOW);
  const stored = {
    labels: labelsFrom([
      ['__name__', 'ALERTS_FOR_STATE'],
      ['alertname', 'A'],
      ['job', 'x'],
    ]),
    timeMs: NOW - seenAgo * MINUTE,
    value: (NOW - activeAgo * MINUTE) / 1000,
  };
  const [restored] = restoredAlerts(alerts, [stored], timings.forMs, NOW).values();
  return ((restored?.activeAtMs ?? Number.NaN) + timings.forMs - NOW) / MINUTE;
}

const OUTAGES: readonly (readonly [
  what: string,
  forMinutes: number,
  activeAgo: number,
  seenAgo: number,
  firesIn: number,
])[] = [
  ['a restart does not count: a short `for` goes on', 5, 4, 1, 1],
  ['a restart does not count: a long `for` goes on', 30, 25, 2, 5],
  ['an alert that was due during a restart fires at once', 5, 6, 3, -1],
  ['after an outage a short `for` begins anew', 5, 24, 20, 5],
  ['after an outage the time of the outage does not count', 60, 50, 30, 40],
  ['after an outage an alert that was nearly due waits for the grace period', 20, 38, 20, 10],
  ['an alert that was firing before an outage fires', 20, 50, 20, -30],
];
for (const [what, forMinutes, activeAgo, seenAgo, expected] of OUTAGES) {
  test(what, () => assert.equal(firesIn(forMinutes, activeAgo, seenAgo), expected));
}

test('an alert that had ended before the outage, or was another, begins anew', () => {
  const found = new Map([[labelsKey(LABELS), { labels: LABELS, annotations: [], value: 1 }]]);
  const { alerts } = stepAlerts(new Map(), found, { forMs: 3_600_000, keepFiringForMs: 0 }, NOW);
  const series = (job: string): readonly string[] => ['__name__', 'ALERTS_FOR_STATE', 'alertname', 'A', 'job', job];
  const timeMs = NOW - MINUTE;
  const stored = [
    { labels: series('x'), timeMs, value: Number.NaN },
    { labels: series('y'), timeMs, value: timeMs / 1000 },
  ];
  const [restored] = restoredAlerts(alerts, stored, 3_600_000, NOW).values();
  assert.equal(restored?.activeAtMs, NOW);
});

test('the stored state of a rule is looked for by its name and the labels that are no templates', () => {
  const labels = new Map([
    ['severity', 'page'],
    ['team', '{{ $labels.team }}'],
  ]);
  const matchers = forStateMatchers({
    kind: 'alert',
    name: 'A',
    language: 'promql',
    expr: 'up',
    forMs: 0,
    keepFiringForMs: 0,
    labels,
    annotations: new Map(),
  });
  assert.deepEqual(
    matchers.map(({ name, operator, value }) => `${name}${operator}${value}`),
    ['__name__=ALERTS_FOR_STATE', 'alertname=A', 'severity=page'],
  );
});
