import type { Grouping, RangeAggregation, Stage } from '@trilith/lang/logql';
import { parseBytes, parseGoDuration } from '@trilith/lang/logql';
import type { Labels } from '../../model/labels.ts';
import { compileLabelFilter, goNumber } from './label_filter.ts';
import { neededNames } from './needed_names.ts';
import { compilePipeline, type PipelineRow } from './pipeline.ts';
import { LogqlError } from './query_error.ts';
import { unwrappedFunction } from './range_functions.ts';
import { referencedNames } from './referenced_names.ts';
import { repetitionTest } from './repetitions.ts';
import type { RowLabels } from './row_labels.ts';
import { type LabelSets, type Matrix, newSeries, type Series, type Steps, seriesMaker, slot } from './series.ts';
import { seriesOf } from './series_of_record.ts';
import { type LogSource, ROWS_A_LOOK } from './source.ts';
import { StepChanges } from './step_changes.ts';

/** Bounds of one metric query. */
export interface MetricLimits {
  readonly maxSeries: number;
  /** Samples kept in memory at once (unwrapped values). */
  readonly maxSamples: number;
}

export interface RangeContext {
  readonly source: LogSource;
  readonly steps: Steps;
  readonly limits: MetricLimits;
  /** Names that groupings further out ask for; records may answer to them without having them as labels. */
  readonly wanted?: readonly string[];
  /** The grouping of a `sum` that may be folded into the range aggregation right within it; null for one by nothing. */
  readonly summedBy?: Grouping | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whether an aggregation counts lines or their bytes, so that no sample needs to be kept. */
export function isCounting(expr: RangeAggregation): boolean {
  if (expr.range.unwrap !== undefined) return false;
  return ['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate', 'absent_over_time'].includes(expr.operation);
}

/**
 * A range aggregation at every step. The window of a step at t is (t - offset - range, t - offset].
 * @param outer the grouping of a `sum` around it, folded in: the counts are then of whole groups
 */
export async function evaluateRange(
  expr: RangeAggregation,
  context: RangeContext,
  outer?: Grouping | null,
): Promise<Matrix> {
  const collect = isCounting(expr) ? countLines : collectValues;
  const series = await collect(expr, context, outer);
  return expr.operation === 'absent_over_time' ? absent(expr, series, context.steps) : { kind: 'matrix', series };
}

/** The time between the first window's start and the last one's end, as a half-open range of ns. */
function windowSpan(expr: RangeAggregation, steps: Steps): { readonly startNs: bigint; readonly endNs: bigint } {
  const offset = BigInt(expr.range.offsetNs);
  const last = steps.startNs + steps.stepNs * BigInt(steps.count - 1);
  return { startNs: steps.startNs - offset - BigInt(expr.range.rangeNs) + 1n, endNs: last - offset + 1n };
}

/**
 * Records through the pipeline, with their label set's index. A record that carries an error and that a window holds fails the
 * query, as in Loki.
 */
async function eachRow(
  expr: RangeAggregation,
  context: RangeContext,
  outer: Grouping | null | undefined,
  visit: (row: PipelineRow) => void,
): Promise<void> {
  const { log, unwrap } = expr.range;
  const around = groupingAround(context, outer);
  const groupings = [expr.grouping, around].filter((grouping) => grouping !== undefined);
  const needed = neededNames(expr, groupings, context.wanted ?? []);
  const pipeline = compilePipeline(stagesThatMatter(expr), needed);
  const span = windowSpan(expr, context.steps);
  const selection = {
    log,
    ...span,
    direction: 'forward' as const,
    ...(context.signal ? { signal: context.signal } : {}),
  };
  const isRepetition = repetitionTest();
  const isInWindow = windowTest(expr, context.steps);
  const errorsCount = asksForErrors(expr, around);
  for await (const batch of context.source.select(selection)) {
    const { turn } = batch;
    for (let i = 0; i < batch.rows; i++) {
      if (i % ROWS_A_LOOK === 0 && turn?.due()) await turn.pause();
      if (isRepetition(batch, i)) continue;
      const time = batch.times[i] as bigint;
      const row = pipeline.run(batch.stream(i), batch.metadata(i), batch.line(i), time, batch.virtual(i));
      if (row === undefined) continue;
      if (unwrap === undefined && row.labels.error !== '') {
        if (!isInWindow(time)) continue;
        if (!errorsCount || !row.labels.parserFailed) throw pipelineError(row.labels);
      }
      visit(row);
    }
  }
}

function groupingAround({ summedBy }: RangeContext, outer: Grouping | null | undefined): Grouping | null | undefined {
  return outer === undefined ? summedBy : outer;
}

/**
 * Whether a query asks for the errors of its parsers, which then do not fail it: it filters by `__error__` where its own grouping
 * or that of a sum around it chooses labels, or has it among those (PreserveError of Loki's ParserHint).
 */
function asksForErrors({ grouping, range }: RangeAggregation, around: Grouping | null | undefined): boolean {
  const chosen = grouping ?? around;
  if (chosen === undefined || chosen?.without === true) return false;
  return referencedNames(range.log.stages, range.unwrap, [chosen ?? undefined]).has('__error__');
}

/** Loki leaves a line_format out when nothing behind it looks at the line: its failures then do not fail the query. */
function stagesThatMatter({ operation, range }: RangeAggregation): readonly Stage[] {
  if (operation === 'bytes_over_time' || operation === 'bytes_rate') return range.log.stages;
  const { stages } = range.log;
  const lastReader = stages.findLastIndex((stage) => READS_LINE.has(stage.kind));
  return stages.filter((stage, i) => stage.kind !== 'line_format' || i < lastReader);
}

/** Stages to which the text of the line matters. */
export const READS_LINE: ReadonlySet<Stage['kind']> = new Set([
  'line_filter',
  'json',
  'logfmt',
  'regexp',
  'pattern',
  'unpack',
  'label_format',
]);

function pipelineError(labels: RowLabels): LogqlError {
  const set = labels.result();
  const pairs: string[] = [];
  for (let i = 0; i < set.length; i += 2) pairs.push(`${set[i]}=${JSON.stringify(set[i + 1])}`);
  const text = `pipeline error: '${labels.error}' for series: '{${pairs.join(', ')}}'.\n`;
  return new LogqlError(
    'execution',
    `${text}Use a label filter to intentionally skip this error. (e.g | __error__!="${labels.error}").\n` +
      `To skip all potential errors you can match empty errors.(e.g __error__="")\n` +
      'The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )',
  );
}

const utf8 = new TextEncoder();

/** Bytes of a text in UTF-8. */
function byteLength(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return utf8.encode(text).length;
  return text.length;
}

/** Adds every record to the steps whose windows hold it: +1 where it enters, -1 where it leaves, summed at the end. */
async function countLines(expr: RangeAggregation, context: RangeContext, outer?: Grouping | null): Promise<Series[]> {
  const { steps } = context;
  const bytes = expr.operation === 'bytes_over_time' || expr.operation === 'bytes_rate';
  const { sets, of } = seriesOf(expr, outer, context.limits.maxSeries, context.wanted ?? []);
  const counts = new StepChanges(steps.count);
  const sums = bytes ? new StepChanges(steps.count) : counts;
  const enter = stepEntry(expr, steps);
  await eachRow(expr, context, outer, (row) => {
    const index = of(row.labels);
    const first = enter.first(row.timeNs);
    const end = enter.end(row.timeNs);
    if (first >= end) return;
    counts.add(index, first, end, 1);
    if (bytes) sums.add(index, first, end, byteLength(row.line));
  });
  return accumulate(expr, sets.all, counts, sums, steps.count);
}

/** Turns entries and exits per step into values; also used for counts that come from the store. */
export function accumulate(
  expr: RangeAggregation,
  labels: readonly Labels[],
  counts: StepChanges,
  sums: StepChanges,
  steps: number,
): Series[] {
  const perSecond = expr.operation === 'rate' || expr.operation === 'bytes_rate';
  const divisor = perSecond ? expr.range.rangeNs / 1e9 : 1;
  const result: Series[] = [];
  const seriesOf = seriesMaker(steps, labels.length);
  for (let index = 0; index < labels.length; index++) {
    let series: Series | undefined;
    let present = 0;
    let total = 0;
    for (let i = 0; i < steps; i++) {
      present += counts.at(index, i);
      total += sums.at(index, i);
      if (present <= 0) continue;
      series ??= seriesOf(labels[index] as Labels);
      series.present[i] = 1;
      series.values[i] = total / divisor;
    }
    if (series !== undefined) result.push(series);
  }
  return result;
}

/** The steps whose windows hold a moment: [first, end). */
function stepEntry(expr: RangeAggregation, steps: Steps): { first(ns: bigint): number; end(ns: bigint): number } {
  const { startNs, stepNs, count } = steps;
  const { rangeNs } = expr.range;
  const originNs = startNs - BigInt(expr.range.offsetNs);
  if (stepNs * BigInt(count) + BigInt(rangeNs) > BigInt(Number.MAX_SAFE_INTEGER)) return longStepEntry(expr, steps);
  // Quotients of whole numbers that a double holds are rounded to no other whole number.
  const step = Number(stepNs);
  const stepsBefore = (ns: number): number => (ns <= 0 ? 0 : Math.min(count, Math.ceil(ns / step)));
  return {
    first: (ns) => stepsBefore(Number(ns - originNs)),
    end: (ns) => stepsBefore(Number(ns - originNs) + rangeNs),
  };
}

/** As {@link stepEntry}, of steps over more ns than a double counts. */
function longStepEntry(expr: RangeAggregation, steps: Steps): ReturnType<typeof stepEntry> {
  const { startNs, stepNs, count } = steps;
  const range = BigInt(expr.range.rangeNs);
  const originNs = startNs - BigInt(expr.range.offsetNs);
  const stepsBefore = (ns: bigint): number => {
    const before = ns <= 0n ? 0n : (ns + stepNs - 1n) / stepNs;
    return before > BigInt(count) ? count : Number(before);
  };
  return { first: (ns) => stepsBefore(ns - originNs), end: (ns) => stepsBefore(ns - originNs + range) };
}

/** How the text of an unwrapped label becomes a number. Each throws for what is none. */
export const CONVERSIONS = { '': goNumber, bytes: parseBytes, duration: seconds, duration_seconds: seconds };

function seconds(text: string): number {
  return parseGoDuration(text) / 1e9;
}

/** The samples of a series, in order of time. */
export interface Points {
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

interface GrowingPoints extends Points {
  readonly times: number[];
  readonly values: number[];
}

/** Keeps every unwrapped value, then slides the window over each series. */
async function collectValues(
  expr: RangeAggregation,
  context: RangeContext,
  outer?: Grouping | null,
): Promise<Series[]> {
  const { sets, points, originNs } = await collectPoints(expr, context, outer);
  return overWindows(expr, context.steps, sets.all, points, originNs);
}

/** Unwrapped values by series, in order of time; times are ns since `originNs`. */
export interface CollectedPoints {
  readonly sets: LabelSets;
  readonly points: readonly (Points | undefined)[];
  readonly originNs: bigint;
}

/** Every unwrapped value that the windows of the steps hold. */
export async function collectPoints(
  expr: RangeAggregation,
  context: RangeContext,
  outer?: Grouping | null,
): Promise<CollectedPoints> {
  const { steps, limits } = context;
  const { sets, of } = seriesOf(expr, outer, context.limits.maxSeries, context.wanted ?? []);
  const points: GrowingPoints[] = [];
  const originNs = windowSpan(expr, steps).startNs - 1n;
  const errorsCount = asksForErrors(expr, groupingAround(context, outer));
  const read = unwrapReader(expr, windowTest(expr, steps), errorsCount);
  let samples = 0;
  await eachRow(expr, context, outer, (row) => {
    const value = read(row);
    if (value === undefined) return;
    if (++samples > limits.maxSamples) throw tooManySamples(limits.maxSamples);
    const list = slot(points, of(row.labels), (): GrowingPoints => ({ times: [], values: [] }));
    list.times.push(Number(row.timeNs - originNs));
    list.values.push(value);
  });
  return { sets, points, originNs };
}

export function tooManySamples(most: number): LogqlError {
  return new LogqlError('limit', `query needs more than ${most} samples in memory`);
}

/** The aggregation over each series' points, which are in order of time (ns since `origin`), at every step. */
export function overWindows(
  expr: RangeAggregation,
  steps: Steps,
  labels: readonly Labels[],
  points: readonly (Points | undefined)[],
  origin: bigint,
): Series[] {
  const compute = unwrappedFunction(
    expr.operation === 'absent_over_time' ? 'last_over_time' : expr.operation,
    expr.parameter ?? 0,
    true,
  );
  const first = Number(steps.startNs - BigInt(expr.range.offsetNs) - origin);
  return labels.flatMap((set, index) => {
    const list = points[index];
    return list === undefined ? [] : [slide(set, list, compute, expr.range.rangeNs, first, steps)];
  });
}

/** Whether the window of some step holds a moment: there is time between windows where steps are longer than the range. */
function windowTest(expr: RangeAggregation, steps: Steps): (ns: bigint) => boolean {
  const { first, end } = stepEntry(expr, steps);
  return (ns) => first(ns) < end(ns);
}

/**
 * Reads the unwrapped value of a record; undefined when the record is left out.
 * @param errorsCount whether an error of a parser does not fail the query
 */
function unwrapReader(
  expr: RangeAggregation,
  isInWindow: (ns: bigint) => boolean,
  errorsCount: boolean,
): (row: PipelineRow) => number | undefined {
  const { unwrap } = expr.range;
  if (unwrap === undefined) throw new Error(`${expr.operation} without unwrap passed the checks`);
  const convert = CONVERSIONS[unwrap.conversion];
  const filters = unwrap.filters.map(compileLabelFilter);
  return (row) => {
    const { labels } = row;
    const text = labels.get(unwrap.label);
    // A line without the label is no sample, whatever went wrong with it (LabelExtractorWithStages of Loki).
    if (text === undefined || text === '') return undefined;
    let value = 0;
    try {
      value = convert(text);
    } catch (error) {
      labels.setError('SampleExtractionErr', error instanceof Error ? error.message : String(error));
    }
    for (const filter of filters) if (!filter(labels)) return undefined;
    if (labels.error === '' || (errorsCount && labels.parserFailed)) return value;
    if (isInWindow(row.timeNs)) throw pipelineError(labels);
    return undefined;
  };
}

const doubles = (numbers: ArrayLike<number>): Float64Array =>
  numbers instanceof Float64Array ? numbers : Float64Array.from(numbers);

function slide(
  labels: Labels,
  points: Points,
  compute: ReturnType<typeof unwrappedFunction>,
  range: number,
  first: number,
  steps: Steps,
): Series {
  const series = newSeries(labels, steps.count);
  const values = doubles(points.values);
  const times = doubles(points.times);
  const step = Number(steps.stepNs);
  let from = 0;
  let to = 0;
  for (let i = 0; i < steps.count; i++) {
    const end = first + i * step;
    const start = end - range;
    while (to < times.length && (times[to] ?? 0) <= end) to++;
    while (from < to && (times[from] ?? 0) <= start) from++;
    if (from === to) continue;
    series.present[i] = 1;
    series.values[i] = compute(values, times, from, to, { start, end });
  }
  return series;
}

/** 1 at the steps where no series has a value; labelled by the selector's equality matchers. */
function absent(expr: RangeAggregation, series: readonly Series[], steps: Steps): Matrix {
  const names = new Map<string, string | undefined>();
  for (const m of expr.range.log.matchers) {
    names.set(m.name, m.operator === '=' && !names.has(m.name) ? m.value : undefined);
  }
  const labels = [...names]
    .sort()
    .flatMap(([name, value]) => (value === undefined || value === '' ? [] : [name, value]));
  const result = newSeries(labels, steps.count);
  for (let i = 0; i < steps.count; i++) {
    if (series.some((s) => s.present[i] === 1)) continue;
    result.present[i] = 1;
    result.values[i] = 1;
  }
  return { kind: 'matrix', series: result.present.includes(1) ? [result] : [] };
}
