import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchRoutes } from '../alerting/index.ts';
import { memoryRecords, startTestAlertmanager } from '../alerting/test_alertmanager.ts';
import { createFakeClock } from '../base/clock.ts';
import { createLogger } from '../base/telemetry/log.ts';
import type { Records, StateKind } from '../state/index.ts';
import { createAlertVersions } from './alert_versions.ts';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

const rule = (expr: string) => ({
  ...{ file: 'rules.yml', group: 'g', name: 'Down', language: 'promql' as const, expr, forMs: 0, intervalMs: MINUTE },
  ...{ lastError: '', lastEvaluationMs: 0 },
});
const routed = (team: string): string =>
  `route: {receiver: nobody, group_by: [alertname], routes: [{receiver: ${team}, matchers: ['severity=~"page|critical"']}]}\nreceivers: [{name: nobody}, {name: ${team}, webhook_configs: [{url: 'http://127.0.0.1/'}]}]`;

test('a question about the past is answered with the rules and routes of then, one about now with those of now', async () => {
  const clock = createFakeClock(START);
  const kept = memoryRecords<unknown>();
  let expr = 'up == 0';
  let { alertmanager } = startTestAlertmanager({ config: routed('old') });
  const start = () =>
    createAlertVersions({
      tenant: 'trilith',
      records: <Body>(_: StateKind<Body>) => kept as unknown as Records<Body>,
      clock,
      log: createLogger({ service: 'test', level: 'FATAL', write: () => undefined }),
      rules: () => [{ ...rule(expr), lastEvaluationMs: clock.nowMs() }],
      routing: () => ({ root: alertmanager.root, integrations: new Map([['old', ['webhook[0]']]]) }),
    });
  start().begin();
  await clock.advanceTo(START + 5 * MINUTE);
  assert.equal(kept.written.length, 2, 'evaluations make no versions');
  expr = 'up == 1';
  ({ alertmanager } = startTestAlertmanager({ config: routed('new') }));
  await clock.advanceTo(START + 10 * MINUTE);
  // After a restart too.
  const versions = start();
  const then = await versions.at(START + MINUTE);
  assert.equal(then.rules?.[0]?.expr, 'up == 0');
  const root = then.routing?.root ?? assert.fail();
  assert.deepEqual(
    matchRoutes(root, ['alertname', 'Down', 'severity', 'critical']).map(({ receiver }) => receiver),
    ['old'],
  );
  assert.deepEqual(then.routing?.integrations.get('old'), ['webhook[0]']);
  assert.match(then.notes[0]?.text ?? '', /^rules were changed at 2026-01-01 00:05:/);
  assert.deepEqual(await versions.at(clock.nowMs()), { notes: [] });
  assert.deepEqual(await versions.at(START - MINUTE), { notes: [] }, 'before anything was kept nothing is known');
});

test('what is too large is not kept, and is said to have changed', async () => {
  const clock = createFakeClock(START);
  const kept = memoryRecords<unknown>();
  let expr = 'x'.repeat(300_000);
  const { alertmanager } = startTestAlertmanager({ config: routed('team') });
  const versions = createAlertVersions({
    tenant: 'trilith',
    records: <Body>(_: StateKind<Body>) => kept as unknown as Records<Body>,
    clock,
    log: createLogger({ service: 'test', level: 'FATAL', write: () => undefined }),
    rules: () => [rule(expr)],
    routing: () => ({ root: alertmanager.root, integrations: new Map() }),
  });
  versions.begin();
  await clock.advanceTo(START + MINUTE);
  expr = 'up';
  await clock.advanceTo(START + 2 * MINUTE);
  const { rules, notes } = await versions.at(START + 1_000);
  assert.equal(rules, undefined);
  assert.match(notes[0]?.text ?? '', /too many to be kept/);
});
