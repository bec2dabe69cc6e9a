import { KahanSum } from '../kahan.ts';
import { type Kernel, perWindow, type Windows } from '../kernel.ts';
import { PromqlError } from '../promql_error.ts';

/** Least squares over samples [low, high): slope a second, and the value at `interceptMs`. */
function linearRegression(
  { times, values }: Windows,
  low: number,
  high: number,
  interceptMs: number,
): readonly [slope: number, intercept: number] {
  const sumX = new KahanSum();
  const sumY = new KahanSum();
  const sumXY = new KahanSum();
  const sumX2 = new KahanSum();
  const first = values[low] as number;
  let constant = true;
  for (let i = low; i < high; i++) {
    const y = values[i] as number;
    if (i > low && y !== first) constant = false;
    const x = ((times[i] as number) - interceptMs) / 1000;
    sumX.add(x);
    sumY.add(y);
    sumXY.add(x * y);
    sumX2.add(x * x);
  }
  if (constant) return Number.isFinite(first) || Number.isNaN(first) ? [0, first] : [Number.NaN, Number.NaN];
  const n = high - low;
  const covariance = sumXY.total - (sumX.total * sumY.total) / n;
  const spread = sumX2.total - (sumX.total * sumX.total) / n;
  const slope = covariance / spread;
  return [slope, sumY.total / n - (slope * sumX.total) / n];
}

/** The slope a second. The first sample is the origin, which keeps the sums small. */
export const deriv: Kernel = perWindow(
  (windows, low, high) => linearRegression(windows, low, high, windows.times[low] as number)[0],
  2,
);

/** The value expected some seconds after the evaluation time. */
export const predictLinear: Kernel = (windows, args, out, remarks) => {
  const { node } = remarks;
  perWindow((w, low, high, _, step, [ahead]) => {
    const [slope, intercept] = linearRegression(w, low, high, node.grid.startMs + step * node.grid.stepMs);
    return slope * (ahead?.[step] as number) + intercept;
  }, 2)(windows, args, out, remarks);
};

/** Holt-Winters' double exponential smoothing. Throws PromqlError on factors outside (0, 1). */
export const doubleExponentialSmoothing: Kernel = (windows, args, out, remarks) => {
  perWindow(({ values }, low, high, _, step, [smoothing, trend]) => {
    const sf = smoothing?.[step] as number;
    const tf = trend?.[step] as number;
    if (!(sf > 0 && sf < 1))
      throw new PromqlError('execution', `invalid smoothing factor. Expected: 0 < sf < 1, got: ${sf.toFixed(6)}`);
    if (!(tf > 0 && tf < 1))
      throw new PromqlError('execution', `invalid trend factor. Expected: 0 < tf < 1, got: ${tf.toFixed(6)}`);
    let before = 0;
    let current = values[low] as number;
    let slope = (values[low + 1] as number) - current;
    for (let i = low + 1; i < high; i++) {
      if (i > low + 1) slope = tf * (current - before) + (1 - tf) * slope;
      const next = sf * (values[i] as number) + (1 - sf) * (current + slope);
      before = current;
      current = next;
    }
    return current;
  }, 2)(windows, args, out, remarks);
};
