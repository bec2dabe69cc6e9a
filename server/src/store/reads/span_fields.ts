import { bind, identifier, type Sql, sql, trusted } from '../sql.ts';

export type SpanColumn =
  | 'TraceId'
  | 'SpanId'
  | 'ParentSpanId'
  | 'ServiceName'
  | 'SpanName'
  | 'SpanKind'
  | 'StatusCode'
  | 'StatusMessage'
  | 'ScopeName'
  | 'ScopeVersion';

export type SpanComparison = '=' | '!=' | '>' | '>=' | '<' | '<=';
export type AttributeLookup = 'span' | 'resource' | 'any';

/** What is read of a span, with its type: text columns are strings, the duration is a number of ns. */
export type SpanField =
  | { readonly kind: 'column'; readonly column: SpanColumn }
  | { readonly kind: 'duration' }
  /** Without a scope (`any`) the span's own attribute goes before its resource's. */
  | { readonly kind: 'attribute'; readonly scope: AttributeLookup; readonly key: string };

/** A test that holds only for values of its own type. */
export type TypedTest =
  | { readonly kind: 'text'; readonly operator: SpanComparison; readonly value: string }
  | { readonly kind: 'pattern'; readonly pattern: string; readonly negated: boolean }
  | { readonly kind: 'number'; readonly operator: SpanComparison; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean; readonly negated: boolean }
  | { readonly kind: 'exists' };

const MAPS = {
  span: { values: 'SpanAttributes', types: 'SpanAttributeTypes' },
  resource: { values: 'ResourceAttributes', types: 'ResourceAttributeTypes' },
} as const;

/** Text of a field; '' where there is none. Words of statuses and kinds are lower-case. */
export function renderFieldText(field: SpanField): Sql {
  switch (field.kind) {
    case 'duration':
      return trusted('toString(Duration)');
    case 'column':
      return field.column === 'StatusCode' || field.column === 'SpanKind'
        ? trusted(`lower(toString(${field.column}))`)
        : sql`toString(${identifier(field.column)})`;
    case 'attribute': {
      const { scope, key } = field;
      if (scope !== 'any') return attributeText(scope, key);
      return sql`if(${has('span', key)}, ${attributeText('span', key)}, ${attributeText('resource', key)})`;
    }
  }
}

/** The letter of a field's type (see TABLES.otel_traces); '' where the span has no such field. Durations are `d`. */
export function renderFieldType(field: SpanField): Sql {
  if (field.kind === 'column') return trusted("'s'");
  if (field.kind === 'duration') return trusted("'d'");
  const { scope, key } = field;
  if (scope !== 'any') return attributeType(scope, key);
  return sql`if(${has('span', key)}, ${attributeType('span', key)}, ${attributeType('resource', key)})`;
}

/** The number of a field, NULL where it has none. */
export function renderFieldNumber(field: SpanField): Sql {
  if (field.kind === 'duration') return trusted('toNullable(toFloat64(Duration))');
  if (field.kind === 'column') return trusted("CAST(NULL, 'Nullable(Float64)')");
  return sql`if(${renderFieldType(field)} IN ('i', 'd'), toFloat64OrNull(${renderFieldText(field)}), NULL)`;
}

/** A field that is a whole number of at least 2, as UInt64; 0 for what is none. Durations are whole. */
export function renderFieldWhole(field: SpanField): Sql {
  if (field.kind === 'duration') return trusted('if(Duration < 2, 0, Duration)');
  if (field.kind === 'column') return trusted('toUInt64(0)');
  const number = sql`toInt64OrZero(${renderFieldText(field)})`;
  return sql`if(${renderFieldType(field)} = 'i' AND ${number} >= 2, toUInt64(${number}), toUInt64(0))`;
}

/** Holds exactly where a field has a value of the test's type that passes it, but for `renderUnsure`. */
export function renderTypedTest(field: SpanField, test: TypedTest): Sql {
  if (field.kind === 'duration') return durationTest(test);
  if (field.kind === 'column') return columnTest(field.column, test);
  const { scope, key } = field;
  if (scope !== 'any') return attributeTest(scope, key, test);
  return sql`(${attributeTest('span', key, test)} OR (NOT ${has('span', key)} AND ${attributeTest('resource', key, test)}))`;
}

/**
 * Holds where a field may be otherwise than the columns tell that tests look at: it has several values, none although it is
 * named, or is found in an event, a link or the instrumentation scope (0015_unsure_keys.sql).
 */
export function renderUnsure(fields: readonly SpanField[]): Sql {
  const attributes = fields.filter((field) => field.kind === 'attribute');
  if (attributes.length === 0) return trusted('0');
  const keys = attributes.flatMap(({ scope, key }) =>
    scope === 'any' ? [`span.${key}`, `resource.${key}`, `any.${key}`] : [`${scope}.${key}`],
  );
  const unnamed = attributes.some(({ scope, key }) => scope !== 'span' && key === 'service.name');
  return sql`(hasAny(UnsureKeys, ${bind.strings(keys)})${trusted(unnamed ? " OR ServiceName = ''" : '')})`;
}

const isService = (scope: 'span' | 'resource', key: string): boolean => scope === 'resource' && key === 'service.name';

function has(scope: 'span' | 'resource', key: string): Sql {
  if (isService(scope, key)) return trusted("ServiceName != ''");
  return sql`mapContains(${identifier(MAPS[scope].values)}, ${bind.string(key)})`;
}

function attributeText(scope: 'span' | 'resource', key: string): Sql {
  if (isService(scope, key)) return trusted('toString(ServiceName)');
  return sql`${identifier(MAPS[scope].values)}[${bind.string(key)}]`;
}

function attributeType(scope: 'span' | 'resource', key: string): Sql {
  if (isService(scope, key)) return trusted("if(ServiceName = '', '', 's')");
  const { values, types } = MAPS[scope];
  const position = sql`indexOf(mapKeys(${identifier(values)}), ${bind.string(key)})`;
  // What was stored without types is text.
  return sql`if(${position} = 0, '', if(${position} > length(${identifier(types)}), 's', substring(${identifier(types)}, ${position}, 1)))`;
}

const NOTHING = trusted('0');

function durationTest(test: TypedTest): Sql {
  if (test.kind === 'exists') return trusted('1');
  if (test.kind !== 'number') return NOTHING;
  const whole = Number.isSafeInteger(test.value) && test.value >= 0;
  return sql`Duration ${trusted(test.operator)} ${whole ? bind.uint64(test.value) : bind.float64(test.value)}`;
}

function columnTest(column: SpanColumn, test: TypedTest): Sql {
  if (test.kind === 'exists') return trusted('1');
  if (test.kind !== 'text' && test.kind !== 'pattern') return NOTHING;
  return textTest(identifier(column), test);
}

function attributeTest(scope: 'span' | 'resource', key: string, test: TypedTest): Sql {
  if (test.kind === 'exists') return has(scope, key);
  const text = attributeText(scope, key);
  const type = attributeType(scope, key);
  switch (test.kind) {
    case 'text':
    case 'pattern':
      if (isService(scope, key)) return sql`(ServiceName != '' AND ${textTest(text, test)})`;
      return sql`(${has(scope, key)} AND ${textTest(text, test)} AND ${type} NOT IN ('i', 'd', 'b', 'j'))`;
    case 'number':
      return sql`(${has(scope, key)} AND ${type} IN ('i', 'd') AND toFloat64OrZero(${text}) ${trusted(test.operator)} ${bind.float64(test.value)})`;
    case 'bool':
      return sql`(${has(scope, key)} AND ${type} = 'b' AND ${text} ${trusted(test.value === test.negated ? '!=' : '=')} 'true')`;
  }
}

function textTest(text: Sql, test: Extract<TypedTest, { kind: 'text' | 'pattern' }>): Sql {
  if (test.kind === 'text') return sql`${text} ${trusted(test.operator)} ${bind.string(test.value)}`;
  const matches = sql`match(${text}, ${bind.string(`^(?s:${test.pattern})$`)})`;
  return test.negated ? sql`NOT ${matches}` : matches;
}
