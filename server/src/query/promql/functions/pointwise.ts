import { type EvaluationContext, resultLabels, settle } from '../context.ts';
import { emptySeries, hasPoints, type ScalarValue, type VectorValue } from '../values.ts';

/** Applies a function to every point; names are dropped. */
export function mapPoints(
  context: EvaluationContext,
  input: VectorValue,
  apply: (value: number, step: number) => number,
): VectorValue {
  const series = input.series.map((one) => {
    const out = emptySeries(resultLabels(context, one.labels), true, one.values.length);
    context.hold(one.values.length);
    if (one.histograms === undefined) out.present.set(one.present);
    // Histograms are not numbers: their points go.
    else for (let step = 0; step < one.present.length; step++) if (one.present[step] === 1) out.present[step] = 1;
    for (let step = 0; step < one.values.length; step++) {
      if (one.present[step] === 1) out.values[step] = apply(one.values[step] as number, step);
    }
    return out;
  });
  return { kind: 'vector', series: settle(context, series) };
}

/** clamp: nothing at the steps where the bounds are the wrong way round. */
export function clamp(
  context: EvaluationContext,
  input: VectorValue,
  min: Float64Array | undefined,
  max: Float64Array | undefined,
): VectorValue {
  const low = (step: number): number => (min === undefined ? Number.NEGATIVE_INFINITY : (min[step] as number));
  const high = (step: number): number => (max === undefined ? Number.POSITIVE_INFINITY : (max[step] as number));
  const { series } = mapPoints(context, input, (value, step) => Math.max(low(step), Math.min(high(step), value)));
  for (const one of series) {
    for (let step = 0; step < one.present.length; step++) if (high(step) < low(step)) one.present[step] = 0;
  }
  return { kind: 'vector', series: series.filter(hasPoints) };
}

/** round: to the nearest multiple, halves up. */
export function round(context: EvaluationContext, input: VectorValue, nearest: Float64Array | undefined): VectorValue {
  return mapPoints(context, input, (value, step) => {
    const inverse = 1 / (nearest === undefined ? 1 : (nearest[step] as number));
    return Math.floor(value * inverse + 0.5) / inverse;
  });
}

/** scalar: the value where exactly one series has a point, otherwise NaN. */
export function toScalar(input: VectorValue, count: number): ScalarValue {
  const values = new Float64Array(count).fill(Number.NaN);
  for (let step = 0; step < count; step++) {
    let found = 0;
    for (const one of input.series) {
      if (one.present[step] !== 1) continue;
      found++;
      values[step] = one.values[step] as number;
    }
    if (found !== 1) values[step] = Number.NaN;
  }
  return { kind: 'scalar', values };
}

/** vector: a series without labels. */
export function toVector({ values }: ScalarValue): VectorValue {
  return {
    kind: 'vector',
    series: [{ labels: [], dropName: false, values, present: new Uint8Array(values.length).fill(1) }],
  };
}
