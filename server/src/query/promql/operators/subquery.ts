import type { SubqueryNode } from '../plan_nodes.ts';
import type { SeriesSet } from '../source.ts';
import type { VectorValue } from '../values.ts';

/** The points of an evaluated inner expression as samples. */
export function asSamples(node: SubqueryNode, { series }: VectorValue): SeriesSet {
  const { grid } = node.input;
  const offsets = new Uint32Array(series.length + 1);
  series.forEach((one, i) => {
    let points = 0;
    for (const present of one.present) points += present;
    offsets[i + 1] = (offsets[i] as number) + points;
  });
  const total = offsets[series.length] as number;
  const times = new Float64Array(total);
  const values = new Float64Array(total);
  let at = 0;
  for (const one of series) {
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
    stale: new Map(),
    dropName: series.map((one) => one.dropName),
  };
}
