import { bind, identifier, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { renderSpanPredicate, type SpanPredicate } from './span_predicate.ts';
import { type NsRange, within } from './spans.ts';
import { numberReader, textReader } from './text_columns.ts';

interface PredicatedRange extends NsRange {
  readonly predicate: SpanPredicate;
}

/** Spans of a step whose duration lies in a band; as many as there were before sampling dropped others like them. */
export interface SpanCell {
  readonly step: number;
  /** floor(log2(duration in ns) · bandsPerOctave). */
  readonly band: number;
  readonly spans: number;
  readonly errors: number;
}

/** Both sides of a call may share an id (B3), so the kind tells spans apart too. */
const SPAN = '(TraceId, SpanId, SpanKind)';
/** Spans, and those that failed: each once however often it was stored, and as many times as it stands for. */
const WEIGHED = `uniqExact${SPAN} * avg(SampleWeight) AS spans,
      ifNotFinite(uniqExactIf(${SPAN}, StatusCode = 'Error') * avgIf(SampleWeight, StatusCode = 'Error'), 0) AS errors`;

/** Spans by time and duration, each once; cells without spans are left out. Throws StoreError. */
export async function readSpanCells(
  reader: StoreReader,
  request: PredicatedRange & { readonly stepNs: bigint; readonly bandsPerOctave: number },
  options: QueryOptions,
): Promise<readonly SpanCell[]> {
  const statement = sql`SELECT toUInt32(intDiv(toUnixTimestamp64Nano(Timestamp) - ${bind.int64(request.startNs)}, ${bind.int64(request.stepNs)})) AS step,
      toUInt32(floor(log2(greatest(Duration, 1)) * ${bind.uint64(request.bandsPerOctave)})) AS band,
      ${trusted(WEIGHED)}
    FROM otel_traces WHERE ${within(request)} AND ${renderSpanPredicate(request.predicate)} GROUP BY step, band`;
  const { blocks } = await reader.collect(statement, options);
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const number = (name: string): ((row: number) => number) => numberReader(columnOf(block, name));
    const [step, band, spans, errors] = [number('step'), number('band'), number('spans'), number('errors')];
    return Array.from({ length: block.rows }, (_, row) => ({
      step: step(row),
      band: band(row),
      spans: spans(row),
      errors: errors(row),
    }));
  });
}

export interface SpanOperation {
  readonly service: string;
  readonly operation: string;
  readonly spans: number;
  readonly errors: number;
  readonly p95Ms: number;
  /** All its spans' durations together, ns. */
  readonly totalNs: number;
}

/** Spans by service and name, weighed as cells are, those with most spans first. Throws StoreError. */
export async function readSpanOperations(
  reader: StoreReader,
  request: PredicatedRange & { readonly limit: number },
  options: QueryOptions,
): Promise<readonly SpanOperation[]> {
  const statement = sql`SELECT toString(ServiceName) AS service, toString(SpanName) AS operation, ${trusted(WEIGHED)},
      toFloat64(quantileTDigestWeighted(0.95)(Duration, toUInt64(greatest(1, round(SampleWeight))))) AS p95, toFloat64(sum(Duration * SampleWeight)) AS total
    FROM otel_traces WHERE ${within(request)} AND ${renderSpanPredicate(request.predicate)}
    GROUP BY service, operation ORDER BY spans DESC, service, operation LIMIT ${bind.uint64(request.limit)}`;
  const { blocks } = await reader.collect(statement, options);
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const service = textReader(columnOf(block, 'service'));
    const operation = textReader(columnOf(block, 'operation'));
    const number = (name: string): ((row: number) => number) => numberReader(columnOf(block, name));
    const [spans, errors, p95, total] = [number('spans'), number('errors'), number('p95'), number('total')];
    return Array.from({ length: block.rows }, (_, row) => ({
      service: service(row),
      operation: operation(row),
      spans: spans(row),
      errors: errors(row),
      p95Ms: p95(row) / 1e6,
      totalNs: total(row),
    }));
  });
}

/** How many traces have a span that satisfies a predicate, and how many such spans there are. Throws StoreError. */
export async function countSpans(
  reader: StoreReader,
  request: PredicatedRange,
  options: QueryOptions,
): Promise<{ readonly traces: number; readonly spans: number }> {
  const statement = sql`SELECT uniqExact(TraceId) AS traces, uniqExact${trusted(SPAN)} AS spans
    FROM otel_traces WHERE ${within(request)} AND ${renderSpanPredicate(request.predicate)}`;
  const { blocks } = await reader.collect(statement, options);
  const block = blocks.find((one) => one.rows > 0);
  if (block === undefined) return { traces: 0, spans: 0 };
  return { traces: numberReader(columnOf(block, 'traces'))(0), spans: numberReader(columnOf(block, 'spans'))(0) };
}

/** How often a field has a value among the selected spans of a predicate, and among the others. */
export interface ValueCounts {
  readonly field: string;
  readonly value: string;
  readonly selected: number;
  readonly others: number;
}

const FIELDS_OF_SPAN = [
  ['name', 'SpanName'],
  ['status', 'lower(StatusCode)'],
  ['statusMessage', 'StatusMessage'],
  ['kind', 'lower(SpanKind)'],
  ['resource.service.name', 'ServiceName'],
] as const;

/**
 * Counts of every field's values on both sides of a selection, for each field those whose shares differ most. Of a side with
 * more than `mostSpans` spans a sample is counted, chosen by a hash of the span's id, and scaled up. Throws StoreError.
 */
export async function readValueCounts(
  reader: StoreReader,
  request: PredicatedRange & {
    readonly selection: PredicatedRange;
    readonly totals: { readonly selected: number; readonly others: number };
    readonly mostSpans: number;
    readonly valuesPerField: number;
  },
  options: QueryOptions,
): Promise<readonly ValueCounts[]> {
  const { selection, totals, mostSpans } = request;
  const oneOf = (spans: number): number => Math.max(1, Math.ceil(spans / mostSpans));
  const [selectedOneOf, othersOneOf] = [oneOf(totals.selected), oneOf(totals.others)];
  const own = FIELDS_OF_SPAN.map(([name, column]) => `('${name}', toString(${column}))`).join(', ');
  const attributes = (scope: string, map: string): string =>
    `arrayMap((k, v) -> (concat('${scope}.', k), v), arrayFilter(k -> k != 'service.name', mapKeys(${map})), mapValues(mapFilter((k, v) -> k != 'service.name', ${map})))`;
  const spans = sql`SELECT (${within(selection)} AND ${renderSpanPredicate(selection.predicate)}) AS sel,
      arrayConcat([${trusted(own)}], ${trusted(attributes('span', 'SpanAttributes'))}, ${trusted(attributes('resource', 'ResourceAttributes'))}) AS pairs
    FROM otel_traces WHERE ${within(request)} AND ${renderSpanPredicate(request.predicate)}
      AND cityHash64(SpanId) % if(sel, ${bind.uint64(selectedOneOf)}, ${bind.uint64(othersOneOf)}) = 0
    LIMIT 1 BY TraceId, SpanId, SpanKind`;
  const share = (side: string, total: number) => sql`${identifier(side)} / ${bind.float64(Math.max(1, total))}`;
  const statement = sql`SELECT field, value, toFloat64(countIf(sel)) * ${bind.uint64(selectedOneOf)} AS selected, toFloat64(countIf(NOT sel)) * ${bind.uint64(othersOneOf)} AS others
    FROM (SELECT sel, pair.1 AS field, pair.2 AS value FROM (${spans}) ARRAY JOIN pairs AS pair WHERE value != '')
    GROUP BY field, value ORDER BY abs(${share('selected', totals.selected)} - ${share('others', totals.others)}) DESC, field, value
    LIMIT ${bind.uint64(request.valuesPerField)} BY field LIMIT 5000`;
  const { blocks } = await reader.collect(statement, options);
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const field = textReader(columnOf(block, 'field'));
    const value = textReader(columnOf(block, 'value'));
    const selected = numberReader(columnOf(block, 'selected'));
    const others = numberReader(columnOf(block, 'others'));
    return Array.from({ length: block.rows }, (_, row) => ({
      field: field(row),
      value: value(row),
      selected: selected(row),
      others: others(row),
    }));
  });
}

/** Ids of the traces with the longest spans that satisfy a predicate, longest first. Throws StoreError. */
export async function readSlowestTraces(
  reader: StoreReader,
  request: PredicatedRange & { readonly limit: number },
  options: QueryOptions,
): Promise<readonly { readonly traceId: string; readonly ns: number }[]> {
  const statement = sql`SELECT TraceId, max(Duration) AS longest FROM otel_traces WHERE ${within(request)} AND ${renderSpanPredicate(request.predicate)}
    GROUP BY TraceId ORDER BY longest DESC, TraceId LIMIT ${bind.uint64(request.limit)}`;
  const { blocks } = await reader.collect(statement, options);
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const traceId = textReader(columnOf(block, 'TraceId'));
    const longest = numberReader(columnOf(block, 'longest'));
    return Array.from({ length: block.rows }, (_, row) => ({ traceId: traceId(row), ns: longest(row) }));
  });
}
