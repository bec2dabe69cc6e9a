import { ALL_FEATURES, PromqlParseError } from '@trilith/lang/promql';
import type { FloatHistogram } from '../../../server/src/model/histogram.ts';
import { createMetricsEngine, type MemorySeries, memorySamples, PromqlError } from '../../../server/src/query/index.ts';
import type { LabelMap } from '../../../server/src/rules/index.ts';
import { convertClassic } from './nhcb.ts';
import { asRange, atStep } from './range_mode.ts';
import type { Evaluation, Load, Statement } from './script.ts';
import { judge, judgeError, judgeValues, labelKey } from './verdict.ts';

export interface Outcome {
  readonly evaluation: Evaluation;
  /** Undefined when the statement passed. */
  readonly failure: string | undefined;
}

interface LoadedPoint {
  readonly value: number;
  readonly stale: boolean;
  readonly start: number;
  readonly histogram?: FloatHistogram;
}

interface LoadedSeries {
  readonly labels: string[];
  readonly points: Map<number, LoadedPoint>;
}

/** Runs a script's statements one after the other against the evaluator over samples in memory. */
export async function runScript(statements: readonly Statement[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let loaded = new Map<string, LoadedSeries>();
  for (const statement of statements) {
    if (statement.kind === 'clear') loaded = new Map();
    else if (statement.kind === 'load') load(loaded, statement);
    else outcomes.push({ evaluation: statement, failure: await run(loaded, statement) });
  }
  return outcomes;
}

function load(loaded: Map<string, LoadedSeries>, { stepMs, series, needs }: Load): void {
  for (const { labels, points, starts } of series) {
    const one = seriesOf(loaded, labels);
    for (const [i, point] of points.entries()) {
      const offset = starts?.[i];
      const start = offset === undefined ? 0 : i * stepMs + offset;
      if (point.kind === 'value') one.points.set(i * stepMs, { value: point.value, stale: false, start });
      else if (point.kind === 'stale') one.points.set(i * stepMs, { value: Number.NaN, stale: true, start: 0 });
      else if (point.kind === 'histogram') one.points.set(i * stepMs, histogramPoint(point.histogram, start));
    }
  }
  if (!needs.includes('native histograms')) return;
  for (const { labels, points } of convertClassic(series)) {
    const one = seriesOf(loaded, labels);
    for (const [i, histogram] of points) one.points.set(i * stepMs, histogramPoint(histogram, 0));
  }
}

const histogramPoint = (histogram: FloatHistogram, start: number): LoadedPoint => ({
  value: Number.NaN,
  stale: false,
  start,
  histogram,
});

function seriesOf(loaded: Map<string, LoadedSeries>, labels: LabelMap): LoadedSeries {
  const key = labelKey(labels);
  let one = loaded.get(key);
  if (one === undefined) {
    one = { labels: flat(labels), points: new Map() };
    loaded.set(key, one);
  }
  return one;
}

const flat = (labels: LabelMap): string[] => [...labels].sort(([a], [b]) => (a < b ? -1 : 1)).flat();

async function run(loaded: ReadonlyMap<string, LoadedSeries>, evaluation: Evaluation): Promise<string | undefined> {
  const engine = createMetricsEngine({
    source: memorySamples([...loaded.values()].map(memorySeries)),
    now: () => performance.now(),
    parse: ALL_FEATURES,
    delayedNameRemoval: true,
    startTimestamps: true,
  });
  const { query, startMs, endMs, stepMs } = evaluation;
  try {
    const failure = judge(evaluation, await engine.query({ query, startMs, endMs, stepMs }));
    const range = failure === undefined ? asRange(evaluation) : undefined;
    if (range === undefined) return failure;
    const result = atStep(await engine.query(range), startMs, evaluation.scalar !== undefined);
    const wrong = judgeValues(evaluation, result);
    return wrong === undefined ? undefined : `in range mode: ${wrong}`;
  } catch (error) {
    if (!(error instanceof PromqlError || error instanceof PromqlParseError))
      return `crashed: ${error instanceof Error ? error.stack : String(error)}`;
    return judgeError(evaluation, error.message);
  }
}

function memorySeries({ labels, points }: LoadedSeries): MemorySeries {
  const sorted = [...points].sort(([a], [b]) => a - b);
  const kept = sorted.filter(([, { stale }]) => !stale);
  return {
    labels,
    times: kept.map(([time]) => time),
    values: kept.map(([, { value }]) => value),
    ...(kept.some(([, { histogram }]) => histogram !== undefined)
      ? { histograms: kept.map(([, { histogram }]) => histogram) }
      : {}),
    ...(kept.some(([, { start }]) => start !== 0) ? { starts: kept.map(([, { start }]) => start) } : {}),
    stale: sorted.filter(([, { stale }]) => stale).map(([time]) => time),
  };
}
