import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type FloatHistogram, NO_BOUNDS, NO_BUCKETS } from '../../model/histogram.ts';
import { createMetricsEngine, type QueryResult } from './engine.ts';
import { createHistogramGatherer, mergeHistograms } from './histogram_gatherer.ts';
import { type MemorySeries, memorySamples } from './memory_source.ts';
import { withResetHints } from './reset_hints.ts';

const STEP_MS = 15_000;

function histogramOf(counts: readonly number[], sum: number): FloatHistogram {
  return {
    schema: 1,
    hint: 0,
    zeroThreshold: 0.001,
    zeroCount: 0,
    count: counts.reduce((all, count) => all + count, 0),
    sum,
    positive: { indexes: Int32Array.from(counts.keys()), counts: Float64Array.from(counts) },
    negative: NO_BUCKETS,
    customValues: NO_BOUNDS,
  };
}

/** What one instance observed between two scrapes; `restarts` begins its counters anew. */
interface Scrape {
  readonly added: readonly number[];
  readonly sum: number;
  readonly restarts: boolean;
  readonly missed: boolean;
}

const scrape: fc.Arbitrary<Scrape> = fc.record({
  // In the same proportion everywhere: otherwise buckets show resets that the count does not.
  added: fc.integer({ min: 1, max: 50 }).map((n) => [n, 2 * n, n]),
  sum: fc.integer({ min: 0, max: 500 }),
  restarts: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  missed: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
});

const instances = fc.array(fc.array(scrape, { minLength: 3, maxLength: 20 }), { minLength: 1, maxLength: 4 });

/** The same observations three times: as native histograms `h`, and as floats `h_count` and `h_sum`. */
function seriesOf(scrapes: readonly Scrape[], instance: number): readonly MemorySeries[] {
  const times: number[] = [];
  const histograms: FloatHistogram[] = [];
  let counts = [0, 0, 0];
  let sum = 0;
  for (const [i, { added, sum: grown, restarts, missed }] of scrapes.entries()) {
    if (restarts) [counts, sum] = [[0, 0, 0], 0];
    counts = counts.map((count, bucket) => count + (added[bucket] ?? 0));
    sum += grown;
    if (missed) continue;
    times.push((i + 1) * STEP_MS);
    histograms.push(histogramOf(counts, sum));
  }
  const labels = (name: string) => ['__name__', name, 'instance', String(instance)];
  const values = (of: (histogram: FloatHistogram) => number) => histograms.map(of);
  return [
    { labels: labels('h'), times, values: times.map(() => Number.NaN), histograms, stale: [] },
    { labels: labels('h_count'), times, values: values(({ count }) => count), stale: [] },
    { labels: labels('h_sum'), times, values: values((histogram) => histogram.sum), stale: [] },
  ];
}

const ask = (series: readonly MemorySeries[], query: string): Promise<QueryResult> =>
  createMetricsEngine({ source: memorySamples(series), now: () => performance.now() }).query({
    query,
    startMs: 0,
    endMs: 25 * STEP_MS,
    stepMs: STEP_MS,
  });

function points({ series }: QueryResult): readonly (readonly [labels: string, time: number, value: number])[] {
  return series.flatMap(({ labels, times, values }) =>
    Array.from(times, (time, i) => [labels.join(), time, values[i] as number] as const),
  );
}

/** Expressions over `h` whose count and sum are those of the same expression over the floats. */
const LINEAR = [
  'X',
  'sum(X)',
  'avg(X)',
  'sum by (instance) (X)',
  'X * 3',
  'X / 4',
  '-X',
  'X + X',
  'sum_over_time(X[2m])',
  'avg_over_time(X[2m])',
  'last_over_time(X[1m])',
  'first_over_time(X[1m])',
  'sum(sum_over_time(X[2m:30s]))',
  'delta(X[2m])',
  'idelta(X[2m])',
  'irate(X[2m])',
  'increase(X[1m])',
  'sum(rate(X[2m]))',
] as const;

describe('native histograms', () => {
  test('count what floats count: the count of an expression over histograms is that expression over counts', async () => {
    await fc.assert(
      fc.asyncProperty(instances, fc.constantFrom(...LINEAR), async (scrapes, expression) => {
        const series = scrapes.flatMap((one, i) => seriesOf(one, i));
        const native = await ask(series, `histogram_count(${expression.replaceAll('X', 'h')})`);
        const floats = await ask(series, expression.replaceAll('X', 'h_count'));
        compare(native, floats, expression.startsWith('last') || expression.startsWith('first') || expression === 'X');
      }),
      { numRuns: 150 },
    );
  });

  test('sum what floats sum, where nothing is a counter', async () => {
    const gauges = LINEAR.filter((expression) => !/rate|increase/.test(expression));
    await fc.assert(
      fc.asyncProperty(instances, fc.constantFrom(...gauges), async (scrapes, expression) => {
        const series = scrapes.flatMap((one, i) => seriesOf(one, i));
        const native = await ask(series, `histogram_sum(${expression.replaceAll('X', 'h')})`);
        const floats = await ask(series, expression.replaceAll('X', 'h_sum'));
        compare(native, floats, expression.startsWith('last') || expression.startsWith('first') || expression === 'X');
      }),
      { numRuns: 100 },
    );
  });

  test('without buckets asked for, counts and resets come out the same', async () => {
    await fc.assert(
      fc.asyncProperty(instances, async (scrapes) => {
        const series = scrapes.flatMap((one, i) => seriesOf(one, i));
        const short = await ask(series, 'histogram_count(rate(h[2m]))');
        // Trimming needs the buckets, so that they are there on the way to the same count.
        const long = await ask(series, 'histogram_count(rate(h[2m]) </ Inf)');
        compare(short, long, false);
      }),
      { numRuns: 50 },
    );
  });

  test('a function of numbers leaves them out, and says so only where floats lie beside them', async () => {
    const mixed: MemorySeries = {
      labels: ['__name__', 'mixed'],
      times: [STEP_MS, 2 * STEP_MS],
      values: [1, Number.NaN],
      histograms: [undefined, histogramOf([1, 2, 3], 4)],
      stale: [],
    };
    const alone = { ...mixed, times: [STEP_MS], values: [Number.NaN], histograms: [histogramOf([1], 1)] };
    const result = await ask([mixed], 'max_over_time(mixed[1m])');
    assert.deepEqual(result.infos, [
      'PromQL info: ignored histograms in a range containing both floats and histograms for metric name "mixed" (1:15)',
    ]);
    assert.deepEqual((await ask([alone], 'max_over_time(mixed[1m])')).infos, []);
    assert.deepEqual((await ask([mixed], 'rate(mixed[1m])')).warnings, [
      'PromQL warning: encountered a mix of histograms and floats for metric name "mixed" (1:6)',
    ]);
    const [series] = (await ask([mixed], 'mixed')).series;
    assert.equal(series?.histograms?.[0], undefined);
    assert.equal(series?.histograms?.[1]?.count, 6);
  });
});

function compare(native: QueryResult, floats: QueryResult, named: boolean): void {
  const strip = (labels: string): string => (named ? labels.replace(/^__name__,[^,]*,/, '') : labels);
  const got = points(native);
  const wanted = points(floats);
  assert.equal(got.length, wanted.length);
  for (const [i, [labels, time, value]] of wanted.entries()) {
    assert.deepEqual([got[i]?.[0], got[i]?.[1]], [strip(labels), time]);
    const difference = Math.abs((got[i]?.[2] as number) - value);
    assert.ok(difference <= 1e-9 * Math.max(1, Math.abs(value)), `${got[i]?.[2]} is not ${value}`);
  }
}

describe('hints of resets', () => {
  const grown = [histogramOf([1, 1], 2), histogramOf([2, 1], 3), histogramOf([1, 0], 1), histogramOf([1, 5], 1)];
  const hints = (given: readonly (FloatHistogram | undefined)[], stale: readonly number[] = []) =>
    withResetHints(given, [10, 20, 30, 40], stale).map((one) => one?.hint);

  test('only what follows a histogram of its kind without a reset says so', () => {
    assert.deepEqual(hints(grown), [0, 2, 0, 2]);
    assert.deepEqual(hints([grown[0], undefined, grown[1], grown[1]]), [0, undefined, 0, 2]);
    assert.deepEqual(hints(grown, [15]), [0, 0, 0, 2]);
  });

  test('gauges stay gauges, and what a sender said of other samples does not count', () => {
    const [first, second] = grown;
    if (first === undefined || second === undefined) throw new Error('no histograms');
    assert.deepEqual(
      hints([{ ...first, hint: 2 }, { ...second, hint: 3 }, { ...second, hint: 1 }, second]),
      [0, 3, 0, 2],
    );
  });
});

test('histograms and floats of the store become one set; of equal times the later row counts, and the histogram', () => {
  const gatherer = createHistogramGatherer(1000);
  const [old, fresh] = [histogramOf([1], 1), histogramOf([2], 2)];
  const ids = Uint32Array.from([7, 0, 7, 0, 7, 0, 9, 0]);
  const rows = { rows: 4, ids, times: Float64Array.of(10, 10, 30, 5), histograms: [old, fresh, undefined, fresh] };
  gatherer.add(rows, (_, low) => low);
  const set = {
    labels: [['__name__', 'seven']],
    offsets: Uint32Array.of(0, 2),
    times: Float64Array.of(10, 20),
    values: Float64Array.of(1, 2),
    stale: new Map<number, Float64Array>(),
  };
  const merged = mergeHistograms({ set, references: [7] }, gatherer.series, (reference) => [
    '__name__',
    `r${reference}`,
  ]);
  assert.deepEqual(merged.references, [7, 9]);
  assert.deepEqual([...merged.set.times], [10, 20, 5]);
  assert.deepEqual([...merged.set.offsets], [0, 2, 3]);
  assert.deepEqual(
    merged.set.histograms?.get(0)?.map((one) => one?.count),
    [2, undefined],
  );
  assert.deepEqual([...(merged.set.stale.get(0) ?? [])], [30]);
  assert.throws(() => {
    for (let i = 0; i < 100; i++) gatherer.add(rows, (_, low) => low);
  }, /too many samples/);
});
