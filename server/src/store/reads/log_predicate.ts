import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import { renderFlatJson, renderJsonField } from './json_lines.ts';

/** How a text is tested. Patterns are RE2, searched for anywhere: anchor them where that is meant. */
export type TextTest =
  | { readonly kind: 'in'; readonly values: readonly string[] }
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'contains'; readonly needle: string }
  | WordTest
  | CompareTest;

/** A word, or several that stand together, anywhere in the text; case does not count, letters and digits around it do. */
export interface WordTest {
  readonly kind: 'word';
  readonly word: string;
}

/** Numbers are compared as numbers (a text that is none never holds), texts by their bytes. */
export interface CompareTest {
  readonly kind: 'compare';
  readonly operator: '<' | '<=' | '>' | '>=';
  readonly value: number | string;
}

export type LogColumn = 'TraceId' | 'SpanId' | 'RequestId' | 'UserId' | 'ServiceName' | 'SeverityText' | 'Body';

/** What is known of a record before its line is looked into, as a tree; rendered to SQL with bound values. */
export type LogPredicate =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly LogPredicate[] }
  | { readonly kind: 'not'; readonly part: LogPredicate }
  | { readonly kind: 'streams'; readonly ids: readonly bigint[] }
  /** ns since the epoch, half open. */
  | { readonly kind: 'time'; readonly startNs: bigint; readonly endNs: bigint }
  | { readonly kind: 'column'; readonly column: LogColumn; readonly test: TextTest }
  | { readonly kind: 'field'; readonly field: LogFieldPath; readonly test: TextTest }
  /** The line is a JSON object whose fields of these names SQL reads as the json parser does (see {@link renderFlatJson}). */
  | { readonly kind: 'flat_json'; readonly names: readonly string[] };

/**
 * A field by its label name: LogAttributes first (keys other than label names are compared with `_` for every odd
 * character), then the column if one is named, then ResourceAttributes.
 */
export interface LogFieldPath {
  readonly name: string;
  readonly column?: LogColumn;
  /** Look into the line instead of LogAttributes, which a `flat_json` predicate must allow; `alone`: look nowhere else. */
  readonly json?: 'first' | 'alone';
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
    case 'time':
      return sql`(Timestamp >= ${bind.timeNs(predicate.startNs)} AND Timestamp < ${bind.timeNs(predicate.endNs)})`;
    case 'column':
      return renderTest(trusted(predicate.column), predicate.test, predicate.column === 'Body');
    case 'field':
      return renderTest(renderField(predicate.field), predicate.test, false);
    case 'flat_json':
      return renderFlatJson(predicate.names);
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
    case 'word':
      return renderWord(subject, test.word, indexed);
    case 'compare':
      return renderCompare(subject, test);
  }
}

function renderCompare(subject: Sql, { operator, value }: CompareTest): Sql {
  if (typeof value === 'string') return sql`${subject} ${trusted(operator)} ${bind.string(value)}`;
  return sql`ifNull(toFloat64OrNull(${subject}) ${trusted(operator)} ${bind.float64(value)}, 0)`;
}

/**
 * The text index holds tokens in lower case and splits at everything that is no ASCII letter or digit, so it answers a
 * single plain word by itself and narrows what a pattern has to look at otherwise.
 */
function renderWord(subject: Sql, word: string, indexed: boolean): Sql {
  const tokens = word.toLowerCase().match(/[a-z0-9\u0080-\u{10ffff}]+/gu) ?? [];
  const plain = tokens.filter((token) => /^[a-z0-9]+$/.test(token));
  const pattern = sql`match(${subject}, ${bind.string(wordPattern(word))})`;
  if (!indexed || plain.length === 0) return pattern;
  const all = sql`hasAllTokens(${subject}, ${bind.strings(plain)})`;
  return tokens.length === 1 && plain[0] === word.toLowerCase() ? all : sql`(${all} AND ${pattern})`;
}

/** RE2: the words with anything but letters and digits between them, and none of those on either side. */
export function wordPattern(text: string): string {
  const words = text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  if (words.length === 0) return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return `(?i)(?:^|[^\\pL\\pN])${words.join('[^\\pL\\pN]+')}(?:[^\\pL\\pN]|$)`;
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
  if (field.json === 'alone') return renderJsonField(field.name);
  const own = field.json === undefined ? renderMapValue('LogAttributes', field.name) : renderJsonField(field.name);
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
