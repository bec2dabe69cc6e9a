import type { QueryResult } from '../../../server/src/query/index.ts';
import type { Evaluation } from './script.ts';

const MINUTE_MS = 60_000;

/**
 * The range query whose middle step has to be what an instant query gives, as upstream's runner checks; undefined for
 * statements it leaves out: failures, range vectors, strings, ordered results, and what depends on the query's range.
 */
export function asRange(evaluation: Evaluation): Evaluation | undefined {
  const { query, startMs, stepMs, expectations, rangeVector, text } = evaluation;
  if (stepMs !== 0 || rangeVector !== undefined || text !== undefined) return undefined;
  if (/(start|end|range|step)\(\)/.test(query)) return undefined;
  if (expectations.some(({ type }) => type === 'fail' || type === 'ordered')) return undefined;
  return { ...evaluation, startMs: startMs - MINUTE_MS, endMs: startMs + MINUTE_MS, stepMs: MINUTE_MS };
}

/** The step of a range query's result as the result of an instant query. */
export function atStep(result: QueryResult, timeMs: number, isScalar: boolean): QueryResult {
  const series = result.series.flatMap((one) => {
    const at = one.times.indexOf(timeMs);
    if (at === -1) return [];
    const { labels, times, values, histograms } = one;
    const point = { labels, times: times.slice(at, at + 1), values: values.slice(at, at + 1) };
    const histogram = histograms?.[at];
    return [histogram === undefined ? point : { ...point, histograms: [histogram] }];
  });
  return { ...result, type: isScalar ? 'scalar' : 'vector', series };
}
