import { ProtobufError, ProtobufReader } from '../../base/protobuf.ts';
import { checkedHistogram, type HistogramBuckets, type NativeHistogram } from '../../store/index.ts';
import { stageRawExemplars } from './exemplar.ts';
import { openMetricsFloat } from './go_float.ts';
import { limitedHistogram } from './histogram_limits.ts';
import { ScrapeLimitError } from './learn_series.ts';
import {
  type FamilyHead,
  type RawExemplar,
  type RawHistogram,
  type RawMetric,
  walkFamilies,
} from './metric_families.ts';
import { type RawBuckets, readPair } from './metric_parts.ts';
import { ClassicHistogram } from './nhcb.ts';
import type { ScrapeColumns } from './scrape_columns.ts';
import type { ScrapeSink } from './scrape_sink.ts';
import type { LabelPairs } from './series_labels.ts';

const encoder = new TextEncoder();
const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);
/** Begins the bytes that stand for a series: no text exposition begins with it. */
const MARK = 0x02;
const MAX_KEY = 1 << 20;

/** Metrics of a protobuf body on their way into the sink (textparse.ProtobufParser). */
class MetricReader {
  readonly #body: Uint8Array<ArrayBuffer>;
  readonly #sink: ScrapeSink;
  #key: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  /** Length of the part of the key that the series of one metric share. */
  #shared = 0;

  constructor(body: Uint8Array<ArrayBuffer>, sink: ScrapeSink) {
    this.#body = body;
    this.#sink = sink;
  }

  metric(metric: RawMetric, head: FamilyHead): void {
    this.#shareLabels(metric);
    const { histogram } = metric;
    if (head.type === 'summary') this.#summary(metric, head);
    else if (head.type !== 'histogram' && head.type !== 'gaugehistogram')
      this.#sample(metric, head.name, metric.value, undefined, metric.exemplar);
    else if (histogram !== undefined) this.#histogram(metric, histogram, head);
  }

  #summary(metric: RawMetric, { name }: FamilyHead): void {
    this.#sample(metric, `${name}_count`, metric.count);
    this.#sample(metric, `${name}_sum`, metric.sum);
    for (const [quantile, value] of metric.quantiles)
      this.#sample(metric, name, value, ['quantile', openMetricsFloat(quantile)]);
  }

  #histogram(metric: RawMetric, histogram: RawHistogram, head: FamilyHead): void {
    const { native, alwaysClassic, toNhcb } = this.#sink.meta.histograms;
    const gauge = head.type === 'gaugehistogram';
    if (native && isNative(histogram)) {
      const made = nativeHistogram(histogram, gauge);
      if (typeof made === 'string') throw new ScrapeLimitError(`histogram ${JSON.stringify(head.name)}: ${made}`);
      this.#native(metric, head.name, made, histogram);
      if (alwaysClassic && histogram.buckets.length > 0) this.#classic(metric, histogram, head.name);
      return;
    }
    if (!toNhcb || alwaysClassic) this.#classic(metric, histogram, head.name);
    if (!toNhcb) return;
    const classic = new ClassicHistogram();
    classic.setCount(histogram.count);
    classic.setSum(histogram.sum);
    for (const { bound, cumulative } of histogram.buckets) classic.addBucket(bound, cumulative);
    const made = classic.convert(gauge);
    if (made === undefined)
      throw new ScrapeLimitError(`histogram ${JSON.stringify(head.name)}: its buckets and count do not agree`);
    this.#native(metric, head.name, made, histogram);
  }

  #classic(metric: RawMetric, histogram: RawHistogram, name: string): void {
    this.#sample(metric, `${name}_count`, histogram.count);
    this.#sample(metric, `${name}_sum`, histogram.sum);
    for (const { bound, cumulative, exemplar } of histogram.buckets)
      this.#sample(metric, `${name}_bucket`, cumulative, ['le', openMetricsFloat(bound)], exemplar);
    if (histogram.buckets.at(-1)?.bound !== Infinity)
      this.#sample(metric, `${name}_bucket`, histogram.count, ['le', '+Inf']);
  }

  #sample(
    metric: RawMetric,
    name: string,
    value: number,
    magic?: readonly [string, string],
    exemplar?: RawExemplar,
  ): void {
    const sink = this.#sink;
    const reference = this.#series(metric, name, magic);
    const ownMs = metric.timeMs === 0 ? Number.NaN : metric.timeMs;
    const timeMs = reference < 0 ? Number.NaN : sink.time(ownMs);
    if (Number.isNaN(timeMs)) return;
    sink.sample(reference, value, timeMs, sink.timed(ownMs), metric.startMs);
    if (exemplar !== undefined) stageRawExemplars([exemplar], reference, timeMs, sink);
  }

  #native(metric: RawMetric, name: string, made: NativeHistogram, raw: RawHistogram): void {
    const sink = this.#sink;
    const reference = this.#series(metric, name, undefined);
    const ownMs = metric.timeMs === 0 ? Number.NaN : metric.timeMs;
    const timeMs = reference < 0 ? Number.NaN : sink.time(ownMs);
    if (Number.isNaN(timeMs)) return;
    const limited = limitedHistogram(made, sink.meta.histograms);
    sink.histogram(reference, limited, timeMs, sink.timed(ownMs), metric.startMs);
    const own = raw.exemplars.length > 0 ? raw.exemplars : raw.buckets.flatMap(({ exemplar }) => exemplar ?? []);
    // Exemplars of native histograms must have a time.
    stageRawExemplars(
      own.filter((exemplar) => !Number.isNaN(exemplar.timeMs)),
      reference,
      timeMs,
      sink,
    );
  }

  #series(metric: RawMetric, name: string, magic: readonly [string, string] | undefined): number {
    this.#sink.count();
    const end = this.#append(this.#shared, `${name}\u0000${magic === undefined ? '' : magic[1]}`);
    return this.#sink.series(this.#key, 0, end, () => {
      const pairs: LabelPairs = [['__name__', name]];
      for (let i = 0; i < metric.labels.length; i += 2) {
        const pair = readPair(new ProtobufReader(this.#body, metric.labels[i], metric.labels[i + 1]));
        if (pairs.some(([known]) => known === pair[0]))
          throw new ProtobufError(`label ${JSON.stringify(pair[0])} is given twice or is the name`);
        pairs.push(pair);
      }
      if (magic !== undefined) pairs.push([magic[0], magic[1]]);
      return pairs;
    });
  }

  /** Puts the labels' own bytes at the beginning of the key. */
  #shareLabels({ labels }: RawMetric): void {
    let at = 1;
    for (let i = 0; i < labels.length; i += 2) {
      const [start, end] = [labels[i] as number, labels[i + 1] as number];
      this.#reserve(at + end - start + 4);
      // The length in front keeps one label's bytes from being taken for another's.
      new DataView(this.#key.buffer).setUint32(at, end - start);
      this.#key.set(this.#body.subarray(start, end), at + 4);
      at += end - start + 4;
    }
    this.#key[0] = MARK;
    this.#shared = at;
  }

  #append(at: number, text: string): number {
    this.#reserve(at + text.length * 3);
    return at + encoder.encodeInto(text, this.#key.subarray(at)).written;
  }

  #reserve(size: number): void {
    if (size <= this.#key.length) return;
    if (size > MAX_KEY) throw new ProtobufError('the labels of a metric are too long');
    const larger = new Uint8Array(Math.min(MAX_KEY, size * 2));
    larger.set(this.#key);
    this.#key = larger;
  }
}

/** Without spans, zero bucket or its width a histogram is a classic one (textparse.isNativeHistogram). */
const isNative = ({ positive, negative, zeroThreshold, zeroCount }: RawHistogram): boolean =>
  positive.offsets.length > 0 || negative.offsets.length > 0 || zeroThreshold > 0 || zeroCount > 0;

function absolute({ offsets, lengths, deltas, counts }: RawBuckets, isFloat: boolean): HistogramBuckets {
  if (isFloat) return { offsets, lengths, counts };
  let running = 0;
  const made = deltas.map((delta) => {
    running += delta;
    return running;
  });
  return { offsets, lengths, counts: made };
}

function nativeHistogram(raw: RawHistogram, gauge: boolean): NativeHistogram | string {
  double[0] = raw.sum;
  const { schema, zeroThreshold, zeroCount, count, isFloat } = raw;
  const made = {
    schema,
    resetHint: gauge ? 3 : 0,
    zeroThreshold,
    zeroCount,
    count,
    sumLow: words[0] as number,
    sumHigh: words[1] as number,
    positive: absolute(raw.positive, isFloat),
    negative: absolute(raw.negative, isFloat),
    customValues: [],
  };
  return checkedHistogram(made, isFloat);
}

/**
 * Reads a body of delimited MetricFamily messages. Throws ProtobufError and ScrapeLimitError.
 * @returns the families' metadata
 */
export function readProtobuf(body: Uint8Array<ArrayBuffer>, sink: ScrapeSink): FamilyHead[] {
  const heads: FamilyHead[] = [];
  const reader = new MetricReader(body, sink);
  walkFamilies(
    body,
    (head) => {
      if (head.name === '') throw new ProtobufError('invalid metric name: ""');
      heads.push(head);
    },
    (metric, head) => reader.metric(metric, head),
  );
  return heads;
}

const MAX_HELP = 4096;

/** Hands the families' metadata on; the columns decide whether it is written. */
export function writeHeads(heads: readonly FamilyHead[], columns: ScrapeColumns['metadata'], nowMs: number): void {
  for (const { name, type, help, unit } of heads)
    columns.append({ metric: name, type, help: help.slice(0, MAX_HELP), unit }, nowMs);
}
