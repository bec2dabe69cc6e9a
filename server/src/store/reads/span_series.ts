import type { Block } from '../native/columns.ts';
import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import { type QueryOptions, StoreError, type StoreReader } from '../types.ts';
import { blockRows } from './block_rows.ts';
import { columnOf } from './logs.ts';
import {
  renderFieldNumber,
  renderFieldText,
  renderFieldType,
  renderFieldWhole,
  type SpanField,
} from './span_fields.ts';
import { renderSpanPredicate, type SpanPredicate } from './span_predicate.ts';
import { bigints, numberReader, textReader } from './text_columns.ts';

export interface SpanSeriesRequest {
  /** ns. Stretch i holds the spans that begin in (originNs + i·widthNs, originNs + (i+1)·widthNs]. */
  readonly originNs: bigint;
  readonly widthNs: bigint;
  readonly stretches: number;
  readonly predicate: SpanPredicate;
  readonly by: readonly SpanField[];
  /** Whose numbers are added up. */
  readonly value?: SpanField;
  /** Group by the power of two at or above the value, and leave out spans without one. */
  readonly powers: boolean;
  /** Whether a span is named for each row. */
  readonly examples: boolean;
}

/** Of one group of spans in one stretch. */
export interface SpanSeriesRow {
  readonly stretch: number;
  /** Type letter ('' for a field that is absent) and text of each field grouped by. */
  readonly by: readonly (readonly [type: string, text: string])[];
  /** Of powers of two; 0 without them. */
  readonly power: number;
  readonly spans: number;
  /** How many spans they stand for: sampling dropped others like them. */
  readonly weight: number;
  /** How many of the latter have a number, and the sum of those numbers; durations in ns. NaN without any. */
  readonly numbers: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly example: SpanExample | undefined;
}

export interface SpanExample {
  readonly traceId: string;
  readonly spanId: string;
  readonly startNs: bigint;
  /** NaN without one. */
  readonly value: number;
}

/** Groups times stretches that are read at most. */
const MOST_ROWS = 1_000_000;

/** What tells a span from every other; B3 lets both sides of a call share an id. */
const IDENTITY = 'TraceId, SpanId, SpanKind';

/**
 * Counts and sums of spans by stretch and fields, each span once and as many times as it stands for: spans are counted by their
 * ids; where some were stored twice and their numbers, or weights that differ, are added up, a second statement leaves the
 * others out first. Throws StoreError, kind `limit` beyond a million rows.
 */
export async function readSpanSeries(
  reader: StoreReader,
  request: SpanSeriesRequest,
  options: QueryOptions,
): Promise<readonly SpanSeriesRow[]> {
  const rows: SpanSeriesRow[] = [];
  let repeated = false;
  for await (const block of reader.query(statementOf(request, false), options)) {
    if (block.rows === 0) continue;
    const [stored, lightest, heaviest] = (['stored', 'lightest', 'heaviest'] as const).map((name) =>
      numberReader(columnOf(block, name)),
    );
    for (const [i, row] of rowsOf(block, request).entries()) {
      const isRepeated = stored?.(i) !== row.spans;
      const weight = lightest?.(i) ?? 1;
      repeated ||= isRepeated && ((request.value !== undefined && !request.powers) || weight !== heaviest?.(i));
      rows.push(isRepeated ? { ...row, weight: row.spans * weight } : row);
    }
  }
  if (rows.length > MOST_ROWS)
    throw new StoreError('limit', 0, `more than ${MOST_ROWS} groups: group by less, or use a larger step`);
  if (!repeated) return rows;
  const once: SpanSeriesRow[] = [];
  for await (const block of reader.query(statementOf(request, true), options)) {
    if (block.rows > 0) once.push(...rowsOf(block, request));
  }
  return once;
}

type Stretched = Pick<SpanSeriesRequest, 'originNs' | 'widthNs' | 'stretches' | 'predicate'>;

/** The stretches in which a span satisfies a predicate, in no order. Throws StoreError. */
export async function readSpanStretches(
  reader: StoreReader,
  request: Stretched,
  options: QueryOptions,
): Promise<readonly number[]> {
  const { blocks } = await reader.collect(
    sql`SELECT DISTINCT ${stretchOf(request)} FROM otel_traces WHERE ${selected(request)}`,
    options,
  );
  return blockRows(blocks, (block) => numberReader(columnOf(block, 'stretch')));
}

function stretchOf({ originNs, widthNs }: Stretched): Sql {
  return sql`toUInt32(intDiv(toUnixTimestamp64Nano(Timestamp) - ${bind.int64(originNs + 1n)}, ${bind.int64(widthNs)})) AS stretch`;
}

function selected({ originNs, widthNs, stretches, predicate }: Stretched): Sql {
  return sql`Timestamp >= ${bind.timeNs(originNs + 1n)}
    AND Timestamp < ${bind.timeNs(originNs + widthNs * BigInt(stretches) + 1n)} AND ${renderSpanPredicate(predicate)}`;
}

function statementOf(request: SpanSeriesRequest, distinct: boolean): Sql {
  const { by, value, powers, examples } = request;
  const keys: Sql[] = [
    stretchOf(request),
    ...by.flatMap((field, i) => [
      sql`${renderFieldType(field)} AS type${trusted(String(i))}`,
      sql`${renderFieldText(field)} AS text${trusted(String(i))}`,
    ]),
  ];
  const names = ['stretch', ...by.flatMap((_, i) => [`type${i}`, `text${i}`]), 'power'];
  const whole = powers && value !== undefined ? renderFieldWhole(value) : trusted('toUInt64(0)');
  const number = value === undefined ? trusted("CAST(NULL, 'Nullable(Float64)')") : renderFieldNumber(value);
  const inner = sql`SELECT ${join(keys, ', ')}, ${whole} AS whole, if(whole = roundToExp2(whole), whole, 2 * roundToExp2(whole)) AS power,
    ${number} AS number, TraceId, SpanId, SpanKind, Timestamp, SampleWeight
    FROM otel_traces WHERE ${selected(request)} ${trusted(powers ? 'AND whole >= 2' : '')} ${trusted(distinct ? `LIMIT 1 BY ${IDENTITY}` : '')}`;
  // All of one span: each takes the first that comes.
  const named = trusted(
    examples
      ? ', any(TraceId) AS trace, any(SpanId) AS id, any(toUnixTimestamp64Nano(Timestamp)) AS start, any(ifNull(number, nan)) AS value'
      : '',
  );
  return sql`SELECT ${trusted(names.join(', '))}, count() AS stored, ${trusted(distinct ? 'count()' : `uniqExact(cityHash64(${IDENTITY}))`)} AS spans,
    sum(SampleWeight) AS weight, min(SampleWeight) AS lightest, max(SampleWeight) AS heaviest,
    sumIf(SampleWeight, number IS NOT NULL) AS numbers, ifNull(sum(number * SampleWeight), nan) AS total, ifNull(min(number), nan) AS least, ifNull(max(number), nan) AS most${named} FROM (${inner}) GROUP BY ${trusted(names.join(', '))} LIMIT ${trusted(String(MOST_ROWS + 1))}`;
}

function rowsOf(block: Block, { by, examples }: SpanSeriesRequest): SpanSeriesRow[] {
  const number = (name: string): ((row: number) => number) => numberReader(columnOf(block, name));
  const types = by.map((_, i) => textReader(columnOf(block, `type${i}`)));
  const texts = by.map((_, i) => textReader(columnOf(block, `text${i}`)));
  const [stretch, power, spans, numbers] = [number('stretch'), number('power'), number('spans'), number('numbers')];
  const [weight, sum, min, max] = [number('weight'), number('total'), number('least'), number('most')];
  const example = examples ? exampleReader(block) : () => undefined;
  return Array.from({ length: block.rows }, (_, row) => ({
    stretch: stretch(row),
    by: types.map((type, i) => [type(row), texts[i]?.(row) ?? ''] as const),
    power: power(row),
    spans: spans(row),
    weight: weight(row),
    numbers: numbers(row),
    sum: sum(row),
    min: min(row),
    max: max(row),
    example: example(row),
  }));
}

function exampleReader(block: Block): (row: number) => SpanExample {
  const [traceId, spanId] = [textReader(columnOf(block, 'trace')), textReader(columnOf(block, 'id'))];
  const starts = bigints(columnOf(block, 'start'));
  const value = numberReader(columnOf(block, 'value'));
  return (row) => ({ traceId: traceId(row), spanId: spanId(row), startNs: starts[row] ?? 0n, value: value(row) });
}
