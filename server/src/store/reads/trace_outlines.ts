import type { Block } from '../native/columns.ts';
import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { renderFieldText, renderFieldType, renderUnsure, type SpanField } from './span_fields.ts';
import { renderSpanPredicate, type SpanPredicate } from './span_predicate.ts';
import type { NsRange } from './spans.ts';
import { bigints, numberReader, textReader } from './text_columns.ts';

/** What a list of traces shows of a span, and what was asked about it. */
export interface SpanOutline {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: string;
  readonly service: string;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  readonly status: string;
  readonly matched: boolean;
  /** Whether the predicate or a field may be otherwise than the columns tell (renderUnsure). */
  readonly unsure: boolean;
  /** Of a span that matched: type letter ('' for one that is absent) and text of each field asked for. */
  readonly fields: readonly (readonly [type: string, text: string])[];
}

export interface OutlineRequest {
  readonly traceIds: readonly string[];
  readonly range: NsRange | undefined;
  readonly predicate: SpanPredicate;
  /** Read of the spans that match. */
  readonly fields: readonly SpanField[];
  /** Fields that the predicate looks at. */
  readonly tested: readonly SpanField[];
  readonly limit: number;
}

/** All spans of traces, each once, oldest first, without their attributes. Throws StoreError. */
export async function readTraceOutlines(
  reader: StoreReader,
  request: OutlineRequest,
  options: QueryOptions,
): Promise<readonly SpanOutline[]> {
  const { traceIds, range, predicate, fields, tested, limit } = request;
  const values = fields.flatMap((field, i) => [
    sql`if(matched = 1, ${renderFieldType(field)}, '') AS type${trusted(String(i))}`,
    sql`if(matched = 1, ${renderFieldText(field)}, '') AS text${trusted(String(i))}`,
  ]);
  const columns: Sql[] = [
    trusted('TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Timestamp, Duration, StatusCode'),
    sql`toUInt8(${renderSpanPredicate(predicate)}) AS matched`,
    sql`toUInt8(${renderUnsure([...tested, ...fields])}) AS unsure`,
    ...values,
  ];
  const time =
    range === undefined
      ? trusted('')
      : sql` AND Timestamp >= ${bind.timeNs(range.startNs)} AND Timestamp < ${bind.timeNs(range.endNs)}`;
  const statement = sql`SELECT ${join(columns, ', ')} FROM otel_traces PREWHERE TraceId IN ${bind.strings(traceIds)}${time}
    ORDER BY Timestamp LIMIT 1 BY TraceId, SpanId, SpanKind LIMIT ${bind.uint64(limit)}`;
  const outlines: SpanOutline[] = [];
  for await (const block of reader.query(statement, options)) {
    if (block.rows > 0) outlines.push(...outlinesOf(block, fields.length));
  }
  return outlines;
}

function outlinesOf(block: Block, fields: number): SpanOutline[] {
  const text = (name: string): ((row: number) => string) => textReader(columnOf(block, name));
  const [traceId, spanId, parentSpanId] = [text('TraceId'), text('SpanId'), text('ParentSpanId')];
  const [name, kind, service, status] = [text('SpanName'), text('SpanKind'), text('ServiceName'), text('StatusCode')];
  const starts = bigints(columnOf(block, 'Timestamp'));
  const durations = bigints(columnOf(block, 'Duration'));
  const matched = numberReader(columnOf(block, 'matched'));
  const unsure = numberReader(columnOf(block, 'unsure'));
  const types = Array.from({ length: fields }, (_, i) => text(`type${i}`));
  const texts = Array.from({ length: fields }, (_, i) => text(`text${i}`));
  return Array.from({ length: block.rows }, (_, row) => ({
    traceId: traceId(row),
    spanId: spanId(row),
    parentSpanId: parentSpanId(row),
    name: name(row),
    kind: kind(row),
    service: service(row),
    startNs: starts[row] ?? 0n,
    durationNs: durations[row] ?? 0n,
    status: status(row),
    matched: matched(row) === 1,
    unsure: unsure(row) === 1,
    fields: types.map((type, i) => [type(row), texts[i]?.(row) ?? ''] as const),
  }));
}
