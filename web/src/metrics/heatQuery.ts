import { type Expr, PromqlParseError, parse, walk } from '@trilith/lang/promql';

/**
 * What a heatmap asks for a query: of a quantile of buckets the buckets themselves, so that the same query serves both.
 */
export function heatQuery(query: string): string {
  const found: Expr[] = [];
  try {
    walk(parse(query), (expr) => {
      if (expr.kind === 'call' && /^histogram_(?:quantile|fraction|avg|count|sum|stddev|stdvar)$/.test(expr.func.name))
        found.push(expr);
    });
  } catch (error) {
    // The answer says what is wrong with it.
    if (error instanceof PromqlParseError) return query;
    throw error;
  }
  const call = found[0];
  if (call?.kind !== 'call') return query;
  const buckets = call.args.at(-1);
  return buckets === undefined ? query : query.slice(buckets.range.start, buckets.range.end);
}
