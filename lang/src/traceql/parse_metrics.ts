import type { MetricsAggregate, MetricsFunction, NumberStatic, SeriesStage } from './ast.ts';
import { accept, type Cursor, expect, peek, spanFrom, unexpected } from './cursor.ts';
import { parseFieldList, parseFieldName } from './parse_field.ts';
import { parseFilter } from './parse_spanset.ts';

const FUNCTIONS: ReadonlySet<string> = new Set([
  'rate',
  'count_over_time',
  'min_over_time',
  'max_over_time',
  'avg_over_time',
  'sum_over_time',
  'quantile_over_time',
  'histogram_over_time',
]);
const WITHOUT_FIELD: ReadonlySet<string> = new Set(['rate', 'count_over_time']);
const COMPARED_VALUES = 10;

/** Whether the next token makes series of what was selected. */
export function beginsMetrics(cursor: Cursor, ahead: number): boolean {
  const { kind } = peek(cursor, ahead);
  return FUNCTIONS.has(kind) || kind === 'compare';
}

/** Reads `rate() by (…)`, `quantile_over_time(duration, .9)`, `compare({…})` … @throws TraceqlParseError */
export function parseMetricsAggregate(cursor: Cursor): MetricsAggregate {
  const token = peek(cursor);
  if (token.kind === 'compare') return parseComparison(cursor);
  cursor.next++;
  expect(cursor, '(');
  const field = WITHOUT_FIELD.has(token.kind) ? undefined : parseFieldName(cursor);
  const quantiles: number[] = [];
  if (token.kind === 'quantile_over_time') {
    expect(cursor, ',');
    do quantiles.push(parseQuantile(cursor));
    while (accept(cursor, ','));
  }
  expect(cursor, ')');
  const by = accept(cursor, 'by') ? parseFieldList(cursor) : [];
  return {
    kind: 'series',
    function: token.kind as MetricsFunction,
    ...(field === undefined ? {} : { field }),
    quantiles,
    by,
    span: spanFrom(cursor, token.start),
  };
}

function parseQuantile(cursor: Cursor): number {
  const token = peek(cursor);
  if (token.kind !== 'FLOAT' && token.kind !== 'INTEGER') throw unexpected(cursor);
  cursor.next++;
  return token.number;
}

function parseComparison(cursor: Cursor): MetricsAggregate {
  const { start } = expect(cursor, 'compare');
  expect(cursor, '(');
  const selection = parseFilter(cursor);
  const numbers: number[] = [];
  while (numbers.length < 3 && accept(cursor, ',')) numbers.push(expect(cursor, 'INTEGER').number);
  if (numbers.length === 2) throw unexpected(cursor, ',');
  expect(cursor, ')');
  const [limit = COMPARED_VALUES, startNs = 0, endNs = 0] = numbers;
  return { kind: 'comparison', selection, limit, startNs, endNs, span: spanFrom(cursor, start) };
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '!=', '>', '>=', '<', '<=']);
const NS_PER_SECOND = 1e9;

/** Reads what follows series: `| topk(5)`, `> 10`. @throws TraceqlParseError */
export function parseSeriesStages(
  cursor: Cursor,
  parseNumber: (cursor: Cursor) => NumberStatic,
): readonly SeriesStage[] {
  const stages: SeriesStage[] = [];
  for (;;) {
    const token = peek(cursor);
    if (COMPARISONS.has(token.kind)) {
      cursor.next++;
      const { type, value } = parseNumber(cursor);
      stages.push({
        kind: 'compare',
        operator: token.kind as '=',
        value: type === 'duration' ? value / NS_PER_SECOND : value,
        span: spanFrom(cursor, token.start),
      });
    } else if (accept(cursor, '|')) {
      const word = peek(cursor);
      if (word.kind !== 'topk' && word.kind !== 'bottomk') throw unexpected(cursor);
      cursor.next++;
      expect(cursor, '(');
      const limit = expect(cursor, 'INTEGER').number;
      expect(cursor, ')');
      stages.push({ kind: word.kind, limit, span: spanFrom(cursor, word.start) });
    } else return stages;
  }
}
