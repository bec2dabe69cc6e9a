import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import type { TenantMetrics, TimeRange } from '../../query/index.ts';
import { BadRequest } from './errors.ts';
import { integer } from './parameters.ts';

const DEFAULT_LIMIT = 10;
const MOST_ROWS = 10_000;
const DAY_MS = 86_400_000;

interface Stat {
  readonly name: string;
  readonly value: number;
}

/**
 * `/status/tsdb`: how many series there are by name, label and pair. What upstream says of its head is said here of the
 * series in use today and yesterday (the index knows days); there are no chunks to count.
 */
export async function tsdbStatus({ query }: HttpRequest, metrics: TenantMetrics, nowMs: number): Promise<HttpResponse> {
  const limit = limitOf(query.get('limit') ?? '');
  const range: TimeRange = { fromMs: nowMs - DAY_MS, toMs: nowMs };
  const data = await metrics.withIndex((index) => {
    const series = index.select([], range).length;
    const byMetric: Stat[] = [];
    const values: Stat[] = [];
    const bytes: Stat[] = [];
    const pairs = topList(limit);
    let labelPairs = 0;
    for (const name of index.labelNames([], range).keys()) {
      let size = 0;
      const counts = index.labelValues(name, [], range);
      for (const [value, count] of counts) {
        if (name === '__name__') byMetric.push({ name: value, value: count });
        pairs.add(`${name}=${value}`, count);
        size += Buffer.byteLength(value) * count;
      }
      labelPairs += counts.size;
      values.push({ name, value: counts.size });
      bytes.push({ name, value: size });
    }
    return {
      headStats: {
        numSeries: series,
        numLabelPairs: labelPairs,
        chunkCount: 0,
        minTime: startOfDay(range.fromMs),
        maxTime: nowMs,
      },
      seriesCountByMetricName: top(byMetric, limit),
      labelValueCountByLabelName: top(values, limit),
      memoryInBytesByLabelName: top(bytes, limit),
      seriesCountByLabelValuePair: pairs.list(),
    };
  });
  return jsonResponse(200, { status: 'success', data });
}

function limitOf(text: string): number {
  if (text === '') return DEFAULT_LIMIT;
  const limit = integer(text);
  if (limit === undefined || limit < 1) throw new BadRequest('limit must be a positive number');
  if (limit > MOST_ROWS) throw new BadRequest(`limit must not exceed ${MOST_ROWS}`);
  return limit;
}

const top = (stats: readonly Stat[], limit: number): readonly Stat[] =>
  [...stats].sort((a, b) => b.value - a.value).slice(0, limit);

/** The largest so far: pairs are as many as label values, too many to hold them all in order. */
function topList(limit: number): { add(name: string, value: number): void; list(): readonly Stat[] } {
  let stats: Stat[] = [];
  let least = 0;
  const cut = (): void => {
    stats = [...top(stats, limit)];
    if (stats.length === limit) least = stats.at(-1)?.value ?? 0;
  };
  return {
    add(name, value) {
      if (value <= least) return;
      stats.push({ name, value });
      if (stats.length >= limit * 2 + 1024) cut();
    },
    list() {
      cut();
      return stats;
    },
  };
}

const startOfDay = (timeMs: number): number => timeMs - (timeMs % DAY_MS);
