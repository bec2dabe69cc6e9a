import { KahanSum } from '../kahan.ts';
import { type Kernel, perWindow, type Remarks, type Windows } from '../kernel.ts';
import type { VectorSeries } from '../values.ts';
import { FLOAT } from '../values.ts';
import { quantileOf } from './quantile.ts';
import { startsAnew } from './start_timestamps.ts';

/** The newest (or oldest) sample's value or time in each window. */
export const lastOverTime: Kernel = perWindow(({ values }, _, high) => values[high - 1] as number);
export const firstOverTime: Kernel = perWindow(({ values }, low) => values[low] as number);
export const timeOfLast: Kernel = perWindow(({ times }, _, high) => (times[high - 1] as number) / 1000);
export const timeOfFirst: Kernel = perWindow(({ times }, low) => (times[low] as number) / 1000);
export const countOverTime: Kernel = perWindow((_, low, high) => high - low);
export const presentOverTime: Kernel = perWindow(() => 1);

export const sumOverTime: Kernel = perWindow(({ values }, low, high) => {
  const sum = new KahanSum();
  for (let i = low; i < high; i++) sum.add(values[i] as number);
  return Number.isFinite(sum.sum) ? sum.total : sum.sum;
});

/** The mean from the sum while that does not overflow, otherwise adjusted sample by sample. */
function mean(values: Float64Array, low: number, high: number): number {
  const sum = new KahanSum(values[low] as number);
  for (let i = low + 1; i < high; i++) {
    const before = sum.sum;
    const correction = sum.c;
    sum.add(values[i] as number);
    if (sum.sum === Number.POSITIVE_INFINITY || sum.sum === Number.NEGATIVE_INFINITY) {
      return incrementalMean(values, i, high, before / (i - low), correction / (i - low), i - low);
    }
  }
  const count = high - low;
  return sum.sum / count + sum.c / count;
}

function incrementalMean(
  values: Float64Array,
  from: number,
  high: number,
  mean: number,
  correction: number,
  before: number,
): number {
  let count = before;
  let current = mean;
  let c = correction;
  for (let i = from; i < high; i++) {
    count++;
    const q = (count - 1) / count;
    const next = new KahanSum(q * current);
    next.c = q * c;
    next.add((values[i] as number) / count);
    current = next.sum;
    c = next.c;
  }
  return current + c;
}

export const avgOverTime: Kernel = perWindow(({ values }, low, high) => mean(values, low, high));

/** Population variance by Welford's method with corrected sums. */
function variance(values: Float64Array, low: number, high: number): number {
  let count = 0;
  let mean = 0;
  let cMean = 0;
  const aux = new KahanSum();
  for (let i = low; i < high; i++) {
    count++;
    const value = values[i] as number;
    const delta = value - (mean + cMean);
    const next = new KahanSum(mean);
    next.c = cMean;
    next.add(delta / count);
    mean = next.sum;
    cMean = next.c;
    aux.add(delta * (value - (mean + cMean)));
  }
  return aux.total / count;
}

export const stdvarOverTime: Kernel = perWindow(({ values }, low, high) => variance(values, low, high));
export const stddevOverTime: Kernel = perWindow(({ values }, low, high) => Math.sqrt(variance(values, low, high)));

/**
 * max, min and the times of them. A queue of candidates in order of time, each better than those after it, slides with
 * the window: every sample enters and leaves once. NaN only wins where nothing else is.
 */
export function extreme(which: 'max' | 'min', result: 'value' | 'time'): Kernel {
  return (windows, _, out) => slideExtreme(windows, out, which === 'max', result === 'time');
}

function slideExtreme(
  { times, values, from, to, lows, highs, count }: Windows,
  out: VectorSeries,
  isMax: boolean,
  asTime: boolean,
): void {
  const queue = new Uint32Array(to - from);
  let head = 0;
  let tail = 0;
  let entered = from;
  for (let step = 0; step < count; step++) {
    const low = lows[step] as number;
    const high = highs[step] as number;
    if (high === low) continue;
    if (entered < low) {
      entered = low;
      head = 0;
      tail = 0;
    }
    for (; entered < high; entered++) {
      const value = values[entered] as number;
      while (tail > head && beats(value, values[queue[tail - 1] as number] as number, isMax, asTime)) tail--;
      queue[tail++] = entered;
    }
    while (head < tail && (queue[head] as number) < low) head++;
    const best = queue[head] as number;
    out.values[step] = asTime ? (times[best] as number) / 1000 : (values[best] as number);
    out.present[step] = 1;
  }
}

/** Whether a newer value makes an older candidate needless. Of equal values the time of the newest counts. */
function beats(newer: number, older: number, isMax: boolean, asTime: boolean): boolean {
  if (Number.isNaN(older)) return true;
  if (Number.isNaN(newer)) return false;
  if (asTime && newer === older) return true;
  return isMax ? newer > older : newer < older;
}

const quantileWindows: Kernel = perWindow(({ values }, low, high, _, step, [q]) =>
  quantileOf(q?.[step] as number, values.slice(low, high)),
);

export const quantileOverTime: Kernel = (windows, args, out, remarks) => {
  quantileWindows(windows, args, out, remarks);
  const bad = args[0]?.filter((q, step) => !(q >= 0 && q <= 1) && out.present[step] === FLOAT) ?? [];
  for (const q of new Set(bad)) remarks.badQuantile(q);
};

/** Median of the absolute distances from the median. */
export const madOverTime: Kernel = perWindow(({ values }, low, high) => {
  for (let i = low; i < high; i++) if (Number.isNaN(values[i] as number)) return Number.NaN;
  const median = quantileOf(0.5, values.slice(low, high));
  return quantileOf(
    0.5,
    values.slice(low, high).map((value) => Math.abs(value - median)),
  );
});

/** How often neighbours differ (changes) or fall (resets). */
function neighbours(counts: (before: number, after: number) => boolean, seesStarts: boolean): Kernel {
  return (windows, _, out, remarks) => {
    const { values } = windows;
    countNeighbours(
      windows,
      out,
      remarks,
      (i) => counts(values[i - 1] as number, values[i] as number) || (seesStarts && startsAnew(windows, i)),
    );
  };
}

/**
 * Counts in each window the samples that `counts` says of, each compared with the one before it: running counts make every
 * window a subtraction. Used for floats and for series with histograms.
 */
export function countNeighbours(
  windows: Windows,
  out: VectorSeries,
  { node }: Remarks,
  counts: (sample: number) => boolean,
): void {
  const { times, from, to, lows, highs, count } = windows;
  const anchored = node.kind === 'window' && node.expr.selector.anchored;
  const running = new Uint32Array(to - from + 1);
  for (let i = from + 1; i < to; i++) running[i - from] = (running[i - from - 1] as number) + (counts(i) ? 1 : 0);
  for (let step = 0; step < count; step++) {
    let low = lows[step] as number;
    const high = highs[step] as number;
    if (high === low) continue;
    if (anchored) {
      // The last sample at or before the window's start is what the first one in it is compared with.
      const start = windows.firstEndMs + step * windows.stepMs - windows.rangeMs;
      if ((times[high - 1] as number) <= start) continue;
      while (low + 1 < high && (times[low + 1] as number) <= start) low++;
    }
    out.values[step] = (running[high - 1 - from] as number) - (running[low - from] as number);
    out.present[step] = FLOAT;
  }
}

export const changes: Kernel = neighbours(
  (before, after) => after !== before && !(Number.isNaN(after) && Number.isNaN(before)),
  false,
);
export const resets: Kernel = neighbours((before, after) => after < before, true);
