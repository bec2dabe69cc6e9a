import type { Labels, MatrixAnswer } from '../data/prometheus.ts';
import type { Range } from '../time/range.ts';

export interface Series {
  readonly name: string;
  readonly labels: Labels;
  /** One value per time; null is a gap and is drawn as one, undefined is no moment of this series: lines go over it. */
  readonly values: readonly (number | null | undefined)[];
  /** Place in the palette; its own place among the series when absent. */
  readonly color?: number;
  /** `earlier`: an earlier time for comparison; `level`: one value for the whole range. */
  readonly dash?: 'earlier' | 'level';
}

export interface ChartData {
  /** Milliseconds. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
}

/** `name{a="b"}` the way Prometheus writes a series. */
export function seriesName(labels: Labels): string {
  const name = labels.__name__ ?? '';
  const rest = Object.entries(labels)
    .filter(([key]) => key !== '__name__')
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  if (rest.length === 0) return name === '' ? '{}' : name;
  return `${name}{${rest.join(', ')}}`;
}

/** Only the labels in which the series differ, so that a legend of fifty says what tells them apart. */
export function shortNames(all: readonly Labels[]): readonly string[] {
  const keys = new Set(all.flatMap((labels) => Object.keys(labels)));
  const telling = [...keys].filter((key) => new Set(all.map((labels) => labels[key] ?? '')).size > 1);
  return all.map((labels) => {
    if (all.length === 1 || telling.length === 0) return seriesName(labels);
    const shown = telling.filter((key) => labels[key] !== undefined);
    const name = telling.includes('__name__') ? (labels.__name__ ?? '') : '';
    const rest = shown.filter((key) => key !== '__name__');
    if (rest.length === 1 && name === '') return labels[rest[0] ?? ''] ?? '';
    return `${name}${rest.length > 0 ? `{${rest.map((key) => `${key}=${labels[key]}`).join(', ')}}` : ''}` || '{}';
  });
}

/** Puts a range answer on the step's grid. Values a step has no sample for stay null. */
export function matrixToChart(answer: MatrixAnswer, range: Range, stepMs: number): ChartData {
  const points = Math.floor((range.toMs - range.fromMs) / stepMs) + 1;
  const times = Array.from({ length: points }, (_, at) => range.fromMs + at * stepMs);
  const names = shortNames(answer.data.result.map((row) => row.metric));
  const series = answer.data.result.map((row, index) => {
    const values = new Array<number | null>(points).fill(null);
    const put = (seconds: number, value: number): void => {
      const at = Math.round((seconds * 1000 - range.fromMs) / stepMs);
      if (at >= 0 && at < points && Number.isFinite(value)) values[at] = value;
    };
    for (const [seconds, text] of row.values) put(seconds, parseSample(text));
    for (const [seconds, histogram] of row.histograms) put(seconds, parseSample(histogram.count));
    return { name: names[index] ?? '', labels: row.metric, values };
  });
  return { times, series };
}

/** Prometheus's sample text: a number, `NaN`, `+Inf` or `-Inf`. */
export function parseSample(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}

export interface SeriesStats {
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

export function statsOf(values: readonly (number | null | undefined)[]): SeriesStats {
  let last: number | null = null;
  let min: number | null = null;
  let max: number | null = null;
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    last = value;
    min = min === null || value < min ? value : min;
    max = max === null || value > max ? value : max;
    sum += value;
    count += 1;
  }
  return { last, min, max, mean: count === 0 ? null : sum / count };
}

/**
 * The `limit` series worth drawing first, by their greatest last value, and how many stay out. Input order is kept.
 */
export function capSeries<S extends Series>(
  data: { readonly times: readonly number[]; readonly series: readonly S[] },
  limit: number,
): {
  readonly data: { readonly times: readonly number[]; readonly series: readonly S[] };
  readonly hidden: number;
} {
  if (data.series.length <= limit) return { data, hidden: 0 };
  const weight = data.series.map((one, index) => ({ index, last: Math.abs(statsOf(one.values).last ?? 0) }));
  weight.sort((a, b) => b.last - a.last || a.index - b.index);
  const keep = new Set(weight.slice(0, limit).map((one) => one.index));
  return {
    data: { times: data.times, series: data.series.filter((_, index) => keep.has(index)) },
    hidden: data.series.length - limit,
  };
}

/**
 * Which series are shown after a click on legend entry `clicked`: a plain click isolates it (again: shows all), with
 * `add` it toggles only that one. An empty set means all.
 */
export function toggleShown(
  shown: ReadonlySet<string>,
  all: readonly string[],
  clicked: string,
  add: boolean,
): ReadonlySet<string> {
  if (!add) return shown.size === 1 && shown.has(clicked) ? new Set() : new Set([clicked]);
  const next = new Set(shown.size === 0 ? all : shown);
  if (next.has(clicked)) next.delete(clicked);
  else next.add(clicked);
  return next.size === all.length ? new Set() : next;
}

const serviceLabels = ['service', 'service_name', 'service.name', 'app', 'job'];

/**
 * The service a series or log line belongs to, by the first label that names one; null when none does. With `known`,
 * `app` and `job` count only when such a service has reported: a scrape job need not be a service.
 */
export function serviceOf(labels: Labels, known?: ReadonlySet<string>): string | null {
  for (const name of serviceLabels) {
    const value = labels[name];
    if (value === undefined || value === '') continue;
    if (known === undefined || known.has(value) || name.startsWith('service')) return value;
  }
  return null;
}
