import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertEvent } from '../model/alert_event.ts';
import { alertHistory } from './history.ts';
import { noiseReport } from './noise.ts';

const NOON = Date.parse('2026-01-05T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const labels = (alert: string, more: readonly string[] = []): string[] => ['alertname', alert, ...more];

const state = (alert: string, atMs: number, to: 'firing' | 'inactive', more: readonly string[] = []): AlertEvent => ({
  ...{ kind: 'state', timeMs: atMs, rule: { file: 'f', group: 'g', rule: alert }, labels: labels(alert, more) },
  ...{ from: to === 'firing' ? 'pending' : 'firing', to, value: to === 'firing' ? 7 : Number.NaN },
});
const attempt = (atMs: number, receiver: string, alerts: readonly string[], more: object = {}): AlertEvent => ({
  ...{ kind: 'attempt', timeMs: atMs, groupKey: `g ${alerts.join()}`, receiver, integration: 'slack[0]', attempt: 1 },
  ...{ outcome: 'accepted', status: 200, providerId: '', latencyMs: 5, error: '' },
  alerts: alerts.map((alert) => ({ labels: labels(alert), resolved: false })),
  ...more,
});
const acknowledged = (atMs: number, groupKey: string, person: string): AlertEvent => ({
  ...{ kind: 'response', timeMs: atMs, groupKey, action: 'acknowledged', person, note: '', labels: [] },
});

const PEOPLE = new Map([
  ['anna-chat', { id: 'anna', name: 'Anna', zone: 'Europe/Moscow' }],
  ['anna-phone', { id: 'anna', name: 'Anna', zone: 'Europe/Moscow' }],
]);
const OPTIONS = { fromMs: NOON - HOUR, toMs: NOON + 24 * HOUR, people: PEOPLE, zone: 'UTC' };

test('a page is counted once however many integrations took it, and nobody is told of what was not taken or has ended', () => {
  const report = noiseReport(
    [
      attempt(NOON, 'team', ['Down']),
      attempt(NOON + 900, 'anna-chat', ['Down']),
      attempt(NOON + 950, 'anna-phone', ['Down']),
      attempt(NOON + HOUR, 'team', ['Down']),
      attempt(NOON + HOUR, 'team', ['Down'], { outcome: 'retried' }),
      attempt(NOON + 2 * HOUR, 'team', ['Down'], { alerts: [{ labels: labels('Down'), resolved: true }] }),
      attempt(NOON, 'on-call', ['Other'], { integration: 'on_call[0]' }),
    ],
    OPTIONS,
  );
  assert.equal(report.pages, 2);
  assert.deepEqual(
    report.rules.map(({ alert, pages }) => [alert, pages]),
    [['Down', 2]],
  );
  assert.deepEqual(
    report.people.map(({ person, pages }) => [person, pages]),
    [['anna', 1]],
  );
});

test('pages nobody did anything about, how fast people acknowledge, and nights by their own clocks', () => {
  const night = NOON + 9 * HOUR; // 21:00 UTC is midnight in Moscow
  const report = noiseReport(
    [
      attempt(NOON, 'anna-chat', ['Down']),
      acknowledged(NOON + 4 * MINUTE, 'g Down', 'anna'),
      attempt(night, 'anna-chat', ['Slow']),
      attempt(night, 'team', ['Disk']),
    ],
    OPTIONS,
  );
  const [down, slow] = ['Down', 'Slow'].map((name) => report.rules.find(({ alert }) => alert === name));
  assert.deepEqual([down?.neverActedOn, down?.nightPages], [0, 0]);
  assert.deepEqual([slow?.neverActedOn, slow?.nightPages], [1, 1]);
  assert.equal(report.rules.find(({ alert }) => alert === 'Disk')?.nightPages, 0);
  assert.deepEqual(report.people, [
    { person: 'anna', name: 'Anna', pages: 2, nightPages: 1, acknowledged: 1, medianAcknowledgeMs: 4 * MINUTE },
  ]);
});

test('alerts that always come together, and those that flap', () => {
  const report = noiseReport(
    [
      ...[0, 2, 4].map((hours) => attempt(NOON + hours * HOUR, 'team', ['Down', 'Slow'])),
      attempt(NOON + 6 * HOUR, 'team', ['Slow']),
      ...[state('Slow', NOON, 'firing'), state('Slow', NOON + 2 * MINUTE, 'inactive')],
      ...[state('Slow', NOON + 10 * MINUTE, 'firing'), state('Slow', NOON + 20 * MINUTE, 'inactive')],
      state('Slow', NOON + 40 * MINUTE, 'firing'),
    ],
    { ...OPTIONS, toMs: NOON + HOUR },
  );
  const [down, slow] = ['Down', 'Slow'].map((name) => report.rules.find(({ alert }) => alert === name));
  assert.deepEqual(down?.alwaysWith, ['Slow']);
  assert.deepEqual(slow?.alwaysWith, []);
  assert.equal(slow?.flaps, 2);
  assert.equal(slow?.firingMs, (2 + 10 + 20) * MINUTE);
});

test('tests of receivers and heartbeats page nobody', () => {
  const told = (name: string, more: readonly string[] = []): AlertEvent =>
    attempt(NOON, 'team', [], { alerts: [{ labels: labels(name, more), resolved: false }] });
  const events = [told('TrilithHeartbeat'), told('TrilithTest', ['trilith_test', 'true'])];
  assert.equal(noiseReport(events, OPTIONS).pages, 0);
});

test('what a drill made is in no figure, and is named in the history', () => {
  const drill = ['trilith_drill', 'run-7'];
  const events = [
    state('Down', NOON, 'firing', drill),
    attempt(NOON, 'team', [], { alerts: [{ labels: labels('Down', drill), resolved: false }] }),
  ];
  assert.deepEqual(noiseReport(events, OPTIONS).rules, []);
  assert.equal(noiseReport(events, OPTIONS).pages, 0);
  assert.equal(alertHistory(events, []).series[0]?.drill, 'run-7');
});

test('a state noted again after a restart goes on', () => {
  const events = [state('Down', NOON, 'firing'), state('Down', NOON + MINUTE, 'firing')];
  assert.deepEqual(alertHistory(events, []).series[0]?.states, [
    { state: 'firing', fromMs: NOON, toMs: null, value: 7 },
  ]);
});

test('history has the states of each series, one after the other, and only of alerts that have the labels asked for', () => {
  const events: AlertEvent[] = [
    state('Down', NOON, 'firing', ['node', 'a']),
    { kind: 'blind', timeMs: NOON, rule: { file: 'f', group: 'g', rule: 'Down' }, error: 'timed out' },
    state('Down', NOON + 1, 'firing', ['node', 'b']),
    state('Down', NOON + MINUTE, 'inactive', ['node', 'a']),
    { kind: 'blind', timeMs: NOON + MINUTE, rule: { file: 'f', group: 'g', rule: 'Down' }, error: '' },
    attempt(NOON, 'team', ['Down'], { alerts: [{ labels: labels('Down', ['node', 'b']), resolved: false }] }),
  ];
  const { series, blind, attempts } = alertHistory(events, ['node', 'a']);
  assert.equal(series.length, 1);
  assert.deepEqual(series[0]?.states, [
    { state: 'firing', fromMs: NOON, toMs: NOON + MINUTE, value: 7 },
    { state: 'inactive', fromMs: NOON + MINUTE, toMs: null, value: null },
  ]);
  assert.deepEqual(
    blind.map(({ fromMs, toMs, error }) => [fromMs, toMs, error]),
    [[NOON, NOON + MINUTE, 'timed out']],
  );
  assert.deepEqual(attempts, []);
  assert.equal(alertHistory(events, ['node', 'b']).attempts[0]?.firing, 1);
});

test('a rule with short firings says how much longer it would have to wait; two are too few to say', () => {
  const firing = (startMs: number, lastedMs: number): AlertEvent[] => [
    state('Slow', NOON + startMs, 'firing'),
    state('Slow', NOON + startMs + lastedMs, 'inactive'),
  ];
  const short = [firing(0, MINUTE), firing(20 * MINUTE, 130_000)].flat();
  const raised = (events: readonly AlertEvent[]) => noiseReport(events, OPTIONS).rules[0]?.raiseForMs;
  assert.equal(raised(short), null);
  assert.equal(raised([...short, ...firing(40 * MINUTE, 30_000), ...firing(60 * MINUTE, 20 * MINUTE)]), 3 * MINUTE);
});
