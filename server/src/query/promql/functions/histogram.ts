import { type Call, formatNumberShort, parseNumber } from '@trilith/lang/promql';
import { type Labels, labelsKey, labelValue } from '../../../model/labels.ts';
import { type EvaluationContext, resultLabels, settle } from '../context.ts';
import { withLabel } from '../label_sets.ts';
import { remarkQuantile } from '../operators/aggregate.ts';
import { emptySeries, hasPoints, type VectorSeries, type VectorValue } from '../values.ts';

/** Counts that differ by less are equal: the difference is floating point noise. */
const SMALL_DELTA = 1e-12;

/** One classic histogram: its bucket series by ascending upper bound. */
interface ClassicHistogram {
  readonly labels: Labels;
  readonly dropName: boolean;
  readonly bounds: readonly number[];
  readonly series: readonly VectorSeries[];
}

/** Buckets present at one step: bounds and cumulative counts, made monotonic. */
interface Buckets {
  readonly bounds: number[];
  readonly counts: number[];
}

/** Groups `_bucket` series into histograms by their labels without `le`. */
function classicHistograms(
  context: EvaluationContext,
  input: VectorValue,
  call: Call,
  argument: number,
): readonly ClassicHistogram[] {
  const groups = new Map<
    string,
    { readonly labels: Labels; dropName: boolean; readonly buckets: [number, VectorSeries][] }
  >();
  for (const one of input.series) {
    const le = labelValue(one.labels, 'le');
    const bound = le.startsWith('-') ? -(parseNumber(le.slice(1)) ?? Number.NaN) : parseNumber(le.replace(/^\+/, ''));
    if (bound === undefined || (Number.isNaN(bound) && !/^nan$/i.test(le))) {
      const metric = context.delayedNameRemoval ? labelValue(one.labels, '__name__') : '';
      const suffix = metric === '' ? '' : ` for metric name ${JSON.stringify(metric)}`;
      context.annotations.warn(
        `bucket label "le" is missing or has a malformed value of ${JSON.stringify(le)}${suffix}`,
        call.args[argument]?.range,
      );
      continue;
    }
    const labels = withLabel(one.labels, 'le', '');
    const key = labelsKey(labels);
    let group = groups.get(key);
    if (group === undefined) {
      group = { labels, dropName: false, buckets: [] };
      groups.set(key, group);
    }
    group.dropName ||= one.dropName;
    group.buckets.push([bound, one]);
  }
  return [...groups.values()].map(({ labels, dropName, buckets }) => {
    const sorted = buckets.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return { labels, dropName, bounds: sorted.map(([bound]) => bound), series: sorted.map(([, one]) => one) };
  });
}

/** The buckets that have a point at a step; equal bounds are added up. */
function bucketsAt(histogram: ClassicHistogram, step: number): Buckets {
  const bounds: number[] = [];
  const counts: number[] = [];
  histogram.series.forEach((one, i) => {
    if (one.present[step] === 0) return;
    const bound = histogram.bounds[i] as number;
    const value = one.values[step] as number;
    const last = bounds.length - 1;
    if (last >= 0 && bounds[last] === bound) counts[last]! += value;
    else {
      bounds.push(bound);
      counts.push(value);
    }
  });
  return { bounds, counts };
}

interface Forced {
  min: number;
  max: number;
  diff: number;
  count: number;
  firstMs: number;
  lastMs: number;
}

/** Removes decreases; true when more than noise had to go. `forced` gathers where and how much. */
function makeMonotonic({ bounds, counts }: Buckets, forced: Forced): boolean {
  let before = counts[0] as number;
  let found = false;
  for (let i = 1; i < counts.length; i++) {
    const current = counts[i] as number;
    if (current === before) continue;
    if (almostEqual(before, current)) counts[i] = before;
    else if (current < before) {
      counts[i] = before;
      found = true;
      forced.min = Math.min(forced.min, bounds[i] as number);
      forced.max = Math.max(forced.max, bounds[i] as number);
      forced.diff = Math.max(forced.diff, before - current);
    } else before = current;
  }
  return found;
}

const MIN_NORMAL = 2.2250738585072014e-308;

function almostEqual(a: number, b: number): boolean {
  if (a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const diff = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return diff < SMALL_DELTA * MIN_NORMAL;
  return diff / Math.min(sum, Number.MAX_VALUE) < SMALL_DELTA;
}

/** The q-quantile of cumulative buckets (upstream's BucketQuantile), linear within a bucket. */
function bucketQuantile(q: number, { bounds, counts }: Buckets): number {
  const last = counts.length - 1;
  if (bounds[last] !== Number.POSITIVE_INFINITY || counts.length < 2) return Number.NaN;
  const observations = counts[last] as number;
  if (observations === 0) return Number.NaN;
  let rank = q * observations;
  let b = 0;
  while (b < last && !((counts[b] as number) >= rank)) b++;
  if (b === last) return bounds[last - 1] as number;
  if (b === 0 && (bounds[0] as number) <= 0) return bounds[0] as number;
  let start = 0;
  let count = counts[b] as number;
  if (b > 0) {
    start = bounds[b - 1] as number;
    count -= counts[b - 1] as number;
    rank -= counts[b - 1] as number;
  }
  return start + ((bounds[b] as number) - start) * (rank / count);
}

function quantileAt(q: number, buckets: Buckets, forced: Forced, timeMs: number): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  if (buckets.bounds.at(-1) !== Number.POSITIVE_INFINITY) return Number.NaN;
  if (makeMonotonic(buckets, forced)) {
    forced.count++;
    forced.firstMs = Math.min(forced.firstMs, timeMs);
    forced.lastMs = Math.max(forced.lastMs, timeMs);
  }
  return bucketQuantile(q, buckets);
}

const nothingForced = (): Forced => ({
  min: Infinity,
  max: -Infinity,
  diff: 0,
  count: 0,
  firstMs: Infinity,
  lastMs: -Infinity,
});

function remarkForced(context: EvaluationContext, call: Call, argument: number, forced: Forced, metric: string): void {
  if (forced.count === 0) return;
  const time = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
  const suffix = context.delayedNameRemoval && metric !== '' ? ` for metric name ${JSON.stringify(metric)}` : '';
  context.annotations.info(
    `input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${suffix}, from buckets ${formatNumberShort(forced.min)} to ${formatNumberShort(forced.max)}, with a max diff of ${formatNumberShort(Number(forced.diff.toPrecision(2)))}, over ${forced.count} samples from ${time(forced.firstMs)} to ${time(forced.lastMs)}`,
    call.args[argument]?.range,
  );
}

/** histogram_quantile of classic histograms. */
export async function histogramQuantile(
  context: EvaluationContext,
  call: Call,
  q: Float64Array,
  input: VectorValue,
  startMs: number,
  stepMs: number,
): Promise<VectorValue> {
  for (const value of new Set(q)) if (!(value >= 0 && value <= 1)) remarkQuantile(context, value, call.args[0] ?? call);
  const series: VectorSeries[] = [];
  for (const histogram of classicHistograms(context, input, call, 1)) {
    if (context.due()) await context.pause();
    const out = emptySeries(resultLabels(context, histogram.labels), true, q.length);
    context.hold(q.length);
    const forced = nothingForced();
    for (let step = 0; step < q.length; step++) {
      const buckets = bucketsAt(histogram, step);
      if (buckets.bounds.length === 0) continue;
      out.values[step] = quantileAt(q[step] as number, buckets, forced, startMs + step * stepMs);
      out.present[step] = 1;
    }
    remarkForced(context, call, 1, forced, labelValue(histogram.labels, '__name__'));
    if (hasPoints(out)) series.push(out);
  }
  return { kind: 'vector', series: settle(context, series) };
}

/** A number as OpenMetrics writes label values: whole ones with `.0`. */
function openMetricsNumber(value: number): string {
  const text = formatNumberShort(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** histogram_quantiles: several quantiles at once, told apart by a label. */
export function histogramQuantiles(
  context: EvaluationContext,
  call: Call,
  label: string,
  qs: readonly Float64Array[],
  input: VectorValue,
  startMs: number,
  stepMs: number,
): VectorValue {
  qs.forEach((q, i) => {
    for (const value of new Set(q))
      if (!(value >= 0 && value <= 1)) remarkQuantile(context, value, call.args[i + 2] ?? call);
  });
  const series: VectorSeries[] = [];
  for (const histogram of classicHistograms(context, input, call, 0)) {
    const forced = nothingForced();
    for (const q of qs) {
      const byText = new Map<string, VectorSeries>();
      for (let step = 0; step < q.length; step++) {
        const buckets = bucketsAt(histogram, step);
        if (buckets.bounds.length === 0) continue;
        const text = openMetricsNumber(q[step] as number);
        let out = byText.get(text);
        if (out === undefined) {
          context.hold(q.length);
          out = emptySeries(withLabel(resultLabels(context, histogram.labels), label, text), true, q.length);
          byText.set(text, out);
        }
        out.values[step] = quantileAt(q[step] as number, buckets, forced, startMs + step * stepMs);
        out.present[step] = 1;
      }
      series.push(...byText.values());
    }
    remarkForced(context, call, 0, forced, labelValue(histogram.labels, '__name__'));
  }
  return { kind: 'vector', series: settle(context, series) };
}

/** The share of observations between two values, by linear interpolation within buckets. */
function fractionAt(lower: number, upper: number, buckets: Buckets): number {
  const { bounds, counts } = buckets;
  const last = bounds.length - 1;
  if (bounds[last] !== Number.POSITIVE_INFINITY) return Number.NaN;
  const total = counts[last] as number;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  const rank = (value: number): number => {
    for (let i = 0; i <= last; i++) {
      const bound = bounds[i] as number;
      if (value > bound) continue;
      const before = i === 0 ? 0 : (counts[i - 1] as number);
      const start = i === 0 ? (bound > 0 ? 0 : Number.NEGATIVE_INFINITY) : (bounds[i - 1] as number);
      if (value <= start) return before;
      if (value === bound) return counts[i] as number;
      // Nothing is known of where observations lie in a bucket without end: they count as lying at its finite side.
      if (!Number.isFinite(start)) return counts[i] as number;
      if (!Number.isFinite(bound)) return before;
      return before + ((counts[i] as number) - before) * ((value - start) / (bound - start));
    }
    return total;
  };
  return (Math.min(total, rank(upper)) - Math.min(total, rank(lower))) / total;
}

/** histogram_fraction of classic histograms. */
export function histogramFraction(
  context: EvaluationContext,
  call: Call,
  lower: Float64Array,
  upper: Float64Array,
  input: VectorValue,
): VectorValue {
  const series = classicHistograms(context, input, call, 2).map((histogram) => {
    const out = emptySeries(resultLabels(context, histogram.labels), true, lower.length);
    context.hold(lower.length);
    for (let step = 0; step < lower.length; step++) {
      const buckets = bucketsAt(histogram, step);
      if (buckets.bounds.length === 0) continue;
      out.values[step] = fractionAt(lower[step] as number, upper[step] as number, buckets);
      out.present[step] = 1;
    }
    return out;
  });
  return { kind: 'vector', series: settle(context, series.filter(hasPoints)) };
}
