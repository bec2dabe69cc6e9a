import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openStore, type Store, sql } from '../../store/index.ts';
import { parseSearch } from '../traceql/search_query.ts';
import { searchTraces } from './search.ts';
import type { TraceSearch } from './search_conditions.ts';
import { traceSummaries } from './summary.ts';
import { canonicalTraceId, type TraceStore, traceById } from './trace.ts';

const DATABASE = 'traces_test';
const START = 1_790_000_000n * 1_000_000_000n;
const id = (n: number): string => n.toString(16).padStart(32, '0');

let directory: string;
let store: Store;
let traces: TraceStore;

/** 100 traces of four spans, one second apart: GET /pay (payments-api) → check (antifraud), SELECT (ledger), publish (payments-api). */
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'traces-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  traces = { reader: store.reader, query: { database: DATABASE } };
  const insert = sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName,
      ResourceAttributes, SpanAttributes, SpanAttributeTypes, ResourceAttributeTypes, Duration, StatusCode, StatusMessage,
      Events.Timestamp, Events.Name, Events.Attributes)
    SELECT addMilliseconds(toDateTime64(1790000000, 9), intDiv(number, 4) * 1000 + number % 4), lower(leftPad(hex(intDiv(number, 4) + 1), 32, '0')),
      lower(leftPad(hex(number + 1), 16, '0')), if(number % 4 = 0, '', lower(leftPad(hex(number - number % 4 + 1), 16, '0'))), '',
      ['GET /pay', 'check', 'SELECT', 'publish'][number % 4 + 1], ['Server', 'Server', 'Client', 'Producer'][number % 4 + 1],
      ['payments-api', 'antifraud', 'ledger', 'payments-api'][number % 4 + 1],
      map('service.name', ['payments-api', 'antifraud', 'ledger', 'payments-api'][number % 4 + 1], 'env', 'prod'),
      map('http.status_code', toString(if(number % 40 = 0, 500, 200)), 'user', concat('u', toString(intDiv(number, 4) % 10)), 'ratio', '0.5'),
      'isd', 'ss', 1000000 * (1 + intDiv(number, 4) % 100), if(number % 40 = 0, 'Error', 'Unset'), '',
      [toDateTime64(1790000000, 9)], ['exception'], [map('exception.type', 'Boom')]
    FROM numbers(400)`;
  await store.writer.command(insert, { database: DATABASE });
  // The same send once more for ten traces: a retry.
  await store.writer.command(
    sql`INSERT INTO otel_traces SELECT * FROM otel_traces WHERE Timestamp < toDateTime64(1790000010, 9)`,
    { database: DATABASE },
  );
  const ranges = sql`INSERT INTO otel_traces_trace_id_ts (TraceId, Start, End)
    SELECT TraceId, min(Timestamp), max(Timestamp) FROM otel_traces WHERE Timestamp < toDateTime64(1790000090, 9) GROUP BY TraceId`;
  await store.writer.command(ranges, { database: DATABASE });
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

test('a trace is found by id alone, each span once, typed and whole', async () => {
  const trace = await traceById(traces, id(3));
  assert.deepEqual(
    trace.spans.map((s) => `${s.service} ${s.name}`),
    ['payments-api GET /pay', 'antifraud check', 'ledger SELECT', 'payments-api publish'],
  );
  assert.equal(trace.spans[0]?.attributes.types, 'isd');
  assert.deepEqual(trace.spans[0]?.events[0]?.attributes, ['exception.type', 'Boom']);
});

test('a trace without a row of its time range is found all the same', async () => {
  assert.equal((await traceById(traces, id(97))).spans.length, 4);
  assert.equal((await traceById(traces, id(12345))).spans.length, 0);
});

test('trace ids are understood in upper case and without leading zeros', () => {
  assert.equal(canonicalTraceId('AB12'), 'ab12'.padStart(32, '0'));
  assert.equal(canonicalTraceId('xyz'), undefined);
});

test('a summary counts spans and errors by service and knows the root', async () => {
  const [summary] = await traceSummaries(traces, [id(1)]);
  assert.equal(summary?.rootServiceName, 'payments-api');
  assert.equal(summary?.rootTraceName, 'GET /pay');
  assert.deepEqual([summary?.spans, summary?.errors, summary?.rootArrived], [4, 1, true]);
  assert.deepEqual(summary?.services[0], { name: 'payments-api', spans: 2, errors: 1 });
  assert.equal(summary?.durationNs, 4_000_000n);
});

const all: TraceSearch = { startNs: START, endNs: START + 200n * 1_000_000_000n, limit: 200 };
const every = Array.from({ length: 100 }, (_, i) => i + 1);
const CASES: readonly (readonly [name: string, search: Partial<TraceSearch>, holds: (n: number) => boolean])[] = [
  ['service', { service: 'ledger' }, () => true],
  ['operation', { operation: 'nothing' }, () => false],
  ['status', { status: 'error' }, (n) => n % 10 === 1],
  ['an attribute', { attributes: [['user', 'u3']] }, (n) => (n - 1) % 10 === 3],
  ['a resource attribute', { attributes: [['env', 'prod']] }, () => true],
  ['least duration', { minDurationNs: 50_000_000 }, (n) => n >= 50],
  ['most duration and kind', { maxDurationNs: 5_000_000, kind: 'client' }, (n) => n <= 5],
  ['root only with another service', { rootOnly: true, service: 'ledger' }, () => false],
  ['TraceQL int', { traceql: parseSearch('{ .http.status_code >= 500 }') }, (n) => n % 10 === 1],
  ['TraceQL type mismatch', { traceql: parseSearch('{ .http.status_code = "500" }') }, () => false],
  [
    'TraceQL and within a span',
    { traceql: parseSearch('{ span.user = "u3" && name = "SELECT" && resource.env =~ "pr.*" }') },
    (n) => (n - 1) % 10 === 3,
  ],
  [
    'TraceQL two spansets',
    { traceql: parseSearch('{ status = error } && { resource.service.name = "ledger" }') },
    (n) => n % 10 === 1,
  ],
  [
    'TraceQL either',
    { traceql: parseSearch('{ .user = "u1" } || { .user = "u2" }') },
    (n) => [1, 2].includes((n - 1) % 10),
  ],
  ['TraceQL duration and kind', { traceql: parseSearch('{ kind = server && duration > 90ms }') }, (n) => n > 90],
  [
    'TraceQL trace-level',
    { traceql: parseSearch('{ rootServiceName = "payments-api" && traceDuration < 5ms }') },
    (n) => n < 2,
  ],
  ['TraceQL count', { traceql: parseSearch('{ kind = server } | count() > 1') }, () => true],
  ['TraceQL avg', { traceql: parseSearch('{} | avg(duration) >= 99ms') }, (n) => n >= 99],
  ['TraceQL unequal', { traceql: parseSearch('{ .user != "u3" && kind = client }') }, (n) => (n - 1) % 10 !== 3],
  ['TraceQL absent attribute', { traceql: parseSearch('{ .nothing != "x" }') }, () => false],
];

for (const [name, search, holds] of CASES) {
  test(`search by ${name} finds exactly its traces, newest first`, async () => {
    const result = await searchTraces(traces, { ...all, ...search });
    assert.deepEqual(
      result.traces.map((t) => t.traceId),
      every.filter(holds).reverse().map(id),
    );
    assert.equal(result.more, false);
  });
}

for (const outline of [true, false]) {
  test(`traces with more spans than are read at once are all found and whole, ${outline ? 'by outlines' : 'with all of their spans'}`, async () => {
    const found = await searchTraces(traces, { ...all, attributes: [['env', 'prod']], outline }, 100);
    assert.deepEqual(
      found.traces.map((t) => [t.traceId, t.spans, t.durationNs]),
      every.toReversed().map((n) => [id(n), 4, BigInt(n) * 1_000_000n + 3_000_000n]),
    );
    assert.deepEqual([found.inspected, found.cut], [100, false]);
  });
}

test('the limit keeps the newest and says that there are more', async () => {
  const result = await searchTraces(traces, { ...all, limit: 5 });
  assert.deepEqual(
    result.traces.map((t) => t.traceId),
    [100, 99, 98, 97, 96].map(id),
  );
  assert.equal(result.more, true);
});

test('equality of an attribute reads the filters of values, a trace id its own', async () => {
  const explain = async (statement: ReturnType<typeof sql>): Promise<string> => {
    const { blocks } = await store.writer.collect(
      sql`SELECT arrayStringConcat(groupArray(explain), '\n') AS e FROM (EXPLAIN indexes = 1 ${statement})`,
      { database: DATABASE },
    );
    const column = blocks[0]?.columns[0];
    return column?.kind === 'string' ? new TextDecoder().decode(column.bytes) : '';
  };
  assert.match(
    await explain(sql`SELECT TraceId FROM otel_traces WHERE SpanAttributes['user'] = 'u3'`),
    /attribute_blooms/,
  );
  assert.match(await explain(sql`SELECT TraceId FROM otel_traces WHERE TraceId = 'x'`), /trace_id/);
});
