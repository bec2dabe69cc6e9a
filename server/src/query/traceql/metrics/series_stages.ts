import type { MetricsOperator, SeriesStage } from '@trilith/lang/traceql';
import { compareScalars } from '../field_expression.ts';
import { type LabelValue, NAME_LABEL, promLabels, seriesKey, type TraceSeries, textLabel } from './trace_series.ts';

/** Applies what follows series: the largest, the smallest, those that compare. */
export function applyStages(series: readonly TraceSeries[], stages: readonly SeriesStage[]): readonly TraceSeries[] {
  return stages.reduce<readonly TraceSeries[]>(
    (input, stage) => (stage.kind === 'compare' ? filtered(input, stage) : ranked(input, stage)),
    series,
  );
}

function filtered(
  series: readonly TraceSeries[],
  { operator, value }: Extract<SeriesStage, { kind: 'compare' }>,
): TraceSeries[] {
  return series
    .map((one) => ({ ...one, values: one.values.map((v) => (compareScalars(v, operator, value) ? v : Number.NaN)) }))
    .filter(({ values }) => values.some((v) => !Number.isNaN(v)));
}

/** At each time the `limit` largest or smallest; equal ones by their labels. */
function ranked(
  series: readonly TraceSeries[],
  { kind, limit }: Extract<SeriesStage, { kind: 'topk' | 'bottomk' }>,
): readonly TraceSeries[] {
  if (series.length <= limit) return series;
  const names = series.map(({ labels }) => promLabels(labels));
  const direction = kind === 'topk' ? -1 : 1;
  const kept = series.map((one) => ({ ...one, values: new Float64Array(one.values.length).fill(Number.NaN) }));
  const times = series.reduce((most, { values }) => Math.max(most, values.length), 0);
  for (let at = 0; at < times; at++) {
    const value = (i: number): number => series[i]?.values[at] ?? Number.NaN;
    const order = Array.from(series, (_, i) => i)
      .filter((i) => !Number.isNaN(value(i)))
      .sort((a, b) => direction * (value(a) - value(b)) || ((names[a] as string) < (names[b] as string) ? -1 : 1));
    for (const i of order.slice(0, limit)) (kept[i] as TraceSeries).values[at] = value(i);
  }
  return kept.filter(({ values }) => values.some((v) => !Number.isNaN(v)));
}

function calculated(operator: MetricsOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? Number.NaN : a / b;
  }
}

/** Arithmetic of series with a number on one side. */
export function withNumber(
  operator: MetricsOperator,
  series: readonly TraceSeries[],
  number: number,
  numberOnLeft: boolean,
): TraceSeries[] {
  return series.map((one) => ({
    ...one,
    values: one.values.map((v) => (numberOnLeft ? calculated(operator, number, v) : calculated(operator, v, number))),
  }));
}

const NO_LABELS = seriesKey([]);

/** Arithmetic of series with the same labels; one without labels goes with all of the other side. */
export function withSeries(
  operator: MetricsOperator,
  left: readonly TraceSeries[],
  right: readonly TraceSeries[],
): TraceSeries[] {
  const byKey = (series: readonly TraceSeries[]) => new Map(series.map((one) => [seriesKey(one.labels), one]));
  const [a, b] = [byKey(left), byKey(right)];
  const target = b.has(NO_LABELS) ? a : b;
  return [...target.keys()].flatMap((key) => {
    const l = a.get(key) ?? a.get(NO_LABELS);
    const r = b.get(key) ?? b.get(NO_LABELS);
    if (l === undefined || r === undefined) return [];
    return [
      {
        labels: mergedLabels(operator, l, r),
        values: l.values.map((v, at) => calculated(operator, v, r.values[at] ?? Number.NaN)),
        exemplars: [...l.exemplars, ...r.exemplars],
      },
    ];
  });
}

function mergedLabels(operator: MetricsOperator, left: TraceSeries, right: TraceSeries): TraceSeries['labels'] {
  const nameOf = ({ labels }: TraceSeries): LabelValue => labels.find(([name]) => name === NAME_LABEL)?.[1];
  const names = [left, right].map(nameOf);
  const merged = new Map<string, LabelValue>();
  for (const [name, value] of [...left.labels, ...right.labels])
    if (name !== NAME_LABEL && !merged.has(name)) merged.set(name, value);
  const [l, r] = names;
  return l === undefined || r === undefined
    ? [...merged]
    : [[NAME_LABEL, textLabel(`(${l.value} ${operator} ${r.value})`)], ...merged];
}
