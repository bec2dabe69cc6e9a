import { type ChartData, capSeries, matrixToChart, type Series, seriesName, shortNames } from '../chart/series.ts';
import type { MatrixAnswer } from '../data/prometheus.ts';
import type { Range } from '../time/range.ts';
import { legendName, uniqueNames } from './legend.ts';
import type { QueryRow } from './queryRows.ts';

/** The answer to one row, over one range. */
export interface GraphPart {
  readonly row: QueryRow;
  readonly answer: MatrixAnswer;
  /** The grid the answer lies on; of a comparison the earlier one. */
  readonly grid: Range;
  readonly stepMs: number;
  /** How much earlier than shown the answer is, ms. */
  readonly shiftMs: number;
}

interface Words {
  /** The name of a series of an earlier time. */
  readonly earlier: (name: string) => string;
}

/**
 * All parts as one chart. An earlier time is drawn over the present in the colour of the same series. At most `limit`
 * series of the present are kept, the largest; `hidden` counts the rest.
 */
export function graphData(
  parts: readonly GraphPart[],
  range: Range,
  limit: number,
  words: Words,
): { readonly data: ChartData; readonly total: number; readonly hidden: number } {
  const present = parts.filter((part) => part.shiftMs === 0);
  const several = new Set(present.map((part) => part.row.letter)).size > 1;
  const charts = present.map((part) => namedChart(part, range, several));
  const joined = joinCharts(charts);
  const colored = { ...joined, series: joined.series.map((one, at) => ({ ...one, color: at })) };
  const capped = capSeries(colored, limit);
  const colors = new Map(capped.data.series.map((one) => [one.key, one.color]));
  const earlier = parts
    .filter((part) => part.shiftMs > 0)
    .map((part) => {
      const chart = namedChart(part, range, several);
      const series = chart.series
        .filter((one) => colors.has(one.key) || capped.hidden === 0)
        .map((one, at) => ({
          ...one,
          name: words.earlier(one.name),
          color: colors.get(one.key) ?? joined.series.length + at,
          dash: 'earlier' as const,
        }));
      return { times: chart.times, series };
    });
  const data = joinCharts([capped.data, ...earlier]);
  const names = uniqueNames(data.series.map((one) => one.name));
  const series = data.series.map((one, at) => ({ ...one, name: names[at] ?? one.name }));
  return { data: { times: data.times, series }, total: joined.series.length, hidden: capped.hidden };
}

/** A series that knows which one it is, whenever it was asked for. */
interface KeyedSeries extends Series {
  readonly key: string;
}

interface KeyedChart {
  readonly times: readonly number[];
  readonly series: readonly KeyedSeries[];
}

function namedChart({ row, answer, grid, stepMs, shiftMs }: GraphPart, range: Range, several: boolean): KeyedChart {
  const chart = matrixToChart(answer, grid, stepMs);
  const all = chart.series.map((one) => one.labels);
  const short = several && all.length > 1 ? shortNames(all) : chart.series.map((one) => one.name);
  const series = chart.series.map((one, at) => ({
    ...one,
    name: row.legend === '' ? prefixed(row, short[at] ?? one.name, several) : legendName(row.legend, one.labels),
    key: `${row.letter} ${seriesName(one.labels)}`,
  }));
  if (row.type === 'instant') return { times: [range.fromMs, range.toMs], series: series.map(asLevel) };
  return { times: chart.times.map((ms) => ms + shiftMs), series };
}

const prefixed = (row: QueryRow, name: string, several: boolean): string => {
  if (!several) return name;
  return name === '{}' ? row.letter : `${row.letter} · ${name}`;
};

/** One value for the whole range: a level to compare the other queries with. */
function asLevel(series: KeyedSeries): KeyedSeries {
  const value = series.values.findLast((one) => one !== null && one !== undefined) ?? null;
  return { ...series, values: [value, value], dash: 'level' };
}

/** Charts on one axis of time. A moment that is none of a chart's own is undefined in its series, not a gap. */
function joinCharts(charts: readonly KeyedChart[]): KeyedChart {
  const first = charts[0];
  if (first === undefined) return { times: [], series: [] };
  if (charts.every((chart) => sameTimes(chart.times, first.times)))
    return { times: first.times, series: charts.flatMap((chart) => chart.series) };
  const times = [...new Set(charts.flatMap((chart) => chart.times))].sort((a, b) => a - b);
  const places = new Map(times.map((ms, at) => [ms, at]));
  const series = charts.flatMap((chart) =>
    chart.series.map((one) => {
      const values = new Array<number | null | undefined>(times.length).fill(undefined);
      chart.times.forEach((ms, at) => {
        values[places.get(ms) ?? 0] = one.values[at];
      });
      return { ...one, values };
    }),
  );
  return { times, series };
}

function sameTimes(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((ms, at) => ms === b[at]));
}
