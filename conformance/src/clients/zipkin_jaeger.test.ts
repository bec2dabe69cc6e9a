import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

const WITHIN_MS = 10_000;
const require = createRequire(import.meta.url);

let server: RunningServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

interface ZipkinTracer {
  local<T>(name: string, run: () => T): T;
  readonly id: { readonly traceId: string };
}

test('Zipkin’s own client reports a span, found by its trace id', async () => {
  const { BatchRecorder, ExplicitContext, jsonEncoder, Tracer } = require('zipkin') as {
    BatchRecorder: new (options: object) => object;
    ExplicitContext: new () => object;
    jsonEncoder: { JSON_V2: object };
    Tracer: new (options: object) => ZipkinTracer;
  };
  const { HttpLogger } = require('zipkin-transport-http') as { HttpLogger: new (options: object) => object };
  const endpoint = `${server.url}/zipkin/api/v2/spans`;
  const logger = new HttpLogger({ endpoint, jsonEncoder: jsonEncoder.JSON_V2, httpInterval: 50 });
  const tracer = new Tracer({
    ctxImpl: new ExplicitContext(),
    recorder: new BatchRecorder({ logger }),
    localServiceName: 'checkout',
  });
  const traceId = tracer.local('reserve-stock', () => tracer.id.traceId);
  await eventually('the trace', WITHIN_MS, async () => {
    const trace = JSON.stringify(await server.get(`/tempo/api/traces/${traceId}`));
    assert.match(trace, /reserve-stock/);
    assert.match(trace, /checkout/);
  });
});

interface JaegerTracer {
  startSpan(name: string): {
    setTag(name: string, value: unknown): void;
    log(fields: object): void;
    finish(): void;
    context(): { toTraceId(): string };
  };
  close(done: () => void): void;
}

test('Jaeger’s own client reports a span with tags and logs, found by TraceQL', async () => {
  const { initTracer } = require('jaeger-client') as { initTracer: (config: object, options: object) => JaegerTracer };
  const tracer = initTracer(
    {
      serviceName: 'shipping',
      sampler: { type: 'const', param: 1 },
      reporter: { collectorEndpoint: `${server.url}/api/traces`, flushIntervalMs: 50 },
    },
    {},
  );
  const span = tracer.startSpan('label');
  span.setTag('parcel.weight', 1200);
  span.setTag('error', true);
  span.log({ event: 'printed' });
  span.finish();
  await new Promise<void>((resolve) => tracer.close(resolve));
  await eventually('the trace', WITHIN_MS, async () => {
    const query = {
      q: '{ resource.service.name = "shipping" && .parcel.weight > 1000 && status = error && event:name = "printed" }',
    };
    const { traces } = (await server.get('/tempo/api/search', query)) as { traces: { traceID: string }[] };
    assert.deepEqual(
      traces.map(({ traceID }) => traceID.replace(/^0+/, '')),
      [span.context().toTraceId().replace(/^0+/, '')],
    );
  });
});
