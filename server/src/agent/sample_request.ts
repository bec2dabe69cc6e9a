import { ProtobufWriter } from '../base/protobuf_writer.ts';
import type { Labels } from '../model/labels.ts';
import type { ScrapeColumns } from '../receive/scrape/index.ts';

type Parameters2<Name extends 'samples' | 'histograms' | 'exemplars' | 'metadata'> = Parameters<
  ScrapeColumns[Name]['append']
>;
type NativeHistogram = Parameters2<'histograms'>[2];
type Buckets = NativeHistogram['positive'];
type MetricMetadata = Parameters2<'metadata'>[0];

/** io.prometheus.write.v2.Metadata.MetricType. */
const TYPES: readonly string[] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
];

/** What series of a family are called beyond the family's own name. */
const SUFFIX = /_(?:bucket|sum|count|total|info|gsum|gcount)$/;

interface Sample {
  readonly reference: number;
  readonly timeMs: number;
  /** The words of the value's IEEE-754 bits: a stale marker is told by them. */
  readonly low: number;
  readonly high: number;
}

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/**
 * What one scrape brings, as a remote write 2.0 request (prometheus.io/docs/specs/prw/remote_write_spec_2_0). One sample
 * or histogram of a series and time; staleness markers keep their bits.
 */
export class SampleRequest implements ScrapeColumns {
  readonly #labels: (reference: number) => Labels;
  readonly #samples: Sample[] = [];
  readonly #histograms: { reference: number; timeMs: number; histogram: NativeHistogram }[] = [];
  readonly #exemplars = new Map<number, { timeMs: number; value: number; labels: Labels }[]>();
  readonly #starts = new Map<string, number>();
  readonly #metadata = new Map<string, MetricMetadata>();
  readonly #symbols = new Map<string, number>([['', 0]]);

  /** @param labels of a series by its reference, those of every series of this agent among them */
  constructor(labels: (reference: number) => Labels) {
    this.#labels = labels;
  }

  readonly samples: ScrapeColumns['samples'] = {
    append: (reference, timeMs, value) => {
      double[0] = value;
      this.#samples.push({ reference, timeMs, low: words[0] as number, high: words[1] as number });
    },
    appendRaw: (reference, timeMs, low, high) => {
      this.#samples.push({ reference, timeMs, low, high });
    },
  };

  readonly histograms: ScrapeColumns['histograms'] = {
    append: (reference, timeMs, histogram) => {
      this.#histograms.push({ reference, timeMs, histogram });
    },
  };

  readonly exemplars: ScrapeColumns['exemplars'] = {
    append: (reference, timeMs, value, labels) => {
      const own = this.#exemplars.get(reference) ?? [];
      own.push({ timeMs, value, labels });
      this.#exemplars.set(reference, own);
    },
  };

  readonly starts: ScrapeColumns['starts'] = {
    used: false,
    note: (reference, timeMs, startMs) => {
      if (startMs > 0) this.#starts.set(`${reference} ${timeMs}`, startMs);
    },
  };

  readonly metadata: ScrapeColumns['metadata'] = {
    append: (metadata) => {
      this.#metadata.set(metadata.metric, metadata);
    },
  };

  get count(): number {
    return this.#samples.length + this.#histograms.length;
  }

  /** Request: symbols = 4, timeseries = 5. */
  finish(): Uint8Array<ArrayBuffer> {
    const writer = new ProtobufWriter(this.count * 64);
    for (const sample of this.#samples) this.#series(writer, sample.reference, () => this.#sample(writer, sample));
    for (const { reference, timeMs, histogram } of this.#histograms)
      this.#series(writer, reference, () => this.#histogram(writer, reference, timeMs, histogram));
    for (const symbol of this.#symbols.keys()) writer.text(4, symbol);
    return writer.finish();
  }

  /** TimeSeries: labels_refs = 1, samples = 2, histograms = 3, exemplars = 4, metadata = 5. */
  #series(writer: ProtobufWriter, reference: number, values: () => void): void {
    const series = writer.open(5);
    const labels = this.#labels(reference);
    writer.packedUint32(
      1,
      labels.map((text) => this.#symbol(text)),
    );
    values();
    for (const { timeMs, value, labels: own } of this.#exemplars.get(reference) ?? []) {
      const exemplar = writer.open(4);
      writer.packedUint32(
        1,
        own.map((text) => this.#symbol(text)),
      );
      writer.double(2, value);
      writer.int64(3, BigInt(timeMs));
      writer.close(exemplar);
    }
    this.#exemplars.delete(reference);
    const name = labels[labels.indexOf('__name__') + 1] ?? '';
    const metadata = this.#metadata.get(name) ?? this.#metadata.get(name.replace(SUFFIX, ''));
    if (metadata !== undefined) {
      const message = writer.open(5);
      writer.uint32(1, Math.max(0, TYPES.indexOf(metadata.type)));
      writer.uint32(3, this.#symbol(metadata.help));
      writer.uint32(4, this.#symbol(metadata.unit));
      writer.close(message);
    }
    writer.close(series);
  }

  /** Sample: value = 1, timestamp = 2, start_timestamp = 3. */
  #sample(writer: ProtobufWriter, { reference, timeMs, low, high }: Sample): void {
    const sample = writer.open(2);
    writer.fixed64Halves(1, low, high);
    writer.int64(2, BigInt(timeMs));
    const start = this.#starts.get(`${reference} ${timeMs}`);
    if (start !== undefined) writer.int64(3, BigInt(start));
    writer.close(sample);
  }

  /**
   * Histogram, all counts as floats: count_float = 2, sum = 3, schema = 4, zero_threshold = 5, zero_count_float = 7,
   * negative_spans = 8, negative_counts = 10, positive_spans = 11, positive_counts = 13, reset_hint = 14, timestamp = 15,
   * custom_values = 16, start_timestamp = 17.
   */
  #histogram(writer: ProtobufWriter, reference: number, timeMs: number, histogram: NativeHistogram): void {
    const message = writer.open(3);
    writer.double(2, histogram.count);
    writer.fixed64Halves(3, histogram.sumLow, histogram.sumHigh);
    writer.sint32(4, histogram.schema);
    writer.double(5, histogram.zeroThreshold);
    writer.double(7, histogram.zeroCount);
    this.#buckets(writer, 8, 10, histogram.negative);
    this.#buckets(writer, 11, 13, histogram.positive);
    writer.uint32(14, histogram.resetHint);
    writer.int64(15, BigInt(timeMs));
    writer.packedDouble(16, histogram.customValues);
    const start = this.#starts.get(`${reference} ${timeMs}`);
    if (start !== undefined) writer.int64(17, BigInt(start));
    writer.close(message);
  }

  /** BucketSpan: offset = 1, length = 2. */
  #buckets(writer: ProtobufWriter, spans: number, counts: number, buckets: Buckets): void {
    for (const [i, offset] of buckets.offsets.entries()) {
      const span = writer.open(spans);
      writer.sint32(1, offset);
      writer.uint32(2, buckets.lengths[i] ?? 0);
      writer.close(span);
    }
    writer.packedDouble(counts, buckets.counts);
  }

  #symbol(text: string): number {
    const known = this.#symbols.get(text);
    if (known !== undefined) return known;
    this.#symbols.set(text, this.#symbols.size);
    return this.#symbols.size - 1;
  }
}
