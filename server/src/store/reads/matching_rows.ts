import { bind, type Sql, sql } from '../sql.ts';
import { renderUnsureMark, type SpanField } from './span_fields.ts';
import { ANY_SPAN, renderSpanPredicate, type SpanPredicate } from './span_predicate.ts';

interface Request {
  /** ns, half open. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly predicate: SpanPredicate;
}

/**
 * Rows of spans that may satisfy a predicate on the text of their attributes: those that do, by the indexes there are, and
 * those whose attributes are arrays or are in their events, which few marks find. A row may come twice.
 * @param tail ORDER BY, LIMIT BY and LIMIT of either part
 */
export function matchingRows(columns: Sql, { startNs, endNs, predicate }: Request, tail: Sql): Sql {
  const time = sql`Timestamp >= ${bind.timeNs(startNs)} AND Timestamp < ${bind.timeNs(endNs)}`;
  const certain = sql`SELECT ${columns} FROM otel_traces WHERE ${time} AND ${renderSpanPredicate(predicate)} ${tail}`;
  const fields = attributesOf(predicate);
  if (fields.length === 0) return certain;
  const loose: SpanPredicate = { kind: 'and', parts: [{ kind: 'unsure', fields }, loosened(predicate)] };
  return sql`SELECT * FROM (SELECT * FROM (${certain}) UNION ALL SELECT * FROM (SELECT ${columns} FROM otel_traces
    PREWHERE ${time} AND ${renderUnsureMark(fields)} WHERE ${renderSpanPredicate(loose)} ${tail}))`;
}

/** The attributes whose text a predicate compares, each once. */
function attributesOf(predicate: SpanPredicate): readonly SpanField[] {
  const found = new Map<string, SpanField>();
  const visit = (part: SpanPredicate): void => {
    if (part.kind === 'and' || part.kind === 'or') part.parts.forEach(visit);
    else if (part.kind === 'attribute')
      found.set(`${part.scope}.${part.key}`, { kind: 'attribute', scope: part.scope, key: part.key });
  };
  visit(predicate);
  return [...found.values()];
}

/** The predicate where attributes that it cannot tell of pass. */
function loosened(predicate: SpanPredicate): SpanPredicate {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return { kind: predicate.kind, parts: predicate.parts.map(loosened) };
    case 'attribute': {
      const { scope, key } = predicate;
      return { kind: 'or', parts: [predicate, { kind: 'unsure', fields: [{ kind: 'attribute', scope, key }] }] };
    }
    case 'not':
      return attributesOf(predicate.part).length === 0 ? predicate : ANY_SPAN;
    default:
      return predicate;
  }
}
