import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_FEATURES } from '@trilith/lang/promql';
import fc from 'fast-check';
import { labelsFrom } from '../../../model/labels.ts';
import { createMetricsEngine, type QueryResult } from '../engine.ts';
import { type MemorySeries, memorySamples } from '../memory_source.ts';
import type { Newest, SampleSource, Selection } from '../source.ts';

const MINUTE = 60_000;

/** The strictest store there can be: of every stretch the newest row only, be it a sample or a stale marker. */
function newestRows(one: MemorySeries, { endMs, stepMs }: Newest, { fromMs, toMs }: Selection): MemorySeries {
  const newest = new Map<number, number>();
  for (const time of [...one.times, ...one.stale]) {
    if (time < fromMs || time > toMs) continue;
    const stretch = Math.floor((endMs - time) / stepMs);
    newest.set(stretch, Math.max(newest.get(stretch) ?? 0, time));
  }
  const kept = new Set(newest.values());
  const places = one.times.flatMap((time, i) => (kept.has(time) ? [i] : []));
  return {
    labels: one.labels,
    times: places.map((i) => one.times[i] ?? 0),
    values: places.map((i) => one.values[i] ?? 0),
    stale: one.stale.filter((time) => kept.has(time)),
  };
}

function thinning(all: readonly MemorySeries[], thinned: { count: number }): SampleSource {
  return {
    select(selection, maxSamples, signal) {
      const { newest } = selection;
      if (newest === undefined) return memorySamples(all).select(selection, maxSamples, signal);
      thinned.count++;
      const rows = all.map((one) => newestRows(one, newest, selection));
      return memorySamples(rows).select(selection, maxSamples, signal);
    },
  };
}

/** Two metrics of two series, sampled every so often over two hours, with gaps and stale markers. */
const data = fc
  .array(
    fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 9 }), fc.boolean()), {
      maxLength: 40,
    }),
    { minLength: 4, maxLength: 4 },
  )
  .map((all) =>
    all.map((rows, i): MemorySeries => {
      const points = rows.map(([, value, isStale], at) => ({
        time: 1000 * rows.slice(0, at + 1).reduce((sum, [each]) => sum + each, 0),
        value,
        isStale: isStale && value < 3,
      }));
      const kept = points.filter(({ isStale }) => !isStale);
      return {
        labels: labelsFrom([
          ['__name__', i < 2 ? 'a' : 'b'],
          ['i', String(i % 2)],
        ]),
        times: kept.map((point) => point.time),
        values: kept.map(({ value }) => value),
        stale: points.filter(({ isStale }) => isStale).map((point) => point.time),
      };
    }),
  );

/** Expressions of selectors, some of them at other moments or in windows, so that fetches are shared in every way. */
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'a',
      'b',
      'a offset 7m',
      'b offset -2m',
      'a @ 3000',
      'b @ end()',
      'timestamp(a)',
      'last_over_time(a[9m])',
    ),
    fc.constantFrom(
      'rate(b[5m])',
      'max_over_time(a[30m:3m])',
      'min_over_time(b[20m:1m] offset 3m)',
      'a smoothed',
      'absent(a)',
    ),
    tie('expression').map((inner) => `sum by (i) (${inner})`),
    tie('expression').map((inner) => `-(${inner})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('+', 'or', 'unless', '> bool'), tie('expression'))
      .map(([left, operator, right]) =>
        operator === 'or' || operator === 'unless'
          ? `(${left}) ${operator} (${right})`
          : `sum(${left}) ${operator} sum(${right})`,
      ),
  ),
}));

const shown = ({ series }: QueryResult): unknown =>
  series.map(({ labels, times, values }) => [labels, [...times], [...values]]);

test('what the newest sample of each step answers is what all samples answer', async () => {
  const thinned = { count: 0 };
  await fc.assert(
    fc.asyncProperty(
      data,
      expression,
      fc.constantFrom(2 * MINUTE, 3 * MINUTE, 10 * MINUTE, 61_000 * 2),
      fc.integer({ min: 0, max: 10 * MINUTE }),
      async (series, query, stepMs, startMs) => {
        const ask = async (source: SampleSource): Promise<unknown> => {
          const engine = createMetricsEngine({ source, now: () => performance.now(), parse: ALL_FEATURES });
          try {
            return shown(await engine.query({ query, startMs, endMs: startMs + 120 * MINUTE, stepMs }));
          } catch (error) {
            return (error as Error).message;
          }
        };
        assert.deepEqual(await ask(thinning(series, thinned)), await ask(memorySamples(series)), query);
      },
    ),
    { numRuns: 400 },
  );
  assert.ok(thinned.count > 100, `${thinned.count} selections were thinned`);
});

test('steps as short as samples are apart are read whole', async () => {
  const thinned = { count: 0 };
  const engine = createMetricsEngine({ source: thinning([], thinned), now: () => performance.now() });
  await engine.query({ query: 'a', startMs: 0, endMs: 60 * MINUTE, stepMs: MINUTE });
  await engine.query({ query: 'a', startMs: 0, endMs: 0, stepMs: 0 });
  assert.equal(thinned.count, 0);
});
