import type { FloatHistogram } from '../../model/histogram.ts';
import { type Labels, labelsFrom } from '../../model/labels.ts';
import { createMemoryStore, createMetricsEngine, type QueryResult } from '../../query/index.ts';
import { parseSeriesLine } from './series_notation.ts';
import type { TestGroup } from './test_file.ts';

/** What of PromQL is on (promtool's `--enable-feature`). */
export interface TestFeatures {
  readonly experimentalFunctions: boolean;
  readonly extendedRangeSelectors: boolean;
  readonly durationExpressions: boolean;
  readonly fillModifiers: boolean;
  readonly delayedNameRemoval: boolean;
}

/** The data of one test: input series that come in as time goes on, and what rules have recorded. */
export interface TestMemory {
  /** Input up to and including a time becomes visible. */
  loadTill(timeMs: number): void;
  append(samples: readonly RecordedPoint[]): void;
  query(expr: string, timeMs: number): Promise<QueryResult>;
}

interface RecordedPoint {
  readonly labels: Labels;
  readonly timeMs: number;
  readonly value: number;
  readonly stale: boolean;
  readonly histogram?: FloatHistogram;
}

/** @throws Error for series that cannot be read */
export function createTestMemory(
  test: Pick<TestGroup, 'inputSeries' | 'startMs' | 'intervalMs'>,
  evaluationIntervalMs: number,
  { delayedNameRemoval, ...parse }: TestFeatures,
): TestMemory {
  const store = createMemoryStore();
  const input = test.inputSeries.map(({ series, values }) => {
    const { labels, points } = parseSeriesLine(`${series} ${values}`);
    return { labels: labelsFrom(labels), points, next: 0 };
  });
  const engine = createMetricsEngine({
    source: store,
    now: () => performance.now(),
    parse,
    delayedNameRemoval,
    defaultStepMs: evaluationIntervalMs,
  });
  return {
    loadTill(untilMs) {
      for (const one of input) {
        for (; one.next < one.points.length; one.next++) {
          const timeMs = test.startMs + one.next * test.intervalMs;
          if (timeMs > untilMs) break;
          const point = one.points[one.next];
          if (point === undefined || point.kind === 'nothing') continue;
          const value = point.kind === 'value' ? point.value : Number.NaN;
          const sample = { labels: one.labels, timeMs, value, stale: point.kind === 'stale' };
          store.append(point.kind === 'histogram' ? { ...sample, histogram: point.histogram } : sample);
        }
      }
    },
    append(samples) {
      for (const sample of samples) store.append(sample);
    },
    query: (query, timeMs) => engine.query({ query, startMs: timeMs, endMs: timeMs, stepMs: 0 }),
  };
}
