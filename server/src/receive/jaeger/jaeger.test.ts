import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mutations } from '../../base/mutations.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { type DecodeContext, DecodeError } from '../../model/ingest.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { sectionRows } from '../../store/index.ts';
import { decodeJaegerThrift } from './index.ts';

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
