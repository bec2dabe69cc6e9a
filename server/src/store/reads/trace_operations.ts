import { bind, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { blockRows } from './block_rows.ts';
import { columnOf } from './logs.ts';
import { type NsRange, within } from './spans.ts';
import { bigints, numberReader, textReader } from './text_columns.ts';

/** The spans of a trace that do the same. */
export interface TraceOperation {
  readonly service: string;
  readonly operation: string;
  /** As stored: Unspecified, Internal, Server, Client, Producer, Consumer. */
  readonly kind: string;
  /** Of all its spans together. */
  readonly totalNs: number;
  /** When the first of them began, ns since the epoch. */
  readonly firstNs: bigint;
}

/** What a trace does, the longest first; a span that was sent twice counts twice. Throws StoreError. */
export async function readTraceOperations(
  reader: StoreReader,
  request: { readonly traceId: string; readonly range: NsRange | undefined; readonly limit: number },
  options: QueryOptions,
): Promise<readonly TraceOperation[]> {
  const time = request.range === undefined ? trusted('') : sql` AND ${within(request.range)}`;
  const statement = sql`SELECT toString(ServiceName) AS service, toString(SpanName) AS operation, toString(SpanKind) AS kind,
      toFloat64(sum(Duration)) AS total, toUnixTimestamp64Nano(min(Timestamp)) AS first
    FROM otel_traces PREWHERE TraceId = ${bind.string(request.traceId)}${time}
    GROUP BY service, operation, kind ORDER BY total DESC LIMIT ${bind.uint64(request.limit)}`;
  const { blocks } = await reader.collect(statement, options);
  return blockRows(blocks, (block) => {
    const text = (name: string): ((row: number) => string) => textReader(columnOf(block, name));
    const [service, operation, kind] = [text('service'), text('operation'), text('kind')];
    const total = numberReader(columnOf(block, 'total'));
    const first = bigints(columnOf(block, 'first'));
    return (row) => ({
      service: service(row),
      operation: operation(row),
      kind: kind(row),
      totalNs: total(row),
      firstNs: first[row] ?? 0n,
    });
  });
}
