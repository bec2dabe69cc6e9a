import { ALL_FEATURES, PromqlParseError } from '@trilith/lang/promql';
import {
  createMetricsEngine,
  type MemorySeries,
  memorySamples,
  PromqlError,
  type SampleSource,
} from '../../../server/src/query/index.ts';
import type { LabelMap } from './notation.ts';
import type { Evaluation, Load, Statement } from './script.ts';
import { judge, judgeError, labelKey } from './verdict.ts';

export interface Outcome {
  readonly evaluation: Evaluation;
  /** Undefined when the statement passed. */
  readonly failure: string | undefined;
}

interface LoadedSeries {
  readonly labels: string[];
  readonly points: Map<number, { readonly value: number; readonly stale: boolean; readonly start: number }>;
  /** Native histogram points, which the evaluator does not hold yet. */
  histograms: number;
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
  if (needs.includes('native histograms')) convert(loaded, series);
  for (const { labels, points, starts } of series) {
    const key = labelKey(labels);
    let one = loaded.get(key);
    if (one === undefined) {
      one = { labels: flat(labels), points: new Map(), histograms: 0 };
      loaded.set(key, one);
    }
    for (const [i, point] of points.entries()) {
      const offset = starts?.[i];
      const start = offset === undefined ? 0 : i * stepMs + offset;
      if (point.kind === 'value') one.points.set(i * stepMs, { value: point.value, stale: false, start });
      else if (point.kind === 'stale') one.points.set(i * stepMs, { value: Number.NaN, stale: true, start: 0 });
      else if (point.kind === 'histogram') one.histograms++;
    }
  }
}

/** Stands for the native histograms that `load_with_nhcb` makes of classic ones: the metric without `_bucket` and `le`. */
function convert(loaded: Map<string, LoadedSeries>, series: Load['series']): void {
  for (const { labels } of series) {
    const name = labels.get('__name__') ?? '';
    if (!name.endsWith('_bucket')) continue;
    const whole = new Map(labels).set('__name__', name.slice(0, -'_bucket'.length));
    whole.delete('le');
    loaded.set(labelKey(whole), { labels: flat(whole), points: new Map(), histograms: 1 });
  }
}

const flat = (labels: LabelMap): string[] => [...labels].sort(([a], [b]) => (a < b ? -1 : 1)).flat();

async function run(loaded: ReadonlyMap<string, LoadedSeries>, evaluation: Evaluation): Promise<string | undefined> {
  const touched = { histograms: false };
  const engine = createMetricsEngine({
    source: watched([...loaded.values()], touched),
    now: () => performance.now(),
    parse: ALL_FEATURES,
    delayedNameRemoval: true,
    startTimestamps: true,
  });
  const { query, startMs, endMs, stepMs } = evaluation;
  try {
    const result = await engine.query({ query, startMs, endMs, stepMs });
    const failure = judge(evaluation, result);
    // A statement over native histograms may come out right by luck: it does not count until they are held.
    return failure ?? (touched.histograms && evaluation.series.length > 0 ? 'selects native histograms' : undefined);
  } catch (error) {
    if (!(error instanceof PromqlError || error instanceof PromqlParseError))
      return `crashed: ${error instanceof Error ? error.stack : String(error)}`;
    return judgeError(evaluation, error.message);
  }
}

/** A source that notes when a selection touches series with native histograms. */
function watched(all: readonly LoadedSeries[], touched: { histograms: boolean }): SampleSource {
  const histograms = memorySamples(
    all.filter((one) => one.histograms > 0).map((one) => ({ labels: one.labels, times: [], values: [], stale: [] })),
  );
  const plain = memorySamples(all.map(memorySeries));
  return {
    async select(selection, maxSamples, signal) {
      if ((await histograms.select(selection, maxSamples, signal)).labels.length > 0) touched.histograms = true;
      return plain.select(selection, maxSamples, signal);
    },
  };
}

function memorySeries({ labels, points }: LoadedSeries): MemorySeries {
  const sorted = [...points].sort(([a], [b]) => a - b);
  const kept = sorted.filter(([, { stale }]) => !stale);
  return {
    labels,
    times: kept.map(([time]) => time),
    values: kept.map(([, { value }]) => value),
    ...(kept.some(([, { start }]) => start !== 0) ? { starts: kept.map(([, { start }]) => start) } : {}),
    stale: sorted.filter(([, { stale }]) => stale).map(([time]) => time),
  };
}
