/**
 * Why a query was not answered, in the query's own terms.
 * - `unsupported`: part of the language that is not evaluated yet, named with its place.
 * - `execution`: the data or the combination of operands makes an answer impossible.
 * - `limit`: a bound on series, samples or steps was reached.
 */
export class LogqlError extends Error {
  override readonly name = 'LogqlError';
  readonly kind: 'unsupported' | 'execution' | 'limit';
  constructor(kind: LogqlError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Refuses a construct by name, with the offset of its first character (from 0). */
export function unsupported(what: string, span: { readonly start: number }): LogqlError {
  return new LogqlError('unsupported', `${what} is not supported yet (at character ${span.start + 1})`);
}

/** More label sets than a query may have, as Loki words it. */
export function tooManySeries(maxSeries: number): LogqlError {
  return new LogqlError('limit', `maximum number of series (${maxSeries}) reached for a single query`);
}
