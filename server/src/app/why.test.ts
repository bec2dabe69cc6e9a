import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { memoryRecords, START_MS, startTestAlertmanager } from '../alerting/test_alertmanager.ts';
import { createLogger } from '../base/telemetry/log.ts';
import { why } from '../ledger/index.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import { labelsFrom } from '../model/labels.ts';
import { createRuleManager } from '../rules/index.ts';
import { createMemoryPorts, definitionsOf, testContext } from '../rules/test_rules.ts';
import type { LedgerSelection } from '../store/index.ts';
import type { AlertsConfig } from './alerts_messages.ts';
import { startOnCall } from './on_call.ts';
import { CASES, type Case, ROUTING, RULES } from './test_why_cases.ts';
import { whyPorts } from './why_ports.ts';

const TENANT = 'trilith';
const MINUTE_MS = 60_000;
const SAMPLE_SECONDS = 15;
const directory = mkdtempSync(join(tmpdir(), 'trilith-why-'));
after(() => rmSync(directory, { recursive: true }));

/** Rules, alerting and on-call together, under a clock that is turned by hand. */
function stage(one: Case) {
  const records = memoryRecords;
  const file = join(directory, 'on-call.yml');
  writeFileSync(file, one.onCall ?? '');
  const log = createLogger({ service: 'test', level: 'FATAL', write: () => undefined });
  const alerting = startTestAlertmanager({
    config: one.routing ?? ROUTING,
    answer: (notification, _, signal) => {
      if (notification.receiver === 'on-call') return onCall.services.page('main')(notification, signal);
      return one.answer?.(notification, signal) ?? { retry: false, status: 200, providerId: '' };
    },
    acknowledgedBy: (groupKey, labels) => onCall.acknowledgedBy(groupKey, labels),
  });
  const { clock, events, alertmanager } = alerting;
  const note = (_: string, noted: readonly AlertEvent[]): void => void events.push(...noted);
  const onCall = startOnCall({
    ...{
      tenant: TENANT,
      externalUrl: () => 'http://trilith',
      clock,
      note,
      log,
      authorOf: () => '',
      runbookOf: () => '',
    },
    config: { on_call: { file }, data: directory } as AlertsConfig,
    records,
    alertmanager: () => alertmanager,
    integrationsOf: alerting.integrationsOf,
  });
  const ports = createMemoryPorts();
  const { expand, externalLabels, linkOf, elapsedMs, warn } = testContext(ports);
  const manager = createRuleManager({
    ...{ tenant: TENANT, clock, expand, externalLabels, linkOf, elapsedMs, warn },
    ports: { ...ports, note, alerts: (_, alerts) => alertmanager.put(alerts) },
  });
  const advanceTo = async (minute: number): Promise<void> => {
    const untilMs = START_MS + minute * MINUTE_MS;
    while (clock.nowMs() < untilMs) {
      const atMs = clock.nowMs();
      for (const [labels, valueAt] of one.series ?? []) {
        const value = valueAt((atMs - START_MS) / MINUTE_MS);
        if (value !== undefined) ports.put(labelsFrom(Object.entries(labels)), atMs, value);
      }
      await clock.advanceTo(Math.min(untilMs, atMs + SAMPLE_SECONDS * 1_000));
    }
  };
  const acknowledge = async (groupKey: string, person: string): Promise<void> => {
    const route = onCall.routes.find(({ method, path }) => method === 'POST' && path === '/api/alerts/responses');
    const body = new Uint8Array(Buffer.from(JSON.stringify({ groupKey, person, action: 'acknowledge' })));
    const request = {
      method: 'POST',
      path: '',
      params: {},
      query: new URLSearchParams(),
      headers: {},
      body,
      tenant: TENANT,
    };
    const response = await route?.handler({ ...request, signal: new AbortController().signal });
    assert.equal(response?.status, 200, String(response?.body));
  };
  const silence = (labels: Readonly<Record<string, string>>): Promise<unknown> =>
    alertmanager.silences.set(
      {
        ...{ id: '', startsAtMs: clock.nowMs(), endsAtMs: clock.nowMs() + 600 * MINUTE_MS },
        ...{ createdBy: 'anna', comment: 'deploy', annotations: {} },
        matchers: Object.entries(labels).map(([name, value]) => ({ name, value, operator: '=' as const })),
      },
      'anna',
    );
  const asked = whyPorts({
    ...{ tenant: TENANT, rules: manager, alertmanager: () => alertmanager, evaluate: ports.evaluate },
    events: async (_, selection) => selected(events, selection),
  })(TENANT);
  const close = async (): Promise<void> => {
    manager.stop();
    onCall.close();
    await alertmanager[Symbol.asyncDispose]();
  };
  return { advanceTo, acknowledge, silence, asked, manager, close };
}

/** What the store gives for a selection. */
function selected(
  events: readonly AlertEvent[],
  { fromMs, toMs, kinds, alert, groupKey }: LedgerSelection,
): AlertEvent[] {
  const isNamed = (event: AlertEvent): boolean =>
    ('rule' in event && event.rule.rule === alert) ||
    ('labels' in event && event.labels.includes(alert ?? '')) ||
    ('alerts' in event && event.alerts.some(({ labels }) => labels.includes(alert ?? '')));
  return events
    .filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs)
    .filter(({ kind }) => kinds === undefined || kinds.includes(kind))
    .filter((event) => alert === undefined || isNamed(event))
    .filter((event) => groupKey === undefined || ('groupKey' in event && event.groupKey === groupKey))
    .toSorted((a, b) => a.timeMs - b.timeMs);
}

for (const one of CASES) {
  test(`why (not) paged: ${one.name}`, async () => {
    const world = stage(one);
    await world.manager.update(definitionsOf(one.rules ?? RULES), one.unreadable ?? new Map());
    world.manager.begin();
    const minute = one.minute ?? 30;
    if (one.deed !== undefined) {
      await world.advanceTo(one.deed.minute);
      await one.deed.run(world);
    }
    await world.advanceTo(minute);
    const { alert = 'HighErrors', labels = {}, ...more } = one.ask ?? {};
    const answer = await why(
      {
        ...{ alert, labels: labelsFrom(Object.entries(labels)), ...more },
        ...{ atMs: START_MS + minute * MINUTE_MS, sinceMs: START_MS },
      },
      world.asked,
    );
    await world.close();
    assert.match(answer.verdict, one.says);
    assert.deepEqual({ cause: answer.cause, paged: answer.paged }, { cause: one.cause, paged: one.paged ?? false });
    if (one.cause !== 'paged') assert.equal(answer.hops.at(-1)?.outcome, 'stop');
  });
}
