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
  const references = index.selectAgain(selection.matchers, selection);
  if (references.length <= maxSeries) return references;
  const text = selection.matchers.map(({ name, operator, value }) => `${name}${operator}${JSON.stringify(value)}`);
  throw new PromqlError(
    'execution',
    `the selector {${text.join(', ')}} matches ${references.length} series: the bound is ${maxSeries} (limits.query_series); name more labels`,
  );
}

/** ClickHouse's codes of what a read may not exceed (src/Common/ErrorCodes.cpp), with our name and setting of each. */
const STORE_BOUNDS: ReadonlyMap<number, string> = new Map([
  [158, 'rows read (limits.query_rows)'],
  [159, 'time (limits.query_seconds)'],
  [160, 'time (limits.query_seconds)'],
  [241, 'memory (limits.query_memory_mib of one read, engine_memory_mib of all)'],
  [307, 'bytes read'],
]);

/** Names the bound of the store a read ran into, by its code, with the engine's own words for its value. */
export function storeBound(code: number, message: string): string {
  const bound = STORE_BOUNDS.get(code);
  const words = message.replace(/^Code: \d+\. /, '').replace(/: While executing.*$/su, '');
  return bound === undefined
    ? `query exceeds a limit of the store: ${words}`
    : `query exceeds the bound of ${bound}; select fewer series or a shorter range: ${words}`;
}
