import {
  type Grouping,
  type LabelFilter,
  type LogExpr,
  type LogRange,
  type MetricExpr,
  RANGE_OPERATIONS,
  type RangeOperation,
  type Unwrap,
  VECTOR_OPERATIONS,
  type VectorOperation,
} from './ast.ts';
import { accept, at, type Cursor, close, nested, peek, spanFrom, take, unexpected } from './cursor.ts';
import { errorWithoutPlace } from './parse_error.ts';
import { parseLabelFilter, parseNumber } from './parse_filters.ts';
import { parseSelector, parseStages } from './parse_stages.ts';

type ParseMetric = (cursor: Cursor) => MetricExpr;

export function isRangeOperation(kind: string): kind is RangeOperation {
  return (RANGE_OPERATIONS as readonly string[]).includes(kind);
}

export function isVectorOperation(kind: string): kind is VectorOperation {
  return (VECTOR_OPERATIONS as readonly string[]).includes(kind);
}

/** `op ( [number ,] range ) [grouping]`. */
export function parseRangeAggregation(cursor: Cursor): MetricExpr {
  const token = take(cursor, ...RANGE_OPERATIONS);
  const operation = token.kind as RangeOperation;
  take(cursor, '(');
  let parameter: number | undefined;
  if (at(cursor, 'NUMBER')) {
    parameter = parseNumber(cursor);
    take(cursor, ',');
  }
  if (parameter === undefined && !at(cursor, '{', '(')) throw unexpected(cursor, ['NUMBER', '{', '(']);
  const range = parseLogRange(cursor);
  close(cursor);
  const grouping = parseGrouping(cursor);
  return {
    kind: 'range_aggregation',
    operation,
    ...(parameter === undefined ? {} : { parameter }),
    range,
    ...(grouping === undefined ? {} : { grouping }),
    span: spanFrom(cursor, token.start),
  };
}

/** `op [grouping] ( [number ,] metric ) [grouping]`. */
export function parseVectorAggregation(cursor: Cursor, parseMetric: ParseMetric): MetricExpr {
  const token = take(cursor, ...VECTOR_OPERATIONS);
  const operation = token.kind as VectorOperation;
  let grouping = parseGrouping(cursor);
  take(cursor, '(');
  let parameter: number | undefined;
  if (at(cursor, 'NUMBER') && peek(cursor, 1).kind === ',') {
    parameter = parseK(cursor, operation);
    take(cursor, ',');
  }
  const inner = parseMetric(cursor);
  close(cursor);
  grouping ??= parseGrouping(cursor);
  return {
    kind: 'vector_aggregation',
    operation,
    ...(parameter === undefined ? {} : { parameter }),
    inner,
    ...(grouping === undefined ? {} : { grouping }),
    span: spanFrom(cursor, token.start),
  };
}

function parseK(cursor: Cursor, operation: VectorOperation): number {
  const token = take(cursor, 'NUMBER');
  if (!['topk', 'bottomk', 'approx_topk'].includes(operation)) {
    throw errorWithoutPlace(`unsupported parameter for operation ${operation}(${token.string},`, token);
  }
  if (!/^\d+$/.test(token.string)) throw errorWithoutPlace(`invalid parameter ${operation}(${token.string},`, token);
  const k = Number(token.string);
  if (k <= 0) throw errorWithoutPlace(`invalid parameter (must be greater than 0) ${operation}(${token.string}`, token);
  return k;
}

/** `by (…)` or `without (…)`, or undefined. */
function parseGrouping(cursor: Cursor): Grouping | undefined {
  if (!at(cursor, 'by', 'without')) return undefined;
  const without = take(cursor, 'by', 'without').kind === 'without';
  return { without, labels: parseLabelList(cursor) };
}

/** `( [name {, name}] )`. */
export function parseLabelList(cursor: Cursor): string[] {
  take(cursor, '(');
  const labels: string[] = [];
  if (accept(cursor, ')')) return labels;
  if (!at(cursor, 'IDENTIFIER')) throw unexpected(cursor, ['IDENTIFIER', ')']);
  do labels.push(take(cursor, 'IDENTIFIER').string);
  while (accept(cursor, ','));
  if (!accept(cursor, ')')) throw unexpected(cursor, [',', ')']);
  return labels;
}

/** What a range is applied to, in every order Loki's grammar allows: range, offset, stages and unwrap may change places. */
export function parseLogRange(cursor: Cursor): LogRange {
  return nested(cursor, () => {
    const start = peek(cursor).start;
    if (!at(cursor, '(')) return withRange(cursor, parseSelector(cursor), start);
    take(cursor, '(');
    if (at(cursor, '(')) {
      const inner = parseLogRange(cursor);
      close(cursor);
      return inner;
    }
    const selector = parseSelector(cursor);
    if (at(cursor, 'RANGE')) {
      const inner = withRange(cursor, selector, start);
      close(cursor);
      return inner;
    }
    return parenthesised(cursor, selector, start);
  });
}

function withRange(cursor: Cursor, selector: LogExpr, start: number): LogRange {
  if (at(cursor, 'RANGE')) {
    const rangeNs = take(cursor, 'RANGE').number;
    const offsetNs = parseOffset(cursor);
    const log = { ...selector, stages: parseStages(cursor) };
    const unwrap = parseUnwrap(cursor);
    return build(cursor, log, rangeNs, offsetNs, unwrap, start);
  }
  const log = { ...selector, stages: parseStages(cursor), span: spanFrom(cursor, selector.span.start) };
  const unwrap = parseUnwrap(cursor);
  if (!at(cursor, 'RANGE')) throw unexpected(cursor, unwrap === undefined ? [] : ['RANGE', '|']);
  const rangeNs = take(cursor, 'RANGE').number;
  const offsetNs = parseOffset(cursor);
  // `{…} [5m] … ` followed by anything but `)` or an operator is left to the caller to refuse.
  return build(cursor, log, rangeNs, offsetNs, unwrap, start);
}

/** The rest of `( selector … ) [range] …` after the selector. */
function parenthesised(cursor: Cursor, selector: LogExpr, start: number): LogRange {
  const stages = parseStages(cursor);
  const log = { ...selector, stages, span: spanFrom(cursor, selector.span.start) };
  let unwrap = parseUnwrap(cursor);
  if (at(cursor, 'RANGE')) {
    const inner = build(cursor, log, take(cursor, 'RANGE').number, parseOffset(cursor), unwrap, start);
    close(cursor);
    return inner;
  }
  close(cursor);
  const rangeNs = take(cursor, 'RANGE').number;
  const offsetNs = parseOffset(cursor);
  if (stages.length === 0 && unwrap === undefined) unwrap = parseUnwrap(cursor);
  return build(cursor, log, rangeNs, offsetNs, unwrap, start);
}

function build(
  cursor: Cursor,
  log: LogExpr,
  rangeNs: number,
  offsetNs: number,
  unwrap: Unwrap | undefined,
  start: number,
): LogRange {
  return { log, rangeNs, offsetNs, ...(unwrap === undefined ? {} : { unwrap }), span: spanFrom(cursor, start) };
}

function parseOffset(cursor: Cursor): number {
  return accept(cursor, 'offset') ? take(cursor, 'DURATION').number : 0;
}

/** `| unwrap label` or `| unwrap conversion(label)`, and the label filters behind it. */
function parseUnwrap(cursor: Cursor): Unwrap | undefined {
  if (!at(cursor, '|') || peek(cursor, 1).kind !== 'unwrap') return undefined;
  const start = take(cursor, '|').start;
  take(cursor, 'unwrap');
  let conversion: Unwrap['conversion'] = '';
  let label: string;
  if (at(cursor, 'bytes', 'duration', 'duration_seconds')) {
    conversion = take(cursor, 'bytes', 'duration', 'duration_seconds').kind as Unwrap['conversion'];
    take(cursor, '(');
    label = take(cursor, 'IDENTIFIER').string;
    take(cursor, ')');
  } else {
    if (!at(cursor, 'IDENTIFIER')) throw unexpected(cursor, ['IDENTIFIER', 'bytes', 'duration', 'duration_seconds']);
    label = take(cursor, 'IDENTIFIER').string;
  }
  const filters: LabelFilter[] = [];
  while (accept(cursor, '|')) {
    if (!at(cursor, 'IDENTIFIER', '(')) throw unexpected(cursor, ['IDENTIFIER', '(']);
    filters.push(parseLabelFilter(cursor));
  }
  return { label, conversion, filters, span: spanFrom(cursor, start) };
}
