import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_FEATURES } from '@trilith/lang/promql';
import fc from 'fast-check';
import { labelsFrom } from '../../model/labels.ts';
import { createMetricsEngine, type MetricsEngine } from './engine.ts';
import { type MemorySeries, memorySamples } from './memory_source.ts';
import { PromqlError } from './promql_error.ts';

const engineOver = (series: readonly MemorySeries[], maxSamples?: number): MetricsEngine =>
  createMetricsEngine({
    source: memorySamples(series),
    now: () => performance.now(),
    parse: ALL_FEATURES,
    ...(maxSamples === undefined ? {} : { maxSamples }),
  });

/** Irregular samples: distances of 1 to 20 s, values that rise, fall, repeat and now and then are not finite. */
const samples = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 20 }),
      fc.oneof(
        { weight: 12, arbitrary: fc.integer({ min: 0, max: 50 }) },
        { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -3.5) },
      ),
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((pairs): MemorySeries => {
    let time = 0;
    const times = pairs.map(([gap]) => (time += gap * 1000));
    return { labels: labelsFrom([['__name__', 'x_total']]), times, values: pairs.map(([, value]) => value), stale: [] };
  });

/** What each function means, written out over one window, with no state carried along. */
const NAIVE: Readonly<
  Record<
    string,
    (times: readonly number[], values: readonly number[], start: number, end: number) => number | undefined
  >
> = {
  count_over_time: (_, v) => v.length || undefined,
  last_over_time: (_, v) => v.at(-1),
  first_over_time: (_, v) => v[0],
  max_over_time: (_, v) => (v.length === 0 ? undefined : v.reduce((a, b) => (b > a || Number.isNaN(a) ? b : a))),
  min_over_time: (_, v) => (v.length === 0 ? undefined : v.reduce((a, b) => (b < a || Number.isNaN(a) ? b : a))),
  changes: (_, v) =>
    v.length === 0
      ? undefined
      : v.filter((b, i) => i > 0 && b !== v[i - 1] && !(Number.isNaN(b) && Number.isNaN(v[i - 1] ?? 0))).length,
  resets: (_, v) => (v.length === 0 ? undefined : v.filter((b, i) => i > 0 && b < (v[i - 1] ?? 0)).length),
  increase: naiveIncrease,
};

function naiveIncrease(
  times: readonly number[],
  values: readonly number[],
  start: number,
  end: number,
): number | undefined {
  if (values.length < 2) return undefined;
  const [first = 0] = values;
  let result = (values.at(-1) ?? 0) - first;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) < (values[i - 1] ?? 0)) result += values[i - 1] ?? 0;
  const sampled = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  const average = sampled / (values.length - 1);
  let before = ((times[0] ?? 0) - start) / 1000;
  let after = (end - (times.at(-1) ?? 0)) / 1000;
  if (before >= average * 1.1) before = average / 2;
  if (result > 0 && first >= 0) before = Math.min(before, sampled * (first / result));
  if (after >= average * 1.1) after = average / 2;
  return result * ((sampled + before + after) / sampled);
}

for (const [name, naive] of Object.entries(NAIVE)) {
  test(`${name} carried from window to window equals ${name} of each window alone`, async () => {
    await fc.assert(
      fc.asyncProperty(
        samples,
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 40 }),
        async (series, range, step) => {
          const stepMs = step * 1000;
          const endMs = stepMs * 30;
          const { series: got } = await engineOver([series]).query({
            query: `${name}(x_total[${range}s])`,
            startMs: 0,
            endMs,
            stepMs,
          });
          const expected: [number, number][] = [];
          for (let end = 0; end <= endMs; end += stepMs) {
            const inside = series.times
              .map((time, i) => [time, series.values[i] ?? 0] as const)
              .filter(([time]) => time > end - range * 1000 && time <= end);
            const value = naive(
              inside.map(([time]) => time),
              inside.map(([, v]) => v),
              end - range * 1000,
              end,
            );
            if (value !== undefined) expected.push([end, value]);
          }
          const points = [...(got[0]?.times ?? [])].map((time, i) => [time, got[0]?.values[i] ?? 0]);
          assert.deepEqual(points, expected);
        },
      ),
      { numRuns: 60 },
    );
  });
}

test('a range query is the instant queries of its steps', async () => {
  const queries = [
    'x_total',
    'sum(x_total offset 10s)',
    'rate(x_total[30s])',
    'avg_over_time(x_total[30s:7s])',
    'x_total > 10',
    'x_total and x_total > 20',
    'topk(1, x_total)',
    'abs(-x_total)',
  ];
  await fc.assert(
    fc.asyncProperty(samples, fc.constantFrom(...queries), async (series, query) => {
      const engine = engineOver([series]);
      const { series: range } = await engine.query({ query, startMs: 0, endMs: 300_000, stepMs: 15_000 });
      const single: [number, number][] = [];
      for (let at = 0; at <= 300_000; at += 15_000) {
        const { series: now } = await engine.query({ query, startMs: at, endMs: at, stepMs: 0 });
        if (now[0] !== undefined) single.push([at, now[0].values[0] ?? 0]);
      }
      assert.deepEqual(
        [...(range[0]?.times ?? [])].map((time, i) => [time, range[0]?.values[i] ?? 0]),
        single,
      );
    }),
    { numRuns: 60 },
  );
});

test('a stale marker ends a series at once; without one it is seen for five minutes, the left end open', async () => {
  const base = { labels: labelsFrom([['__name__', 'x']]), times: [0, 60_000], values: [1, 2] };
  const seen = async (stale: readonly number[], atMs: number): Promise<number> =>
    (await engineOver([{ ...base, stale }]).query({ query: 'x', startMs: atMs, endMs: atMs, stepMs: 0 })).series.length;
  assert.deepEqual([await seen([], 359_999), await seen([], 360_000)], [1, 0]);
  assert.deepEqual([await seen([61_000], 60_999), await seen([61_000], 61_000)], [1, 0]);
});

const many = Array.from({ length: 200 }, (_, i): MemorySeries => {
  const times = Array.from({ length: 100 }, (_unused, t) => t * 1000);
  return {
    labels: labelsFrom([
      ['__name__', 'x'],
      ['i', String(i)],
    ]),
    times,
    values: times,
    stale: [],
  };
});

test('a query over the bound of samples is stopped by name', async () => {
  const query = { query: 'x', startMs: 0, endMs: 99_000, stepMs: 1000 };
  await assert.rejects(
    engineOver(many, 1000).query(query),
    (error) => error instanceof PromqlError && /too many samples/.test(error.message),
  );
});

test('an aborted query ends, and one past its time says so', async () => {
  const query = { query: 'x', startMs: 0, endMs: 99_000, stepMs: 1000 };
  await assert.rejects(
    engineOver(many).query({ ...query, signal: AbortSignal.abort() }),
    (error) => error instanceof PromqlError && error.kind === 'canceled',
  );
  await assert.rejects(
    engineOver(many).query({ ...query, timeoutMs: -1 }),
    (error) => error instanceof PromqlError && error.kind === 'timeout',
  );
});

test('selectors with the same matchers are read once', async () => {
  let reads = 0;
  const source = memorySamples(many);
  const engine = createMetricsEngine({
    source: {
      select(...args) {
        reads++;
        return source.select(...args);
      },
    },
    now: () => performance.now(),
  });
  await engine.query({
    query: 'sum(x) / sum(x offset 10s) + count(rate(x[1m]))',
    startMs: 0,
    endMs: 90_000,
    stepMs: 10_000,
  });
  assert.equal(reads, 1);
});
