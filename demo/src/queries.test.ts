import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../server/src/base/free_port.ts';
import { type Demo, startDemo } from './demo.ts';
import { FAULT_NAMES } from './faults.ts';
import { SERVICES } from './topology.ts';
import { type StartedTrilith, startTrilith } from './trilith.ts';

/** How long a fact may take to show, from the start of the demo. */
const PATIENCE_MS = 120_000;
const LOOK_MS = 500;
const EXAMPLES = new URL('../../../shared/examples/', import.meta.url);

let trilith: StartedTrilith | undefined;
let demo: Demo | undefined;
let url = '';
let deadline = 0;
const data = mkdtempSync(join(tmpdir(), 'trilith-demo-test-'));

before(async () => {
  url = `http://127.0.0.1:${await freePort()}`;
  // Seven ports in a row, below those the system hands out by itself.
  const basePort = 20_000 + (process.pid % 1_500) * 8;
  const environment = { TRILITH_DATA: data, TRILITH_OTLP_LISTEN: 'off' };
  trilith = await startTrilith(url, basePort, environment, 'quiet');
  demo = await startDemo(
    { trilithUrl: url, rps: 8, seed: 1, basePort, faults: FAULT_NAMES, verbose: false, noServer: true },
    { onLost: (service, code) => assert.fail(`${service} ended with code ${code}`) },
  );
  deadline = Date.now() + PATIENCE_MS;
});

after(async () => {
  await demo?.[Symbol.asyncDispose]();
  await trilith?.[Symbol.asyncDispose]();
  rmSync(data, { recursive: true, force: true });
});

interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number | string, string])[];
}

async function ask(path: string, params: Readonly<Record<string, string>>): Promise<readonly Row[]> {
  const response = await fetch(`${url}${path}?${new URLSearchParams(params)}`);
  const text = await response.text();
  assert.equal(response.status, 200, `${params.query}: ${response.status} ${text.slice(0, 500)}`);
  const { data: answer } = JSON.parse(text);
  const result: {
    metric?: Row['labels'];
    stream?: Row['labels'];
    value?: Row['values'][number];
    values?: Row['values'];
  }[] = answer.result;
  return result.map(({ metric, stream, value, values }) => ({
    labels: metric ?? stream ?? {},
    values: values ?? (value === undefined ? [] : [value]),
  }));
}

const instant = (query: string): Promise<readonly Row[]> => ask('/prometheus/api/v1/query', { query });
const lines = (query: string): Promise<readonly Row[]> =>
  ask('/loki/api/v1/query_range', {
    query,
    limit: '100',
    start: String((Date.now() - 600_000) / 1000),
    end: String(Date.now() / 1000 + 1),
  });

/** Asks again until there are rows (or more of them); a query that is refused fails at once. */
async function rowsOf(
  look: (query: string) => Promise<readonly Row[]>,
  query: string,
  enough = 1,
): Promise<readonly Row[]> {
  for (;;) {
    const rows = await look(query);
    if (rows.length >= enough) return rows;
    assert.ok(Date.now() < deadline, `${query}: ${rows.length} rows after ${PATIENCE_MS / 1000} s`);
    await delay(LOOK_MS);
  }
}

const METRICS = [
  'sum by (method, path, status) (rate(http_requests_total{job="payments"}[5m]))',
  'sum(rate(http_requests_total{job="payments",status=~"5.."}[5m])) / sum(rate(http_requests_total{job="payments"}[5m]))',
  'histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket{job="payments"}[5m])) by (le))',
  'histogram_quantile(0.99, sum(rate(http_request_duration_seconds_bucket{job="payments"}[5m])) by (le))',
  'sum(rate(http_requests_total{job="payments",status=~"2..|3.."}[5m])) / sum(rate(http_requests_total{job="payments"}[5m]))',
  '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))',
  'node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes',
  'node_filesystem_avail_bytes / node_filesystem_size_bytes',
  'rate(node_network_receive_errs_total[5m])',
  'increase(payments_succeeded_total[5m])',
  'sum(rate(antifraud_rejections_total[5m]))',
  'sum(rate(payments_succeeded_total[5m])) / sum(rate(http_requests_total{job="payments",path="/v1/pay"}[5m]))',
  'sum(rate(payment_retries_total[5m])) / sum(rate(http_requests_total{job="payments",path="/v1/pay"}[5m]))',
  'kafka_consumergroup_lag{group="fraud-consumer"}',
  'increase(kafka_consumergroup_rebalances_total[5m])',
  'rabbitmq_queue_messages_ready',
  'rabbitmq_queue_messages_unacked',
  'pg_stat_database_numbackends',
  'pg_locks_count',
  'histogram_quantile(0.95, sum by (le) (rate(db_transaction_duration_seconds_bucket[5m])))',
  'up{job="payments"} == 1',
];

for (const query of METRICS) {
  test(`PromQL returns rows: ${query}`, async () => {
    await rowsOf(instant, query);
  });
}

const LOGS = [
  '{service="payments-api", level="ERROR"} |= "card_declined"',
  '{namespace="prod", app="antifraud-service"} |= "TimeoutError"',
  '{namespace="prod", level="ERROR"}',
  '{namespace="prod", level=~"ERROR|CRITICAL"}',
  '{namespace="prod", level="CRITICAL"}',
  '{namespace="prod", pod=~"payments-api-.+"}',
  '{service="payments-api"} | json | status=402',
  '{service="notifications"} |= "payments.dlq"',
];

for (const query of LOGS) {
  test(`LogQL returns lines: ${query}`, async () => {
    await rowsOf(lines, query);
  });
}

test('one failed request is told by its trace, its user, its request and its payment', async () => {
  const [first] = await rowsOf(lines, '{service="payments-api", level="ERROR"} |= "card_declined"');
  const line: Record<string, string> = JSON.parse(first?.values[0]?.[1] ?? '{}');
  assert.match(line.trace_id ?? '', /^[0-9a-f]{32}$/);
  await rowsOf(lines, `{service="payments-api", level="ERROR"} |= "card_declined" | trace_id="${line.trace_id}"`);
  await rowsOf(lines, `{namespace="prod"} | user_id="${line.user_id}"`);
  await rowsOf(lines, `{namespace="prod"} | request_id="${line.request_id}"`);
  await rowsOf(lines, `{namespace="prod"} |= "${line.payment_id}"`);
  const rows = await rowsOf(lines, `{namespace="prod"} | trace_id="${line.trace_id}"`, 2);
  const services = new Set(rows.map(({ labels }) => labels.service ?? labels.service_name));
  assert.deepEqual(
    ['antifraud-service', 'payments-api'].filter((service) => !services.has(service)),
    [],
  );
});

test('a payment is one trace through all services', async () => {
  const find = async (): Promise<ReadonlySet<string>> => {
    const [row] = await rowsOf(lines, '{service="payments-api"} |= "payment succeeded"');
    const { trace_id: id }: { trace_id: string } = JSON.parse(row?.values[0]?.[1] ?? '{}');
    const response = await fetch(`${url}/tempo/api/traces/${id}`, { headers: { accept: 'application/json' } });
    const text = await response.text();
    if (response.status === 404) return new Set();
    assert.equal(response.status, 200, text.slice(0, 300));
    return new Set(SERVICES.filter((service) => text.includes(`"${service}"`)));
  };
  for (;;) {
    const services = await find();
    if (services.size === SERVICES.length) return;
    assert.ok(Date.now() < deadline, `the trace holds ${[...services].join(', ')} only`);
    await delay(LOOK_MS);
  }
});

/** What the demo's tests look at of `GET /api/traces/<id>/everything`. */
interface Everything {
  readonly services: readonly { readonly name: string }[];
  readonly logs: {
    readonly value: { readonly lines: readonly { readonly service: string; readonly join: string }[] } | null;
  };
  readonly subjects: {
    readonly value: readonly { readonly kind: string; readonly panels: readonly { readonly id: string }[] }[] | null;
  };
  readonly missing: readonly { readonly key: string; readonly service: string }[];
}

test('payments-api → antifraud → ledger is one trace with its logs inside, and the metrics of its database beside it', async () => {
  const path = ['payments-api', 'antifraud-service', 'ledger'];
  const [row] = await rowsOf(lines, '{service="payments-api"} |= "payment succeeded"');
  const line: Record<string, string> = JSON.parse(row?.values[0]?.[1] ?? '{}');
  for (;;) {
    const response = await fetch(`${url}/api/traces/${line.trace_id}/everything`);
    const text = await response.text();
    const told: Everything | undefined = response.ok ? JSON.parse(text) : undefined;
    const bySpan = new Set(told?.logs.value?.lines.filter(({ join }) => join === 'span').map(({ service }) => service));
    const databases =
      told?.subjects.value?.filter(({ kind, panels }) => kind === 'database' && panels.length > 0) ?? [];
    const missing = told?.missing.filter(({ key, service }) => key.endsWith('_id') && path.includes(service)) ?? [];
    if (path.every((service) => bySpan.has(service)) && databases.length > 0) {
      assert.deepEqual(missing, [], 'every line carries its keys');
      break;
    }
    assert.ok(Date.now() < deadline, text.slice(0, 2000));
    await delay(LOOK_MS);
  }
  for (const value of [line.request_id, line.user_id]) {
    const answer = await (await fetch(`${url}/api/resolve?text=${value}`)).text();
    assert.match(answer, /"kind":"request"/, `${value} leads to its lines`);
  }
});

/** The expressions of a rule file, each joined to one line. */
function expressions(file: string): string[] {
  return [...file.matchAll(/^( +)expr:(.*(?:\n\1 +.*)*)/gm)].map(([, , text = '']) => text.replace(/\s+/g, ' ').trim());
}

const alerts = new URL('alerts.yml', EXAMPLES);
const absent = existsSync(alerts) ? false : `the users’ rules are not at ${alerts.pathname}`;

test('every rule our users start from fires under the faults', { skip: absent }, async () => {
  const found = expressions(readFileSync(alerts, 'utf8'));
  assert.equal(found.length, 5);
  for (const expression of found) await rowsOf(instant, expression);
});
