import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openStore, type Store, sql } from '../../store/index.ts';
import { parseSearch } from '../traceql/search_query.ts';
import { ranked, spanDifferences } from './differences.ts';
import { exactPredicate } from './exact_predicate.ts';
import { fieldText } from './field_text.ts';
import { traceOverview } from './overview.ts';
import { searchTraces } from './search.ts';
import { serviceMap } from './service_map.ts';
import type { TraceStore } from './trace.ts';

const DATABASE = 'trace_views_test';
const SECOND = 1_000_000_000n;
const START = 1_790_000_000n * SECOND;
const RANGE = { startNs: START, endNs: START + 100n * SECOND };

let directory: string;
let store: Store;
let traces: TraceStore;

/**
 * 100 traces of five spans, one second apart: GET /pay (api) → charge (ledger) → SELECT (ledger asks postgresql), publish (api to
 * kafka), consume (mailer). Every tenth fails in `charge` and takes 1 s instead of 10 ms there, on the host `slow`.
 */
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trace-views-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  traces = { reader: store.reader, query: { database: DATABASE } };
  const insert = sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName,
      ResourceAttributes, SpanAttributes, SpanAttributeTypes, ResourceAttributeTypes, Duration, StatusCode)
    WITH intDiv(number, 5) AS t, number % 5 AS s, t % 10 = 0 AND s = 1 AS bad, lower(leftPad(hex(number - s + 1), 16, '0')) AS root,
      ['api', 'ledger', 'ledger', 'api', 'mailer'][s + 1] AS service
    SELECT addMilliseconds(toDateTime64(1790000000, 9), t * 1000 + s), lower(leftPad(hex(t + 1), 32, '0')), lower(leftPad(hex(number + 1), 16, '0')),
      multiIf(s = 0, '', s = 2, lower(leftPad(hex(number), 16, '0')), s = 4, lower(leftPad(hex(number), 16, '0')), root),
      ['GET /pay', 'charge', 'SELECT', 'publish', 'consume'][s + 1], ['Server', 'Server', 'Client', 'Producer', 'Consumer'][s + 1], service,
      map('service.name', service, 'host.name', if(bad, 'slow', 'fast')),
      multiIf(s = 2, map('db.system.name', 'postgresql', 'db.namespace', 'books'),
        s >= 3, map('messaging.system', 'kafka', 'messaging.destination.name', 'mails'), map('http.route', '/pay', 'user', toString(t))),
      if(s < 2, 'si', 'ss'), 'ss', if(bad, 1000000000, 10000000), if(bad, 'Error', 'Unset')
    FROM numbers(500)`;
  await store.writer.command(insert, { database: DATABASE });
  // The same send once more for ten traces: a retry.
  await store.writer.command(
    sql`INSERT INTO otel_traces SELECT * FROM otel_traces WHERE Timestamp < toDateTime64(1790000010, 9)`,
    { database: DATABASE },
  );
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const exactly = (text: string): ReturnType<typeof exactPredicate> =>
  exactPredicate(traces, parseSearch(text).stages, RANGE, traces.query);

const EXACT = [
  '{ }',
  '{ resource.service.name = "ledger" }',
  '{ name = "charge" && status = error }',
  '{ duration >= 500ms || kind = consumer }',
  '{ nestedSetParent < 0 && resource.host.name = "fast" }',
  '{ name =~ "c.*e" && kind != server }',
  '{ status != error && resource.service.name =~ "api|mailer" } | select(span.user)',
  '{ .http.route = "/pay" }',
  '{ span.http.route != "x" && !(span.http.route = 5) }',
];

test('the store and whole traces count the same spans', async () => {
  for (const text of EXACT) {
    const exact = parseSearch(text);
    assert.notEqual(await exactly(text), undefined, text);
    // The same question in a form that only whole traces decide.
    const visited = parseSearch(`${text.replace(/ \| select.*/, '')} | { traceDuration >= 0s }`);
    assert.equal(await exactly(visited.text), undefined);
    const [a, b] = await Promise.all(
      [exact, visited].map((query) => traceOverview(traces, { ...RANGE, query, steps: 10 })),
    );
    assert.ok(a !== undefined && b !== undefined);
    assert.ok(a.totals.spans > 0, text);
    assert.deepEqual(a.totals, b.totals, text);
    const counts = (one: typeof a) => one.steps.map(({ spans, errors, p95Ms }) => [spans, errors, p95Ms?.toFixed(3)]);
    assert.deepEqual(counts(a), counts(b), text);
    const operations = (one: typeof a) =>
      one.operations.map((row) => `${row.service} ${row.operation} ${row.spans} ${row.errors}`).sort();
    assert.deepEqual(operations(a), operations(b), text);
  }
});

test('what the store alone cannot tell is not asked of it', async () => {
  for (const text of [
    '{ traceDuration > 1s }',
    '{ } >> { status = error }',
    '{ } | count() > 3',
    '{ event:name = "x" }',
  ])
    assert.equal(await exactly(text), undefined, text);
});

test('an overview counts each span once, by time, by duration and by operation', async () => {
  const query = parseSearch('{ resource.service.name = "ledger" }');
  const { steps, totals, bands, cells, operations, stepNs } = await traceOverview(traces, {
    ...RANGE,
    query,
    steps: 10,
  });
  assert.equal(stepNs, 10n * SECOND);
  assert.deepEqual(totals, { spans: 200, errors: 10, traces: 100, stored: 200 });
  for (const step of steps) {
    assert.deepEqual([step.spans, step.errors], [20, 1]);
    assert.ok(Math.abs((step.p50Ms ?? 0) / 10 - 1) < 0.1, `p50 ${step.p50Ms}`);
    assert.ok(Math.abs((step.p99Ms ?? 0) / 1000 - 1) < 0.1, `p99 ${step.p99Ms}`);
  }
  assert.ok((bands[0]?.lowMs ?? 99) <= 10 && (bands.at(-1)?.highMs ?? 0) >= 1000);
  assert.equal(
    cells.reduce((sum, cell) => sum + cell.spans, 0),
    200,
  );
  assert.deepEqual(
    operations.map(({ operation, spans, errors }) => [operation, spans, errors]),
    [
      ['SELECT', 100, 0],
      ['charge', 100, 10],
    ],
  );
  assert.ok(Math.abs((operations[1]?.timeShare ?? 0) - 10_900 / 11_900) < 0.02);
});

test('failed spans differ from the others by the host they ran on', async () => {
  const query = parseSearch('{ resource.service.name = "ledger" && name = "charge" }');
  const errors = parseSearch('{ status = error }');
  for (const asked of [query, parseSearch(`${query.text} | { traceDuration >= 0s }`)]) {
    const found = await spanDifferences(traces, { ...RANGE, query: asked, selection: { ...RANGE, query: errors } });
    assert.deepEqual([found.selected, found.others], [10, 90]);
    const host = found.attributes.find(({ field }) => field === 'resource.host.name');
    assert.deepEqual(host?.values, [
      { value: 'fast', selected: 0, others: 1 },
      { value: 'slow', selected: 1, others: 0 },
    ]);
    assert.deepEqual(
      found.attributes
        .slice(0, 2)
        .map(({ field }) => field)
        .sort(),
      ['resource.host.name', 'status'],
    );
    assert.equal(
      found.attributes.some(({ field }) => field === 'span.http.route'),
      false,
      'the same on both sides',
    );
  }
});

test('a selection may be bound in time', async () => {
  const query = parseSearch('{ name = "charge" }');
  const half = { startNs: START, endNs: START + 50n * SECOND, query: parseSearch('{ }') };
  const { selected, others } = await spanDifferences(traces, { ...RANGE, query, selection: half });
  assert.deepEqual([selected, others], [50, 50]);
});

test('values of one span each are no difference, however small the selection', () => {
  const ids = Array.from({ length: 20 }, (_, at) => ({
    field: 'id',
    value: String(at),
    selected: at < 3 ? 1 : 0,
    others: at < 3 ? 0 : 1,
  }));
  const host = [
    { field: 'host', value: 'slow', selected: 3, others: 1 },
    { field: 'host', value: 'fast', selected: 0, others: 16 },
  ];
  assert.deepEqual(
    ranked([...ids, ...host], 3, 17).map(({ field }) => field),
    ['host'],
  );
});

test('the slowest traces are found wherever in the range they lie', async () => {
  const asked = { ...RANGE, order: 'slowest', traceql: parseSearch('{ name = "charge" }'), limit: 5 } as const;
  const found = await searchTraces(traces, asked);
  assert.deepEqual(
    found.traces.map(({ errors, durationNs }) => [errors, durationNs >= SECOND]),
    new Array(5).fill([1, true]),
  );
  assert.equal(found.more, true);
});

test('a field of a span reads as TraceQL names it', async () => {
  const { traces: found } = await searchTraces(traces, {
    ...RANGE,
    traceql: parseSearch('{ name = "charge" }'),
    limit: 1,
  });
  const span = found[0]?.spansets[0]?.spans[0];
  assert.ok(span !== undefined);
  const read = [
    'span.http.route',
    'resource.host.name',
    '.http.route',
    'http.route',
    'host.name',
    'kind',
    'resource.http.route',
    'service.name',
  ];
  assert.deepEqual(
    read.map((field) => fieldText(span, field)),
    ['/pay', 'fast', '/pay', '/pay', 'fast', 'server', '', 'ledger'],
  );
});

test('the map shows services, the database and the queue between them, each request once', async () => {
  const { nodes, edges, sampled } = await serviceMap(traces, RANGE);
  assert.equal(sampled, 1);
  assert.deepEqual(nodes.map(({ id, kind }) => `${kind} ${id}`).sort(), [
    'database database:postgresql:books',
    'queue queue:kafka:mails',
    'service api',
    'service ledger',
    'service mailer',
  ]);
  assert.deepEqual(
    edges.map(({ from, to, kind, rate, errorRatio }) => `${from} ${kind} ${to} ${rate} ${errorRatio}`).sort(),
    [
      'api call ledger 1 0.1',
      'api message queue:kafka:mails 1 0',
      'ledger database database:postgresql:books 1 0',
      'queue:kafka:mails message mailer 1 0',
    ],
  );
  assert.deepEqual(nodes.find(({ id }) => id === 'ledger')?.errorRatio, 0.1);
});

test('calls and spans count for those that sampling dropped', async () => {
  const later = { startNs: START + 1000n * SECOND, endNs: START + 1010n * SECOND };
  const insert = sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanKind, ServiceName, Duration, StatusCode, SampleWeight)
    WITH intDiv(number, 2) AS t, number % 2 AS s
    SELECT addSeconds(toDateTime64(1790001000, 9), t), lower(leftPad(hex(t + 900), 32, '0')), lower(leftPad(hex(number + 1), 16, '0')),
      if(s = 0, '', lower(leftPad(hex(number), 16, '0'))), ['Client', 'Server'][s + 1], ['shop', 'bank'][s + 1], 1000000,
      if(t = 0, 'Error', 'Unset'), if(t = 0, 1, 20)
    FROM numbers(4)`;
  await store.writer.command(insert, { database: DATABASE });
  const { edges } = await serviceMap(traces, later);
  assert.deepEqual(
    edges.map(({ from, to, rate, errorRatio }) => [from, to, rate, errorRatio]),
    [['shop', 'bank', 2.1, 1 / 21]],
  );
  for (const text of ['{ kind = server }', '{ kind = server } | { traceDuration >= 0s }']) {
    const overview = await traceOverview(traces, { ...later, query: parseSearch(text), steps: 10 });
    assert.deepEqual(overview.totals, { spans: 21, errors: 1, traces: 2, stored: 2 }, text);
    assert.deepEqual(
      overview.steps.slice(0, 2).map(({ spans, errors }) => [spans, errors]),
      [
        [1, 1],
        [20, 0],
      ],
    );
    assert.deepEqual(
      overview.operations.map(({ service, spans, errors }) => [service, spans, errors]),
      [['bank', 21, 1]],
    );
  }
});
