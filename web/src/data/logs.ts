/** Our own API of logs: pages of lines, what fields hold, how two ranges differ. */
import * as contract from '@trilith/contract';
import { ends, type Range } from '../time/range.ts';
import { getJson } from './http.ts';

export function fetchLogHistogram(
  query: string,
  range: Range,
  buckets: number,
  signal?: AbortSignal,
): Promise<contract.LogHistogramAnswer> {
  return getJson('/api/logs/histogram', { query, ...ends(range), buckets }, contract.logHistogramAnswer, signal);
}

export function fetchLogFields(query: string, range: Range, signal?: AbortSignal): Promise<contract.LogFieldsAnswer> {
  return getJson('/api/logs/fields', { query, ...ends(range) }, contract.logFieldsAnswer, signal);
}

export interface ValuesRequest {
  readonly query: string;
  readonly field: string;
  readonly parser: contract.LogField['parser'];
  readonly limit: number;
}

/** The most frequent values of a field over the whole range. */
export function fetchLogValues(
  request: ValuesRequest,
  range: Range,
  signal?: AbortSignal,
): Promise<contract.LogValuesAnswer> {
  return getJson('/api/logs/values', { ...request, ...ends(range) }, contract.logValuesAnswer, signal);
}

export function fetchLogComparison(
  query: string,
  range: Range,
  base: Range,
  signal?: AbortSignal,
): Promise<contract.LogCompareAnswer> {
  const { from: baseFrom, to: baseTo } = ends(base);
  return getJson('/api/logs/compare', { query, ...ends(range), baseFrom, baseTo }, contract.logCompareAnswer, signal);
}

/** The patterns of a query's lines, each counted in `buckets` steps and against the period before. */
export function fetchLogPatterns(
  query: string,
  range: Range,
  buckets: number,
  signal?: AbortSignal,
): Promise<contract.LogPatternsAnswer> {
  return getJson('/api/logs/patterns', { query, ...ends(range), buckets }, contract.logPatternsAnswer, signal);
}

export interface LinesRequest {
  readonly query: string;
  /** ns as digits, half open. */
  readonly startNs: string;
  readonly endNs: string;
  readonly direction: 'forward' | 'backward';
  readonly limit: number;
  /** Cursors of an earlier answer: the page lies behind `after` and ends with `until`. */
  readonly after?: string | null;
  readonly until?: string | null;
}

/** One page of lines. */
export function fetchLogLines(request: LinesRequest, signal?: AbortSignal): Promise<contract.LogLinesAnswer> {
  const { startNs: start, endNs: end, ...rest } = request;
  return getJson('/api/logs/lines', { ...rest, start, end }, contract.logLinesAnswer, signal);
}
