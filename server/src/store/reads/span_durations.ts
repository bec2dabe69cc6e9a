import { bind, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { type NsRange, within } from './spans.ts';
import { numberReader, textReader } from './text_columns.ts';

/** How long the spans of one operation took. */
export interface OperationDurations {
  readonly service: string;
  readonly operation: string;
  /** As stored: Unspecified, Internal, Server, Client, Producer, Consumer. */
  readonly kind: string;
  readonly spans: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** The stretch of time the table is sorted by; whole stretches are read without looking at what lies between. */
export const STRETCH_SECONDS = 300;

interface DurationsRequest {
  /** Starts of stretches of STRETCH_SECONDS, seconds since the epoch, multiples of it. */
  readonly stretches: readonly number[];
  /** Spans of other operations may be counted too: every service with every operation. */
  readonly services: readonly string[];
  readonly operations: readonly string[];
}

/** Quantiles of duration by operation over some stretches, and how many rows were read for it. Throws StoreError. */
export async function readOperationDurations(
  reader: StoreReader,
  { stretches, services, operations }: DurationsRequest,
  options: QueryOptions,
): Promise<{ readonly durations: readonly OperationDurations[]; readonly rowsRead: number }> {
  if (stretches.length === 0 || operations.length === 0) return { durations: [], rowsRead: 0 };
  const statement = sql`SELECT toString(ServiceName) AS service, toString(SpanName) AS operation, toString(SpanKind) AS kind, count() AS n,
      quantileTDigest(0.5)(Duration) AS p50, quantileTDigest(0.95)(Duration) AS p95, quantileTDigest(0.99)(Duration) AS p99
    FROM otel_traces WHERE ${within(rangeOf(stretches))}
      AND toUnixTimestamp(toStartOfFiveMinutes(Timestamp)) IN ${bind.uint64s(stretches.map(BigInt))}
      AND ServiceName IN ${bind.strings(services)} AND SpanName IN ${bind.strings(operations)}
    GROUP BY service, operation, kind`;
  const { blocks, cost } = await reader.collect(statement, options);
  const durations = blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const text = (name: string): ((row: number) => string) => textReader(columnOf(block, name));
    const number = (name: string): ((row: number) => number) => numberReader(columnOf(block, name));
    const [service, operation, kind] = [text('service'), text('operation'), text('kind')];
    const [spans, p50, p95, p99] = [number('n'), number('p50'), number('p95'), number('p99')];
    return Array.from({ length: block.rows }, (_, row) => ({
      service: service(row),
      operation: operation(row),
      kind: kind(row),
      spans: spans(row),
      p50Ms: p50(row) / 1e6,
      p95Ms: p95(row) / 1e6,
      p99Ms: p99(row) / 1e6,
    }));
  });
  return { durations, rowsRead: cost.rowsRead };
}

function rangeOf(stretches: readonly number[]): NsRange {
  const seconds = (value: number): bigint => BigInt(value) * 1_000_000_000n;
  return { startNs: seconds(Math.min(...stretches)), endNs: seconds(Math.max(...stretches) + STRETCH_SECONDS) };
}
