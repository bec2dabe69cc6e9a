import type { RangeOperation } from '@trilith/lang/logql';
import { rankedPair } from './ranked_value.ts';

/** Computes one value from the samples of a window: values[from, to), times in ns relative to any origin. */
export type RangeFunction = (
  values: Float64Array,
  times: Float64Array,
  from: number,
  to: number,
  window: { readonly start: number; readonly end: number },
) => number;

/** Aggregations over unwrapped values, by operation; windows are never empty. Formulas as Loki's range_vector. */
export function unwrappedFunction(operation: RangeOperation, parameter: number, unwrapped: boolean): RangeFunction {
  switch (operation) {
    case 'sum_over_time':
      return sum;
    case 'rate':
      return (v, t, from, to, w) => (sum(v, t, from, to, w) * 1e9) / (w.end - w.start);
    case 'rate_counter':
      return counterRate;
    case 'avg_over_time':
      return mean;
    case 'min_over_time':
      return extreme((a, b) => a < b);
    case 'max_over_time':
      return extreme((a, b) => a > b);
    case 'stdvar_over_time':
      return variance;
    case 'stddev_over_time':
      return (v, t, from, to, w) => Math.sqrt(variance(v, t, from, to, w));
    case 'quantile_over_time':
      return (v, _t, from, to) => quantile(parameter, v.slice(from, to));
    case 'first_over_time':
      return (v, _t, from) => v[from] ?? Number.NaN;
    case 'last_over_time':
      return (v, _t, _from, to) => v[to - 1] ?? Number.NaN;
    case 'count_over_time':
    case 'absent_over_time':
    case 'bytes_over_time':
    case 'bytes_rate':
      throw new Error(`${operation} has no function over ${unwrapped ? 'values' : 'lines'}`);
  }
}

const sum: RangeFunction = (v, _t, from, to) => {
  let total = 0;
  for (let i = from; i < to; i++) total += v[i] ?? 0;
  return total;
};

const mean: RangeFunction = (v, _t, from, to) => {
  let average = 0;
  for (let i = from; i < to; i++) {
    const value = v[i] ?? 0;
    const count = i - from + 1;
    if (Number.isFinite(average) || average !== value) {
      if (!Number.isFinite(average) && !Number.isFinite(value) && average > 0 === value > 0) continue;
      if (!Number.isFinite(average) && Number.isFinite(value)) continue;
      average += value / count - average / count;
    }
  }
  return average;
};

function extreme(better: (a: number, b: number) => boolean): RangeFunction {
  return (v, _t, from, to) => {
    let best = v[from] ?? Number.NaN;
    for (let i = from; i < to; i++) {
      const value = v[i] ?? Number.NaN;
      if (better(value, best) || Number.isNaN(best)) best = value;
    }
    return best;
  };
}

/** Welford's population variance. */
const variance: RangeFunction = (v, _t, from, to) => {
  let average = 0;
  let aux = 0;
  for (let i = from; i < to; i++) {
    const value = v[i] ?? 0;
    const delta = value - average;
    average += delta / (i - from + 1);
    aux += delta * (value - average);
  }
  return aux / (to - from);
};

/** The q-quantile of values by linear interpolation, as Prometheus computes it. Reorders its argument. */
function quantile(q: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const rank = q * (values.length - 1);
  const [lower, upper] = rankedPair(values, Math.floor(rank));
  const weight = rank - Math.floor(rank);
  return lower * (1 - weight) + upper * weight;
}

/** Prometheus' extrapolated rate of a counter over the window, resets undone. Needs two samples. */
const counterRate: RangeFunction = (v, t, from, to, window) => {
  if (to - from < 2) return 0;
  const first = t[from] ?? 0;
  const last = t[to - 1] ?? 0;
  let increase = (v[to - 1] ?? 0) - (v[from] ?? 0);
  for (let i = from + 1; i < to; i++) if ((v[i] ?? 0) < (v[i - 1] ?? 0)) increase += v[i - 1] ?? 0;
  const sampled = last - first;
  const average = sampled / (to - from - 1);
  const threshold = average * 1.1;
  const edge = (distance: number): number => (distance < threshold ? distance : average / 2);
  let toStart = edge(first - window.start);
  // A counter is never below zero: do not extrapolate past the moment it would have been.
  if (increase > 0 && (v[from] ?? 0) >= 0) toStart = Math.min(toStart, sampled * ((v[from] ?? 0) / increase));
  const extended = sampled + toStart + edge(window.end - last);
  return (increase * (extended / sampled) * 1e9) / (window.end - window.start);
};
