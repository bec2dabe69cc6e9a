import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutations } from '../../base/mutations.ts';
import { DecodeError, type DecodeLimits } from '../../model/ingest.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { decodeOtlpLogsJson, decodeOtlpLogsProtobuf } from './index.ts';
import {
  attribute,
  jsonBytes,
  NOW,
  rowsOf,
  testContext,
  text,
  upstreamEncode,
  upstreamExample,
  upstreamMissing,
  withBinaryIds,
} from './test_requests.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const ns = (ms: number) => `${ms}000000`;

function request(logRecords: unknown[], resource: unknown[] = [text('service.name', 'payments-api')]): object {
  return {
    resourceLogs: [
      {
        resource: { attributes: resource },
        scopeLogs: [{ scope: { name: 'pino', attributes: [text('sk', 'sv')] }, logRecords }],
      },
    ],
  };
}

const record = (more: object = {}) => ({ timeUnixNano: ns(NOW), body: { stringValue: 'hello' }, ...more });

const logRows = (value: object, limits: Partial<DecodeLimits> = {}) =>
  rowsOf(decodeOtlpLogsJson(jsonBytes(value), testContext(limits), undefined), 'otel_logs');

test('a log record becomes a row, its resource’s index attributes a stream', () => {
  const context = testContext();
  const value = request(
    [
      record({
        severityNumber: 18,
        severityText: 'Error',
        traceId: TRACE,
        spanId: '00f067aa0ba902b7',
        flags: 1,
        eventName: 'payment.failed',
        attributes: [
          text('user.id', 'u-1'),
          attribute('request_id', { intValue: '7' }),
          attribute('n', { doubleValue: 0.5 }),
        ],
      }),
    ],
    [
      text('service.name', 'payments-api'),
      text('k8s.pod.name', 'p-1'),
      text('process.pid', '1'),
      text('deployment.environment.name', 'prod'),
    ],
  );
  const decoded = decodeOtlpLogsJson(jsonBytes(value), context, undefined);
  assert.deepEqual(
    rowsOf(decoded, 'otel_logs').map((row) => ({ ...row })),
    [
      {
        Timestamp: BigInt(NOW) * 1_000_000n,
        StreamId: 1n,
        TraceId: TRACE,
        SpanId: '00f067aa0ba902b7',
        TraceFlags: 1,
        SeverityText: 'ERROR',
        SeverityNumber: 18,
        ServiceName: 'payments-api',
        Body: 'hello',
        ResourceAttributes: {
          'service.name': 'payments-api',
          'k8s.pod.name': 'p-1',
          'process.pid': '1',
          'deployment.environment.name': 'prod',
        },
        ScopeName: 'pino',
        ScopeVersion: '',
        ScopeAttributes: { sk: 'sv' },
        LogAttributes: { 'user.id': 'u-1', request_id: '7', n: '0.5' },
        EventName: 'payment.failed',
        MayRepeat: 0,
        RequestId: '7',
        UserId: 'u-1',
      },
    ],
  );
  assert.deepEqual(context.streams.labels(0), [
    'deployment_environment_name',
    'prod',
    'k8s_pod_name',
    'p-1',
    'pod',
    'p-1',
    'service_name',
    'payments-api',
  ]);
});

test('what a record says comes before its attributes, these before its body', () => {
  const body = {
    stringValue: `{"level":"debug","trace_id":"${'1'.repeat(32)}","span_id":"${'1'.repeat(16)}","user_id":"body","request_id":"body"}`,
  };
  const rows = logRows(
    request([
      record({
        body,
        severityNumber: 13,
        traceId: TRACE,
        attributes: [text('level', 'error'), text('trace_id', '2'.repeat(32)), text('user_id', 'attribute')],
      }),
      record({
        body,
        attributes: [text('level', 'error'), text('trace_id', '2'.repeat(32)), text('user_id', 'attribute')],
      }),
      record({ body }),
    ]),
  );
  assert.deepEqual(
    rows.map((row) => [row.SeverityText, row.TraceId, row.SpanId, row.UserId, row.RequestId]),
    [
      ['WARN', TRACE, '1'.repeat(16), 'attribute', 'body'],
      ['ERROR', '2'.repeat(32), '1'.repeat(16), 'attribute', 'body'],
      ['DEBUG', '1'.repeat(32), '1'.repeat(16), 'body', 'body'],
    ],
  );
});

test('severities are one vocabulary, and a text outside it is kept as an attribute', () => {
  const rows = logRows(
    request([
      record({ severityNumber: 'SEVERITY_NUMBER_INFO2' }),
      record({ severityNumber: 21, severityText: 'CRITICAL' }),
      record({ severityText: 'Information' }),
      record({ severityNumber: 9, severityText: 'odd' }),
      record({ severityNumber: 99 }),
    ]),
  );
  assert.deepEqual(
    rows.map((row) => [row.SeverityText, row.SeverityNumber, row.LogAttributes]),
    [
      ['INFO', 10, {}],
      ['CRITICAL', 21, {}],
      ['INFO', 9, {}],
      ['INFO', 9, { severity_text: 'odd' }],
      ['', 0, {}],
    ],
  );
});

test('a body that is not text is stored as JSON; no service is unknown_service', () => {
  const body = {
    kvlistValue: {
      values: [
        attribute('a', { intValue: '9007199254740993' }),
        attribute('b', { arrayValue: { values: [{ boolValue: false }] } }),
      ],
    },
  };
  const rows = logRows(request([record({ body }), record({ body: undefined })], []));
  assert.deepEqual(
    rows.map((row) => [row.Body, row.ServiceName]),
    [
      ['{"a":9007199254740993,"b":[false]}', 'unknown_service'],
      ['', 'unknown_service'],
    ],
  );
});

test('a record without a time has the time it was observed, else the time it came', () => {
  const rows = logRows(
    request([record({ timeUnixNano: 0, observedTimeUnixNano: ns(NOW - 5) }), record({ timeUnixNano: undefined })]),
  );
  assert.deepEqual(
    rows.map((row) => row.Timestamp),
    [BigInt(NOW - 5) * 1_000_000n, BigInt(NOW) * 1_000_000n],
  );
});

test('records out of time and new streams beyond the limit are refused, the rest kept', () => {
  const value = request([
    record({ timeUnixNano: ns(NOW - 8 * 86_400_000) }),
    record({ timeUnixNano: ns(NOW + 3_600_000) }),
    record(),
  ]) as {
    resourceLogs: unknown[];
  };
  value.resourceLogs.push(
    ...(request([record(), record()], [text('service.name', 'second')]) as typeof value).resourceLogs,
  );
  const decoded = decodeOtlpLogsJson(jsonBytes(value), testContext({}, NOW, createMapInterner(1)), undefined);
  assert.equal(decoded.accepted.logs, 1);
  assert.equal(rowsOf(decoded, 'otel_logs').length, 1);
  assert.deepEqual(
    decoded.rejections.map(({ reason, count }) => [reason, count]),
    [
      ['too_old', 1],
      ['too_new', 1],
      ['stream_limit', 2],
    ],
  );
});

test('the limits are enforced', () => {
  const refuses = (kind: DecodeError['kind']) => (error: unknown) =>
    error instanceof DecodeError && error.kind === kind;
  assert.throws(() => logRows(request([record(), record()]), { recordsPerRequest: 1 }), refuses('too-large'));
  assert.throws(
    () => logRows(request([record({ attributes: [text('a', '1')] })]), { elementsPerRequest: 2 }),
    refuses('undecodable'),
  );
  const [row] = logRows(request([record({ body: { stringValue: 'ддддд' } })]), { logLineBytes: 5 });
  assert.deepEqual([row?.Body, row?.LogAttributes], ['дд', { __truncated__: '10' }]);
  const long = decodeOtlpLogsJson(
    jsonBytes(request([record()], [text('service.name', 'x'.repeat(10))])),
    testContext({ labelValueBytes: 9 }),
    undefined,
  );
  assert.deepEqual(
    long.rejections.map(({ reason }) => reason),
    ['label_value_length'],
  );
});

test('upstream’s examples are read', { skip: upstreamMissing }, () => {
  const context = testContext({}, 1_544_712_660_000);
  const [log] = rowsOf(decodeOtlpLogsJson(jsonBytes(upstreamExample('logs.json')), context, undefined), 'otel_logs');
  assert.deepEqual(
    [log?.Body, log?.SeverityText, log?.SeverityNumber, log?.TraceId, log?.LogAttributes],
    [
      'Example log record',
      'INFO',
      10,
      '5b8efff798038103d269b633813fc60c',
      {
        'string.attribute': 'some string',
        'boolean.attribute': 'true',
        'int.attribute': '10',
        'double.attribute': '637.704',
        'array.attribute': '["many","values"]',
        'map.attribute': '{"some.map.key":"some value"}',
      },
    ],
  );
  const [event] = rowsOf(
    decodeOtlpLogsJson(jsonBytes(upstreamExample('events.json')), context, undefined),
    'otel_logs',
  );
  assert.equal(event?.EventName, 'browser.page_view');
  assert.match(String(event?.Body), /^\{"type":0,"url":"https:/);
});

const SEVERAL = request([
  record({
    severityNumber: 9,
    traceId: TRACE,
    spanId: '00f067aa0ba902b7',
    attributes: [text('a', '1'), attribute('b', { intValue: '-5' })],
  }),
  record({
    body: { kvlistValue: { values: [text('msg', 'x')] } },
    eventName: 'e',
    flags: 1,
    droppedAttributesCount: 3,
  }),
]);

test('protobuf made by another encoder means the same as JSON', { skip: upstreamMissing }, () => {
  const wire = decodeOtlpLogsProtobuf(
    upstreamEncode('logs', withBinaryIds(SEVERAL) as object),
    testContext(),
    undefined,
  );
  assert.equal(wire.accepted.logs, 2);
  assert.deepEqual(rowsOf(wire, 'otel_logs'), logRows(SEVERAL));
});

test('damaged requests are refused or read, never worse', { skip: upstreamMissing }, () => {
  const wire = upstreamEncode('logs', withBinaryIds(SEVERAL) as object);
  for (const [decode, bytes] of [
    [decodeOtlpLogsProtobuf, wire],
    [decodeOtlpLogsJson, jsonBytes(SEVERAL)],
  ] as const) {
    const inputs = [...mutations(bytes, 1200, 11), ...Array.from(bytes, (_, end) => bytes.slice(0, end))];
    for (const input of inputs) {
      try {
        const decoded = decode(input, testContext(), undefined);
        assert.equal(rowsOf(decoded, 'otel_logs').length, decoded.accepted.logs);
      } catch (error) {
        assert.ok(error instanceof DecodeError, `${error}`);
      }
    }
  }
});

test('the error that a body names becomes attributes, unless the record has them itself', () => {
  const body = { stringValue: '{"level":"error","error":{"type":"IOException","message":"disk"}}' };
  const own = [text('exception.type', 'Own'), text('exception.message', 'own')];
  const [found, kept] = logRows(request([record({ body }), record({ body, attributes: own })]));
  assert.deepEqual(
    { ...(found?.LogAttributes as object) },
    { 'exception.type': 'IOException', 'exception.message': 'disk' },
  );
  assert.deepEqual({ ...(kept?.LogAttributes as object) }, { 'exception.type': 'Own', 'exception.message': 'own' });
});
