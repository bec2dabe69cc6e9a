import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import { openStore, type Store, sql } from '../../store/index.ts';
import { createLogqlEngine, type LogqlEngine } from '../logql/engine.ts';
import { serviceOverTime, services } from '../traces/services.ts';
import { logContext, logsOfTrace, selectorFor } from './context.ts';
import { logFields } from './fields.ts';
import { logHistogram } from './histogram.ts';
import { logPage } from './lines.ts';

const DATABASE = 'logs_test';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SECOND = 1_000_000_000n;
const startNs = 1_790_000_000n * SECOND;
const endNs = startNs + 10n * SECOND;
const log = selectorFor(['service', 'payments-api']);
let directory: string;
let store: Store;
let engine: LogqlEngine;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'logs-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  const statements = [
    sql`INSERT INTO log_streams (day, id, service, labels, created) VALUES (toDate(1790000000), 1, 'payments-api', map('service', 'payments-api'), toDateTime64(1790000000, 3))`,
    sql`INSERT INTO otel_logs (Timestamp, StreamId, TraceId, SeverityText, ServiceName, Body, LogAttributes)
      SELECT toDateTime64(1790000000, 9) + number, 1, if(number = 5, '0af7651916cd43dd8448eb211c80319c', ''), if(number % 2 = 0, 'CRITICAL', ''),
        'payments-api', concat('{"status":', toString(200 + number), '}'), map('pod', 'p1') FROM numbers(10)`,
    sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode)
      SELECT toDateTime64(1790000000, 9) + number, lower(leftPad(hex(number), 32, '0')), '1', '', 'GET /pay', 'Server', 'web',
        1000000 * number, if(number % 5 = 0, 'Error', 'Unset') FROM numbers(10)`,
  ];
  for (const statement of statements) await store.writer.command(statement, { database: DATABASE });
  engine = createLogqlEngine({ reader: store.reader, database: DATABASE });
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

test('a histogram counts each record in its bucket, by level', async () => {
  const histogram = await logHistogram(engine, { log, startNs, endNs, buckets: 5 });
  assert.equal(histogram.total, 10);
  assert.deepEqual([...(histogram.levels.get('fatal') ?? [])], [1, 1, 1, 1, 1]);
  assert.deepEqual([...(histogram.levels.get('unknown') ?? [])], [1, 1, 1, 1, 1]);
});

test('a line that a stage fails on is counted, as it is listed', async () => {
  for (const query of [
    '{service="payments-api"} | line_format "{not json" | json',
    '{service="payments-api"} | label_format status="many" | status > 3',
  ]) {
    const expr = parse(query);
    assert.ok(expr.kind === 'log');
    const range = { startNs, endNs, direction: 'forward', limit: 100 } as const;
    const { lines } = await logPage(engine, { log: expr, ...range });
    const histogram = await logHistogram(engine, { log: expr, startNs, endNs, buckets: 5 });
    assert.ok(lines.length > 0, query);
    assert.equal(histogram.total, lines.length, query);
  }
});

test('buckets are of a tidy width from its multiples on; what lies outside the range is not counted', async () => {
  const half = SECOND / 2n;
  const histogram = await logHistogram(engine, { log, startNs: startNs + half, endNs: endNs - half, buckets: 7 });
  assert.deepEqual([histogram.startNs, histogram.stepNs, histogram.total], [startNs, 2n * SECOND, 9]);
  const all = [...histogram.levels.values()].reduce((sums, counts) => sums.map((sum, i) => sum + (counts[i] ?? 0)));
  assert.deepEqual([...all], [1, 2, 2, 2, 2]);
});

test('fields know where they live, their type and how many records carry them', async () => {
  const { sampled, fields } = await logFields(engine, { log, startNs, endNs, sample: 100 });
  assert.equal(sampled, 10);
  const shown = fields.map((f) => `${f.name} ${f.origin} ${f.type} ${f.coverage} ${f.distinct}`);
  assert.deepEqual(shown, [
    'pod metadata string 1 1',
    'service label string 1 1',
    'status parsed number 1 10',
    'level metadata string 0.5 1',
    'trace_id metadata string 0.1 1',
  ]);
});

test('context is what came before a moment and what came from it on, oldest first', async () => {
  const context = await logContext(
    engine,
    { kind: 'stream', labels: ['service', 'payments-api'] },
    startNs + 5n * SECOND,
    { before: 2, after: 2 },
  );
  assert.deepEqual(
    context.before.map((r) => r.body),
    ['{"status":203}', '{"status":204}'],
  );
  assert.deepEqual(
    context.after.map((r) => r.body),
    ['{"status":205}', '{"status":206}'],
  );
});

test('the records of a trace are found without a time range', async () => {
  const { records, more } = await logsOfTrace(engine, TRACE.toUpperCase());
  assert.deepEqual(
    records.map((r) => [r.service, r.body, r.traceId]),
    [['payments-api', '{"status":205}', TRACE]],
  );
  assert.equal(more, false);
});

test('services come from spans and from logs', async () => {
  const traces = { reader: store.reader, query: { database: DATABASE } };
  const [web, payments] = await services(traces, { startNs, endNs }, 5);
  assert.deepEqual([web?.name, web?.requestRate, web?.errorRatio, web?.logLines], ['web', 1, 0.2, 0]);
  assert.deepEqual(web?.sparkline, [1, 1, 1, 1, 1]);
  assert.deepEqual(
    [payments?.name, payments?.requestRate, payments?.logErrors, payments?.logLines],
    ['payments-api', undefined, 5, 10],
  );
  const { operations, steps } = await serviceOverTime(traces, 'web', { startNs, endNs }, 5);
  assert.deepEqual(
    operations.map((o) => [o.operation, o.requests, o.errors]),
    [['GET /pay', 10, 2]],
  );
  assert.equal(steps.length, 5);
});
