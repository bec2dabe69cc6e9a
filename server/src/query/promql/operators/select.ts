import type { EvaluationContext } from '../context.ts';
import { smoothHistograms } from '../functions/extended_histograms.ts';
import type { SelectNode } from '../plan_nodes.ts';
import type { SeriesHistograms, SeriesSet } from '../source.ts';
import { fetchedFor } from '../statistics_only.ts';
import { emptySeries, hasPoints, putHistogram, type VectorSeries, type VectorValue } from '../values.ts';

/** What is written at a step: the sample's value, or its time or start timestamp in seconds (for `timestamp()` …). */
export type Picked = 'value' | 'time' | 'start';

/** At each step the newest sample not older than the look-back, unless a stale marker is newer. */
export async function select(
  context: EvaluationContext,
  node: SelectNode,
  picked: Picked = 'value',
): Promise<VectorValue> {
  const data = fetchedFor(context, node);
  const series: VectorSeries[] = [];
  if (data === undefined) return { kind: 'vector', series };
  for (let i = 0; i < data.labels.length; i++) {
    if ((i & 63) === 0 && context.due()) await context.pause();
    const out = emptySeries(data.labels[i] ?? [], false, node.grid.count);
    const from = data.offsets[i] as number;
    const to = data.offsets[i + 1] as number;
    const stale = data.stale.get(i);
    const histograms = data.histograms?.get(i);
    if (node.expr.smoothed) {
      if (histograms === undefined) smooth(data.times, data.values, from, to, node, context.lookbackMs, out);
      else
        smoothHistograms(context, node, data.times.subarray(from, to), data.values.subarray(from, to), histograms, out);
    } else if (picked === 'start') newestStart(data, i, node, context.lookbackMs, out);
    else if (picked === 'time') newest(data.times, data.times, from, to, node, context.lookbackMs, stale, out);
    else newest(data.times, data.values, from, to, node, context.lookbackMs, stale, out, histograms);
    if (!hasPoints(out)) continue;
    if (picked !== 'value')
      for (let step = 0; step < out.values.length; step++) out.values[step] = (out.values[step] as number) / 1000;
    context.hold(node.grid.count);
    series.push(out);
  }
  return { kind: 'vector', series };
}

/** The start timestamps of a series' samples, 0 where they are not known. */
function newestStart(data: SeriesSet, series: number, node: SelectNode, lookbackMs: number, out: VectorSeries): void {
  const times = data.times.subarray(data.offsets[series], data.offsets[series + 1]);
  const starts = data.starts?.get(series) ?? new Float64Array(times.length);
  newest(times, starts, 0, times.length, node, lookbackMs, data.stale.get(series), out);
}

function newest(
  times: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  { grid, offsetMs }: SelectNode,
  lookbackMs: number,
  stale: Float64Array | undefined,
  out: VectorSeries,
  histograms?: SeriesHistograms,
): void {
  let next = from;
  let nextStale = 0;
  let time = grid.startMs - offsetMs;
  for (let step = 0; step < grid.count; step++, time += grid.stepMs) {
    while (next < to && (times[next] as number) <= time) next++;
    if (next === from) continue;
    const sampled = times[next - 1] as number;
    if (sampled <= time - lookbackMs) continue;
    if (stale !== undefined) {
      while (nextStale < stale.length && (stale[nextStale] as number) <= time) nextStale++;
      if (nextStale > 0 && (stale[nextStale - 1] as number) > sampled) continue;
    }
    const histogram = histograms?.[next - 1 - from];
    if (histogram !== undefined) {
      putHistogram(out, step, histogram);
      continue;
    }
    out.values[step] = values[next - 1] as number;
    out.present[step] = 1;
  }
}

/** `smoothed`: the value on the line between the samples before and after; the last one is carried forward. */
function smooth(
  times: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  { grid, offsetMs }: SelectNode,
  lookbackMs: number,
  out: VectorSeries,
): void {
  for (let step = 0; step < grid.count; step++) {
    const time = grid.startMs + step * grid.stepMs - offsetMs;
    let after = from;
    while (after < to && (times[after] as number) < time) after++;
    const exact = after < to && times[after] === time;
    const hasBefore = after > from && (times[after - 1] as number) > time - lookbackMs;
    if (!exact && !hasBefore) continue;
    const hasAfter = after < to && (times[after] as number) <= time + lookbackMs;
    out.present[step] = 1;
    if (exact) out.values[step] = values[after] as number;
    else if (!hasAfter) out.values[step] = values[after - 1] as number;
    else {
      const t0 = times[after - 1] as number;
      const v0 = values[after - 1] as number;
      out.values[step] = v0 + (((values[after] as number) - v0) * (time - t0)) / ((times[after] as number) - t0);
    }
  }
}
