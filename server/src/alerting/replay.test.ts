import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom } from '../model/labels.ts';
import { readAlertmanagerConfig } from './config/load.ts';
import { type ReplayedAlert, replayNotifications } from './replay.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A Monday, 2027-01-18 00:00 UTC. */
const START = Date.UTC(2027, 0, 18);

const CONFIG = `
route:
  receiver: team
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
  routes:
    - matchers: [severity="page"]
      receiver: pager
      continue: true
    - matchers: [severity="night"]
      receiver: quiet
      mute_time_intervals: [night]
time_intervals:
  - name: night
    time_intervals: [{times: [{start_time: '00:00', end_time: '06:00'}]}]
receivers:
  - name: team
    webhook_configs: [{url: 'http://example.org/team'}]
  - name: pager
    webhook_configs: [{url: 'http://example.org/pager', send_resolved: false}]
  - name: quiet
    webhook_configs: [{url: 'http://example.org/quiet'}]
  - name: nobody
`;

function alert(name: string, fromMs: number, toMs: number | undefined, severity = ''): ReplayedAlert {
  return {
    labels: labelsFrom([
      ['alertname', name.split('/')[0] ?? ''],
      ['instance', name],
      ['severity', severity],
    ]),
    firedAtMs: START + fromMs,
    resolvedAtMs: toMs === undefined ? undefined : START + toMs,
  };
}

/** Minutes since the start, receiver, how many fire and are resolved, and why. */
function replayed(alerts: readonly ReplayedAlert[], hours = 24): (readonly [number, string, number, number, string])[] {
  return replayNotifications(readAlertmanagerConfig(CONFIG), alerts, START + hours * HOUR).map((one) => [
    (one.timeMs - START) / MINUTE,
    one.receiver,
    one.firing.length,
    one.resolved.length,
    one.reason,
  ]);
}

test('a group is told after its wait, of what comes at its interval, again after the repeat, and of the end', () => {
  assert.deepEqual(replayed([alert('Down/a', 0, 5 * HOUR), alert('Down/b', 2 * MINUTE, 3 * HOUR)]), [
    [0.5, 'team', 1, 0, 'first notification'],
    [5.5, 'team', 2, 0, 'new alerts added'],
    [180.5, 'team', 1, 1, 'some alerts resolved'],
    [300.5, 'team', 0, 1, 'all alerts resolved'],
  ]);
  assert.deepEqual(
    replayed([alert('Down/a', 0, undefined)], 9).map(([minute]) => minute),
    [0.5, 245.5, 490.5],
  );
});

test('an alert that is over before the wait is over wakes nobody', () => {
  assert.deepEqual(replayed([alert('Blip/a', 0, 20_000)]), []);
});

test('a receiver without send_resolved hears only of what fires; the route that continues does not keep it from others', () => {
  assert.deepEqual(replayed([alert('Down/a', 0, HOUR, 'page')]), [[0.5, 'pager', 1, 0, 'first notification']]);
});

test('mute time intervals hold back until they end', () => {
  assert.deepEqual(replayed([alert('Slow/a', HOUR, 8 * HOUR, 'night')]), [
    [360.5, 'quiet', 1, 0, 'first notification'],
    [480.5, 'quiet', 0, 1, 'all alerts resolved'],
  ]);
});

test('an alert that fires again before its end was told is not news', () => {
  assert.deepEqual(
    replayed([alert('Flap/a', 0, 6 * MINUTE), alert('Flap/a', 7 * MINUTE, 20 * MINUTE)]).map(([minute, , , , why]) => [
      minute,
      why,
    ]),
    [
      [0.5, 'first notification'],
      [20.5, 'all alerts resolved'],
    ],
  );
});
