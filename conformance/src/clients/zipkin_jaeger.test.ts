import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { eventually, freePort, type RunningServer, startServer } from '../running_server.ts';

const WITHIN_MS = 10_000;
const require = createRequire(import.meta.url);

let server: RunningServer;
let agentPort = 0;
before(async () => {
  agentPort = await freePort();
  server = await startServer({ env: { TRILITH_JAEGER_AGENT_LISTEN: `127.0.0.1:${agentPort}` } });
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

test('Jaeger’s own client with its defaults asks how to sample and sends datagrams, found by Jaeger’s API', async (t) => {
  const { initTracer } = require('jaeger-client') as { initTracer: (config: object, options: object) => JaegerTracer };
  const problems: string[] = [];
  const logger = { info: () => undefined, error: (message: string) => problems.push(message) };
  const tracer = initTracer(
    {
      serviceName: 'returns',
      sampler: {
        type: 'remote',
        param: 0,
        host: '127.0.0.1',
        port: server.port,
        samplingPath: '/jaeger/sampling',
        refreshIntervalMs: 100,
      },
      reporter: { agentHost: '127.0.0.1', agentPort, flushIntervalMs: 50 },
    },
    { logger },
  );
  interface UiTraces {
    readonly data: readonly {
      readonly spans: readonly {
        readonly operationName: string;
        readonly tags: readonly { readonly key: string; readonly value: unknown }[];
      }[];
    }[];
  }
  t.after(() => new Promise<void>((resolve) => tracer.close(resolve)));
  await eventually('a span', WITHIN_MS, async () => {
    // Until the client has heard how to sample it drops spans: it begins with the share 0.
    const span = tracer.startSpan('refund');
    span.setTag('amount', 12.5);
    span.finish();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { data } = (await server.get('/jaeger/api/traces', { service: 'returns' })) as UiTraces;
    const [found] = data[0]?.spans ?? [];
    assert.equal(found?.operationName, 'refund');
    assert.equal(found?.tags.find(({ key }) => key === 'amount')?.value, 12.5);
  });
  assert.deepEqual(problems, []);
});
