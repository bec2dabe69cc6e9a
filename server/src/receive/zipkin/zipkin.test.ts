import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mutations } from '../../base/mutations.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { type DecodeContext, DecodeError } from '../../model/ingest.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { sectionRows } from '../../store/index.ts';
import { decodeZipkinFirstJson, decodeZipkinJson, decodeZipkinProtobuf } from './index.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const US = NOW * 1000;

function context(nowMs = NOW, oldestLogMs = DEFAULT_DECODE_LIMITS.oldestLogMs): DecodeContext {
  const limits = { ...DEFAULT_DECODE_LIMITS, oldestLogMs };
  return { nowMs, limits, series: createMapInterner(), streams: createMapInterner() };
}

const bytes = (value: unknown) => Uint8Array.from(Buffer.from(JSON.stringify(value)));
const rowsOf = (decoded: ReturnType<typeof decodeZipkinJson>): Record<string, unknown>[] =>
  decoded.sections.filter(({ table }) => table === 'otel_traces').flatMap(sectionRows);

const SPAN = {
  traceId: '5AF7183FB1D4CF5F',
  parentId: '6b221d5bc9e6496c',
  id: '352bff9a74ca9ad2',
  kind: 'CLIENT',
  name: 'get /api',
  timestamp: US,
  duration: 1431,
  localEndpoint: { serviceName: 'frontend', ipv4: '192.168.99.1', port: 3306 },
  remoteEndpoint: { serviceName: 'backend', ipv4: '172.19.0.2', port: 58648 },
  annotations: [{ timestamp: US + 10, value: 'retry' }],
  tags: { 'http.method': 'GET', error: 'timed out', 'otel.scope.name': 'http', 'otel.scope.version': '1' },
  debug: true,
};

test('a span of the second model is stored whole, in OpenTelemetry’s terms', () => {
  const [row] = rowsOf(decodeZipkinJson(bytes([SPAN]), context(), undefined));
  assert.equal(row?.TraceId, '00000000000000005af7183fb1d4cf5f');
  assert.deepEqual(
    [row?.SpanId, row?.ParentSpanId, row?.SpanKind, row?.ServiceName, row?.SpanName],
    ['352bff9a74ca9ad2', '6b221d5bc9e6496c', 'Client', 'frontend', 'get /api'],
  );
  assert.deepEqual([row?.StatusCode, row?.StatusMessage, row?.ScopeName], ['Error', 'timed out', 'http']);
  assert.equal(String(row?.Duration), '1431000');
  assert.deepEqual(row?.SpanAttributes, {
    'http.method': 'GET',
    'network.local.address': '192.168.99.1',
    'network.local.port': '3306',
    'peer.service': 'backend',
    'network.peer.address': '172.19.0.2',
    'network.peer.port': '58648',
    'zipkin.debug': 'true',
  });
  assert.deepEqual(row?.['Events.Name'], ['retry']);
});

test('spans without usable ids or time are refused one by one, beside good ones', () => {
  const bad = [
    { ...SPAN, traceId: 'zz' },
    { ...SPAN, id: '0' },
    { ...SPAN, parentId: '1'.repeat(17) },
    { ...SPAN, timestamp: undefined, annotations: [] },
  ];
  const decoded = decodeZipkinJson(bytes([...bad, SPAN]), context(), undefined);
  assert.equal(decoded.accepted.spans, 1);
  assert.deepEqual(
    decoded.rejections.map(({ reason, count }) => [reason, count]),
    [['invalid_record', 4]],
  );
});

test('a span of the first model that both sides wrote into is two spans with one id', () => {
  const client = { serviceName: 'frontend', ipv4: '10.0.0.1' };
  const server = { serviceName: 'backend', ipv4: '10.0.0.2' };
  const first = {
    traceId: '1',
    id: '2',
    name: 'get',
    annotations: [
      { timestamp: US, value: 'cs', endpoint: client },
      { timestamp: US + 100, value: 'sr', endpoint: server },
      { timestamp: US + 300, value: 'ss', endpoint: server },
      { timestamp: US + 500, value: 'cr', endpoint: client },
      { timestamp: US + 200, value: 'cache miss', endpoint: server },
    ],
    binaryAnnotations: [
      { key: 'http.path', value: '/api', endpoint: client },
      { key: 'sa', value: true, endpoint: server },
    ],
  };
  const rows = rowsOf(decodeZipkinFirstJson(bytes([first]), context(), undefined));
  assert.deepEqual(
    rows.map((row) => [row.ServiceName, row.SpanKind, String(row.Duration), row['Events.Name']]),
    [
      ['frontend', 'Client', '500000', []],
      ['backend', 'Server', '200000', ['cache miss']],
    ],
  );
  assert.deepEqual(rows[0]?.SpanAttributes, {
    'http.path': '/api',
    'network.local.address': '10.0.0.1',
    'peer.service': 'backend',
    'network.peer.address': '10.0.0.2',
  });
});

test('a server’s span of the first model without a time of its own shares its id with its client’s', () => {
  const server = { serviceName: 'backend', ipv4: '10.0.0.2' };
  const annotations = [
    { timestamp: US, value: 'sr', endpoint: server },
    { timestamp: US + 300, value: 'ss', endpoint: server },
  ];
  const span = { traceId: '1', id: '2', name: 'get', annotations };
  const rows = rowsOf(
    decodeZipkinFirstJson(bytes([span, { ...span, timestamp: US, duration: 300 }]), context(), undefined),
  );
  assert.deepEqual(
    rows.map((row) => [String(row.Duration), (row.SpanAttributes as Record<string, string>)['zipkin.shared']]),
    [
      ['300000', 'true'],
      ['300000', undefined],
    ],
  );
});

function protobufSpan(): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter();
  const span = writer.open(1);
  writer.bytes(1, Buffer.from('5af7183fb1d4cf5f', 'hex'));
  writer.bytes(3, Buffer.from('352bff9a74ca9ad2', 'hex'));
  writer.uint32(4, 2);
  writer.text(5, 'post');
  writer.fixed64(6, BigInt(US));
  writer.uint32(7, 250);
  const endpoint = writer.open(8);
  writer.text(1, 'ledger');
  writer.bytes(2, Uint8Array.of(10, 0, 0, 7));
  writer.close(endpoint);
  const tag = writer.open(11);
  writer.text(1, 'k');
  writer.text(2, 'v');
  writer.close(tag);
  writer.close(span);
  return Uint8Array.from(writer.finish());
}

test('protobuf says the same as JSON', () => {
  const [row] = rowsOf(decodeZipkinProtobuf(protobufSpan(), context(), undefined));
  assert.deepEqual(
    [row?.ServiceName, row?.SpanKind, row?.SpanName, String(row?.Duration)],
    ['ledger', 'Server', 'post', '250000'],
  );
  assert.deepEqual(row?.SpanAttributes, { k: 'v', 'network.local.address': '10.0.0.7' });
});

test('damaged requests are refused as such, never crash', () => {
  for (const [decode, body] of [
    [decodeZipkinJson, bytes([SPAN])],
    [decodeZipkinProtobuf, protobufSpan()],
  ] as const)
    for (const damaged of mutations(body, 1500, 3)) {
      try {
        decode(damaged, context(), undefined);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }
  assert.throws(() => decodeZipkinJson(bytes({}), context(), undefined), { message: 'a list of spans was expected' });
});

const UPSTREAM = new URL('../../../../../shared/conformance/otlp/zipkin-traces/', import.meta.url);

test('every span of upstream’s traces is stored', {
  skip: existsSync(UPSTREAM) ? false : 'the conformance collection is not beside the repository',
}, () => {
  for (const name of readdirSync(UPSTREAM)) {
    const parsed: unknown = JSON.parse(readFileSync(new URL(name, UPSTREAM), 'utf8'));
    const spans = [parsed].flat(2) as { timestamp?: number; annotations?: unknown[] }[];
    const body = bytes(spans);
    const latest = Math.max(...spans.map(({ timestamp = 0 }) => timestamp)) / 1000;
    const decoded = decodeZipkinJson(body, context(latest, latest), undefined);
    const timed = spans.filter(({ timestamp = 0, annotations = [] }) => timestamp > 0 || annotations.length > 0);
    assert.equal(decoded.accepted.spans, timed.length, name);
  }
});
