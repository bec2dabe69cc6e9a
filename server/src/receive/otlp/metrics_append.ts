import type { ProtobufReader } from '../../base/protobuf.ts';
import { nanosToMs } from '../../model/nanoseconds.ts';
import { checkedHistogram, type HistogramBuckets, type NativeHistogram } from '../../store/index.ts';
import { Ranges } from './common.ts';
import type { DeltaRefusal, DeltaStates } from './delta.ts';
import { COARSEST_SCHEMA, customBuckets, FINEST_SCHEMA, nativeBuckets } from './exponential_buckets.ts';
import type { Part, PointWriter } from './metrics_mapping.ts';
import { readDouble, readInteger } from './metrics_points.ts';
import {
  type Bits,
  type ExponentialPoint,
  type HistogramPoint,
  type NumberPoint,
  type PointHeader,
  type SummaryPoint,
  setNumber,
  toNumber,
} from './points.ts';
import { countElement } from './usage.ts';

/** DataPointFlags.NO_RECORDED_VALUE: the series has ended, which Prometheus tells by its staleness marker. */
const NO_RECORDED_VALUE = 1;
const STALE: Bits = { low: 2, high: 0x7ff0_0000 };
/** Prometheus' default where the sender names none. */
const ZERO_THRESHOLD = 1e-128;
const CUSTOM_SCHEMA = -53;
/** Characters an exemplar's labels may have (OpenMetrics 1.0); beyond it only its trace and span are kept. */
const EXEMPLAR_CHARACTERS = 128;
const NO_BUCKETS: HistogramBuckets = { offsets: [], lengths: [], counts: [] };

/** What data points become: samples, native histograms, exemplars. Points of delta temporality are made cumulative first. */
export class PointAppender {
  readonly #reader: ProtobufReader;
  readonly #writer: PointWriter;
  readonly #deltas: DeltaStates;

  constructor(reader: ProtobufReader, writer: PointWriter, deltas: DeltaStates) {
    this.#reader = reader;
    this.#writer = writer;
    this.#deltas = deltas;
  }

  /** A sample, of a gauge or sum. */
  number(point: NumberPoint, delta: boolean): void {
    if (!this.#writer.beginPoint(point.timeMs, point.attributes)) return;
    const reference = this.#writer.series('');
    if (delta) this.#accumulate(reference, point, () => this.#deltas.number(reference, point));
    if (reference >= 0) this.#sample(reference, point, point.value);
    this.#exemplars(point, () => reference);
    this.#end(point, delta ? reference : -1);
  }

  /** A classic histogram, `_bucket` by bound, `_sum`, `_count`; or a native one with custom buckets. */
  histogram(point: HistogramPoint, delta: boolean): void {
    if (!this.#writer.beginPoint(point.timeMs, point.attributes)) return;
    this.#checkBuckets(point);
    const native = this.#writer.settings.convertHistogramsToNhcb;
    const reference = this.#writer.series(native ? '' : '_count');
    if (delta) this.#accumulate(reference, point, () => this.#deltas.histogram(reference, point));
    if (native) this.#customHistogram(reference, point);
    else this.#classicHistogram(reference, point);
    this.#end(point, delta ? reference : -1);
  }

  /** A native histogram. */
  exponential(point: ExponentialPoint, delta: boolean): void {
    if (!this.#writer.beginPoint(point.timeMs, point.attributes)) return;
    const reference = this.#writer.series('');
    if (delta) this.#accumulate(reference, point, () => this.#deltas.exponential(reference, point));
    if (point.scale < COARSEST_SCHEMA) {
      const message = `scale ${point.scale} is coarser than native histograms go (${COARSEST_SCHEMA})`;
      this.#writer.refuse({ reason: 'unsupported', message });
    } else {
      const scaleDown = Math.max(0, point.scale - FINEST_SCHEMA);
      this.#native(reference, point, {
        schema: Math.min(point.scale, FINEST_SCHEMA),
        zeroThreshold: point.zeroThreshold > 0 ? point.zeroThreshold : ZERO_THRESHOLD,
        zeroCount: point.zeroCount,
        count: point.count,
        positive: nativeBuckets(point.positive.offset, point.positive.counts, scaleDown),
        negative: nativeBuckets(point.negative.offset, point.negative.counts, scaleDown),
        customValues: [],
      });
    }
    this.#exemplars(point, () => reference);
    this.#end(point, delta ? reference : -1);
  }

  /** A series per quantile, `_sum`, `_count`. */
  summary(point: SummaryPoint): void {
    if (!this.#writer.beginPoint(point.timeMs, point.attributes)) return;
    this.#append('_sum', 0, point, point.sum);
    this.#appendNumber('_count', 0, point, point.count);
    for (const { quantile, value } of point.quantiles) this.#append('quantile', quantile, point, value);
    this.#end(point, -1);
  }

  #classicHistogram(countReference: number, point: HistogramPoint): void {
    const { counts, bounds } = point;
    if (point.hasSum) this.#append('_sum', 0, point, point.sum);
    const count: Bits = { low: 0, high: 0 };
    setNumber(count, point.count);
    if (countReference >= 0) this.#sample(countReference, point, count);
    let cumulative = 0;
    for (let i = 0; i < bounds.length && i < counts.length; i++) {
      cumulative += counts[i] as number;
      this.#appendNumber('_bucket', bounds[i] as number, point, cumulative);
    }
    this.#appendNumber('_bucket', Number.POSITIVE_INFINITY, point, point.count);
    this.#exemplars(point, (value) => {
      const bound = bounds.find((upper) => value <= upper) ?? Number.POSITIVE_INFINITY;
      return this.#writer.series('_bucket', bound);
    });
  }

  #customHistogram(reference: number, point: HistogramPoint): void {
    this.#native(reference, point, {
      schema: CUSTOM_SCHEMA,
      zeroThreshold: 0,
      zeroCount: 0,
      count: point.count,
      positive: customBuckets(point.counts),
      negative: NO_BUCKETS,
      customValues: point.bounds,
    });
    this.#exemplars(point, () => reference);
  }

  #native(
    reference: number,
    point: HistogramPoint | ExponentialPoint,
    histogram: Omit<NativeHistogram, 'sumLow' | 'sumHigh' | 'resetHint'>,
  ): void {
    if (reference < 0) return;
    const { low: sumLow, high: sumHigh } = isStale(point) ? STALE : point.sum;
    const checked = checkedHistogram({ ...histogram, resetHint: 0, sumLow, sumHigh }, false);
    if (typeof checked === 'string') {
      this.#writer.refuse({ reason: 'invalid_record', message: checked });
      return;
    }
    this.#writer.columns.histograms.append(reference, point.timeMs, checked);
    this.#writer.noteStart(reference, point.timeMs, point.startMs);
  }

  #accumulate(reference: number, point: PointHeader, add: () => DeltaRefusal | undefined): void {
    if (reference < 0) return;
    if (isStale(point)) {
      this.#deltas.forget(reference);
      return;
    }
    const refusal = add();
    if (refusal === 'older') {
      const message = 'a delta that is not later than the newest one of its series, or begins before its count did';
      this.#writer.refuse({ reason: 'out_of_order', message });
    } else if (refusal === 'full') {
      const message = 'no memory is left to make deltas of new series cumulative';
      this.#writer.refuse({ reason: 'series_limit', message });
    }
  }

  /** @param delta the series whose count must not hold what is refused, or -1 */
  #end(point: PointHeader, delta: number): void {
    if (!this.#writer.endPoint(point.timeMs) && delta >= 0 && !this.#writer.refusedAsOlder) this.#deltas.forget(delta);
  }

  #checkBuckets({ counts, bounds }: HistogramPoint): void {
    if (counts.length > 0 && counts.length !== bounds.length + 1) {
      const message = `${counts.length} bucket counts for ${bounds.length} bounds`;
      this.#writer.refuse({ reason: 'invalid_record', message });
    }
    for (let i = 1; i < bounds.length; i++) {
      if ((bounds[i] as number) > (bounds[i - 1] as number)) continue;
      this.#writer.refuse({ reason: 'invalid_record', message: 'bucket bounds do not increase' });
      return;
    }
  }

  #appendNumber(part: Part, bound: number, point: PointHeader, value: number): void {
    const bits: Bits = { low: 0, high: 0 };
    setNumber(bits, value);
    this.#append(part, bound, point, bits);
  }

  #append(part: Part, bound: number, point: PointHeader, value: Bits): void {
    const reference = this.#writer.series(part, bound);
    if (reference >= 0) this.#sample(reference, point, value);
  }

  #sample(reference: number, point: PointHeader, value: Bits): void {
    const { samples } = this.#writer.columns;
    const bits = isStale(point) ? STALE : value;
    const number = toNumber(bits);
    if (Number.isNaN(number)) samples.appendRaw(reference, point.timeMs, bits.low, bits.high);
    else samples.append(reference, point.timeMs, number);
    this.#writer.noteStart(reference, point.timeMs, point.startMs);
  }

  /** Exemplars whose time is out of bounds are left out and told. */
  #exemplars(point: PointHeader, seriesOf: (value: number) => number): void {
    const { exemplars } = point;
    for (let i = 0; i < exemplars.count; i++) {
      countElement(this.#writer.usage);
      this.#exemplar(exemplars.start(i), exemplars.end(i), point, seriesOf);
    }
  }

  #exemplar(start: number, end: number, point: PointHeader, seriesOf: (value: number) => number): void {
    const reader = this.#reader;
    const { position, end: outer } = reader;
    reader.position = start;
    reader.end = end;
    const attributes = new Ranges();
    const value: Bits = { low: 0, high: 0 };
    let timeMs = 0;
    let traceId = '';
    let spanId = '';
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x11) {
        reader.fixed64();
        timeMs = nanosToMs(reader.low, reader.high);
      } else if (tag === 0x19) readDouble(reader, value);
      else if (tag === 0x31) readInteger(reader, value);
      else if (tag === 0x22) spanId = hex(reader.slice());
      else if (tag === 0x2a) traceId = hex(reader.slice());
      else if (tag === 0x3a) attributes.read(reader);
      else reader.skip(tag);
    }
    reader.position = position;
    reader.end = outer;
    if (timeMs === 0) timeMs = point.timeMs;
    if (!this.#writer.exemplarInTime(timeMs)) {
      this.#writer.note({ reason: 'too_old', message: `time ${timeMs} ms is out of bounds` }, 'exemplar');
      return;
    }
    const number = toNumber(value);
    const reference = seriesOf(number);
    if (reference < 0) return;
    const labels: string[] = [];
    if (traceId !== '') labels.push('trace_id', traceId);
    if (spanId !== '') labels.push('span_id', spanId);
    const others = this.#writer.exemplarAttributes(attributes).flat();
    const characters = [...labels, ...others].reduce((sum, text) => sum + [...text].length, 0);
    if (characters <= EXEMPLAR_CHARACTERS) labels.push(...others);
    this.#writer.columns.exemplars.append(reference, timeMs, number, labels);
  }
}

function isStale({ flags }: PointHeader): boolean {
  return (flags & NO_RECORDED_VALUE) !== 0;
}

/** Ids of zeros alone are no ids. */
function hex(bytes: Uint8Array): string {
  return bytes.every((byte) => byte === 0) ? '' : Buffer.from(bytes).toString('hex');
}
