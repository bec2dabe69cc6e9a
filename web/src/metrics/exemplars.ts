import { type ChartData, parseSample, statsOf } from '../chart/series.ts';
import type { Unit } from '../chart/units.ts';
import type { ExemplarSeries, Labels } from '../data/prometheus.ts';

/** One value whose trace is known. */
export interface Exemplar {
  readonly ms: number;
  readonly value: number;
  readonly traceId: string;
  readonly spanId: string | null;
  readonly labels: Labels;
}

const traceNames = ['trace_id', 'traceID', 'traceId', 'TraceID'];
const spanNames = ['span_id', 'spanID', 'spanId', 'SpanID'];

function named(labels: Labels, names: readonly string[]): string | null {
  for (const name of names) if (labels[name] !== undefined && labels[name] !== '') return labels[name];
  return null;
}

/**
 * At most `limit` exemplars that lead to a trace, spread over the time they cover: of each stretch the one with the
 * greatest value, which is the one people look for.
 */
export function exemplarsOf(series: readonly ExemplarSeries[], limit: number): readonly Exemplar[] {
  const all = series.flatMap(({ seriesLabels, exemplars }) =>
    exemplars.flatMap(({ labels, value, timestamp }): readonly Exemplar[] => {
      const traceId = named(labels, traceNames);
      const parsed = parseSample(value);
      if (traceId === null || !Number.isFinite(parsed)) return [];
      return [
        {
          ms: timestamp * 1000,
          value: parsed,
          traceId: traceId.toLowerCase(),
          spanId: named(labels, spanNames),
          labels: seriesLabels,
        },
      ];
    }),
  );
  const unique = [...new Map(all.map((one) => [`${one.traceId} ${one.ms}`, one])).values()].sort((a, b) => a.ms - b.ms);
  const first = unique[0];
  const last = unique.at(-1);
  if (unique.length <= limit || first === undefined || last === undefined) return unique;
  const stretchMs = (last.ms - first.ms + 1) / limit;
  const kept = new Map<number, Exemplar>();
  for (const one of unique) {
    const stretch = Math.floor((one.ms - first.ms) / stretchMs);
    const known = kept.get(stretch);
    if (known === undefined || one.value > known.value) kept.set(stretch, one);
  }
  return [...kept.values()];
}

/** How far exemplars may stretch the axis beyond the series, as a multiple of their greatest value. */
const mostStretch = 2.5;

/**
 * What the axis should reach so that exemplars lie at their values; undefined where their values are not of the graph's
 * kind, as those of a counter are not of its rate. Exemplars far above the lines sit at the edge rather than flatten them.
 */
export function exemplarReach(
  exemplars: readonly Exemplar[],
  data: ChartData,
  unit: Unit,
): readonly [number, number] | undefined {
  if (exemplars.length === 0 || !['s', 'ms', 'bytes'].includes(unit)) return undefined;
  const values = exemplars.map(({ value }) => value);
  const drawn = Math.max(0, ...data.series.map((one) => statsOf(one.values).max ?? 0));
  return [Math.min(...values), Math.min(Math.max(...values), drawn * mostStretch)];
}
