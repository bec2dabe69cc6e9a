import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AlertsNowAnswer, alertsNowAnswer, type SilencePreview, silencePreview } from '@trilith/contract';
import * as v from 'valibot';
import { START_MS, startTestAlertmanager } from '../../alerting/test_alertmanager.ts';
import { createRouter } from '../../base/router.ts';
import type { AlertEvent } from '../../model/alert_event.ts';
import { type AlertsNowSource, alertsNowRoutes } from './alerts_now.ts';
import { silencePreviewRoutes } from './silence_preview.ts';

const CONFIG = `
route: {receiver: team, group_by: [alertname], group_wait: 10s, group_interval: 60s, repeat_interval: 1h}
receivers:
  - {name: team, webhook_configs: [{url: "http://127.0.0.1:9/"}]}
  - {name: night, on_call_configs: [{policy: main}]}
`;
const PEOPLE = new Map([['team', { id: 'anna', name: 'Anna', zone: 'UTC' }]]);

function started(events: readonly AlertEvent[] = [], config = CONFIG) {
  const timeline = startTestAlertmanager({ config });
  const { alertmanager, clock } = timeline;
  const source: AlertsNowSource = {
    of: () => alertmanager,
    people: () => PEOPLE,
    escalationOf: (policy, groupKey, beginsMs) => ({
      ...{ asked: ['Vera'], next: [`${policy} of ${groupKey}`], nextAtMs: beginsMs + 300_000 },
    }),
    nowMs: clock.nowMs,
  };
  const portsOf = () => ({ events: async () => events });
  const router = createRouter([...alertsNowRoutes(source), ...silencePreviewRoutes({ ...source, portsOf })]);
  const ask = async (path: string, query: string): Promise<{ readonly status: number; readonly body: unknown }> => {
    const match = router.match('GET', path);
    assert.ok(match);
    const signal = new AbortController().signal;
    const request = { ...{ method: 'GET', path, headers: {}, body: new Uint8Array(0), tenant: 'trilith', signal } };
    const response = await match.route.handler({ ...request, params: {}, query: new URLSearchParams(query) });
    return { status: response.status, body: JSON.parse(String(response.body)) };
  };
  const now = async (query = ''): Promise<AlertsNowAnswer> =>
    v.parse(alertsNowAnswer, (await ask('/api/alerts/now', query)).body);
  const preview = async (query: string): Promise<SilencePreview> =>
    v.parse(silencePreview, (await ask('/api/alerts/silences/preview', query)).body);
  return { ...timeline, ask, now, preview };
}

test('a group says whom it is told to and when: first, and again', async () => {
  const { fire, advanceTo, now } = started();
  fire({ alertname: 'Down', job: 'api' });
  const [waiting] = (await now()).groups;
  assert.deepEqual(
    [waiting?.receiver, waiting?.people, waiting?.integrations, waiting?.toldMs, waiting?.nextMs, waiting?.repeatMs],
    ['team', ['Anna'], ['webhook[0]'], null, START_MS + 10_000, null],
  );
  assert.equal(waiting?.alerts[0]?.told, false);
  assert.equal(waiting?.escalation, null);
  await advanceTo(15);
  const [told] = (await now()).groups;
  assert.deepEqual(
    [told?.toldMs, told?.nextMs, told?.repeatMs, told?.alerts[0]?.told],
    [START_MS + 10_000, START_MS + 70_000, START_MS + 3_610_000, true],
  );
  fire({ alertname: 'Down', job: 'web' });
  const again = (await now()).groups[0];
  assert.deepEqual(
    again?.alerts.map(({ labels, told: isTold }) => [labels.job, isTold]),
    [
      ['api', true],
      ['web', false],
    ],
  );
});

test('of a route that leads to an escalation, the people it asks are named, and who is asked next and when', async () => {
  const { fire, now } = started([], CONFIG.replace('{receiver: team,', '{receiver: night,'));
  fire({ alertname: 'Down' });
  const [group] = (await now()).groups;
  assert.deepEqual([group?.receiver, group?.people, group?.integrations], ['night', ['Vera'], ['on_call[0]']]);
  assert.deepEqual(group?.escalation, {
    ...{ policy: 'main', next: ['main of {}:{alertname="Down"}'], nextAtMs: START_MS + 310_000 },
  });
});

test('filters and words narrow what fires, and what silences hold comes last', async () => {
  const { fire, alertmanager, now, ask } = started();
  fire({ alertname: 'Down', job: 'api' });
  fire({ alertname: 'Slow', job: 'api' });
  fire({ alertname: 'Full', job: 'disk' });
  const matchers = [{ name: 'alertname', operator: '=' as const, value: 'Slow' }];
  const times = { startsAtMs: START_MS, endsAtMs: START_MS + 3_600_000 };
  await alertmanager.silences.set({ id: '', matchers, ...times, createdBy: 'a', comment: '', annotations: {} }, 'a');
  const names = ({ groups }: AlertsNowAnswer): (string | undefined)[] => groups.map(({ labels }) => labels.alertname);
  assert.equal(names(await now()).at(-1), 'Slow');
  assert.equal((await now('filter=alertname=Slow')).groups[0]?.alerts[0]?.silencedBy.length, 1);
  assert.deepEqual(names(await now('filter=job%3D~"di.*"')), ['Full']);
  assert.deepEqual(names(await now('text=DISK')), ['Full']);
  assert.equal((await ask('/api/alerts/now', 'filter=job%3D~"("')).status, 400);
});

test('the preview of a silence counts what fires now and what began to fire in the week, without drills', async () => {
  const state = (name: string, from: 'pending' | 'firing', more: readonly string[] = []): AlertEvent => ({
    ...{
      kind: 'state',
      timeMs: START_MS - 1000,
      rule: { file: 'f', group: 'g', rule: name },
      from,
      to: 'firing',
      value: 1,
    },
    labels: ['alertname', name, 'job', 'api', ...more],
  });
  const { fire, preview, ask } = started([
    state('Down', 'pending'),
    state('Down', 'pending'),
    state('Down', 'firing'),
    state('Slow', 'pending', ['path', '/']),
    state('Slow', 'pending', ['trilith_drill', 'd1']),
  ]);
  fire({ alertname: 'Down', job: 'api' });
  fire({ alertname: 'Full', job: 'disk' });
  const { now, week } = await preview('filter=job="api"');
  assert.deepEqual(
    now.alerts.map(({ labels, receivers }) => [labels.alertname, receivers]),
    [['Down', ['team']]],
  );
  assert.deepEqual(week, {
    ...{ firings: 3, alerts: 2, truncated: false },
    names: [
      { alert: 'Down', firings: 2 },
      { alert: 'Slow', firings: 1 },
    ],
  });
  assert.equal((await ask('/api/alerts/silences/preview', '')).status, 400);
});
