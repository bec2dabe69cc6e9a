import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from '@trilith/lang/traceql';
import { openStore, type Store, sql } from '../../../store/index.ts';
import type { TraceStore } from '../../traces/trace.ts';
import { traceqlMetrics } from './evaluate_metrics.ts';
import { defaultStepNs, intervalsOf } from './intervals.ts';
import { log2Bucket, log2Quantile } from './log2_quantile.ts';
import { SeriesGroups } from './series_groups.ts';
import { type LabelValue, promLabels } from './trace_series.ts';

const DATABASE = 'traceql_metrics_test';
const START = 1_790_000_040n * 1_000_000_000n;
const SECOND = 1_000_000_000n;

let directory: string;
let store: Store;
let traces: TraceStore;

/**
 * 60 traces of two spans, one trace a second: span `in` (server, service a, n = second, duration 1 s) and its child `out`
 * (client, service b, error every tenth, duration 2^k ms). Ten traces were sent twice.
 */
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'traceql-metrics-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  traces = { reader: store.reader, query: { database: DATABASE } };
  const insert = sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes,
      SpanAttributes, ResourceAttributeTypes, SpanAttributeTypes, Duration, StatusCode)
    SELECT addMilliseconds(toDateTime64(1790000040, 9), intDiv(number, 2) * 1000 + 500), lower(leftPad(hex(intDiv(number, 2) + 1), 32, '0')),
      lower(leftPad(hex(number + 1), 16, '0')), if(number % 2 = 0, '', lower(leftPad(hex(number), 16, '0'))),
      ['in', 'out'][number % 2 + 1], ['Server', 'Client'][number % 2 + 1], ['a', 'b'][number % 2 + 1],
      map('service.name', ['a', 'b'][number % 2 + 1]), map('n', toString(intDiv(number, 2)), 'tier', if(number % 6 = 0, 'gold', '')),
      's', 'is', if(number % 2 = 0, 1000000000, 1000000 * exp2(intDiv(number, 2) % 4)), if(number % 20 = 1, 'Error', 'Unset')
    FROM numbers(120)`;
  await store.writer.command(insert, { database: DATABASE });
  await store.writer.command(
    sql`INSERT INTO otel_traces SELECT * FROM otel_traces WHERE Timestamp < toDateTime64(1790000050, 9)`,
    { database: DATABASE },
  );
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function ask(text: string, stepNs: bigint | null = 20n * SECOND): Promise<Record<string, number[]>> {
  const { series } = await traceqlMetrics(traces, {
    text,
    startNs: START,
    endNs: START + 60n * SECOND,
    stepNs: stepNs ?? undefined,
    exemplars: 10,
  });
  return Object.fromEntries(
    series.map(({ labels, values }) => [promLabels(labels), [...values].map((v) => Math.round(v * 1e6) / 1e6)]),
  );
}

const CASES: readonly (readonly [rule: string, query: string, answer: Record<string, number[]>])[] = [
  ['spans per second, each once', '{} | rate()', { '{__name__="rate"}': [2, 2, 2] }],
  ['spans per step', '{ kind = server } | count_over_time()', { '{__name__="count_over_time"}': [20, 20, 20] }],
  ['nothing counts as zeros', '{ name = "no" } | count_over_time()', { '{__name__="count_over_time"}': [0, 0, 0] }],
  [
    'groups by a resource attribute',
    '{} | count_over_time() by (resource.service.name)',
    { '{"resource.service.name"="a"}': [20, 20, 20], '{"resource.service.name"="b"}': [20, 20, 20] },
  ],
  ['groups by an intrinsic', '{ status = error } | rate() by (name)', { '{name="out"}': [0.1, 0.1, 0.1] }],
  [
    'a group where the attribute is absent',
    '{} | count_over_time() by (span.no)',
    { '{"span.no"="<nil>"}': [40, 40, 40] },
  ],
  [
    'an empty value is shown',
    '{ name = "out" } | count_over_time() by (span.tier)',
    { '{"span.tier"="<empty>"}': [20, 20, 20] },
  ],
  ['least', '{} | min_over_time(span.n)', { '{__name__="min_over_time"}': [0, 20, 40] }],
  ['most', '{} | max_over_time(span.n)', { '{__name__="max_over_time"}': [19, 39, 59] }],
  ['sum', '{ name = "in" } | sum_over_time(span.n)', { '{__name__="sum_over_time"}': [190, 590, 990] }],
  ['average', '{ name = "in" } | avg_over_time(span.n)', { '{__name__="avg_over_time"}': [9.5, 29.5, 49.5] }],
  [
    'durations are in seconds',
    '{ name = "in" } | max_over_time(duration)',
    { '{__name__="max_over_time"}': [1, 1, 1] },
  ],
  [
    'a histogram by powers of two of ns',
    '{ name = "in" } | histogram_over_time(duration)',
    { '{__bucket="1.073741824"}': [20, 20, 20] },
  ],
  [
    'a quantile that is a bucket’s bound',
    '{ name = "in" } | quantile_over_time(duration, 1)',
    { '{p="1"}': [1.073742, 1.073742, 1.073742] },
  ],
  [
    'a whole number groups as one',
    '{ span.n = 7 && name = "in" } | count_over_time() by (span.n)',
    { '{"span.n"="7"}': [1, 0, 0] },
  ],
  ['roots, as Grafana asks for them', '{ nestedSetParent < 0 && true } | rate()', { '{__name__="rate"}': [1, 1, 1] }],
  [
    'other spans decide',
    '{ name = "in" } >> { status = error } | count_over_time()',
    { '{__name__="count_over_time"}': [2, 2, 2] },
  ],
  [
    'the trace decides',
    '{ trace:rootName = "in" && name = "out" } | count_over_time()',
    { '{__name__="count_over_time"}': [20, 20, 20] },
  ],
  ['an aggregate before', '{ name = "in" || name = "out" } | count() = 2 | rate()', { '{__name__="rate"}': [2, 2, 2] }],
  ['the largest', '{} | count_over_time() by (status) | topk(1)', { '{status="unset"}': [38, 38, 38] }],
  ['the smallest', '{} | count_over_time() by (status) | bottomk(1)', { '{status="error"}': [2, 2, 2] }],
  ['those that compare', '{} | count_over_time() by (status) > 10', { '{status="unset"}': [38, 38, 38] }],
  ['times a number', '({} | rate()) * 100', { '{__name__="rate"}': [200, 200, 200] }],
  ['a number by series', '1 / ({} | rate())', { '{__name__="rate"}': [0.5, 0.5, 0.5] }],
  [
    'series by series',
    '({ status = error } | rate()) / ({} | rate())',
    { '{__name__="(rate / rate)"}': [0.05, 0.05, 0.05] },
  ],
  [
    'one without labels goes with all',
    '({} | rate() by (name)) / ({} | rate())',
    { '{name="in"}': [0.5, 0.5, 0.5], '{name="out"}': [0.5, 0.5, 0.5] },
  ],
];

describe('TraceQL metrics', () => {
  for (const [rule, query, answer] of CASES)
    test(`${rule}: ${query}`, async () => assert.deepEqual(await ask(query), answer));
});

test('without a step there is one value', async () => {
  assert.deepEqual(await ask('{ kind = server } | count_over_time()', null), {
    '{__name__="count_over_time"}': [60],
  });
  assert.deepEqual(await ask('{ kind = server } | rate()', null), { '{__name__="rate"}': [1] });
});

test('compare counts the values of the selected spans and of the others', async () => {
  const answer = await ask('{} | compare({ status = error })');
  assert.deepEqual(answer['{__meta_type="selection", name="out"}'], [2, 2, 2]);
  assert.deepEqual(answer['{__meta_type="baseline", name="out"}'], [18, 18, 18]);
  assert.deepEqual(answer['{__meta_type="selection_total", name="<nil>"}'], [2, 2, 2]);
  assert.deepEqual(answer['{"span.n"="<nil>", __meta_error="__too_many_values__"}'], []);
});

test('a span counts for those that sampling dropped, in the store and one by one, once however often it was stored', async () => {
  const insert = sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, SpanAttributes,
      SpanAttributeTypes, Duration, SampleWeight)
    SELECT toDateTime64(1790100001, 9), lower(leftPad(hex(number + 7000), 32, '0')), lower(leftPad(hex(number + 7000), 16, '0')), 'sampled', 'Server', 'a',
      map('n', toString([10, 40][number % 2 + 1])), 'i', 1000000000, [4, 1][number % 2 + 1] FROM numbers(2)`;
  for (let time = 0; time < 2; time++) await store.writer.command(insert, { database: DATABASE });
  const startNs = 1_790_100_000n * SECOND;
  const answers: readonly (readonly [measure: string, label: string, value: number])[] = [
    ['count_over_time()', '{__name__="count_over_time"}', 5],
    ['rate()', '{__name__="rate"}', 0.5],
    ['sum_over_time(span.n)', '{__name__="sum_over_time"}', 80],
    ['avg_over_time(span.n)', '{__name__="avg_over_time"}', 16],
    ['max_over_time(span.n)', '{__name__="max_over_time"}', 40],
    ['histogram_over_time(duration)', '{__bucket="1.073741824"}', 5],
    ['compare({ span.n = 10 })', '{__meta_type="selection_total", name="<nil>"}', 4],
  ];
  for (const [measure, label, value] of answers)
    for (const push of [true, false]) {
      const text = `{ name = "sampled" } | ${measure}`;
      const range = { startNs, endNs: startNs + 10n * SECOND, stepNs: 10n * SECOND };
      const { series } = await traceqlMetrics(traces, { ...range, text, exemplars: 0, push });
      const found = series.find(({ labels }) => promLabels(labels) === label);
      assert.deepEqual([...(found?.values ?? [])], [value], `${measure}, ${push ? 'in the store' : 'one by one'}`);
    }
});

test('exemplars name their span, at most as many as asked for', async () => {
  const { series } = await traceqlMetrics(traces, {
    text: '{ name = "in" } | max_over_time(duration)',
    startNs: START,
    endNs: START + 60n * SECOND,
    stepNs: 20n * SECOND,
    exemplars: 3,
  });
  const exemplars = series.flatMap((one) => one.exemplars);
  assert.equal(exemplars.length, 3);
  assert.ok(exemplars.every(({ value, traceId }) => value === 1 && traceId.length === 32));
});

test('what is not a metrics query, and too fine a step, is refused by name', async () => {
  await assert.rejects(ask('{}'), { name: 'TraceqlCheckError' });
  await assert.rejects(ask('{} | rate()', 1_000_000n), /maximum resolution of 11000 points/);
});

test('more points than are kept are refused, with what to do', () => {
  const intervals = intervalsOf({ startNs: START, endNs: START + 10_000n * SECOND, stepNs: SECOND });
  const labels = (group: number): readonly LabelValue[] => [{ value: group, isInteger: true }];
  const one = { spans: 1, weight: 1, numbers: 0, value: Number.NaN };
  const query = parse('{} | rate() by (span.n)');
  assert.ok(query.kind === 'metrics' && query.expr.kind === 'aggregate' && query.expr.aggregate.kind === 'series');
  const groups = new SeriesGroups(query.expr.aggregate, intervals, 0);
  for (let group = 0; group < 300; group += 1) groups.add(labels(group), 0, one);
  groups.add(labels(7), 1, one);
  assert.throws(
    () => groups.add(labels(300), 0, one),
    /more than 3000000 points \(10000 for each series\): group by less/,
  );
});

test('stretches are closed on the right and stand at their end', () => {
  const { count, indexOf, timeMs } = intervalsOf({ startNs: 5n * SECOND, endNs: 25n * SECOND, stepNs: 10n * SECOND });
  assert.deepEqual([count, timeMs(0), timeMs(2)], [3, 10_000, 30_000]);
  assert.deepEqual(
    [0n, 1n, 10n * SECOND, 10n * SECOND + 1n, 30n * SECOND, 30n * SECOND + 1n].map(indexOf),
    [-1, 0, 0, 1, 2, -1],
  );
});

test('the default step gives about 240 points', () => {
  const step = (seconds: bigint): number => Number(defaultStepNs(0n, seconds * SECOND)) / 1e9;
  assert.deepEqual([step(30n), step(3600n), step(6n * 3600n), step(7n * 86_400n)], [0.1, 15, 60, 2400]);
});

test('values fall under the next power of two; quantiles go between by powers of two', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 1024, 1025].map(log2Bucket), [undefined, 2, 4, 4, 8, 1024, 2048]);
  const buckets = new Map([
    [4, 10],
    [8, 10],
  ]);
  assert.deepEqual(
    [0.5, 1].map((q) => log2Quantile(q, buckets)),
    [4, 8],
  );
  assert.ok(Math.abs(log2Quantile(0.75, buckets) - 2 ** 2.5) < 1e-12);
  assert.equal(log2Quantile(0.5, new Map()), 0);
});
