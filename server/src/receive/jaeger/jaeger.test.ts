import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mutations } from '../../base/mutations.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { type DecodeContext, DecodeError } from '../../model/ingest.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { sectionRows } from '../../store/index.ts';
import { writeBatch } from '../datagrams/index.ts';
import { decodeJaegerAgent, decodeJaegerProtobuf, decodeJaegerThrift } from './index.ts';

const NOW = Date.UTC(2026, 10, 22, 12);

function context(nowMs = NOW): DecodeContext {
  return { nowMs, limits: DEFAULT_DECODE_LIMITS, series: createMapInterner(), streams: createMapInterner() };
}

/** A value with its place in a struct. */
type Field = readonly [id: number, bytes: readonly number[], type: number];

const i32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const i64 = (value: bigint): number[] => {
  const all = BigInt.asUintN(64, value);
  return [...i32(Number(all >> 32n)), ...i32(Number(all & 0xffffffffn))];
};
const struct = (...fields: readonly Field[]): number[] => [
  ...fields.flatMap(([id, bytes, type]) => [type, id >> 8, id & 255, ...bytes]),
  0,
];
const textField = (id: number, value: string): Field => [
  id,
  [...i32(Buffer.byteLength(value)), ...Buffer.from(value)],
  11,
];
const longField = (id: number, value: bigint): Field => [id, i64(value), 10];
const listField = (id: number, items: readonly number[][]): Field => [
  id,
  [12, ...i32(items.length), ...items.flat()],
  15,
];

function tag(key: string, value: string | number | boolean | bigint): number[] {
  if (typeof value === 'string') return struct(textField(1, key), [2, i32(0), 8], textField(3, value));
  if (typeof value === 'boolean') return struct(textField(1, key), [2, i32(2), 8], [5, [value ? 1 : 0], 2]);
  if (typeof value === 'bigint') return struct(textField(1, key), [2, i32(3), 8], longField(6, value));
  const double = [...Buffer.from(new Float64Array([value]).buffer)].reverse();
  return struct(textField(1, key), [2, i32(1), 8], [4, double, 4]);
}

const PROCESS: Field = [1, struct(textField(1, 'api'), listField(2, [tag('hostname', 'api246')])), 12];

function batch(...spans: readonly number[][]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(struct(PROCESS, listField(2, spans)));
}

const SPAN = struct(
  longField(1, 0x5af7183fb1d4cf5fn),
  longField(2, 0x1n),
  longField(3, -2n),
  longField(4, 7n),
  textField(5, 'get'),
  listField(6, [struct([1, i32(1), 8], longField(2, 9n), longField(3, 0n), longField(4, 8n))]),
  [7, i32(1), 8],
  longField(8, BigInt(NOW) * 1000n),
  longField(9, 22_938n),
  listField(10, [tag('span.kind', 'server'), tag('error', true), tag('n', 5n), tag('ratio', 0.5), tag('ok', true)]),
  listField(11, [
    struct(
      longField(1, BigInt(NOW) * 1000n + 5n),
      listField(2, [tag('event', 'error'), tag('error.kind', 'Timeout'), tag('message', 'too late')]),
    ),
  ]),
);

test('a batch is stored whole, in OpenTelemetry’s terms', () => {
  const decoded = decodeJaegerThrift(batch(SPAN), context(), undefined);
  const [row] = decoded.sections.filter(({ table }) => table === 'otel_traces').flatMap(sectionRows);
  assert.equal(row?.TraceId, '00000000000000015af7183fb1d4cf5f');
  assert.deepEqual(
    [row?.SpanId, row?.ParentSpanId, row?.SpanKind, row?.ServiceName, row?.SpanName, row?.StatusCode],
    ['fffffffffffffffe', '0000000000000007', 'Server', 'api', 'get', 'Error'],
  );
  assert.deepEqual(row?.SpanAttributes, { n: '5', ratio: '0.5', ok: 'true' });
  assert.equal(row?.SpanAttributeTypes, 'idb');
  assert.deepEqual(row?.ResourceAttributes, { 'service.name': 'api', hostname: 'api246' });
  assert.deepEqual(row?.['Events.Name'], ['exception']);
  assert.deepEqual(row?.['Links.SpanId'], ['0000000000000008']);
  assert.equal(String(row?.Duration), '22938000');
});

/** One message in a field. */
function message(writer: ProtobufWriter, field: number, write: () => void): void {
  const start = writer.open(field);
  write();
  writer.close(start);
}

/** The same batch as a PostSpansRequest of Jaeger's collector. */
function postSpans(): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter();
  const bytes = (field: number, hex: string): void => writer.bytes(field, Buffer.from(hex, 'hex'));
  const seconds = (field: number, ns: bigint): void =>
    message(writer, field, () => {
      writer.int64(1, ns / 1_000_000_000n);
      writer.int64(2, ns % 1_000_000_000n);
    });
  const tagOf = (field: number, key: string, type: number, value: () => void): void =>
    message(writer, field, () => {
      writer.text(1, key);
      writer.uint32(2, type);
      value();
    });
  const start = BigInt(NOW) * 1_000_000n;
  message(writer, 1, () => {
    message(writer, 1, () => {
      bytes(1, '00000000000000015af7183fb1d4cf5f');
      bytes(2, 'fffffffffffffffe');
      writer.text(3, 'get');
      message(writer, 4, () => {
        bytes(1, '00000000000000015af7183fb1d4cf5f');
        bytes(2, '0000000000000007');
      });
      message(writer, 4, () => {
        bytes(1, '00000000000000000000000000000009');
        bytes(2, '0000000000000008');
        writer.uint32(3, 1);
      });
      seconds(6, start);
      seconds(7, 22_938_000n);
      tagOf(8, 'span.kind', 0, () => writer.text(3, 'server'));
      tagOf(8, 'error', 1, () => writer.uint32(4, 1));
      tagOf(8, 'n', 2, () => writer.int64(5, 5n));
      tagOf(8, 'ratio', 3, () => writer.double(6, 0.5));
      tagOf(8, 'ok', 1, () => writer.uint32(4, 1));
      tagOf(8, 'zero', 2, () => undefined);
      message(writer, 9, () => {
        seconds(1, start + 5000n);
        tagOf(2, 'event', 0, () => writer.text(3, 'error'));
        tagOf(2, 'error.kind', 0, () => writer.text(3, 'Timeout'));
      });
    });
    message(writer, 2, () => {
      writer.text(1, 'api');
      tagOf(2, 'hostname', 0, () => writer.text(3, 'api246'));
    });
  });
  return Uint8Array.from(writer.finish());
}

test('the same batch over gRPC is stored the same, zeros included', () => {
  const decoded = decodeJaegerProtobuf(postSpans(), context(), undefined);
  const [row] = decoded.sections.filter(({ table }) => table === 'otel_traces').flatMap(sectionRows);
  assert.deepEqual(
    [row?.TraceId, row?.SpanId, row?.ParentSpanId, row?.SpanKind, row?.ServiceName, row?.SpanName, row?.StatusCode],
    ['00000000000000015af7183fb1d4cf5f', 'fffffffffffffffe', '0000000000000007', 'Server', 'api', 'get', 'Error'],
  );
  assert.deepEqual(row?.SpanAttributes, { n: '5', ratio: '0.5', ok: 'true', zero: '0' });
  assert.deepEqual(row?.['Events.Name'], ['exception']);
  assert.deepEqual(row?.['Links.SpanId'], ['0000000000000008']);
  assert.equal(String(row?.Duration), '22938000');
});

/** A call of the agent in the binary protocol: version and type, name, sequence number, arguments. */
function binaryCall(...spans: readonly number[][]): Uint8Array<ArrayBuffer> {
  const name = [...i32(9), ...Buffer.from('emitBatch')];
  const args = struct([1, [...batch(...spans)], 12]);
  return Uint8Array.from([0x80, 1, 0, 4, ...name, ...i32(0), ...args]);
}

/** The same in the compact protocol, written by hand: a span of service `api` with one tag that is true. */
function compactCall(): Uint8Array<ArrayBuffer> {
  const varint = (value: bigint): number[] =>
    value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
  const zigzag = (value: bigint): number[] => varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  const text = (value: string): number[] => [...varint(BigInt(Buffer.byteLength(value))), ...Buffer.from(value)];
  const flag = [0x18, ...text('ok'), 0x15, ...zigzag(2n), 0x31, 0];
  const span = [
    ...[0x16, ...zigzag(3n)],
    ...[0x16, ...zigzag(0n)],
    ...[0x16, ...zigzag(-2n)],
    ...[0x16, ...zigzag(0n)],
    ...[0x18, ...text('get')],
    ...[0x25, ...zigzag(1n)],
    ...[0x16, ...zigzag(BigInt(NOW) * 1000n)],
    ...[0x16, ...zigzag(22n)],
    ...[0x19, 0x1c, ...flag],
    0,
  ];
  const process = [0x18, ...text('api'), 0];
  const inner = [0x1c, ...process, 0x19, 0x1c, ...span, 0];
  return Uint8Array.from([0x82, 0x81, ...varint(7n), ...text('emitBatch'), 0x1c, ...inner, 0]);
}

test('datagrams to the agent are read in both protocols; one that is none is refused alone', () => {
  const messages = [binaryCall(SPAN), compactCall(), new Uint8Array([1, 2, 3])];
  const body = writeBatch(messages.map((bytes) => ({ peer: '127.0.0.1', bytes })));
  const decoded = decodeJaegerAgent(body, context(), undefined);
  const rows = decoded.sections.filter(({ table }) => table === 'otel_traces').flatMap(sectionRows);
  assert.deepEqual(
    rows.map((row) => [row.ServiceName, row.SpanName, row.SpanId]),
    [
      ['api', 'get', 'fffffffffffffffe'],
      ['api', 'get', 'fffffffffffffffe'],
    ],
  );
  assert.deepEqual(rows[1]?.SpanAttributes, { ok: 'true' });
  assert.match(decoded.rejections[0]?.message ?? '', /^a datagram from 127\.0\.0\.1: /);
  for (const damaged of [...mutations(binaryCall(SPAN), 500, 5), ...mutations(compactCall(), 1500, 7)])
    decodeJaegerAgent(writeBatch([{ peer: '::1', bytes: damaged }]), context(), undefined);
  for (const damaged of mutations(postSpans(), 1500, 9)) {
    try {
      decodeJaegerProtobuf(damaged, context(), undefined);
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error));
    }
  }
});

test('a span without ids is refused beside good ones', () => {
  const nameless = struct(longField(1, 0n), longField(3, 0n), textField(5, 'x'), longField(8, BigInt(NOW) * 1000n));
  const decoded = decodeJaegerThrift(batch(nameless, SPAN), context(), undefined);
  assert.deepEqual([decoded.accepted.spans, decoded.rejections[0]?.count], [1, 1]);
});

test('damaged batches are refused as such, never crash', () => {
  for (const damaged of mutations(batch(SPAN), 1500, 3)) {
    try {
      decodeJaegerThrift(damaged, context(), undefined);
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error));
    }
  }
});

interface FixtureTag {
  readonly key: string;
  readonly vType: string;
  readonly vStr?: string;
  readonly vLong?: number;
  readonly vBool?: boolean;
  readonly vDouble?: number;
}

const FIXTURE = new URL(
  '../../../../../shared/conformance/otlp/jaeger-fixtures/thrift-jaeger/thrift_batch_01.json',
  import.meta.url,
);

test('upstream’s batch gives upstream’s spans', {
  skip: existsSync(FIXTURE) ? false : 'the conformance collection is not beside the repository',
}, () => {
  // Ids are beyond what a number holds: read them as text.
  const source = readFileSync(FIXTURE, 'utf8').replace(
    /("(?:traceIdLow|traceIdHigh|spanId|parentSpanId)": )(-?\d+)/g,
    '$1"$2"',
  );
  const { spans } = JSON.parse(source) as { spans: Record<string, string & number & FixtureTag[]>[] };
  const encoded = spans.map((span) =>
    struct(
      longField(1, BigInt(span.traceIdLow ?? 0)),
      longField(2, BigInt(span.traceIdHigh ?? 0)),
      longField(3, BigInt(span.spanId ?? 0)),
      longField(4, BigInt(span.parentSpanId ?? 0)),
      textField(5, span.operationName ?? ''),
      longField(8, BigInt(span.startTime ?? 0)),
      longField(9, BigInt(span.duration ?? 0)),
      listField(
        10,
        (span.tags ?? ([] as readonly FixtureTag[])).map((t) =>
          tag(t.key, t.vStr ?? t.vBool ?? t.vDouble ?? BigInt(t.vLong ?? 0)),
        ),
      ),
    ),
  );
  const startMs = Number(spans[0]?.startTime) / 1000;
  const decoded = decodeJaegerThrift(batch(...encoded), context(startMs), undefined);
  const rows = decoded.sections.filter(({ table }) => table === 'otel_traces').flatMap(sectionRows);
  assert.equal(rows.length, spans.length);
  assert.equal(
    rows[0]?.SpanId,
    BigInt(spans[0]?.spanId ?? 0)
      .toString(16)
      .padStart(16, '0'),
  );
});
