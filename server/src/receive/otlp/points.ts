import { Ranges } from './common.ts';

/** A number as the words of its bits, so that NaN keeps its payload. */
export interface Bits {
  low: number;
  high: number;
}

/** What every data point has. Points are read into the same objects over and over. */
export interface PointHeader {
  /** ms since the epoch, with fractions: for order; `timeMs` is what is stored. */
  time: number;
  timeMs: number;
  /** Likewise; 0 when the sender names none. */
  start: number;
  startMs: number;
  flags: number;
  readonly attributes: Ranges;
  readonly exemplars: Ranges;
}

/** NumberDataPoint. */
export interface NumberPoint extends PointHeader {
  readonly value: Bits;
}

/** HistogramDataPoint; `counts` one longer than `bounds`, or both empty. */
export interface HistogramPoint extends PointHeader {
  count: number;
  readonly sum: Bits;
  hasSum: boolean;
  counts: number[];
  bounds: number[];
}

/** Buckets of one sign of an exponential histogram: `counts[i]` is of bucket `offset + i`. */
export interface ExponentialBuckets {
  offset: number;
  counts: number[];
}

/** ExponentialHistogramDataPoint. */
export interface ExponentialPoint extends PointHeader {
  count: number;
  readonly sum: Bits;
  hasSum: boolean;
  scale: number;
  zeroCount: number;
  zeroThreshold: number;
  positive: ExponentialBuckets;
  negative: ExponentialBuckets;
}

/** SummaryDataPoint. */
export interface SummaryPoint extends PointHeader {
  count: number;
  readonly sum: Bits;
  quantiles: { readonly quantile: number; readonly value: Bits }[];
}

function header(): PointHeader {
  return {
    time: 0,
    timeMs: 0,
    start: 0,
    startMs: 0,
    flags: 0,
    attributes: new Ranges(),
    exemplars: new Ranges(),
  };
}

/** The four kinds of points, one object each. */
export function newPoints(): {
  readonly number: NumberPoint;
  readonly histogram: HistogramPoint;
  readonly exponential: ExponentialPoint;
  readonly summary: SummaryPoint;
} {
  const sum = (): Bits => ({ low: 0, high: 0 });
  const none = (): ExponentialBuckets => ({ offset: 0, counts: [] });
  return {
    number: { ...header(), value: sum() },
    histogram: { ...header(), count: 0, sum: sum(), hasSum: false, counts: [], bounds: [] },
    exponential: {
      ...header(),
      count: 0,
      sum: sum(),
      hasSum: false,
      scale: 0,
      zeroCount: 0,
      zeroThreshold: 0,
      positive: none(),
      negative: none(),
    },
    summary: { ...header(), count: 0, sum: sum(), quantiles: [] },
  };
}

export function resetHeader(point: PointHeader): void {
  point.time = 0;
  point.timeMs = 0;
  point.start = 0;
  point.startMs = 0;
  point.flags = 0;
  point.attributes.count = 0;
  point.exemplars.count = 0;
}

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/** The number of some bits; NaN may lose its payload. */
export function toNumber({ low, high }: Bits): number {
  words[0] = low;
  words[1] = high;
  return double[0] as number;
}

/** Writes the bits of a number. */
export function setNumber(into: Bits, value: number): void {
  double[0] = value;
  into.low = words[0] as number;
  into.high = words[1] as number;
}
