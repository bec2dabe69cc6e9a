import { bind, join, type Sql, sql, trusted } from '../sql.ts';

/** How a text is tested. Patterns are RE2, searched for anywhere: anchor them where that is meant. */
export type TextTest =
  | { readonly kind: 'in'; readonly values: readonly string[] }
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'contains'; readonly needle: string };

export type LogColumn = 'TraceId' | 'SpanId' | 'RequestId' | 'UserId' | 'ServiceName' | 'SeverityText' | 'Body';

/** What is known of a record before its line is looked into, as a tree; rendered to SQL with bound values. */
export type LogPredicate =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly LogPredicate[] }
  | { readonly kind: 'not'; readonly part: LogPredicate }
  | { readonly kind: 'streams'; readonly ids: readonly bigint[] }
  | { readonly kind: 'column'; readonly column: LogColumn; readonly test: TextTest }
  | { readonly kind: 'field'; readonly field: LogFieldPath; readonly test: TextTest };

/**
 * A field by its label name: LogAttributes first (keys other than label names are compared with `_` for every odd
 * character), then the column if one is named, then ResourceAttributes.
 */
export interface LogFieldPath {
  readonly name: string;
  readonly column?: LogColumn;
}

export const ALWAYS: LogPredicate = { kind: 'and', parts: [] };

export function renderPredicate(predicate: LogPredicate): Sql {
  switch (predicate.kind) {
    case 'and':
    case 'or': {
      if (predicate.parts.length === 0) return trusted(predicate.kind === 'and' ? '1' : '0');
      const parts = predicate.parts.map(renderPredicate);
      return sql`(${join(parts, predicate.kind === 'and' ? ' AND ' : ' OR ')})`;
    }
    case 'not':
      return sql`(NOT ${renderPredicate(predicate.part)})`;
    case 'streams': {
      if (predicate.ids.length === 0) return trusted('0');
      return sql`StreamId IN ${bind.uint64s(predicate.ids)}`;
    }
    case 'column':
      return renderTest(trusted(predicate.column), predicate.test, predicate.column === 'Body');
    case 'field':
      return renderTest(renderField(predicate.field), predicate.test, false);
  }
}

function renderTest(subject: Sql, test: TextTest, indexed: boolean): Sql {
  switch (test.kind) {
    case 'in': {
      const [only] = test.values;
      if (only !== undefined && test.values.length === 1) return sql`${subject} = ${bind.string(only)}`;
      return sql`${subject} IN ${bind.strings(test.values)}`;
    }
    case 'regex':
      return sql`match(${subject}, ${bind.string(test.pattern)})`;
    case 'contains':
      return indexed
        ? renderContains(subject, test.needle)
        : sql`position(${subject}, ${bind.string(test.needle)}) > 0`;
  }
}

/**
 * A substring of the line, exactly: LIKE, which the text index answers too, and in front of it the needle's inner tokens
 * (those with a separator on both sides inside the needle), which it answers best.
 */
function renderContains(subject: Sql, needle: string): Sql {
  const like = sql`${subject} LIKE ${bind.string(`%${needle.replace(/[\\%_]/g, '\\$&')}%`)}`;
  const tokens = innerTokens(needle);
  return tokens.length === 0 ? like : sql`(hasAllTokens(${subject}, ${bind.strings(tokens)}) AND ${like})`;
}

/**
 * Words of a needle that are whole tokens wherever it occurs: not at its edges. ASCII and lower case only: the index holds
 * tokens in lower case, while hasAllTokens without the index (in a negation, say) compares them as they are written.
 */
function innerTokens(needle: string): string[] {
  const tokens = new Set<string>();
  for (const match of needle.matchAll(/[A-Za-z0-9\u0080-\u{10ffff}]+/gu)) {
    const [word] = match;
    const end = match.index + word.length;
    if (match.index > 0 && end < needle.length && /^[a-z0-9]+$/.test(word)) tokens.add(word);
  }
  return [...tokens];
}

/** The value of a field in SQL; the empty string when the record has none. */
export function renderField(field: LogFieldPath): Sql {
  const own = renderMapValue('LogAttributes', field.name);
  const other = field.column === undefined ? renderMapValue('ResourceAttributes', field.name) : trusted(field.column);
  return sql`if(${own} != '', ${own}, ${other})`;
}

function renderMapValue(map: 'LogAttributes' | 'ResourceAttributes', name: string): Sql {
  const key = bind.string(name);
  const exact = sql`${trusted(map)}[${key}]`;
  if (!name.includes('_')) return exact;
  const odd = bind.string('[^A-Za-z0-9_]');
  return sql`arrayFirst((v, k) -> k = ${key} OR replaceRegexpAll(k, ${odd}, '_') = ${key}, mapValues(${trusted(map)}), mapKeys(${trusted(map)}))`;
}
