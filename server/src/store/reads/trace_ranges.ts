import { bind, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import type { TraceRange } from './spans.ts';
import { numberReader, textReader } from './text_columns.ts';

const NS_PER_SECOND = 1_000_000_000n;

/**
 * Where traces lie, from the small table kept for it: its rows are written with the spans. Traces without a row, such as those
 * that a collector wrote straight into the store, are missing from the answer. Throws StoreError.
 */
export async function readTraceRanges(
  reader: StoreReader,
  traceIds: readonly string[],
  options: QueryOptions,
): Promise<ReadonlyMap<string, TraceRange>> {
  const statement = sql`SELECT TraceId, toInt64(toUnixTimestamp(min(Start))) AS start, toInt64(toUnixTimestamp(max(End))) AS end, groupBitAnd(Lacks) AS lacks
    FROM otel_traces_trace_id_ts WHERE TraceId IN ${bind.strings(traceIds)} GROUP BY TraceId`;
  const ranges = new Map<string, TraceRange>();
  const { blocks } = await reader.collect(statement, { maxThreads: 1, ...options });
  for (const block of blocks) {
    if (block.rows === 0) continue;
    const id = textReader(columnOf(block, 'TraceId'));
    const [start, end, lacks] = (['start', 'end', 'lacks'] as const).map((name) => numberReader(columnOf(block, name)));
    for (let row = 0; row < block.rows; row++)
      ranges.set(id(row), {
        // Times are whole seconds, rounded outwards.
        startNs: (BigInt(start?.(row) ?? 0) - 1n) * NS_PER_SECOND,
        endNs: (BigInt(end?.(row) ?? 0) + 2n) * NS_PER_SECOND,
        lacks: lacks?.(row) ?? 0,
      });
  }
  return ranges;
}
