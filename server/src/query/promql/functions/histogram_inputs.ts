import { type Call, formatNumberShort, parseNumber } from '@trilith/lang/promql';
import { type Labels, labelsKey, labelValue } from '../../../model/labels.ts';
import type { EvaluationContext } from '../context.ts';
import { histogramRemarks } from '../histogram_remarks.ts';
import { withLabel } from '../label_sets.ts';
import { FLOAT, histogramAt, type VectorSeries, type VectorValue } from '../values.ts';
import type { Buckets, Forced } from './classic_histogram.ts';

/** One classic histogram: its bucket series by ascending upper bound. */
export interface ClassicHistogram {
  readonly labels: Labels;
  readonly bounds: readonly number[];
  readonly series: readonly VectorSeries[];
  /** Steps at which a native histogram of the same labels is there as well: neither counts. */
  blocked: Uint8Array | undefined;
}

/** The histograms of a vector, classic and native. */
export interface HistogramInputs {
  readonly classic: readonly ClassicHistogram[];
  /** Series with native histograms; steps that collide with a classic one are in `blocked`. */
  readonly native: readonly { readonly series: VectorSeries; readonly blocked: Uint8Array | undefined }[];
}

/** Splits a vector into classic and native histograms; where both are there at a step it is said, and neither counts. */
export function histogramInputs(
  context: EvaluationContext,
  input: VectorValue,
  call: Call,
  argument: number,
): HistogramInputs {
  const classic = classicHistograms(context, input, call, argument);
  const byLabels = new Map(classic.map((one) => [labelsKey(one.labels), one]));
  const native = input.series.flatMap((series) => {
    if (series.histograms === undefined) return [];
    const other = byLabels.get(labelsKey(series.labels));
    return [{ series, blocked: other === undefined ? undefined : collisions(other, series) }];
  });
  for (const { series, blocked } of native) {
    if (blocked?.includes(1) !== true) continue;
    const at = call.args[argument] ?? call;
    histogramRemarks.mixedWithClassic(context, labelValue(series.labels, '__name__'), at);
  }
  return { classic, native };
}

function collisions(classic: ClassicHistogram, native: VectorSeries): Uint8Array {
  const blocked = native.present.map((_, step) =>
    histogramAt(native, step) !== undefined && classic.series.some(({ present }) => present[step] === FLOAT) ? 1 : 0,
  );
  classic.blocked = blocked;
  return blocked;
}

/** Groups `_bucket` series into histograms by their labels without `le`. */
function classicHistograms(
  context: EvaluationContext,
  input: VectorValue,
  call: Call,
  argument: number,
): readonly ClassicHistogram[] {
  const groups = new Map<string, { readonly labels: Labels; readonly buckets: [number, VectorSeries][] }>();
  for (const one of input.series) {
    if (!one.present.includes(FLOAT)) continue;
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
      group = { labels, buckets: [] };
      groups.set(key, group);
    }
    group.buckets.push([bound, one]);
  }
  return [...groups.values()].map(({ labels, buckets }) => {
    const sorted = buckets.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return { labels, bounds: sorted.map(([bound]) => bound), series: sorted.map(([, one]) => one), blocked: undefined };
  });
}

/** The buckets that have a point at a step; equal bounds are added up. */
export function bucketsAt(histogram: ClassicHistogram, step: number): Buckets {
  const bounds: number[] = [];
  const counts: number[] = [];
  if (histogram.blocked?.[step] === 1) return { bounds, counts };
  histogram.series.forEach((one, i) => {
    if (one.present[step] !== FLOAT) return;
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

/** Says where and how much classic histograms had to be made monotonic. */
export function remarkForced(
  context: EvaluationContext,
  call: Call,
  argument: number,
  forced: Forced,
  metric: string,
): void {
  if (forced.count === 0) return;
  const time = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
  const suffix = context.delayedNameRemoval && metric !== '' ? ` for metric name ${JSON.stringify(metric)}` : '';
  context.annotations.info(
    `input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${suffix}, from buckets ${formatNumberShort(forced.min)} to ${formatNumberShort(forced.max)}, with a max diff of ${formatNumberShort(Number(forced.diff.toPrecision(2)))}, over ${forced.count} samples from ${time(forced.firstMs)} to ${time(forced.lastMs)}`,
    call.args[argument]?.range,
  );
}
