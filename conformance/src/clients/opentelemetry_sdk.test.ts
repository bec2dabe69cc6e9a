import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { context, logs, metrics, SeverityNumber, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  AggregationType,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

const WITHIN_MS = 10_000;

let server: RunningServer;
let sdk: NodeSDK;
let traceId = '';

before(async () => {
  server = await startServer();
  sdk = new NodeSDK({
    autoDetectResources: false,
    resource: resourceFromAttributes({ 'service.name': 'payments-api', 'service.namespace': 'shop' }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${server.url}/v1/traces` }) })],
    logRecordProcessors: [
      new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${server.url}/v1/logs` }) }),
    ],
    metricReaders: [
      new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter({ url: `${server.url}/v1/metrics` }) }),
    ],
    instrumentations: [],
  });
  sdk.start();
  metrics.getMeter('test').createCounter('payments').add(3, { result: 'declined' });
  const tracer = trace.getTracer('test', '1.0');
  const parent = tracer.startSpan('POST /v1/pay', { kind: SpanKind.SERVER, attributes: { 'http.route': '/v1/pay' } });
  traceId = parent.spanContext().traceId;
  context.with(trace.setSpan(context.active(), parent), () => {
    logs.getLogger('test').emit({
      severityNumber: SeverityNumber.ERROR,
      body: 'card_declined',
      attributes: { 'user.id': 'u-1' },
    });
    const child = tracer.startSpan('SELECT ledger', { kind: SpanKind.CLIENT });
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'deadlock' });
    child.end();
  });
  parent.end();
  await sdk.shutdown();
});
after(() => server.stop());

test('spans: the trace is found by its id', async () => {
  await eventually('the trace is stored', WITHIN_MS, async () => {
    const text = JSON.stringify(await server.get(`/tempo/api/traces/${traceId}`));
    for (const expected of ['POST /v1/pay', 'SELECT ledger', 'deadlock', 'payments-api'])
      assert.ok(text.includes(expected), text);
  });
});

test('logs: the record is found by service, by level, and by the trace it was made in', async () => {
  interface Answer {
    readonly data: { readonly result: readonly { readonly values: readonly (readonly [string, string])[] }[] };
  }
  for (const query of [
    '{service_name="payments-api"}',
    `{service_namespace="shop"} | trace_id="${traceId}"`,
    '{service="payments-api", level="ERROR"}',
  ]) {
    await eventually(query, WITHIN_MS, async () => {
      const answer = (await server.get('/loki/api/v1/query_range', { query })) as Answer;
      assert.deepEqual(
        answer.data.result.flatMap(({ values }) => values.map(([, line]) => line)),
        ['card_declined'],
      );
    });
  }
});

test('metrics: the counter is a series named as Prometheus names it', async () => {
  interface Answer {
    readonly data: {
      readonly result: readonly {
        readonly metric: Readonly<Record<string, string>>;
        readonly value: readonly [number, string];
      }[];
    };
  }
  await eventually('the counter is stored', WITHIN_MS, async () => {
    const answer = (await server.get('/prometheus/api/v1/query', {
      query: 'payments_total{job="shop/payments-api"}',
    })) as Answer;
    assert.deepEqual(
      answer.data.result.map(({ metric, value }) => [metric.result, value[1]]),
      [['declined', '3']],
    );
  });
});

test('metrics with delta temporality and exponential histograms: totals and native histograms come out', async () => {
  process.env.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE = 'delta';
  const exporter = new OTLPMetricExporter({ url: `${server.url}/v1/metrics` });
  delete process.env.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE;
  assert.equal(exporter.selectAggregationTemporality(InstrumentType.COUNTER), AggregationTemporality.DELTA);
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': 'delta-api' }),
    views: [
      {
        instrumentName: 'http.server.duration',
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 40, recordMinMax: true } },
      },
    ],
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  const meter = provider.getMeter('test');
  const requests = meter.createCounter('requests');
  const size = meter.createHistogram('body.size', { unit: 'By', advice: { explicitBucketBoundaries: [10, 100] } });
  const duration = meter.createHistogram('http.server.duration', { unit: 's' });
  for (let round = 1; round <= 3; round++) {
    requests.add(round, { route: '/pay' });
    size.record(50);
    for (let i = 1; i <= 10; i++) duration.record((i * round) / 100);
    await provider.forceFlush();
  }
  await provider.shutdown();
  const value = async (query: string): Promise<string | undefined> => {
    const answer = (await server.get('/prometheus/api/v1/query', { query })) as {
      readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
    };
    return answer.data.result[0]?.value[1];
  };
  await eventually('the totals are stored', WITHIN_MS, async () => {
    assert.equal(await value('requests_total{job="delta-api",route="/pay"}'), '6');
    assert.equal(await value('body_size_bytes_bucket{job="delta-api",le="100"}'), '3');
    assert.equal(await value('histogram_count(http_server_duration_seconds{job="delta-api"})'), '30');
    assert.ok(
      Math.abs(Number(await value('histogram_sum(http_server_duration_seconds{job="delta-api"})')) - 3.3) < 1e-9,
    );
    const median = Number(await value('histogram_quantile(0.5, http_server_duration_seconds{job="delta-api"})'));
    assert.ok(median > 0.07 && median < 0.12, `median ${median}`);
  });
});
