import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import { TRACE_ID_OF_RECORD } from '../trace_places.ts';
import { renderContains, renderWord } from './body_search.ts';
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

/**
 * @param narrowing whether conditions may be added that the text index answers and that decide nothing by themselves
 */
export function renderPredicate(predicate: LogPredicate, narrowing = true): Sql {
  switch (predicate.kind) {
    case 'and':
    case 'or': {
      if (predicate.parts.length === 0) return trusted(predicate.kind === 'and' ? '1' : '0');
      const parts = predicate.parts.map((part) => renderPredicate(part, narrowing));
      return sql`(${join(parts, predicate.kind === 'and' ? ' AND ' : ' OR ')})`;
    }
    case 'not':
      // What does not hold is not found by an index.
      return sql`(NOT ${renderPredicate(predicate.part, false)})`;
    case 'streams': {
      if (predicate.ids.length === 0) return trusted('0');
      return sql`StreamId IN ${bind.uint64s(predicate.ids)}`;
    }
    case 'time':
      return sql`(Timestamp >= ${bind.timeNs(predicate.startNs)} AND Timestamp < ${bind.timeNs(predicate.endNs)})`;
    case 'column':
      // An id is empty where the column is: the line need not be read for that.
      return renderTest(
        isEmptyTest(predicate.test) ? trusted(predicate.column) : renderColumn(predicate.column),
        predicate.test,
        {
          isBody: predicate.column === 'Body',
          narrowing,
        },
      );
    case 'field':
      return renderTest(renderField(predicate.field), predicate.test, { isBody: false, narrowing });
    case 'flat_json':
      return renderFlatJson(predicate.names);
  }
}

/** The value of a column, as it was sent. */
export function renderColumn(column: LogColumn): Sql {
  return trusted(column === 'TraceId' ? TRACE_ID_OF_RECORD : column);
}

function isEmptyTest(test: TextTest): boolean {
  return test.kind === 'in' && test.values.length === 1 && test.values[0] === '';
}

interface Subject {
  readonly isBody: boolean;
  readonly narrowing: boolean;
}

function renderTest(subject: Sql, test: TextTest, { isBody, narrowing }: Subject): Sql {
  switch (test.kind) {
    case 'in': {
      const [only] = test.values;
      if (only !== undefined && test.values.length === 1) return sql`${subject} = ${bind.string(only)}`;
      return sql`${subject} IN ${bind.strings(test.values)}`;
    }
    case 'regex':
      return sql`match(${subject}, ${bind.string(test.pattern)})`;
    case 'contains':
      return isBody
        ? renderContains(subject, test.needle, narrowing)
        : sql`position(${subject}, ${bind.string(test.needle)}) > 0`;
    case 'word':
      return renderWord(subject, test.word, isBody && narrowing);
    case 'compare':
      return renderCompare(subject, test);
  }
}

function renderCompare(subject: Sql, { operator, value }: CompareTest): Sql {
  if (typeof value === 'string') return sql`${subject} ${trusted(operator)} ${bind.string(value)}`;
  return sql`ifNull(toFloat64OrNull(${subject}) ${trusted(operator)} ${bind.float64(value)}, 0)`;
}

/** The value of a field in SQL; the empty string when the record has none. */
export function renderField(field: LogFieldPath): Sql {
  if (field.json === 'alone') return renderJsonField(field.name);
  const own = field.json === undefined ? renderMapValue('LogAttributes', field.name) : renderJsonField(field.name);
  const other =
    field.column === undefined ? renderMapValue('ResourceAttributes', field.name) : renderColumn(field.column);
  return sql`if(${own} != '', ${own}, ${other})`;
}

function renderMapValue(map: 'LogAttributes' | 'ResourceAttributes', name: string): Sql {
  const key = bind.string(name);
  const exact = sql`${trusted(map)}[${key}]`;
  if (!name.includes('_')) return exact;
  const odd = bind.string('[^A-Za-z0-9_]');
  return sql`arrayFirst((v, k) -> k = ${key} OR replaceRegexpAll(k, ${odd}, '_') = ${key}, mapValues(${trusted(map)}), mapKeys(${trusted(map)}))`;
}
