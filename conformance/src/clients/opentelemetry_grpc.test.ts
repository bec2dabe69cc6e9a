import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { context, logs, metrics, SeverityNumber, SpanKind, trace } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { freePort } from '../../../server/src/base/free_port.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

const WITHIN_MS = 10_000;

let server: RunningServer;
let traceId = '';

before(async () => {
  const address = `127.0.0.1:${await freePort()}`;
  server = await startServer({ env: { TRILITH_OTLP_GRPC_LISTEN: address } });
  const to = { url: `http://${address}` };
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: resourceFromAttributes({ 'service.name': 'ledger' }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(to) })],
    logRecordProcessors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(to) })],
    metricReaders: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(to) })],
    instrumentations: [],
  });
  sdk.start();
  metrics.getMeter('test').createCounter('bookings').add(2);
  const span = trace.getTracer('test').startSpan('book', { kind: SpanKind.SERVER });
  traceId = span.spanContext().traceId;
  context.with(trace.setSpan(context.active(), span), () =>
    logs.getLogger('test').emit({ severityNumber: SeverityNumber.INFO, body: 'booked' }),
  );
  span.end();
  await sdk.shutdown();
});
after(() => server.stop());

test('spans, logs and metrics sent over gRPC are found', async () => {
  await eventually('the trace', WITHIN_MS, async () =>
    assert.match(JSON.stringify(await server.get(`/tempo/api/traces/${traceId}`)), /book/),
  );
  await eventually('the line', WITHIN_MS, async () =>
    assert.match(
      JSON.stringify(
        await server.get('/loki/api/v1/query_range', { query: `{service="ledger"} | trace_id="${traceId}"` }),
      ),
      /booked/,
    ),
  );
  await eventually('the counter', WITHIN_MS, async () =>
    assert.match(JSON.stringify(await server.get('/prometheus/api/v1/query', { query: 'bookings_total' })), /"2"/),
  );
});
