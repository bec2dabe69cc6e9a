import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutations } from '../../base/mutations.ts';
import { DecodeError, type DecodeLimits } from '../../model/ingest.ts';
import { SPAN_PARTS } from '../../store/index.ts';
import { decodeOtlpTracesJson, decodeOtlpTracesProtobuf } from './index.ts';
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

function request(spans: unknown[], resource: unknown[] = [text('service.name', 'payments-api')]): object {
  const scope = { name: 'http', version: '1.0', attributes: [text('scope.k', 'v')] };
  const scopeSpans = [{ scope, spans, schemaUrl: 'https://example.org/scope' }];
  return {
    resourceSpans: [{ resource: { attributes: resource }, scopeSpans, schemaUrl: 'https://example.org/resource' }],
  };
}

function span(more: object = {}): object {
  return {
    traceId: TRACE.toUpperCase(),
    spanId: '00f067aa0ba902b7',
    name: 'POST /v1/pay',
    kind: 2,
    startTimeUnixNano: ns(NOW),
    endTimeUnixNano: ns(NOW + 1500),
    ...more,
  };
}

const FULL = span({
  parentSpanId: '00f067aa0ba902b8',
  traceState: 'a=1',
  attributes: [
    text('s', 'текст'),
    attribute('i', { intValue: '-9223372036854775808' }),
    attribute('n', { intValue: 200 }),
    attribute('d', { doubleValue: 637.704 }),
    attribute('b', { boolValue: true }),
    attribute('a', { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '7' }, {}] } }),
    attribute('k', { kvlistValue: { values: [attribute('in', { doubleValue: 'NaN' })] } }),
    attribute('y', { bytesValue: 'AQID' }),
    attribute('none', {}),
  ],
  events: [{ timeUnixNano: ns(NOW + 1), name: 'exception', attributes: [text('exception.type', 'TimeoutError')] }],
  links: [{ traceId: TRACE, spanId: '00f067aa0ba902b9', traceState: 't=2', attributes: [text('l', '1')], flags: 1 }],
  status: { code: 'STATUS_CODE_ERROR', message: 'card_declined' },
  droppedAttributesCount: 2,
  droppedEventsCount: 1,
  flags: 257,
});

test('a span becomes a row with every column of the collector’s table', () => {
  const decoded = decodeOtlpTracesJson(jsonBytes(request([FULL])), testContext(), undefined);
  assert.equal(decoded.accepted.spans, 1);
  assert.deepEqual(
    rowsOf(decoded, 'otel_traces').map((row) => ({ ...row })),
    [
      {
        Timestamp: BigInt(NOW) * 1_000_000n,
        TraceId: TRACE,
        SpanId: '00f067aa0ba902b7',
        ParentSpanId: '00f067aa0ba902b8',
        TraceState: 'a=1',
        SpanName: 'POST /v1/pay',
        SpanKind: 'Server',
        ServiceName: 'payments-api',
        ResourceAttributes: { 'service.name': 'payments-api' },
        ScopeName: 'http',
        ScopeVersion: '1.0',
        SpanAttributes: {
          s: 'текст',
          i: '-9223372036854775808',
          n: '200',
          d: '637.704',
          b: 'true',
          a: '["x",7,null]',
          k: '{"kvlistValue":{"values":[{"key":"in","value":{"doubleValue":"NaN"}}]}}',
          y: 'AQID',
          none: '',
        },
        Duration: 1_500_000_000n,
        StatusCode: 'Error',
        StatusMessage: 'card_declined',
        'Events.Timestamp': [BigInt(NOW + 1) * 1_000_000n],
        'Events.Name': ['exception'],
        'Events.Attributes': [{ 'exception.type': 'TimeoutError' }],
        'Links.TraceId': [TRACE],
        'Links.SpanId': ['00f067aa0ba902b9'],
        'Links.TraceState': ['t=2'],
        'Links.Attributes': [{ l: '1' }],
        ResourceAttributeTypes: 's',
        SpanAttributeTypes: 'siidbjoyn',
        ScopeAttributes: { 'scope.k': 'v' },
        ScopeAttributeTypes: 's',
        'Events.AttributeTypes': ['s'],
        'Links.AttributeTypes': ['s'],
        ResourceSchemaUrl: 'https://example.org/resource',
        ScopeSchemaUrl: 'https://example.org/scope',
        SampleWeight: 1,
        UnsureKeys: ['span.a', 'span.k', 'span.none', 'any.scope.k', 'any.exception.type', 'any.l'],
        Exceptions: 1,
        OtlpNumbers: { flags: 257, dropped_attributes_count: 2, dropped_events_count: 1, 'links.0.flags': 1 },
      },
    ],
  );
});

test('every kind and status is written as the collector writes it', () => {
  const spans = [0, 1, 2, 3, 4, 5, 77].map((kind) => span({ kind, status: { code: kind % 3 } }));
  const rows = rowsOf(decodeOtlpTracesJson(jsonBytes(request(spans)), testContext(), undefined), 'otel_traces');
  assert.deepEqual(
    rows.map((row) => row.SpanKind),
    ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer', 'Unspecified'],
  );
  assert.deepEqual(
    rows.slice(0, 3).map((row) => row.StatusCode),
    ['Unset', 'Ok', 'Error'],
  );
});

const { events, links, traceState, statusMessage, scope, scopeAttributes, schemaUrls, numbers } = SPAN_PARTS;
/** What a span without anything optional lacks in a request whose scope has all it can. */
const PLAIN = events.bit | links.bit | traceState.bit | statusMessage.bit | numbers.bit;

test('what none of the spans of a trace has is noted of it', () => {
  const lacks = (...requests: object[]): unknown[] => {
    const resourceSpans = requests.flatMap((one) => (one as { resourceSpans: object[] }).resourceSpans);
    const decoded = decodeOtlpTracesJson(jsonBytes({ resourceSpans }), testContext(), undefined);
    return rowsOf(decoded, 'otel_traces_trace_id_ts').map((row) => row.Lacks);
  };
  const bare = { resourceSpans: [{ scopeSpans: [{ spans: [span({ flags: 1 })] }] }] };
  assert.deepEqual(lacks(request([FULL])), [0]);
  assert.deepEqual(lacks(request([span()])), [PLAIN]);
  const all = PLAIN | scope.bit | scopeAttributes.bit | schemaUrls.bit;
  assert.deepEqual(lacks(bare), [all & ~numbers.bit]);
  const parts: readonly (readonly [more: object, bits: number])[] = [
    [{ events: [{ timeUnixNano: ns(NOW), name: 'e' }] }, events.bit],
    [{ links: [{ traceId: TRACE, spanId: '00f067aa0ba902b9' }] }, links.bit],
    [{ traceState: 'a=1' }, traceState.bit],
    [{ status: { code: 2, message: 'm' } }, statusMessage.bit],
    [{ droppedAttributesCount: 1 }, numbers.bit],
    [{ events: [{ timeUnixNano: ns(NOW), name: 'e', droppedAttributesCount: 1 }] }, events.bit | numbers.bit],
  ];
  for (const [more, bits] of parts)
    assert.deepEqual(lacks(request([span(), span({ spanId: '1111111111111111', ...more })])), [PLAIN & ~bits]);
  assert.deepEqual(lacks(bare, request([span({ spanId: '1111111111111111' })])), [PLAIN & ~numbers.bit]);
});

test('a trace’s time range is one row, rounded outwards to seconds', () => {
  const decoded = decodeOtlpTracesJson(
    jsonBytes(
      request([
        span({ startTimeUnixNano: ns(NOW + 1500), endTimeUnixNano: ns(NOW + 1600) }),
        span({ spanId: '1111111111111111', startTimeUnixNano: ns(NOW - 1), endTimeUnixNano: ns(NOW) }),
        span({ traceId: '1'.repeat(32) }),
      ]),
    ),
    testContext(),
    undefined,
  );
  assert.deepEqual(
    rowsOf(decoded, 'otel_traces_trace_id_ts').map((row) => ({ ...row })),
    [
      { TraceId: TRACE, Start: NOW / 1000 - 1, End: NOW / 1000 + 2, Lacks: PLAIN },
      { TraceId: '1'.repeat(32), Start: NOW / 1000, End: NOW / 1000 + 2, Lacks: PLAIN },
    ],
  );
});

test('a clock that went backwards gives duration 0', () => {
  const decoded = decodeOtlpTracesJson(
    jsonBytes(request([span({ endTimeUnixNano: ns(NOW - 5) })])),
    testContext(),
    undefined,
  );
  assert.deepEqual(
    rowsOf(decoded, 'otel_traces').map((row) => row.Duration),
    [0n],
  );
});

test('bad spans are refused one by one and the good ones beside them are kept', () => {
  const decoded = decodeOtlpTracesJson(
    jsonBytes(
      request([
        span({ traceId: '0'.repeat(32) }),
        span({ traceId: 'abcd' }),
        span({ traceId: 'not hex' }),
        span({ spanId: '0'.repeat(16) }),
        span({ startTimeUnixNano: ns(NOW - 8 * 86_400_000) }),
        span({ startTimeUnixNano: ns(NOW + 3_600_000) }),
        span({ startTimeUnixNano: '18446744073709551615' }),
        span({ name: 'good' }),
      ]),
    ),
    testContext(),
    undefined,
  );
  assert.deepEqual(
    rowsOf(decoded, 'otel_traces').map((row) => row.SpanName),
    ['good'],
  );
  assert.equal(decoded.accepted.spans, 1);
  assert.deepEqual(
    decoded.rejections.map(({ reason, count }) => [reason, count]),
    [
      ['invalid_record', 4],
      ['too_old', 1],
      ['too_new', 2],
    ],
  );
});

test('the limits are enforced', () => {
  const decode = (value: object, limits: Partial<DecodeLimits>) =>
    decodeOtlpTracesJson(jsonBytes(value), testContext(limits), undefined);
  const refuses = (kind: DecodeError['kind']) => (error: unknown) =>
    error instanceof DecodeError && error.kind === kind;
  assert.throws(() => decode(request([span(), span()]), { recordsPerRequest: 1 }), refuses('too-large'));
  assert.throws(() => decode(request([FULL]), { elementsPerRequest: 5 }), refuses('undecodable'));
  assert.throws(() => decode(request([FULL]), { jsonDepth: 5 }), refuses('undecodable'));
  let nested: object = { stringValue: 'x' };
  for (let i = 0; i < 40; i++) nested = { arrayValue: { values: [nested] } };
  assert.throws(
    () => decode(request([span({ attributes: [attribute('deep', nested)] })]), { jsonDepth: 1000 }),
    refuses('undecodable'),
  );
  const empty = { resourceSpans: Array.from({ length: 20 }, () => ({ scopeSpans: [{}] })) };
  assert.throws(() => decode(empty, { elementsPerRequest: 39, jsonDepth: 64 }), refuses('undecodable'));
  const bounded = decode(request([span({ attributes: [text('long', 'ддддд'), text('b', '2'), text('c', '3')] })]), {
    attributesPerRecord: 2,
    attributeValueBytes: 5,
  });
  const row = rowsOf(bounded, 'otel_traces')[0];
  assert.deepEqual(row?.SpanAttributes, {
    long: 'дд',
    'long.__truncated__': '10',
    b: '2',
  });
  assert.equal(row?.SpanAttributeTypes, 'sis');
  assert.deepEqual({ ...(row?.OtlpNumbers as object) }, { dropped_attributes_count: 1 });
  assert.deepEqual(bounded.report, { droppedAttributes: 1, truncatedValues: 2 });
});

test('upstream’s example is read', { skip: upstreamMissing }, () => {
  const decoded = decodeOtlpTracesJson(
    jsonBytes(upstreamExample('trace.json')),
    testContext({}, 1_544_712_660_000),
    undefined,
  );
  const [row] = rowsOf(decoded, 'otel_traces');
  assert.deepEqual(
    [row?.TraceId, row?.SpanId, row?.ParentSpanId, row?.SpanName, row?.SpanKind, row?.ServiceName, row?.SpanAttributes],
    [
      '5b8efff798038103d269b633813fc60c',
      'eee19b7ec3c1b174',
      'eee19b7ec3c1b173',
      "I'm a server span",
      'Server',
      'my.service',
      { 'my.span.attr': 'some value' },
    ],
  );
});

test('protobuf made by another encoder means the same as JSON', { skip: upstreamMissing }, () => {
  const value = request([span(), FULL]);
  // protobufjs knows neither NaN as text nor prefixless enum names; both are fine where they are used here.
  const wire = decodeOtlpTracesProtobuf(
    upstreamEncode('trace', withBinaryIds(value) as object),
    testContext(),
    undefined,
  );
  const json = decodeOtlpTracesJson(jsonBytes(value), testContext(), undefined);
  assert.equal(wire.accepted.spans, 2);
  assert.deepEqual(rowsOf(wire, 'otel_traces'), rowsOf(json, 'otel_traces'));
  assert.deepEqual(rowsOf(wire, 'otel_traces_trace_id_ts'), rowsOf(json, 'otel_traces_trace_id_ts'));
});

test('damaged requests are refused or read, never worse', { skip: upstreamMissing }, () => {
  const value = request([span(), FULL, span()]);
  const wire = upstreamEncode('trace', withBinaryIds(value) as object);
  for (const [decode, bytes] of [
    [decodeOtlpTracesProtobuf, wire],
    [decodeOtlpTracesJson, jsonBytes(value)],
  ] as const) {
    const inputs = [...mutations(bytes, 1200, 7), ...Array.from(bytes, (_, end) => bytes.slice(0, end))];
    for (const input of inputs) {
      try {
        const decoded = decode(input, testContext(), undefined);
        assert.equal(rowsOf(decoded, 'otel_traces').length, decoded.accepted.spans);
      } catch (error) {
        assert.ok(error instanceof DecodeError, `${error}`);
      }
    }
  }
});

/** A length-delimited field; `wide` writes its length in five bytes, which is legal and not the shortest. */
function field(number: number, content: Uint8Array | string, wide: boolean): Buffer {
  const bytes = Buffer.from(content);
  const length: number[] = [];
  for (let rest = bytes.length, left = wide ? 5 : 1; left > 0 || rest > 0; left--, rest >>>= 7) {
    length.push((rest & 0x7f) | (left > 1 || rest >= 0x80 ? 0x80 : 0));
  }
  return Buffer.concat([Buffer.from([number * 8 + 2]), Buffer.from(length), bytes]);
}

test('attributes are the same however long they are and however their lengths are written', () => {
  const sizes = [0, 1, 2, 60, 115, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 200];
  const made = (wide: boolean): Uint8Array<ArrayBuffer> => {
    const attributes = sizes.flatMap((key) =>
      sizes.map((value) => {
        const content = field(2, field(1, 'v'.repeat(value), wide), wide);
        return field(9, Buffer.concat([field(1, `${key}.`.padEnd(key, 'k').slice(0, key), wide), content]), wide);
      }),
    );
    const times = Buffer.alloc(18);
    times[0] = 0x39;
    times.writeBigUInt64LE(BigInt(NOW) * 1_000_000n, 1);
    times[9] = 0x41;
    const ids = [field(1, Buffer.from(TRACE, 'hex'), wide), field(2, Buffer.alloc(8, 7), wide)];
    const one = Buffer.concat([...ids, times, ...attributes]);
    return new Uint8Array(field(1, field(2, field(2, one, wide), wide), wide));
  };
  const limits = { attributesPerRecord: 1000, attributeValueBytes: 124 };
  const [short, wide] = [false, true].map((form) =>
    decodeOtlpTracesProtobuf(made(form), testContext(limits), undefined),
  );
  assert.deepEqual(short?.sections, wide?.sections);
  assert.equal(rowsOf(short as never, 'otel_traces').length, 1);
  assert.deepEqual(short?.report, wide?.report);
});
