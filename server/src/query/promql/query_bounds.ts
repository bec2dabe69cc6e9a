import type { SeriesIndex } from '../series_index.ts';
import { PromqlError, TOO_MANY_SAMPLES } from './promql_error.ts';
import type { Selection } from './source.ts';

/** What one query may use. */
export interface QueryBounds {
  /** Samples and points held at once. */
  readonly maxSamples: number;
  readonly timeoutMs: number;
}

/**
 * An error of a query that ran into one of its bounds, with the bound, its value and how to change it behind upstream's
 * words; any other error as it is.
 */
export function withBound(error: unknown, { maxSamples, timeoutMs }: QueryBounds): unknown {
  if (!(error instanceof PromqlError)) return error;
  if (error.message === TOO_MANY_SAMPLES)
    return new PromqlError(
      'execution',
      `${TOO_MANY_SAMPLES}: the bound is ${maxSamples} samples and points (limits.query_samples); select fewer series, a shorter range or a longer step`,
      { cause: error },
    );
  if (error.kind === 'timeout')
    return new PromqlError(
      'timeout',
      `${error.message}: the bound is ${timeoutMs / 1000} s (limits.query_seconds, or the timeout of the request)`,
      { cause: error },
    );
  return error;
}

/** The series a selection chooses. Throws PromqlError when they are more than a selector may match. */
export function boundedSelection(
  index: SeriesIndex,
  selection: Pick<Selection, 'matchers' | 'fromMs' | 'toMs'>,
  maxSeries: number,
): Uint32Array {
  const references = index.select(selection.matchers, selection);
  if (references.length <= maxSeries) return references;
  const text = selection.matchers.map(({ name, operator, value }) => `${name}${operator}${JSON.stringify(value)}`);
  throw new PromqlError(
    'execution',
    `the selector {${text.join(', ')}} matches ${references.length} series: the bound is ${maxSeries} (limits.query_series); name more labels`,
  );
}

/** ClickHouse's codes of what a read may not exceed (src/Common/ErrorCodes.cpp), with the bound in our words. */
const STORE_BOUNDS: ReadonlyMap<number, string> = new Map([
  [158, 'it would read more than 500000000 rows; select fewer series or a shorter range'],
  [159, 'its time is over (limits.query_seconds)'],
  [160, 'it would take longer than its time (limits.query_seconds)'],
  [
    241,
    'its memory, at most 512 MiB a query and engine_memory_mib for all, is used up; select fewer series or a shorter range',
  ],
  [307, 'it would read too many bytes; select fewer series or a shorter range'],
]);

/** What to say about a bound of the store by its code. */
export const storeBound = (code: number, message: string): string => STORE_BOUNDS.get(code) ?? message;
