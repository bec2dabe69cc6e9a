import type { Block, Column } from '../native/columns.ts';
import { bind, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { type NsRange, within } from './spans.ts';
import { arrayRange, bigints, numberReader, textReader } from './text_columns.ts';

/** What one needs of a span to draw it in its place: everything but its attributes. */
export interface SpanShape {
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** As stored: Unspecified, Internal, Server, Client, Producer, Consumer. */
  readonly kind: string;
  readonly service: string;
  /** ns since the epoch, and ns. */
  readonly startNs: bigint;
  readonly durationNs: bigint;
  /** Unset, Ok, Error. */
  readonly status: string;
  readonly links: { readonly length: number };
  readonly events: readonly { readonly timeNs: bigint; readonly name: string }[];
}

/** All spans of a trace without their attributes, each once, oldest first. Throws StoreError. */
export async function readTraceShape(
  reader: StoreReader,
  traceId: string,
  range: NsRange | undefined,
  limit: number,
  options: QueryOptions,
): Promise<readonly SpanShape[]> {
  const time = range === undefined ? trusted('') : sql` AND ${within(range)}`;
  const statement = sql`SELECT SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Timestamp, Duration, StatusCode,
      toUInt32(length(Links.TraceId)) AS LinkCount, Events.Timestamp AS EventTimes, Events.Name AS EventNames
    FROM otel_traces PREWHERE TraceId = ${bind.string(traceId)}${time}
    ORDER BY Timestamp LIMIT 1 BY SpanId, SpanKind LIMIT ${bind.uint64(limit)}`;
  const shapes: SpanShape[] = [];
  for await (const block of reader.query(statement, options)) appendShapes(shapes, block);
  return shapes;
}

const NO_EVENTS: SpanShape['events'] = [];

function appendShapes(shapes: SpanShape[], block: Block): void {
  if (block.rows === 0) return;
  const text = (name: string): ((row: number) => string) => textReader(columnOf(block, name));
  const [spanId, parentSpanId, name] = [text('SpanId'), text('ParentSpanId'), text('SpanName')];
  const [kind, service, status] = [text('SpanKind'), text('ServiceName'), text('StatusCode')];
  const starts = bigints(columnOf(block, 'Timestamp'));
  const durations = bigints(columnOf(block, 'Duration'));
  const links = numberReader(columnOf(block, 'LinkCount'));
  const eventRange = arrayRange(columnOf(block, 'EventTimes'));
  const eventTimes = bigints(elements(columnOf(block, 'EventTimes')));
  const eventName = textReader(elements(columnOf(block, 'EventNames')));
  for (let row = 0; row < block.rows; row++) {
    const [start, end] = eventRange(row);
    const events = Array.from({ length: end - start }, (_, at) => ({
      timeNs: eventTimes[start + at] ?? 0n,
      name: eventName(start + at),
    }));
    shapes.push({
      spanId: spanId(row),
      parentSpanId: parentSpanId(row),
      name: name(row),
      kind: kind(row),
      service: service(row),
      startNs: starts[row] ?? 0n,
      durationNs: durations[row] ?? 0n,
      status: status(row),
      links: { length: links(row) },
      events: end === start ? NO_EVENTS : events,
    });
  }
}

/** The inner column of an array column. */
function elements(column: Column): Column {
  return column.kind === 'array' ? column.values : column;
}
