import type { Interner } from '../../model/ingest.ts';
import { type Labels, labelsFrom } from '../../model/labels.ts';
import { type MetricColumns, type NativeHistogram, NO_BUCKETS } from '../../store/index.ts';
import { classicIndex, NATIVE_SCHEMA } from './latency.ts';
import type { SpanMetricsSettings } from './settings.ts';
import { SPAN_FAMILIES } from './span_families.ts';
import type { SpanSeries } from './span_sums.ts';
import type { HistogramSums } from './sums.ts';

/** client_golang's default for native histograms. */
const ZERO_THRESHOLD = 2 ** -128;

/** Writes the counters and histograms of keys as ordinary samples, cumulative since their beginning. */
export class SpanSampleWriter {
  readonly #interner: Interner;
  readonly #columns: MetricColumns;
  readonly #form: SpanMetricsSettings['histograms'];
  /** Samples that were left out because the tenant has too many series. */
  refused = 0;

  constructor(interner: Interner, columns: MetricColumns, form: SpanMetricsSettings['histograms']) {
    this.#interner = interner;
    this.#columns = columns;
    this.#form = form;
  }

  /** What the series are, once a while. */
  metadata(nowMs: number): void {
    for (const { counters, histograms } of Object.values(SPAN_FAMILIES)) {
      for (const [metric, help] of counters)
        this.#columns.metadata.append({ metric, type: 'counter', help, unit: '' }, nowMs);
      for (const [metric, help] of histograms)
        this.#columns.metadata.append({ metric, type: 'histogram', help, unit: 'seconds' }, nowMs);
    }
  }

  /** A sample of everything the key has counted; with `zeroMs` also zeros at that time, ms: its beginning. */
  write(series: SpanSeries, timeMs: number, zeroMs: number | undefined): void {
    const { counters, histograms, bounds } = SPAN_FAMILIES[series.family];
    for (const [i, [name]] of counters.entries())
      this.#counter(named(series, name), timeMs, series.sums.counters[i] ?? 0, zeroMs);
    for (const [i, [name]] of histograms.entries()) {
      const sums = series.sums.histograms[i];
      if (sums === undefined || sums.count === 0) continue;
      if (this.#form !== 'native') this.#classic(series, name, bounds, sums, timeMs, zeroMs);
      if (this.#form !== 'classic') this.#native(named(series, name), sums, timeMs, zeroMs);
      if (i === 0) this.#exemplar(series, name, bounds);
    }
  }

  #counter(labels: Labels, timeMs: number, value: number, zeroMs: number | undefined): void {
    const reference = this.#reference(labels);
    if (reference < 0) return;
    if (zeroMs !== undefined) this.#columns.samples.append(reference, zeroMs, 0);
    this.#columns.samples.append(reference, timeMs, value);
  }

  #classic(
    series: SpanSeries,
    name: string,
    bounds: readonly number[],
    sums: HistogramSums,
    timeMs: number,
    zeroMs: number | undefined,
  ): void {
    let cumulative = 0;
    for (const [i, count] of sums.classic.entries()) {
      cumulative += count;
      // Sums of fractions in another order may be off by their last bit.
      const value = i < bounds.length ? Math.min(cumulative, sums.count) : sums.count;
      this.#counter(named(series, `${name}_bucket`, boundText(bounds, i)), timeMs, value, zeroMs);
    }
    this.#counter(named(series, `${name}_count`), timeMs, sums.count, zeroMs);
    this.#counter(named(series, `${name}_sum`), timeMs, sums.sum, zeroMs);
  }

  #native(labels: Labels, sums: HistogramSums, timeMs: number, zeroMs: number | undefined): void {
    const reference = this.#reference(labels);
    if (reference < 0) return;
    if (zeroMs !== undefined) this.#columns.histograms.append(reference, zeroMs, nativeOf(undefined));
    this.#columns.histograms.append(reference, timeMs, nativeOf(sums));
  }

  #exemplar(series: SpanSeries, name: string, bounds: readonly number[]): void {
    const { exemplar } = series;
    if (exemplar === undefined) return;
    const { traceId, spanId, seconds, timeMs } = exemplar;
    const reference =
      this.#form === 'native'
        ? this.#reference(named(series, name))
        : this.#reference(named(series, `${name}_bucket`, boundText(bounds, classicIndex(bounds, seconds))));
    if (reference >= 0)
      this.#columns.exemplars.append(reference, timeMs, seconds, ['trace_id', traceId, 'span_id', spanId]);
  }

  #reference(labels: Labels): number {
    const reference = this.#interner.intern(labels);
    if (reference < 0) this.refused++;
    return reference;
  }
}

function boundText(bounds: readonly number[], bucket: number): string {
  const bound = bounds[bucket];
  return bound === undefined ? '+Inf' : String(bound);
}

/** The labels of one of the key's series; they are made once, since every flush asks for them. */
function named({ labels, labelSets }: SpanSeries, name: string, le = ''): Labels {
  const key = `${name} ${le}`;
  const known = labelSets.get(key);
  if (known !== undefined) return known;
  const pairs: (readonly [string, string])[] = [
    ['__name__', name],
    ['le', le],
  ];
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i] ?? '', labels[i + 1] ?? '']);
  const made = labelsFrom(pairs);
  labelSets.set(key, made);
  return made;
}

const sumWords = new Uint32Array(2);
const sumDouble = new Float64Array(sumWords.buffer);

/** Of nothing the histogram is empty. */
function nativeOf(sums: HistogramSums | undefined): NativeHistogram {
  sumDouble[0] = sums?.sum ?? 0;
  const offsets: number[] = [];
  const lengths: number[] = [];
  const counts: number[] = [];
  let next = 0;
  for (const [index, count] of [...(sums?.native ?? [])].sort(([a], [b]) => a - b)) {
    if (counts.length > 0 && index === next) lengths[lengths.length - 1] = (lengths.at(-1) ?? 0) + 1;
    else {
      offsets.push(index - next);
      lengths.push(1);
    }
    counts.push(count);
    next = index + 1;
  }
  return {
    schema: NATIVE_SCHEMA,
    resetHint: 0,
    zeroThreshold: ZERO_THRESHOLD,
    zeroCount: sums?.zero ?? 0,
    count: sums?.count ?? 0,
    sumLow: sumWords[0] ?? 0,
    sumHigh: sumWords[1] ?? 0,
    positive: counts.length === 0 ? NO_BUCKETS : { offsets, lengths, counts },
    negative: NO_BUCKETS,
    customValues: [],
  };
}
