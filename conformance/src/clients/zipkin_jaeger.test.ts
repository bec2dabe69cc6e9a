import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { freePort } from '../../../server/src/base/free_port.ts';
import { encodeProtobuf, type ProtobufShape } from '../../../server/src/base/protobuf_json.ts';
import { grpcCall } from '../grpc_call.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

const WITHIN_MS = 10_000;
const require = createRequire(import.meta.url);

let server: RunningServer;
let agentPort = 0;
let grpcPort = 0;
before(async () => {
  [agentPort, grpcPort] = [await freePort(), await freePort()];
  server = await startServer({
    env: {
      TRILITH_JAEGER_AGENT_LISTEN: `127.0.0.1:${agentPort}`,
      TRILITH_OTLP_GRPC_LISTEN: `127.0.0.1:${grpcPort}`,
    },
  });
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

/** jaeger-idl, api_v2: PostSpansRequest as far as this test fills it. */
const TIME: ProtobufShape = { seconds: { number: 1, type: 'int64' }, nanos: { number: 2, type: 'uint32' } };
const SPAN: ProtobufShape = {
  traceId: { number: 1, type: 'bytes' },
  spanId: { number: 2, type: 'bytes' },
  operationName: { number: 3, type: 'text' },
  startTime: { number: 6, type: { message: () => TIME } },
  duration: { number: 7, type: { message: () => TIME } },
};
const BATCH: ProtobufShape = {
  spans: { number: 1, type: { message: () => SPAN }, repeats: 'list' },
  process: { number: 2, type: { message: () => ({ serviceName: { number: 1, type: 'text' } }) } },
};

test('a collector’s exporter posts spans over gRPC, found by their trace id at once', async () => {
  const traceId = 'd'.repeat(32);
  const span = {
    traceId: Buffer.from(traceId, 'hex').toString('base64'),
    spanId: Buffer.from('000000000000000d', 'hex').toString('base64'),
    operationName: 'weigh',
    startTime: { seconds: String(Math.floor(Date.now() / 1000)) },
    duration: { nanos: 5_000_000 },
  };
  const request = encodeProtobuf(
    { batch: { number: 1, type: { message: () => BATCH } } },
    { batch: { spans: [span], process: { serviceName: 'scales' } } },
  );
  const posted = await grpcCall(grpcPort, '/jaeger.api_v2.CollectorService/PostSpans', request);
  assert.deepEqual([posted.status, posted.messages.map(({ length }) => length)], ['0', [0]]);
  await eventually('the trace', WITHIN_MS, async () => {
    const { data } = (await server.get(`/jaeger/api/traces/${traceId}`)) as {
      data: { spans: { operationName: string; duration: number }[]; processes: object }[];
    };
    assert.deepEqual([data[0]?.spans[0]?.operationName, data[0]?.spans[0]?.duration], ['weigh', 5000]);
    assert.deepEqual(data[0]?.processes, { p1: { serviceName: 'scales', tags: [] } });
  });
});
