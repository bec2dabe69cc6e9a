import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openStore, type Store, sql, textAt } from '../../store/index.ts';
import { attributeColumns, traceColumns } from './columns.ts';
import { spansOfId, traceShape } from './shape.ts';
import { type TraceStore, traceById } from './trace.ts';
import { operationsOfTrace } from './trace_operations.ts';
import { dayStretches, hourStretches, operationKey, spreadOf, usualDurations } from './usual.ts';

const DATABASE = 'usual_test';
/** A moment ten minutes past an hour. */
const AT = 1_790_002_800 + 600;
const TRACE = '000000000000000000000000000000aa';
let directory: string;
let store: Store;
let traces: TraceStore;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'usual-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  const statements = [
    // A span a minute for nine days: 100 ms, in the last 24 hours 1 to 10 ms.
    sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, Duration)
      SELECT toDateTime64(1790003400, 9) - 60 - number * 60, lower(leftPad(hex(number + 1000), 32, '0')), lower(leftPad(hex(number), 16, '0')), 'GET /pay', 'Server', 'web',
        if(number < 1440, 1000000 * (1 + number % 10), 100000000) FROM numbers(12960)`,
    sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, SpanAttributes, Events.Timestamp, Events.Name, Events.Attributes)
      SELECT toDateTime64(1790003400, 9) + number, '000000000000000000000000000000aa', lower(leftPad(hex(number), 16, '0')), '', 'GET /pay', if(number = 0, 'Server', 'Client'), 'web',
        5, map('http.route', '/pay', 'n', toString(number)), [toDateTime64(1790003400, 9)], ['exception'], [map('exception.type', 'Oops')] FROM numbers(3)`,
    sql`INSERT INTO otel_traces_trace_id_ts (TraceId, Start, End) VALUES ('000000000000000000000000000000aa', 1790003400, 1790003403)`,
  ];
  for (const statement of statements) await store.writer.command(statement, { database: DATABASE });
  traces = { reader: store.reader, query: { database: DATABASE } };
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

test('what is usual is what the day before and the same hours of the week before were', async () => {
  const operations = [
    { service: 'web', operation: 'GET /pay', kind: 'Server' },
    { service: 'web', operation: 'GET /none', kind: 'Server' },
  ];
  const usual = await usualDurations(traces, operations, AT);
  const [pay = '', none = ''] = operations.map(operationKey);
  const day = usual.lastDay.get(pay);
  assert.equal(day?.spans, 1440, 'a span a minute, the span itself not among them');
  assert.ok(day.p50Ms > 4 && day.p50Ms < 7, `${day.p50Ms}`);
  assert.ok(day.p99Ms > 9 && day.p99Ms < 11, `${day.p99Ms}`);
  const hour = usual.sameHour.get(pay);
  // The first of the seven hours lies half within the last 24 hours.
  assert.ok((hour?.spans ?? 0) >= 415 && (hour?.spans ?? 0) <= 425, `${hour?.spans}`);
  assert.equal(hour?.p99Ms, 100);
  assert.deepEqual([usual.lastDay.has(none), usual.sampled], [false, false]);
});

test('stretches are whole, end before the moment, and a sample of them is spread over the hour', () => {
  assert.equal(dayStretches(AT).length, 288);
  assert.equal(dayStretches(AT).at(-1), AT - 300);
  assert.equal(hourStretches(AT).length, 7 * 12);
  const sample = spreadOf(dayStretches(AT), 12);
  assert.equal(sample.length, 24);
  assert.equal(new Set(sample.map((start) => start % 3600)).size, 12);
});

test('the shape of a trace is the trace without its attributes; one span comes whole', async () => {
  const shape = await traceShape(traces, TRACE);
  const whole = await traceById(traces, TRACE);
  const { startNs, start, duration, ids } = traceColumns(shape);
  assert.deepEqual(
    start.map((at, row) => [ids.slice(row * 16, row * 16 + 16), startNs + BigInt(at), BigInt(duration[row] ?? 0)]),
    whole.spans.map((span) => [span.spanId, span.startNs, span.durationNs]),
  );
  const operations = new Map<string, [totalNs: number, firstNs: bigint]>();
  for (let row = 0; row < shape.rows; row++) {
    const kind = textAt(shape.kind, row);
    const known = operations.get(kind) ?? [0, shape.baseNs + BigInt(shape.start[row] ?? 0)];
    operations.set(kind, [known[0] + (shape.duration[row] ?? 0), known[1]]);
  }
  const found = await operationsOfTrace(traces, TRACE);
  assert.deepEqual(new Map(found.map(({ kind, totalNs, firstNs }) => [kind, [totalNs, firstNs]])), operations);
  assert.deepEqual(
    found.map(({ service, operation }) => `${service} ${operation}`),
    ['web GET /pay', 'web GET /pay'],
  );
  assert.deepEqual(await operationsOfTrace(traces, 'f'.repeat(32)), []);
  assert.deepEqual([shape.rows, shape.name.known.texts, shape.events.names.texts], [3, ['GET /pay'], ['exception']]);
  assert.deepEqual(shape.events.row, [0, 1, 2]);
  const [span] = await spansOfId(traces, TRACE, '0000000000000001');
  assert.deepEqual(span?.attributes.pairs, ['http.route', '/pay', 'n', '1']);
  assert.deepEqual(span?.events[0]?.attributes, ['exception.type', 'Oops']);
  assert.deepEqual(await spansOfId(traces, TRACE, '00000000000000ff'), []);
  const columns = attributeColumns(whole.spans);
  assert.deepEqual(columns.names, ['http.route', 'n']);
  assert.deepEqual(columns.pairValues, ['/pay', '0', '1', '2']);
  assert.deepEqual(columns.pairs, [0, 1, 0, 2, 0, 3]);
});
