import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Labels, labelsFrom, type Matcher } from '../../model/labels.ts';
import type { StoredSpan } from '../../store/index.ts';
import { failuresOf } from './failures.ts';
import { measuredSubjects } from './metrics.ts';
import { missingKeys } from './missing_keys.ts';
import { panelsFor } from './panels.ts';
import { subjectsOf } from './subjects.ts';

interface Given {
  readonly service?: string;
  readonly resource?: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly status?: string;
  readonly events?: StoredSpan['events'];
}

function span({ service = 'api', resource = {}, attributes = {}, status = 'Unset', events = [] }: Given): StoredSpan {
  const pairs = (of: Readonly<Record<string, string>>) => ({
    pairs: Object.entries(of).flat(),
    types: 's'.repeat(Object.keys(of).length),
  });
  // Only what is looked at here.
  return {
    spanId: 'b7ad6b7169203331',
    parentSpanId: '',
    name: 'POST /pay',
    kind: 'Server',
    service,
    startNs: 1_790_000_000_000_000_000n,
    durationNs: 1_000_000n,
    status,
    statusMessage: status === 'Error' ? 'declined' : '',
    attributes: pairs(attributes),
    resource: pairs({ 'service.name': service, ...resource }),
    events,
    links: [],
  } as unknown as StoredSpan;
}

/** Metrics that exist, as an index of series answers. */
function metricsOf(series: readonly Readonly<Record<string, string>>[]) {
  const labels = series.map((one) => labelsFrom(Object.entries(one)));
  const matching = (matchers: readonly Matcher[]): Labels[] =>
    labels.filter((one) =>
      matchers.every(({ name, operator, value }) => {
        const at = one.findIndex((text, i) => i % 2 === 0 && text === name);
        const own = at < 0 ? '' : (one[at + 1] ?? '');
        return operator === '=' ? own === value : new RegExp(`^(?:${value})$`).test(own);
      }),
    );
  return {
    series: async ([matchers = []]: readonly (readonly Matcher[])[]) => matching(matchers),
    labelValues: async (name: string, [matchers = []]: readonly (readonly Matcher[])[]) =>
      new Map(matching(matchers).map((one) => [one[one.indexOf(name) + 1] ?? '', 1])),
  };
}

const NOW = { fromMs: 0, toMs: 1 };

const FOUND: readonly (readonly [string, Given, Readonly<Record<string, string>>, string, string])[] = [
  [
    'a pod by the label of Kubernetes’ exporters, within its namespace',
    { resource: { 'k8s.pod.name': 'api-1', 'k8s.namespace.name': 'prod' } },
    { __name__: 'container_memory_working_set_bytes', pod: 'api-1', namespace: 'prod' },
    'pod="api-1",namespace="prod"',
    'sum by (container) (container_memory_working_set_bytes{pod="api-1",namespace="prod"})',
  ],
  [
    'a process by the instance that OTLP metrics carry',
    { resource: { 'service.instance.id': 'i-7' } },
    { __name__: 'process_cpu_seconds_total', instance: 'i-7' },
    'instance="i-7"',
    'sum(rate(process_cpu_seconds_total{instance="i-7"}[5m]))',
  ],
  [
    'a service by OTLP’s job',
    { resource: { 'service.namespace': 'shop' } },
    { __name__: 'http_requests_total', job: 'shop/api' },
    'job="shop/api"',
    'sum(rate(http_requests_total{job="shop/api"}[5m]))',
  ],
  [
    'a host by its address, whatever the port',
    { resource: { 'host.name': 'node-1.local' } },
    { __name__: 'node_load1', instance: 'node-1.local:9100' },
    'instance=~"node-1\\\\.local(:\\\\d+)?"',
    'max(node_load1{instance=~"node-1\\\\.local(:\\\\d+)?"})',
  ],
  [
    'a database by its name, in today’s words',
    { attributes: { 'db.system.name': 'postgresql', 'db.namespace': 'ledger' } },
    { __name__: 'pg_stat_database_numbackends', datname: 'ledger' },
    'datname="ledger"',
    'sum(pg_stat_database_numbackends{datname="ledger"})',
  ],
  [
    'a database by its address, in earlier words',
    { attributes: { 'db.system': 'redis', 'net.peer.name': 'cache' } },
    { __name__: 'redis_connected_clients', instance: 'cache:9121' },
    'instance=~"cache(:\\\\d+)?"',
    'sum(redis_connected_clients{instance=~"cache(:\\\\d+)?"})',
  ],
  [
    'a topic by its consumer group',
    { attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'payments' } },
    { __name__: 'kafka_consumergroup_lag', topic: 'payments', group: 'fraud' },
    'topic="payments"',
    'sum by (group) (kafka_consumergroup_lag{topic="payments"})',
  ],
];

for (const [name, given, series, foundBy, query] of FOUND) {
  test(`metrics are found of ${name}`, async () => {
    const subjects = await measuredSubjects(metricsOf([series]), [span(given)], NOW);
    const found = subjects.filter(({ panels }) => panels.length > 0);
    assert.deepEqual(
      found.map((one) => [one.foundBy, one.panels[0]?.query]),
      [[foundBy, query]],
    );
  });
}

test('a host whose exporter has another address is found by the name its exporter tells', async () => {
  const metrics = metricsOf([
    { __name__: 'node_uname_info', nodename: 'node-1', instance: '10.0.0.7:9100' },
    { __name__: 'node_load1', instance: '10.0.0.7:9100' },
  ]);
  const subjects = await measuredSubjects(metrics, [span({ resource: { 'k8s.node.name': 'node-1' } })], NOW);
  assert.equal(subjects.find(({ kind }) => kind === 'host')?.foundBy, 'instance="10.0.0.7:9100"');
});

test('a thousand spans of one pod are one pod, and what is told is bounded', () => {
  const same = Array.from({ length: 1000 }, () => span({ resource: { 'k8s.pod.name': 'api-1' } }));
  assert.deepEqual(
    subjectsOf(same).map(({ kind }) => kind),
    ['pod', 'service'],
  );
  const many = Array.from({ length: 1000 }, (_, i) => span({ resource: { 'k8s.pod.name': `api-${i}` } }));
  assert.equal(subjectsOf(many).length, 24);
});

test('values are quoted: a name cannot change the query', async () => {
  const name = 'a"} or vector(1) #';
  const metrics = metricsOf([{ __name__: 'process_cpu_seconds_total', instance: name }]);
  const [subject] = await measuredSubjects(
    metrics,
    [span({ service: '', resource: { 'service.instance.id': name } })],
    NOW,
  );
  assert.equal(subject?.panels[0]?.query, 'sum(rate(process_cpu_seconds_total{instance="a\\"} or vector(1) #"}[5m]))');
});

test('of metrics nobody told us about the usual question is asked, once for each histogram', () => {
  const metrics = new Set([
    'up',
    'target_info',
    'jobs_done_total',
    'wait_seconds_bucket',
    'wait_seconds_count',
    'queue_size',
  ]);
  assert.deepEqual(
    panelsFor('service', 'service="x"', metrics).map(({ query }) => query),
    [
      'sum(rate(jobs_done_total{service="x"}[5m]))',
      'sum(queue_size{service="x"})',
      'histogram_quantile(0.95, sum by (le) (rate(wait_seconds_bucket{service="x"}[5m])))',
    ],
  );
});

test('an exception is told with its type, a failed span without one by its status', () => {
  const event = { timeNs: 5n, name: 'exception', attributes: ['exception.type', 'Boom', 'exception.message', 'x'] };
  const failures = failuresOf([
    span({ status: 'Error' }),
    span({ status: 'Error', events: [event as unknown as StoredSpan['events'][number]] }),
    span({}),
    span({ status: 'Error', attributes: { 'error.type': '504' } }),
  ]);
  assert.deepEqual(
    failures.map(({ type, message }) => [type, message]),
    [
      ['Boom', 'x'],
      ['', 'declined'],
      ['504', 'declined'],
    ],
  );
});

test('what is missing is named by service, with what to write in its language', () => {
  const spans = [
    span({ service: 'api', resource: { 'telemetry.sdk.language': 'python', 'k8s.pod.name': 'api-1' } }),
    span({ service: 'ledger' }),
    span({ service: 'mail', resource: { 'host.name': 'h' } }),
    span({ service: 'risk', resource: { 'host.name': 'h' } }),
  ];
  const logs = new Map([
    ['api', { named: 0, withSpan: 0, near: 3 }],
    ['ledger', { named: 0, withSpan: 0, near: 0 }],
    ['mail', { named: 2, withSpan: 0, near: 0 }],
    ['risk', { named: 2, withSpan: 2, near: 0 }],
  ]);
  const missing = missingKeys({ spans, logs, subjects: undefined, exemplars: undefined });
  assert.deepEqual(
    missing.map(({ key, service }) => [key, service]),
    [
      ['trace_id', 'api'],
      ['logs', 'ledger'],
      ['span_id', 'mail'],
      ['place', 'ledger'],
    ],
  );
  assert.match(missing[0]?.snippet ?? '', /OTEL_PYTHON_LOG_CORRELATION/);
});
