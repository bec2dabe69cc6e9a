import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../../../server/src/base/free_port.ts';
import { grpcCall } from '../grpc_call.ts';
import { postTraces, type SentSpan } from '../otlp_traces.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

/**
 * The requests that Jaeger's UI (jaegertracing/jaeger-ui packages/jaeger-ui/src/api/{jaeger,v3/client}.ts) and Grafana's Jaeger
 * data source (grafana/grafana pkg/tsdb/jaeger/{client,grpc_client}.go) make, with what they read of the answers.
 */
let server: RunningServer;
let grpcPort = 0;
const TRACE = '5af7183fb1d4cf5f5af7183fb1d4cf5f';
const OTHER = '00000000000000001111111111111111';
const START_MS = Date.now() - 60_000;
const ns = (ms: number): string => `${Math.round(ms * 1000)}000`;

const SPANS: readonly SentSpan[] = [
  {
    service: 'frontend',
    traceId: TRACE,
    spanId: '000000000000000a',
    name: 'GET /dispatch',
    kind: 2,
    startMs: START_MS,
    durationMs: 100,
  },
  {
    service: 'frontend',
    traceId: TRACE,
    spanId: '000000000000000b',
    parentSpanId: '000000000000000a',
    name: 'call driver',
    kind: 3,
    startMs: START_MS + 1,
    durationMs: 80,
    attributes: { 'http.status_code': 500, retry: true, ratio: 0.5, big: '9007199254740993' },
  },
  {
    service: 'driver',
    traceId: TRACE,
    spanId: '000000000000000c',
    parentSpanId: '000000000000000b',
    name: 'FindNearest',
    kind: 2,
    startMs: START_MS + 2,
    durationMs: 70,
    error: 'too far',
    event: 'exception',
  },
  {
    service: 'driver',
    traceId: OTHER,
    spanId: '000000000000000d',
    name: 'refresh',
    kind: 1,
    startMs: START_MS + 5,
    durationMs: 2,
  },
];

before(async () => {
  grpcPort = await freePort();
  server = await startServer({ env: { TRILITH_OTLP_GRPC_LISTEN: `127.0.0.1:${grpcPort}` } });
  await postTraces(server.url, SPANS);
  await eventually('the traces are in the store', 10_000, async () => {
    assert.deepEqual((await v1('services')).data, ['driver', 'frontend']);
  });
});
after(() => server.stop());

interface Structured {
  readonly data: unknown;
  readonly total: number;
  readonly errors: readonly { readonly code?: number; readonly msg: string; readonly traceID?: string }[] | null;
}
interface UiTrace {
  readonly traceID: string;
  readonly spans: readonly {
    readonly spanID: string;
    readonly operationName: string;
    readonly startTime: number;
    readonly duration: number;
    readonly processID: string;
    readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[];
    readonly tags: readonly { readonly key: string; readonly type: string; readonly value: unknown }[];
    readonly logs: readonly { readonly timestamp: number; readonly fields: readonly { readonly key: string }[] }[];
  }[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

async function ask(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${server.url}/jaeger/api/${path}?${new URLSearchParams(parameters)}`);
}

async function v1(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<Structured> {
  const response = await ask(path, parameters);
  const body = await response.text();
  assert.equal(response.status, 200, body);
  return JSON.parse(body) as Structured;
}

async function v3<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
  const response = await ask(`v3/${path}`, parameters);
  const body = await response.text();
  assert.equal(response.status, 200, body);
  return JSON.parse(body) as T;
}

const US = { start: String(START_MS * 1000 - 1_000_000), end: String(Date.now() * 1000) };

describe('the UI’s own API', () => {
  test('services, and operations with and without their kinds', async () => {
    assert.deepEqual((await v1('services')).total, 2);
    assert.deepEqual((await v1('services/frontend/operations')).data, ['GET /dispatch', 'call driver']);
    assert.deepEqual((await v1('operations', { service: 'frontend', spanKind: 'server' })).data, [
      { name: 'GET /dispatch', spanKind: 'server' },
    ]);
    const refused = await ask('operations');
    assert.deepEqual(
      [refused.status, await refused.json()],
      [
        400,
        {
          data: null,
          total: 0,
          limit: 0,
          offset: 0,
          errors: [{ code: 400, msg: "parameter 'service' is required" }],
        },
      ],
    );
  });

  test('a trace has its spans, their processes, references, typed tags and logs', async () => {
    const [trace] = (await v1(`traces/${TRACE}`)).data as UiTrace[];
    assert.equal(trace?.traceID, TRACE);
    const span = (name: string): UiTrace['spans'][number] | undefined =>
      trace?.spans.find(({ operationName }) => operationName === name);
    const call = span('call driver');
    assert.deepEqual([call?.startTime, call?.duration], [(START_MS + 1) * 1000, 80_000]);
    assert.deepEqual(call?.references, [{ refType: 'CHILD_OF', traceID: TRACE, spanID: '000000000000000a' }]);
    const tags = Object.fromEntries((call?.tags ?? []).map(({ key, type, value }) => [key, `${type} ${value}`]));
    assert.deepEqual(tags, {
      'otel.scope.name': 'string test',
      'otel.scope.version': 'string 1',
      'http.status_code': 'int64 500',
      retry: 'bool true',
      ratio: 'float64 0.5',
      big: 'string 9007199254740993',
      'span.kind': 'string client',
    });
    const failed = span('FindNearest');
    assert.equal(trace?.processes[failed?.processID ?? '']?.serviceName, 'driver');
    assert.ok(failed?.tags.some(({ key, value }) => key === 'error' && value === true));
    assert.ok(failed?.tags.some(({ key, value }) => key === 'otel.status_description' && value === 'too far'));
    assert.deepEqual(failed?.logs[0]?.fields[0]?.key, 'event');
  });

  test('a trace nobody has is 404, an id that is none 400', async () => {
    const unknown = await ask('traces/00000000000000000000000000000001');
    assert.deepEqual(
      [unknown.status, ((await unknown.json()) as Structured).errors?.[0]?.msg],
      [404, 'trace not found'],
    );
    assert.equal((await ask('traces/xyz')).status, 400);
  });

  test('search by every condition of the form finds whole traces', async () => {
    const found = async (parameters: Record<string, string>): Promise<string[]> => {
      const { data } = await v1('traces', { ...US, lookback: '1h', limit: '20', ...parameters });
      return (data as UiTrace[]).map(({ traceID, spans }) => `${traceID} ${spans.length}`);
    };
    const whole = `${TRACE} 3`;
    assert.deepEqual(await found({ service: 'driver' }), ['1111111111111111 1', whole]);
    assert.deepEqual(await found({ service: 'driver', operation: 'FindNearest' }), [whole]);
    assert.deepEqual(await found({ service: 'frontend', tags: '{"http.status_code":"500"}' }), [whole]);
    assert.deepEqual(await found({ service: 'driver', tags: '{"error":"true"}' }), [whole]);
    assert.deepEqual(await found({ service: 'driver', tag: 'span.kind:internal' }), ['1111111111111111 1']);
    assert.deepEqual(await found({ service: 'frontend', minDuration: '90ms', maxDuration: '1s' }), [whole]);
    assert.deepEqual(await found({ service: 'driver', maxDuration: '10ms' }), ['1111111111111111 1']);
    assert.deepEqual(await found({ service: 'driver', tags: '{"http.status_code":"500"}' }), []);
  });

  test('traces by their ids, those that are not there named', async () => {
    const url = `${server.url}/jaeger/api/traces?traceID=${TRACE}&traceID=1111111111111111&traceID=2`;
    const { data, errors } = (await (await fetch(url)).json()) as Structured;
    assert.deepEqual(
      (data as UiTrace[]).map(({ traceID }) => traceID),
      [TRACE, '1111111111111111'],
    );
    assert.deepEqual(errors, [{ msg: 'trace not found', traceID: '0000000000000002' }]);
  });

  test('dependencies are who called whom, and how often', async () => {
    const { data } = await v1('dependencies', { endTs: String(Date.now()), lookback: '604800000' });
    assert.deepEqual(data, [{ parent: 'frontend', child: 'driver', callCount: 1 }]);
  });

  test('the monitor asks for rates, shares of errors and latencies by service and by operation', async () => {
    const range = { endTs: String(Date.now()), lookback: '600000', step: '600000', ratePer: '600000' };
    const measured = async (what: string, more: Record<string, string> = {}): Promise<unknown> => {
      const response = await ask(`metrics/${what}`, { service: 'driver', spanKind: 'server', ...range, ...more });
      const body = await response.text();
      assert.equal(response.status, 200, body);
      const { name, type, metrics } = JSON.parse(body) as {
        name: string;
        type: string;
        metrics: {
          labels: { name: string; value: string }[];
          metricPoints: { gaugeValue: { doubleValue: number | 'NaN' }; timestamp: string }[];
        }[];
      };
      assert.equal(type, 'GAUGE');
      return metrics.map(({ labels, metricPoints }) => [
        name,
        labels.map(({ value }) => value).join(' '),
        metricPoints.some(({ gaugeValue }) => Number(gaugeValue.doubleValue) > 0),
      ]);
    };
    assert.deepEqual(await measured('calls'), [['service_call_rate', 'driver', true]]);
    assert.deepEqual(await measured('errors', { groupByOperation: 'true' }), [
      ['service_operation_error_rate', 'FindNearest driver', true],
    ]);
    assert.deepEqual(await measured('latencies', { quantile: '0.95' }), [['service_latencies', 'driver', true]]);
    assert.equal((await v1('metrics/minstep')).data, 1);
    assert.equal((await ask('metrics/calls')).status, 400);
  });

  test('what cannot be searched for is refused by name', async () => {
    for (const [parameters, message] of [
      [{}, "parameter 'service' is required"],
      [{ service: 'x', minDuration: 'soon' }, /^unable to parse param 'minDuration': /],
      [{ service: 'x', tags: '{' }, /^malformed 'tags' parameter, cannot unmarshal JSON: /],
      [{ service: 'x', tag: 'a' }, /^malformed 'tag' parameter, expecting key:value, received: a/],
      [{ service: 'x', minDuration: '2s', maxDuration: '1s' }, "'maxDuration' should be greater than 'minDuration'"],
    ] as const) {
      const response = await ask('traces', { ...US, ...parameters });
      const { errors } = (await response.json()) as Structured;
      assert.equal(response.status, 400);
      if (typeof message === 'string') assert.equal(errors?.[0]?.msg, message);
      else assert.match(errors?.[0]?.msg ?? '', message);
    }
  });
});

interface TracesData {
  readonly result: {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: object }[] };
      readonly scopeSpans: readonly { readonly spans: readonly Record<string, unknown>[] }[];
    }[];
  };
}

const RFC = {
  startTimeMin: new Date(START_MS - 1000).toISOString(),
  startTimeMax: new Date().toISOString(),
};

describe('the API v3', () => {
  test('services and operations are lists of their names', async () => {
    assert.deepEqual(await v3('services'), { services: ['driver', 'frontend'] });
    assert.deepEqual(await v3('operations', { service: 'driver' }), {
      operations: [
        { name: 'FindNearest', spanKind: 'server' },
        { name: 'refresh', spanKind: 'internal' },
      ],
    });
  });

  test('a trace is OTLP with ids in hex and numbers for words, in a frame', async () => {
    const { result } = await v3<TracesData>(`traces/${TRACE}`, {
      startTime: RFC.startTimeMin,
      endTime: RFC.startTimeMax,
    });
    const spans = result.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    const failed = spans.find(({ name }) => name === 'FindNearest');
    assert.deepEqual(
      [failed?.traceId, failed?.spanId, failed?.parentSpanId, failed?.kind, failed?.status],
      [TRACE, '000000000000000c', '000000000000000b', 2, { code: 2, message: 'too far' }],
    );
    assert.equal(failed?.startTimeUnixNano, ns(START_MS + 2));
    assert.ok(
      spans.every(({ startTimeUnixNano, endTimeUnixNano }) => /^\d+$/.test(`${startTimeUnixNano}${endTimeUnixNano}`)),
    );
  });

  test('search takes both spellings of its parameters', async () => {
    for (const parameters of [
      {
        'query.serviceName': 'frontend',
        'query.startTimeMin': RFC.startTimeMin,
        'query.startTimeMax': RFC.startTimeMax,
        'query.searchDepth': '20',
        'query.attributes': '{"http.status_code":"500"}',
      },
      {
        'query.service_name': 'frontend',
        'query.operation_name': 'call driver',
        'query.start_time_min': RFC.startTimeMin,
        'query.start_time_max': RFC.startTimeMax,
        'query.duration_min': '50ms',
        'query.num_traces': '20',
      },
    ]) {
      const { result } = await v3<TracesData>('traces', parameters);
      assert.equal(result.resourceSpans.length, 2, JSON.stringify(parameters));
    }
  });

  test('the list of traces asks for summaries', async () => {
    const { summaries } = await v3<{ summaries: Record<string, unknown>[] }>('trace-summaries', {
      'query.service_name': 'frontend',
      'query.start_time_min': RFC.startTimeMin,
      'query.start_time_max': RFC.startTimeMax,
      'query.num_traces': '20',
    });
    assert.deepEqual(summaries, [
      {
        traceId: TRACE,
        rootServiceName: 'frontend',
        rootOperationName: 'GET /dispatch',
        minStartTimeUnixNano: ns(START_MS),
        maxEndTimeUnixNano: ns(START_MS + 100),
        spanCount: 3,
        errorSpanCount: 1,
        orphanSpanCount: 0,
        services: [
          { name: 'frontend', spanCount: 2, errorSpanCount: 0 },
          { name: 'driver', spanCount: 1, errorSpanCount: 1 },
        ],
      },
    ]);
  });

  test('dependencies, and what the server can do', async () => {
    const range = { startTime: RFC.startTimeMin, endTime: RFC.startTimeMax };
    assert.deepEqual(await v3('dependencies', range), {
      dependencies: [{ parent: 'frontend', child: 'driver', callCount: '1' }],
    });
    assert.deepEqual(await v3('capabilities'), { search: { withoutServiceName: true, sameSpanConjunction: true } });
  });

  test('the same is answered over gRPC', async () => {
    const call = (method: string, message: Uint8Array): ReturnType<typeof grpcCall> =>
      grpcCall(grpcPort, `/jaeger.api_v3.QueryService/${method}`, message);
    const services = await call('GetServices', new Uint8Array(0));
    for (const name of ['driver', 'frontend']) assert.ok(services.messages[0]?.includes(name), name);
    const named = Buffer.concat([Buffer.from([10, TRACE.length]), Buffer.from(TRACE)]);
    const trace = await call('GetTrace', named);
    assert.deepEqual([trace.status, trace.messages.length], ['0', 1]);
    for (const text of ['GET /dispatch', 'FindNearest', 'too far']) assert.ok(trace.messages[0]?.includes(text), text);
    assert.equal((await call('GetTrace', Buffer.from([10, 1, 49]))).status, '5');
  });

  test('errors are framed as the gateway frames them', async () => {
    const unknown = await ask('v3/traces/00000000000000000000000000000001');
    assert.deepEqual(
      [unknown.status, await unknown.json()],
      [404, { error: { httpCode: 404, message: 'No traces found' } }],
    );
    const refused = await ask('v3/traces', { 'query.service_name': 'x' });
    assert.deepEqual(
      [refused.status, await refused.json()],
      [400, { error: { httpCode: 400, message: 'query.startTimeMin and query.startTimeMax are required' } }],
    );
  });
});
