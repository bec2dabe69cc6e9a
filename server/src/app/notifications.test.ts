import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome, ReadyIntegration } from '../alerting/index.ts';
import { createFakeClock } from '../base/clock.ts';
import { createRouter } from '../base/router.ts';
import { createLogger } from '../base/telemetry/log.ts';
import { createMetricsRegistry } from '../base/telemetry/metrics.ts';
import { type ProofPorts, proofOf } from '../drills/index.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import type { AlertsConfig } from './alerts_messages.ts';
import { startReceiverChecks } from './notifications.ts';

const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const TAKEN: Outcome = { retry: false, status: 200, providerId: 'id' };
const REFUSED: Outcome = { error: 'no such channel', retry: false, status: 404, providerId: '' };

/** Checks of one receiver, `team`, that answers as told. */
function started(every?: string) {
  const world = { answer: TAKEN, broken: '' };
  const clock = createFakeClock(START);
  const registry = createMetricsRegistry();
  const events: AlertEvent[] = [];
  const lines: string[] = [];
  const slack: ReadyIntegration = {
    ...{ name: 'slack[0]', channel: 'slack', sendResolved: true, timeoutMs: undefined },
    notifier: async () => world.answer,
  };
  const checks = startReceiverChecks({
    tenant: 'trilith',
    config: { alerting: every === undefined ? {} : { heartbeat: { receiver: 'team', every } } } as AlertsConfig,
    alerting: { receiver: (name) => (name === 'team' ? [slack] : undefined), put: () => undefined },
    clock,
    registry,
    note: (_tenant, noted) => void events.push(...noted),
    broken: async () => world.broken,
    log: createLogger({ service: 'test', level: 'INFO', write: (line) => void lines.push(line) }),
  });
  checks.begin();
  const testReceiver = async (): Promise<void> => {
    const path = '/api/v2/receivers/test';
    const match = createRouter(checks.routes).match('POST', path);
    const body = new Uint8Array(Buffer.from(JSON.stringify({ receiver: 'team' })));
    const request = { method: 'POST', path, headers: {}, body, tenant: 'trilith', params: {} };
    const signal = new AbortController().signal;
    const response = await match?.route.handler({ ...request, query: new URLSearchParams(), signal });
    assert.equal(response?.status, 200);
  };
  return { world, clock, registry, events, lines, testReceiver };
}

test('a test of a receiver makes up for 30 days without a page: the rule that pages it is proven', async () => {
  const { world, clock, events, testReceiver } = started();
  const labels = ['alertname', 'Down', 'severity', 'page'];
  const rule = { file: 'rules.yml', group: 'g', rule: 'Down' };
  const ports: ProofPorts = {
    rules: () => [
      {
        ...{ file: 'rules.yml', group: 'g', name: 'Down', language: 'promql', expr: 'vector(1)', lastError: '' },
        ...{ labels: new Map([['severity', 'page']]), annotations: new Map() },
      },
    ],
    events: async ({ newestOf }) =>
      newestOf === 'attempt'
        ? events
        : [{ kind: 'state', timeMs: START - HOUR, rule, labels, from: 'pending', to: 'firing', value: 1 }],
    evaluate: async () => [],
    receiversOf: () => [{ receiver: 'team', integrations: ['slack[0]'], unreached: [] }],
    runbookOf: async () => ({ address: '/runbooks/down', opens: true, error: '' }),
  };
  const verdict = async () => (await proofOf(ports, clock.nowMs(), false))[0]?.verdict;
  assert.equal(await verdict(), 'unproven');
  await testReceiver();
  assert.equal(await verdict(), 'proven');
  world.answer = REFUSED;
  await testReceiver();
  assert.equal(await verdict(), 'broken');
  assert.deepEqual(
    events.map((event) => event.kind === 'attempt' && [event.receiver, event.integration, event.outcome, event.error]),
    [
      ['team', 'slack[0]', 'accepted', ''],
      ['team', 'slack[0]', 'failed', 'no such channel'],
    ],
  );
});

test('heartbeats are noted when their outcome changes, and once an hour', async () => {
  const { world, clock, events } = started('5m');
  await clock.advanceTo(START + 2 * HOUR + 60_000);
  assert.deepEqual(
    events.map(({ timeMs }) => (timeMs - START) / HOUR),
    [0, 1, 2],
  );
  world.answer = REFUSED;
  await clock.advanceTo(START + 2.5 * HOUR);
  assert.equal(events.length, 4);
});

test('a withheld heartbeat is counted, told of once, and noted as no attempt', async () => {
  const { world, clock, registry, events, lines } = started('5m');
  world.broken = 'the store does not answer';
  await clock.advanceTo(START + 11 * 60_000);
  assert.match(registry.render(), /trilith_heartbeats_total\{outcome="withheld"\} 67/);
  assert.deepEqual(events, []);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /withheld.*the store does not answer/);
  world.broken = '';
  await clock.advanceTo(START + 16 * 60_000);
  assert.match(registry.render(), /trilith_heartbeats_total\{outcome="accepted"\} 1/);
  assert.equal(lines.length, 2);
});
