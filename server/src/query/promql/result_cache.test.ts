import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { labelsFrom } from '../../model/labels.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { dayOf } from '../../model/units.ts';
import { metricColumns, metricSections, type StoreReader, seriesSections } from '../../store/index.ts';
import { createTenantHead } from '../head/tenant_head.ts';
import { createMetricsEngine, type QueryRequest, type QueryResult } from './engine.ts';
import { memorySamples } from './memory_source.ts';
import { createTenantMetrics } from './tenant_metrics.ts';

const START = 1_790_000_040_000;
const EMPTY_STORE: StoreReader = {
  async *query() {
    yield* [];
  },
  collect: async () => ({ blocks: [], cost: { rowsRead: 0, bytesRead: 0, milliseconds: 0 } }),
};
const STALE = -1;

/** Two metrics with two series each, fed through sections as the server does it, and everything fed in plain arrays. */
async function world() {
  const interner = createMapInterner();
  const sets = ['one_total', 'two'].flatMap((name) =>
    ['a', 'b'].map((job) =>
      labelsFrom([
        ['__name__', name],
        ['job', job],
        ['instance', `${job}:${name}`],
      ]),
    ),
  );
  const references = sets.map((labels) => interner.intern(labels));
  references.forEach((reference, i) => {
    interner.idHigh[reference] = (1 + (i >> 1)) << 16;
  });
  const head = createTenantHead({
    reader: EMPTY_STORE,
    database: 'x',
    budgetBytes: 1e9,
    onError: (error) => assert.fail(String(error)),
  });
  const metrics = createTenantMetrics({ reader: EMPTY_STORE, database: 'x', head });
  await head.attach();
  const all = sets.map(() => new Map<number, number>());
  return {
    head,
    metrics,
    feed(rows: readonly { readonly series: number; readonly time: number; readonly value: number }[]): void {
      const columns = metricColumns(interner);
      for (const { series, time, value } of rows) {
        all[series]?.set(time, value);
        const reference = references[series] as number;
        if (value === STALE) columns.samples.appendRaw(reference, time, 2, 0x7ff0_0000);
        else columns.samples.append(reference, time, value);
      }
      const { sections } = metricSections(columns, START);
      head.take([...seriesSections(interner, references, dayOf(START), START), ...sections], START);
    },
    /** Every sample from plain arrays, every operator by itself. */
    plainly(request: QueryRequest): Promise<QueryResult> {
      const series = sets.map((labels, i) => {
        const rows = [...(all[i] ?? [])].sort(([a], [b]) => a - b);
        const isStale = ([, value]: readonly [number, number]): boolean => value === STALE;
        return {
          labels,
          times: rows.filter((row) => !isStale(row)).map(([time]) => time),
          values: rows.filter((row) => !isStale(row)).map(([, value]) => value),
          stale: rows.filter(isStale).map(([time]) => time),
        };
      });
      const engine = createMetricsEngine({ source: memorySamples(series), now: () => performance.now() });
      return engine.query({ ...request, observer: { fetched: () => undefined, evaluated: () => undefined } });
    },
  };
}

const QUERIES = [
  'two',
  'rate(one_total[1m])',
  'sum(rate(one_total[2m]))',
  'sum by (job) (increase({__name__=~".+"}[90s]))',
  'avg without (instance) (avg_over_time(two[1m]))',
  'max_over_time(two[3m] offset 1m) > 5',
  'sum(one_total) / ignoring(job) sum(two)',
  'topk(1, two)',
  'max by (job) (last_over_time({job="a"}[1m]))',
  'stddev(min_over_time(one_total[1m]))',
  'sum_over_time(sum(two)[2m:30s])',
  'absent(two{job="a"})',
  'count(irate(one_total[1m]))',
  'two @ end()',
  'one_total offset -30s',
];

const plain = ({ series, type }: QueryResult): unknown => ({
  type,
  series: series.map(({ labels, times, values }) => [labels.join(), [...times].join(), [...values].join()]).sort(),
});

const rows = fc.array(
  fc.record({
    series: fc.nat(3),
    lag: fc.oneof({ weight: 5, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(40) }),
    value: fc.oneof(fc.integer({ min: STALE, max: 30 }), fc.double({ min: 0, max: 100, noNaN: true })),
  }),
  { maxLength: 12 },
);
const operation = fc.record({
  rows,
  forward: fc.nat(6),
  queries: fc.array(
    fc.record({
      query: fc.constantFrom(...QUERIES),
      points: fc.constantFrom(3, 20),
      step: fc.constantFrom(15_000, 60_000),
    }),
    { maxLength: 4 },
  ),
});

test('what is remembered, shared and read from memory answers as a plain evaluation does, whatever comes late', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
      const { metrics, feed, plainly } = await world();
      let now = START;
      for (const step of operations) {
        now += step.forward * 15_000;
        feed(step.rows.map(({ series, lag, value }) => ({ series, value, time: now - lag * 15_000 })));
        for (const { query, points, step: stepMs } of step.queries) {
          const endMs = Math.floor(now / stepMs) * stepMs;
          const request = { query, startMs: endMs - points * stepMs, endMs, stepMs };
          const wanted = plain(await plainly(request));
          const [first, second] = await Promise.all([metrics.query(request), metrics.query(request)]);
          assert.deepEqual(plain(first), wanted, query);
          assert.deepEqual(plain(second), wanted, query);
          const instant = { query, startMs: now, endMs: now, stepMs: 0 };
          assert.deepEqual(plain(await metrics.query(instant)), plain(await plainly(instant)), query);
        }
      }
    }),
    { numRuns: 25 },
  );
});

test('a refresh evaluates only the steps that are new', async () => {
  const { metrics, feed } = await world();
  const at = (i: number): number => START + i * 15_000;
  for (let i = 0; i < 100; i++) feed([{ series: 2, time: at(i), value: i }]);
  const request = { query: 'avg_over_time(two[1m])', startMs: at(20), endMs: at(99), stepMs: 15_000 };
  const whole = await metrics.query(request);
  assert.ok(whole.samplesRead >= 80);
  feed([{ series: 2, time: at(100), value: 100 }]);
  const refreshed = await metrics.query({ ...request, startMs: at(21), endMs: at(100) });
  assert.ok(refreshed.samplesRead <= 4, `${refreshed.samplesRead} samples`);
  assert.equal(refreshed.series[0]?.values.length, 80);
  const late = { series: 2, time: at(60), value: 1000 };
  feed([late]);
  const after = await metrics.query({ ...request, startMs: at(21), endMs: at(100) });
  assert.ok(after.samplesRead >= 40, 'late samples are seen');
  const other = await metrics.query({ ...request, startMs: at(21), endMs: at(100), fresh: true });
  assert.deepEqual(plain(after), plain(other));
});

test('identical queries share one evaluation, and who leaves takes nobody along', async () => {
  const { metrics, feed } = await world();
  feed([{ series: 2, time: START, value: 7 }]);
  const request = { query: 'two', startMs: START, endMs: START, stepMs: 0 };
  const leaver = new AbortController();
  const left = metrics.query({ ...request, signal: leaver.signal });
  const stays = [metrics.query({ ...request, signal: new AbortController().signal }), metrics.query(request)];
  leaver.abort(new Error('gone'));
  await assert.rejects(left, { kind: 'canceled' });
  const [first, second] = await Promise.all(stays);
  assert.equal(first?.series[0]?.values[0], 7);
  assert.equal(first, second);
});

test('a query after a sample does not share with one from before it', async () => {
  const { metrics, feed } = await world();
  feed([{ series: 2, time: START, value: 7 }]);
  const request = { query: 'two', startMs: START, endMs: START, stepMs: 0 };
  const before = metrics.query(request);
  feed([{ series: 2, time: START, value: 8 }]);
  const after = await metrics.query(request);
  assert.equal(after.series[0]?.values[0], 8);
  await before;
});
