import { bind, identifier, join, type Sql, sql, trusted } from '../sql.ts';
import {
  renderTypedTest,
  renderUnsure,
  type SpanColumn,
  type SpanComparison,
  type SpanField,
  type TypedTest,
} from './span_fields.ts';

export type SpanTest =
  | { readonly kind: 'in'; readonly values: readonly string[] }
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'number'; readonly operator: SpanComparison; readonly value: number }
  | { readonly kind: 'exists' };

/** What is asked of a span, as a tree; rendered to SQL with bound values. */
export type SpanPredicate =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly SpanPredicate[] }
  | { readonly kind: 'not'; readonly part: SpanPredicate }
  | { readonly kind: 'column'; readonly column: SpanColumn; readonly test: SpanTest }
  | { readonly kind: 'duration'; readonly operator: SpanComparison; readonly ns: number }
  /** Compares text, whatever its type is. */
  | {
      readonly kind: 'attribute';
      readonly scope: 'span' | 'resource' | 'any';
      readonly key: string;
      readonly test: SpanTest;
    }
  | { readonly kind: 'field'; readonly field: SpanField; readonly test: TypedTest }
  /** One of these fields may be otherwise than its columns tell: several values, or one in an event or a link. */
  | { readonly kind: 'unsure'; readonly fields: readonly SpanField[] }
  /** Begins in a range of time, ns, half open. */
  | { readonly kind: 'within'; readonly startNs: bigint; readonly endNs: bigint };

export const ANY_SPAN: SpanPredicate = { kind: 'and', parts: [] };

export function renderSpanPredicate(predicate: SpanPredicate): Sql {
  switch (predicate.kind) {
    case 'and':
    case 'or': {
      if (predicate.parts.length === 0) return trusted(predicate.kind === 'and' ? '1' : '0');
      return sql`(${join(predicate.parts.map(renderSpanPredicate), predicate.kind === 'and' ? ' AND ' : ' OR ')})`;
    }
    case 'not':
      return sql`(NOT ${renderSpanPredicate(predicate.part)})`;
    case 'column':
      return renderTest(identifier(predicate.column), predicate.test);
    case 'duration':
      return renderTypedTest(
        { kind: 'duration' },
        { kind: 'number', operator: predicate.operator, value: predicate.ns },
      );
    case 'field':
      return renderTypedTest(predicate.field, predicate.test);
    case 'unsure':
      return renderUnsure(predicate.fields);
    case 'within':
      return sql`(Timestamp >= ${bind.timeNs(predicate.startNs)} AND Timestamp < ${bind.timeNs(predicate.endNs)})`;
    case 'attribute':
      return renderAttribute(predicate);
  }
}

function renderTest(subject: Sql, test: SpanTest): Sql {
  switch (test.kind) {
    case 'in': {
      const [only] = test.values;
      return only !== undefined && test.values.length === 1
        ? sql`${subject} = ${bind.string(only)}`
        : sql`${subject} IN ${bind.strings(test.values)}`;
    }
    case 'regex':
      return sql`match(${subject}, ${bind.string(test.pattern)})`;
    case 'number':
      return sql`ifNull(toFloat64OrNull(${subject}) ${trusted(test.operator)} ${bind.float64(test.value)}, 0)`;
    case 'exists':
      return sql`${subject} != ''`;
  }
}

/** Equality is found by the bloom filters of the maps' values (0022_attribute_blooms.sql). */
function renderAttribute(predicate: Extract<SpanPredicate, { kind: 'attribute' }>): Sql {
  const { scope, key, test } = predicate;
  const maps =
    scope === 'any'
      ? ['SpanAttributes', 'ResourceAttributes']
      : [scope === 'span' ? 'SpanAttributes' : 'ResourceAttributes'];
  const values = maps.map((map) =>
    test.kind === 'exists'
      ? sql`mapContains(${identifier(map)}, ${bind.string(key)})`
      : sql`(mapContains(${identifier(map)}, ${bind.string(key)}) AND ${renderTest(sql`${identifier(map)}[${bind.string(key)}]`, test)})`,
  );
  return sql`(${join(values, ' OR ')})`;
}
