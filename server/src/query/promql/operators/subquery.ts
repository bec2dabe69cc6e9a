import { type FloatHistogram, HINT_GAUGE, HINT_UNKNOWN } from '../../../model/histogram.ts';
import type { SubqueryNode } from '../plan_nodes.ts';
import type { SeriesHistograms, SeriesSet } from '../source.ts';
import { histogramAt, type VectorSeries, type VectorValue } from '../values.ts';

/** The points of an evaluated inner expression as samples. */
export function asSamples(node: SubqueryNode, { series }: VectorValue): SeriesSet {
  const { grid } = node.input;
  const offsets = new Uint32Array(series.length + 1);
  series.forEach((one, i) => {
    let points = 0;
    for (const present of one.present) if (present !== 0) points++;
    offsets[i + 1] = (offsets[i] as number) + points;
  });
  const total = offsets[series.length] as number;
  const times = new Float64Array(total);
  const values = new Float64Array(total);
  const histograms = new Map<number, SeriesHistograms>();
  let at = 0;
  for (const [i, one] of series.entries()) {
    if (one.histograms !== undefined) histograms.set(i, histogramSamples(one));
    for (let step = 0; step < grid.count; step++) {
      if (one.present[step] === 0) continue;
      times[at] = grid.startMs + step * grid.stepMs;
      values[at++] = one.values[step] as number;
    }
  }
  return {
    labels: series.map((one) => one.labels),
    offsets,
    times,
    values,
    ...(histograms.size === 0 ? {} : { histograms }),
    stale: new Map(),
    dropName: series.map((one) => one.dropName),
  };
}

/**
 * The histograms of a subquery forget what they know of counter resets: between its steps there may be others, and a
 * sample taken at two steps is not reset twice.
 */
function histogramSamples(series: VectorSeries): SeriesHistograms {
  const samples: (FloatHistogram | undefined)[] = [];
  series.present.forEach((present, step) => {
    if (present === 0) return;
    const histogram = histogramAt(series, step);
    const keeps = histogram === undefined || histogram.hint === HINT_GAUGE || histogram.hint === HINT_UNKNOWN;
    samples.push(keeps ? histogram : { ...histogram, hint: HINT_UNKNOWN });
  });
  return samples;
}
